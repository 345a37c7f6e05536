/** The task that a command is asked for: by a name of the registry, or in a file of the user's own. */
import * as E from 'fp-ts/lib/Either.js'
import { pipe } from 'fp-ts/lib/function.js'
import type { JanusError } from '../../../ad/errors.ts'
import { type CallOptions, callParts, callText, readCallOptions } from '../../call-options.ts'
import { mistake } from '../../failure.ts'
import { type Checked, reader } from '../../options.ts'
import { isPath, ownFile, type Wanted } from '../../own-file.ts'
import { taskNames, tasks } from './index.ts'
import type { MadeUp, Task } from './task.ts'

/** A task, what was given of its options, and the digest of its file if it has one. */
export interface TaskChoice {
  /** A name of the registry, or the path that was given. */
  readonly name: string
  readonly task: Task
  readonly options: CallOptions
  readonly made: MadeUp
  /** SHA-256 of its file, its first 12 digits. */
  readonly digest: string | null
}

/** A task as it is written with its options: copy(delay=20). */
export const taskCall = ({ name, options }: Pick<TaskChoice, 'name' | 'options'>): string => callText(name, options)

const ownTask: Wanted<Task> = {
  what: 'task',
  is: (x): x is Task => typeof x === 'object' && x !== null && 'on' in x && 'asks' in x && !('faces' in x),
  example: "export const mine = task({ name: 'mine', asks: '…', options: {}, papers: [] }, () => ({ … }))",
  docs: 'docs/tasks.md',
}

/** A task with options as they are typed. Left: every one that it does not have or that cannot be. */
const withOptions = (
  name: string,
  { value, digest }: { readonly value: Task; readonly digest: string | null },
  inside: string,
): Checked<TaskChoice> =>
  pipe(
    readCallOptions({ what: 'task' }, name, value.options, inside),
    E.chain(options =>
      pipe(
        E.tryCatch(() => value.on(options), mistake),
        E.bimap(
          (problem): readonly JanusError[] => [problem],
          (made): TaskChoice => ({ name, task: value, options, made, digest }),
        ),
      ),
    ),
  )

const { oneOf } = reader('train')

/** A task of the registry, with options of its own in parentheses. */
export const namedTask = (given: string): Checked<TaskChoice> => {
  const [word, inside] = callParts(given)
  return pipe(
    oneOf('task', taskNames, word),
    E.chain(name => withOptions(name, { value: tasks[name], digest: null }, inside)),
  )
}

/** The task of a name or a path. Left: a name that is not known, or what is wrong with the file. */
export const chooseTask = async (given: string): Promise<Checked<TaskChoice>> => {
  const [word, inside] = callParts(given)
  if (!isPath(word)) return namedTask(given)
  return pipe(
    await ownFile(ownTask, word),
    E.chain(found => withOptions(word, found, inside)),
  )
}

/** Whether something was given as a task: a name of the registry or a file, with or without options. */
export const isTaskName = (given: string): boolean => taskNames.some(name => name === callParts(given)[0])
