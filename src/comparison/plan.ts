/** The runs of a comparison: a grid of experiments in groups, one number of steps between updates for all of them. */
import * as E from 'fp-ts/lib/Either.js'
import { pipe } from 'fp-ts/lib/function.js'
import * as TE from 'fp-ts/lib/TaskEither.js'
import { identityOf } from '../experiments/identity.ts'
import type { Experiment } from '../experiments/plan.ts'
import { optionsFor } from '../experiments/prepared.ts'
import type { Failure } from '../failure.ts'
import { defaultsOf, kindOf } from '../training/data/index.ts'
import { looksBack, type TrainOptions } from '../training/options.ts'
import { type Config, settingNames } from '../training/settings.ts'

/** A run of a comparison: everything but the seed is the same in a group. */
export interface Planned extends Experiment {
  readonly group: string
  readonly options: TrainOptions
  /** The config as it was asked for, before all were given the same number of steps between updates. */
  readonly asked: Config
}

/** Steps between updates where none are asked for: those of a rule that may move at every step. */
const everyFor = ({ config, sources }: Experiment): number | undefined => {
  const [{ steps }, defaults] = [kindOf(sources.data), defaultsOf(sources.data)]
  return config.every ?? (steps === null ? (defaults.online ?? defaults.window) : undefined)
}

/** The config with the same number of steps between updates as every other; only rules that look back have a window. */
const evened = (experiment: Experiment, options: TrainOptions): Config => {
  const { window, ...rest } = experiment.config
  const every = everyFor(experiment)
  const looks = looksBack(options.choice())
  return { ...rest, ...(every !== undefined && { every }), ...(looks && window !== undefined && { window }) }
}

/** The settings that are not the same in all runs, the seed aside; the rule always. */
const varied = (configs: readonly Config[]): readonly (keyof Config)[] =>
  settingNames.filter(name => name === 'rule' || (name !== 'seed' && new Set(configs.map(one => one[name])).size > 1))

/** What a group is called: its rule, and its settings that others have otherwise. */
const called = (config: Config, names: readonly (keyof Config)[]): string =>
  names
    .filter(name => name === 'rule' || config[name] !== undefined)
    .map(name => (name === 'rule' ? (config.rule ?? 'bptt') : `${name}=${config[name]}`))
    .join(' ')

/** What the groups of configs are called, one name for each config: the rule, and whatever is not the same in all but the seed. */
export const groupNames = (configs: readonly Config[]): readonly string[] => {
  const names = varied(configs)
  return configs.map(config => called(config, names))
}

/** Experiments as runs of one comparison. Left: a config that cannot be. */
export const comparisonOf = (experiments: readonly Experiment[]): E.Either<Failure, readonly Planned[]> => {
  const names = groupNames(experiments.map(({ config }) => config))
  return pipe(
    experiments.map((one, i) => ({ ...one, group: names[i] as string })),
    E.traverseArray(one =>
      pipe(
        optionsFor(one.config, one.sources),
        E.map(options => evened(one, options)),
        E.bindTo('config'),
        E.bind('options', ({ config }) => optionsFor(config, one.sources)),
        E.bind('id', ({ config }) => identityOf(config, one.sources)),
        E.map(found => ({ ...one, ...found, asked: one.config })),
      ),
    ),
  )
}

/** The groups of a comparison in their order. */
export const grouped = <A extends { readonly group: string }>(
  runs: readonly A[],
): readonly (readonly [A, ...A[]])[] => {
  const names = [...new Set(runs.map(({ group }) => group))]
  return names.map(name => runs.filter(({ group }) => group === name) as [A, ...A[]])
}

/** The same as a task, for the commands. */
export const planned = (experiments: readonly Experiment[]): TE.TaskEither<Failure, readonly Planned[]> =>
  TE.fromEither(comparisonOf(experiments))
