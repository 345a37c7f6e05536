/** The data that the command line asks for: a file, a shipped data set, or a made-up task. */
import * as E from 'fp-ts/lib/Either.js'
import { pipe } from 'fp-ts/lib/function.js'
import { DomainError, type JanusError } from '../../../ad/errors.ts'
import { callParts } from '../../call-options.ts'
import { latest } from '../../latest.ts'
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

/** The data of a task of the registry: a sweep asks for the same of every run, and what is held out takes time to draw. */
const ofRegistry = latest(16, (task: string): Checked<Data> => E.map(made)(namedTask(task)))

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
  if (column !== undefined || target !== undefined) return columnsOfTask(name)
  return own ? E.map(made)(own) : ofRegistry(name)
}
