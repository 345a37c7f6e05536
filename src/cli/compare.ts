import * as E from 'fp-ts/lib/Either.js'
import { pipe } from 'fp-ts/lib/function.js'
import * as TE from 'fp-ts/lib/TaskEither.js'
import { setupsOf } from '../comparison/compare.ts'
import { planned } from '../comparison/plan.ts'
import { attempt, type Command, type Failure, failed } from '../failure.ts'
import { againstOf, type Control, type Prepared, workersOf } from './compare-options.ts'
import { finish } from './compare-output.ts'
import { type Chosen, tuned } from './compare-tune.ts'
import { asWritten, shown, unlessFailed, unlessStopped } from './pooled-runs.ts'
import { shadowsAsked } from './shadows-asked.ts'
import { type Stopping, stopping } from './stopping.ts'
import { type Asked, askedFor, howOf, secondsBetween } from './train.ts'

/** Runs everything, and says what came of it. Left: it was stopped, or runs failed. */
const compared = (prepared: Prepared, stop: Stopping): Command =>
  pipe(
    setupsOf(prepared.plan),
    TE.flatMap(setups =>
      pipe(
        shown(prepared, stop.signal),
        TE.flatMapEither(unlessStopped(stop)),
        TE.tap(endings => attempt(() => finish(prepared, endings, setups))),
        TE.flatMapEither(unlessFailed),
      ),
    ),
  )

/** `janus compare`: `words` are settings as `lr=0.01,0.1`. Nothing is run before all of them are found good. */
export const compare = (asked: Asked & Control, words: readonly string[] = []): Command => {
  const { against, pairs, tune, workers, report, json, quiet: still, ...rest } = asked
  const control = { against, pairs, tune, workers, report, json, quiet: still } as Control
  const [settings, stop] = [rest as Asked, stopping()]
  const told = pipe(
    TE.fromEither(pipe(secondsBetween(settings.checkpointEvery), E.mapLeft(failed))),
    TE.bindTo('every'),
    TE.bind('workers', () => TE.fromEither(pipe(workersOf(workers), E.mapLeft(failed)))),
    TE.bind('found', () => askedFor(settings, words)),
    TE.bind('shadows', () => shadowsAsked(settings)),
    TE.let('running', ({ every, workers: count, shadows }) => ({
      how: { ...howOf(settings, { every, shadows }), shadows: asWritten(settings.shadow, shadows) },
      workers: count,
      control,
    })),
    TE.bind('chosen', ({ found, running }) =>
      tune === undefined
        ? TE.right<Failure, Chosen>({ experiments: found, notes: [] })
        : tuned(found, tune, settings, words, running, stop),
    ),
    TE.bind('plan', ({ chosen }) => planned(chosen.experiments)),
    TE.bind('base', ({ plan }) => TE.fromEither(pipe(againstOf(plan, against), E.mapLeft(failed)))),
    TE.flatMap(({ running, plan, base, chosen }) =>
      compared({ ...running, plan, against: base, notes: chosen.notes }, stop),
    ),
  )
  return async () => {
    try {
      return await told()
    } finally {
      stop.release()
    }
  }
}
