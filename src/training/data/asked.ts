/** The data that the command line asks for: a file, a shipped data set, or a made-up task. */
import { type Either, left } from 'fp-ts/lib/Either.js'
import { DomainError, type JanusError } from '../../../ad/errors.ts'
import { taskNames } from '../tasks/index.ts'
import type { ColumnOptions } from './columns.ts'
import type { Data } from './index.ts'
import { readData } from './read.ts'
import { made } from './task.ts'

const unclear = (given: string, remedy: string): Either<JanusError, never> =>
  left(new DomainError({ who: 'train', given, wanted: 'one of the two', remedy }))

/** What the command line says of data: a file or a data set, which columns of it, or a task. */
export interface AskedData extends ColumnOptions {
  readonly data?: string | undefined
  readonly task?: string | undefined
}

const columnsOfTask = (task: string): Either<JanusError, never> =>
  left(
    new DomainError({
      who: 'train',
      given: `--column or --target with the task ${task}`,
      wanted: 'them only of a table in a file',
      remedy: 'Leave them out',
    }),
  )

/** The data set of `--data`, or the task of `--task`. Left: both, neither, or one that there is not. */
export const askedData = ({ data, task, column, target }: AskedData): Either<JanusError, Data> => {
  if (data !== undefined && task !== undefined)
    return unclear(`--data ${data} with --task ${task}`, 'Leave one of them out')
  const name = task ?? taskNames.find(known => known === data)
  if (name === undefined && data === undefined)
    return unclear('neither --data nor --task', `Try --data sunspots or --task ${taskNames[0]}`)
  if (name === undefined) return readData(data as string, { column, target })
  return column === undefined && target === undefined ? made(name) : columnsOfTask(name)
}
