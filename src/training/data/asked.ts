/** The data that the command line asks for: a file, a shipped data set, or a made-up task. */
import { type Either, left } from 'fp-ts/lib/Either.js'
import { DomainError, type JanusError } from '../../../ad/errors.ts'
import { taskNames } from '../tasks/index.ts'
import type { Data } from './index.ts'
import { readData } from './read.ts'
import { made } from './task.ts'

const unclear = (given: string, remedy: string): Either<JanusError, never> =>
  left(new DomainError({ who: 'train', given, wanted: 'one of the two', remedy }))

/** The data set of `--data`, or the task of `--task`. Left: both, neither, or one that there is not. */
export const askedData = (data: string | undefined, task: string | undefined): Either<JanusError, Data> => {
  if (data !== undefined && task !== undefined)
    return unclear(`--data ${data} with --task ${task}`, 'Leave one of them out')
  if (task !== undefined) return made(task)
  if (data === undefined) return unclear('neither --data nor --task', `Try --data sunspots or --task ${taskNames[0]}`)
  return taskNames.some(name => name === data) ? made(data) : readData(data)
}
