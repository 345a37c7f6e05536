/** How far a reproduction is: its runs, those of them that came to an end, and what the others will take. */
import { join } from 'node:path'
import { pipe } from 'fp-ts/lib/function.js'
import * as TE from 'fp-ts/lib/TaskEither.js'
import { placeOf } from '../comparison/place.ts'
import { attempt, type Failure } from '../failure.ts'
import { isOver, type Standing, standsOf } from '../sweeps/stand.ts'
import { type SweepRun, sweepOf } from '../sweeps/sweep.ts'
import type { Part, Reproduction, Runs } from './reproduction.ts'

/** A sweep of a reproduction by its name, with its runs and where each stands. */
export interface Swept {
  readonly name: string
  readonly part: Part
  readonly standings: readonly Standing[]
}

/** A reproduction with its sweeps as they stand in a folder of folders. */
export interface Stands {
  readonly reproduction: Reproduction
  readonly swept: readonly Swept[]
}

/** The sweeps of a reproduction; models that it begins with are written in `<out>/models`. */
const partsIn = ({ sweeps }: Reproduction, out: string): TE.TaskEither<Failure, readonly (readonly [string, Part])[]> =>
  attempt(() => Object.entries(sweeps?.(join(out, 'models')) ?? {}))

/** How far a reproduction is. Left: what is wrong with a config of it. */
export const standsIn = (reproduction: Reproduction, out: string): TE.TaskEither<Failure, Stands> =>
  pipe(
    partsIn(reproduction, out),
    TE.flatMap(
      TE.traverseSeqArray(([name, part]) =>
        pipe(
          sweepOf(part.settings),
          TE.flatMap(runs => attempt(() => ({ name, part, standings: standsOf(out, runs) }))),
        ),
      ),
    ),
    TE.map(swept => ({ reproduction, swept })),
  )

const all = ({ swept }: Stands): readonly Standing[] => swept.flatMap(({ standings }) => standings)

/** The runs of a sweep that came to no end yet. */
export const openOf = ({ standings }: Swept): readonly SweepRun[] =>
  standings.flatMap(one => (isOver(one) ? [] : [one.run]))

/** How many runs a reproduction has, and how many of them are over. */
export const countOf = (stands: Stands): { readonly over: number; readonly runs: number } => {
  const standings = all(stands)
  return { over: standings.filter(isOver).length, runs: standings.length }
}

/** The CPU minutes that are left: the same share of all as of the runs, or of the updates where runs have several lengths. */
export const minutesLeft = (stands: Stands): number => {
  const standings = all(stands)
  const updates = (list: readonly Standing[]): number => list.reduce((sum, { run }) => sum + run.options.steps, 0)
  const share = standings.length === 0 ? 1 : 1 - updates(standings.filter(isOver)) / updates(standings)
  return stands.reproduction.minutes * share
}

/** The runs that are over, by the names of their sweeps. */
export const runsOf = (out: string, { swept }: Stands): Runs =>
  Object.fromEntries(
    swept.map(({ name, standings }) => [
      name,
      standings.filter(isOver).map(one => {
        const { id, options } = one.run
        return { ...one, folder: join(placeOf(out, { id, steps: options.steps }), id) }
      }),
    ]),
  )
