/** A sweep: the experiments of a config file, each at its position. */
import * as E from 'fp-ts/lib/Either.js'
import { pipe } from 'fp-ts/lib/function.js'
import * as TE from 'fp-ts/lib/TaskEither.js'
import { groupNames } from '../comparison/plan.ts'
import { inFile, settingsIn } from '../experiments/config-file.ts'
import { type Experiment, experimentsOf, type Settings } from '../experiments/plan.ts'
import { optionsFor } from '../experiments/prepared.ts'
import { type Failure, failed } from '../failure.ts'
import type { TrainOptions } from '../training/options.ts'

/** A run of a sweep, which need not have been begun. */
export interface SweepRun extends Experiment {
  /** What its cell is called: its settings that others have otherwise, the seed aside. */
  readonly group: string
  readonly options: TrainOptions
}

const withGroups = (experiments: readonly Experiment[]): E.Either<Failure, readonly SweepRun[]> => {
  const names = groupNames(experiments.map(({ config }) => config))
  return pipe(
    experiments,
    E.traverseArray(one =>
      pipe(
        optionsFor(one.config, one.sources),
        E.map(options => ({ ...one, options, group: names[one.position] as string })),
      ),
    ),
  )
}

/** The runs of settings as a sweep file has them, by their positions. Left: every problem with them. */
export const sweepOf = (settings: Settings): TE.TaskEither<Failure, readonly SweepRun[]> =>
  pipe(experimentsOf(settings, inFile), TE.flatMapEither(withGroups))

/** The runs of a sweep file by their positions. Left: what is wrong with the file, or every problem with its settings. */
export const sweepIn = (path: string): TE.TaskEither<Failure, readonly SweepRun[]> =>
  pipe(TE.fromEither(pipe(settingsIn(path), E.mapLeft(failed))), TE.flatMap(sweepOf))
