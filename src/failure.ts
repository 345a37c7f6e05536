import * as TE from 'fp-ts/lib/TaskEither.js'
import { JanusError, NonFiniteError } from '../ad/errors.ts'
import { visible } from '../ad/visible.ts'

/**
 * Why a command stopped: what to print, and the exit code (1 a run or a proof failed, 2 wrong usage, 75 to be tried again as it is, as
 * EX_TEMPFAIL of sysexits.h, 130 stopped by Ctrl-C).
 */
export interface Failure {
  readonly message: string
  readonly code: 1 | 2 | 75 | 130
}

/** What stops a run that was asked for rightly: a run that failed before, a folder that may not be written. */
export class RunError extends JanusError {}

/** What may do better later, as it is: a folder that another run has, a disk that is full. */
export class TemporaryError extends RunError {}

/** A command of `janus`: it prints as it goes, and fails with a message and an exit code. */
export type Command = TE.TaskEither<Failure, void>

/** A caller's mistake is wrong usage; a number that is not finite, a RunError or a fault of our own is a failed run, unless it is temporary. */
export const failureOf = (thrown: unknown): Failure => {
  if (thrown instanceof TemporaryError) return { message: thrown.message, code: 75 }
  const ranAndFailed = thrown instanceof NonFiniteError || thrown instanceof RunError
  if (thrown instanceof JanusError) return { message: thrown.message, code: ranAndFailed ? 1 : 2 }
  return { message: visible(thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown)), code: 1 }
}

/** What was thrown, as the caller's mistake that it is; our own faults are thrown on. */
export const mistake = (thrown: unknown): JanusError => {
  if (thrown instanceof JanusError) return thrown
  throw thrown
}

/** Runs a body and turns what it throws into a failure. */
export const attempt = <A>(body: () => A | Promise<A>): TE.TaskEither<Failure, A> =>
  TE.tryCatch(async () => body(), failureOf)

/** Problems with what the command line gives, a line each. */
export const failed = (problems: readonly Error[]): Failure => ({
  message: problems.map(({ message }) => message).join('\n'),
  code: 2,
})
