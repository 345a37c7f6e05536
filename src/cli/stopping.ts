/** Runs that are stopped from outside: at Ctrl-C and at the signals of a scheduler they end after an update, with a checkpoint. */

import type { Outcome } from '../experiments/run.ts'
import type { Failure } from '../failure.ts'

/** The signals that stop a run, and the exit code of each: 75 says that it may be tried again (EX_TEMPFAIL of sysexits.h). */
const codes = { SIGINT: 130, SIGTERM: 75, SIGUSR2: 75 } as const
type Stop = keyof typeof codes
const stops = Object.keys(codes) as readonly Stop[]

/** A signal for runs to look at, while it is held; a second Ctrl-C ends the process at once. */
export interface Stopping {
  readonly signal: AbortSignal
  /** How to go on, where a run was stopped. */
  failure(outcome: Outcome, steps: number): Failure
  /** The same of several runs, in words. */
  because(what: string, where?: string): Failure
  release(): void
}

export const stopping = (): Stopping => {
  const controller = new AbortController()
  let by: Stop = 'SIGINT'
  const stop = (name: NodeJS.Signals): void => {
    if (controller.signal.aborted && name === 'SIGINT') process.exit(codes.SIGINT)
    by = name as Stop
    controller.abort()
  }
  for (const name of stops) process.on(name, stop)
  const because = (what: string, where = ''): Failure => ({
    message: `stopped ${what} (${by}); the same command goes on from there${where}.`,
    code: codes[by],
  })
  return {
    signal: controller.signal,
    because,
    failure: ({ folder, step }, steps) => because(`after update ${step} of ${steps}`, `, in '${folder}'`),
    release: () => {
      for (const name of stops) process.off(name, stop)
    },
  }
}
