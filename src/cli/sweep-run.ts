/** `janus run`: the runs of a sweep file that are meant here, on the pool of workers. */
import * as E from 'fp-ts/lib/Either.js'
import { pipe } from 'fp-ts/lib/function.js'
import * as TE from 'fp-ts/lib/TaskEither.js'
import type { Ending } from '../comparison/messages.ts'
import { figureText } from '../comparison/tables.ts'
import { type Command, type Failure, failed } from '../failure.ts'
import type { Given } from '../options.ts'
import { type Asked as Selecting, selectionOf } from '../sweeps/selection.ts'
import { type SweepRun, sweepIn } from '../sweeps/sweep.ts'
import { workersOf } from './compare-options.ts'
import { asWritten, type Endings, type Runs, shown, unlessFailed, unlessStopped } from './pooled-runs.ts'
import { shadowsAsked } from './shadows-asked.ts'
import { type Stopping, stopping } from './stopping.ts'
import { type Control, howOf, secondsBetween } from './train.ts'

interface Asked extends Control, Selecting {
  readonly workers?: Given
  readonly json?: boolean
  readonly quiet?: boolean
}

/** The runs that are meant, and how they are run. */
interface Meant extends Runs {
  readonly plan: readonly SweepRun[]
  /** How many the sweep has. */
  readonly count: number
  /** By which flag or variable they were chosen; nothing for all. */
  readonly by: string
}

/** What is said of which runs were chosen. */
const chosen = ({ plan, count, by }: Meant): string => {
  const [first] = plan
  const what = plan.length === 1 && first ? `position ${first.position} of ${count}` : `${plan.length} of ${count} runs`
  return by === '' ? what : `${what}, by ${by}`
}

const stateOf = (ending: Ending | undefined): string => {
  if (ending === undefined) return 'not begun'
  return ending.is === 'done' ? ending.outcome.state : ending.is
}

const wordsOf = (ending: Ending | undefined): string => {
  if (ending?.is === 'diverged') return `diverged in update ${ending.step}: it counts as the worst`
  if (ending?.is !== 'done') return stateOf(ending)
  const { state, held, wasThere, step } = ending.outcome
  if (state === 'interrupted') return `stopped after update ${step}`
  return `finished${wasThere ? ' before' : ''}, held out ${figureText(held)}`
}

const line = ({ position, id, group, options }: SweepRun, ending: Ending | undefined): string =>
  `${position}  ${id}  ${group} seed ${options.seed}: ${wordsOf(ending)}`

const objectOf = ({ position, id }: SweepRun, ending: Ending | undefined, by: string): object => ({
  position,
  id,
  by: by || null,
  state: stateOf(ending),
  ...(ending?.is === 'done' && {
    wasThere: ending.outcome.wasThere,
    step: ending.outcome.step,
    held: ending.outcome.held,
    unit: ending.outcome.unit,
  }),
  ...(ending?.is === 'diverged' && { step: ending.step, message: ending.message }),
  ...(ending?.is === 'failed' && { message: ending.failure.message }),
})

const print = ({ plan, by }: Meant, endings: Endings, json: boolean): void => {
  for (const [i, run] of plan.entries())
    console.log(json ? JSON.stringify(objectOf(run, endings[i], by)) : line(run, endings[i]))
}

/** Runs what is meant, and prints what each came to. Left: it was stopped, or runs failed. */
const ran = (meant: Meant, json: boolean, stop: Stopping): Command =>
  pipe(
    shown(meant, stop.signal),
    TE.tapIO(endings => () => print(meant, endings, json)),
    TE.flatMapEither(unlessStopped(stop)),
    TE.flatMapEither(unlessFailed),
  )

const meantBy = (path: string, asked: Asked): TE.TaskEither<Failure, Meant> =>
  pipe(
    TE.fromEither(pipe(secondsBetween(asked.checkpointEvery), E.mapLeft(failed))),
    TE.bindTo('every'),
    TE.bind('workers', () => TE.fromEither(pipe(workersOf(asked.workers, 'run'), E.mapLeft(failed)))),
    TE.bind('shadows', () => shadowsAsked(asked)),
    TE.bind('runs', () => sweepIn(path)),
    TE.bind('selection', ({ runs }) =>
      TE.fromEither(
        pipe(
          selectionOf(
            runs.map(({ id }) => id),
            asked,
            process.env,
          ),
          E.mapLeft(failed),
        ),
      ),
    ),
    TE.map(({ every, workers, shadows, runs, selection }) => ({
      plan: selection.positions.map(position => runs[position] as SweepRun),
      count: runs.length,
      by: selection.by,
      how: { ...howOf(asked, { every, shadows }), shadows: asWritten(asked.shadow, shadows) },
      workers,
      control: asked,
    })),
  )

/** `janus run sweep.yaml`. Nothing is run before every setting of the file is found good. */
export const run = (path: string, asked: Asked): Command => {
  const stop = stopping()
  const told = pipe(
    meantBy(path, asked),
    TE.tapIO(meant => () => process.stderr.write(`${chosen(meant)}\n`)),
    TE.flatMap(meant => ran(meant, asked.json === true, stop)),
  )
  return async () => {
    try {
      return await told()
    } finally {
      stop.release()
    }
  }
}
