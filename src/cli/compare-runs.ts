import * as E from 'fp-ts/lib/Either.js'
import type * as TE from 'fp-ts/lib/TaskEither.js'
import { run } from '../comparison/compare.ts'
import { live, quiet } from '../comparison/live.ts'
import type { Ending } from '../comparison/messages.ts'
import { attempt, type Failure } from '../failure.ts'
import type { Prepared } from './compare-options.ts'
import type { Stopping } from './stopping.ts'
export type Endings = readonly (Ending | undefined)[]

/** Every run of a plan, shown as it goes on. */
export const shown = (
  { plan, workers, how, control }: Pick<Prepared, 'plan' | 'workers' | 'how' | 'control'>,
  signal: AbortSignal,
): TE.TaskEither<Failure, Endings> =>
  attempt(async () => {
    const watching = control.quiet ? quiet : live(plan, workers)
    try {
      return await run(plan, { how, workers, watching, signal })
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

const isOver = (ending: Ending | undefined): boolean =>
  ending?.is === 'diverged' || (ending?.is === 'done' && ending.outcome.state === 'finished')
