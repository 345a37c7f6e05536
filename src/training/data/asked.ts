/** The data that the command line asks for: a file, a shipped data set, or a made-up task. */
import * as E from 'fp-ts/lib/Either.js'
import { pipe } from 'fp-ts/lib/function.js'
import { DomainError, type JanusError } from '../../../ad/errors.ts'
import { callParts } from '../../call-options.ts'
import type { Checked } from '../../options.ts'
import { isPath } from '../../own-file.ts'
import { chooseTask, isTaskName, namedTask, type TaskChoice } from '../tasks/choice.ts'
import { taskNames } from '../tasks/index.ts'
import type { ColumnOptions } from './columns.ts'
import type { Data } from './index.ts'
import { readData } from './read.ts'
import { made } from './task.ts'

const unclear = (given: string, remedy: string): Checked<never> =>
  E.left([new DomainError({ who: 'train', given, wanted: 'one of the two', remedy })])

/** What the command line says of data: a file or a data set, which columns of it, or a task. */
export interface AskedData extends ColumnOptions {
  readonly data?: string | undefined
  readonly task?: string | undefined
}

const columnsOfTask = (task: string): Checked<never> =>
  E.left([
    new DomainError({
      who: 'train',
      given: `--column or --target with the task ${task}`,
      wanted: 'them only of a table in a file',
      remedy: 'Leave them out',
    }),
  ])

/** The task of a file of the user's own, loaded; nothing where another is asked for. */
export const ownTaskAsked = async ({ task }: AskedData): Promise<Checked<TaskChoice> | undefined> =>
  task !== undefined && isPath(callParts(task)[0]) ? chooseTask(task) : undefined

/** Data of tasks of the registry that were asked for last: a sweep asks for the same of every run, and what is held out takes time to draw. */
const latest = new Map<string, Data>()
const most = 16

const ofRegistry = (task: string): Checked<Data> => {
  const known = latest.get(task)
  if (known) return E.right(known)
  return E.map((choice: TaskChoice) => {
    const data = made(choice)
    if (latest.size === most) latest.delete(latest.keys().next().value as string)
    latest.set(task, data)
    return data
  })(namedTask(task))
}

/** The data set of `--data`, or the task of `--task`, which a file's was loaded for. Left: both, neither, or one that there is not. */
export const askedData = ({ data, task, column, target }: AskedData, own?: Checked<TaskChoice>): Checked<Data> => {
  if (data !== undefined && task !== undefined)
    return unclear(`--data ${data} with --task ${task}`, 'Leave one of them out')
  const name = task ?? (data !== undefined && isTaskName(data) ? data : undefined)
  if (name === undefined && data === undefined)
    return unclear('neither --data nor --task', `Try --data sunspots or --task ${taskNames[0]}`)
  if (name === undefined)
    return pipe(
      readData(data as string, { column, target }),
      E.mapLeft((problem): readonly JanusError[] => [problem]),
    )
  return column === undefined && target === undefined
    ? own
      ? E.map(made)(own)
      : ofRegistry(name)
    : columnsOfTask(name)
}
