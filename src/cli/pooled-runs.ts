/** Runs on the worker pool as commands show them, and what is said of how they ended. */
import * as E from 'fp-ts/lib/Either.js'
import type * as TE from 'fp-ts/lib/TaskEither.js'
import { live, quiet, type Shown } from '../comparison/live.ts'
import { type Ending, type How, jobsOf } from '../comparison/messages.ts'
import { pooled } from '../comparison/pool.ts'
import type { Row } from '../experiments/plan.ts'
import type { ShadowPlan } from '../experiments/shadows.ts'
import { attempt, type Failure } from '../failure.ts'
import type { Stopping } from './stopping.ts'
export type Endings = readonly (Ending | undefined)[]

/** Runs, and how they are run and shown. */
export interface Runs {
  readonly plan: readonly (Row & Shown)[]
  readonly how: How
  readonly workers: number
  readonly control: { readonly quiet?: boolean | undefined }
}

/** Shadows as they are sent to workers, which read them again: found good once. */
export const asWritten = (shadow: unknown, plan: ShadowPlan | undefined): How['shadows'] => {
  if (!plan) return undefined
  const { choices: _, ...how } = plan
  return { rules: String(shadow), ...how }
}

/** Every run of a plan, shown as it goes on. */
export const shown = ({ plan, workers, how, control }: Runs, signal: AbortSignal): TE.TaskEither<Failure, Endings> =>
  attempt(async () => {
    const watching = control.quiet ? quiet : live(plan, workers)
    try {
      return await pooled(jobsOf(plan), { how, workers, watching, signal })
    } finally {
      watching.stop()
    }
  })

/** The endings of runs. Left: they were stopped. */
export const unlessStopped =
  (stop: Stopping) =>
  (endings: Endings): E.Either<Failure, Endings> =>
    stop.signal.aborted
      ? E.left(stop.because(`with ${endings.filter(isOver).length} of ${endings.length} runs done`))
      : E.right(endings)

export const isOver = (ending: Ending | undefined): boolean =>
  ending?.is === 'diverged' || (ending?.is === 'done' && ending.outcome.state === 'finished')

/** Nothing, where no run failed. Left: what each failed by, to be tried again as it is (75) only where that holds of all that failed. */
export const unlessFailed = (endings: Endings): E.Either<Failure, void> => {
  const faults = endings.flatMap(one => (one?.is === 'failed' ? [one.failure] : []))
  if (faults.length === 0) return E.right(undefined)
  const message = faults.map(fault => fault.message).join('\njanus: ')
  return E.left({ message, code: faults.every(({ code }) => code === 75) ? 75 : 1 })
}
