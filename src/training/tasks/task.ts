/** What a made-up task is: its facts, its options, and a stream of steps without end. */
import { requireNames } from '../../../ad/require.ts'
import type { Example } from '../../../nets/network.ts'
import { type Random, requireRandom } from '../../../nets/random.ts'
import type { Paper } from '../../../rules/index.ts'
import type { Defaults } from '../data/kind.ts'
import type { Measure } from './measure.ts'
import { type Options, type ValuesOf, valuesOf } from './option.ts'
import { iterated, opened, type Source } from './source.ts'

/** The least figure that a predictor can have that knows only what the name says. */
export interface Floor {
  readonly name: string
  readonly value: number
}

/** A task whose options are chosen: inputs [n], targets [m], a loss, and steps without end. */
export interface MadeUp extends Measure, Source {
  readonly n: number
  readonly m: number
  /** How many steps back a target reaches at most. */
  readonly horizon: number
  /** From the worst to the best; none where none is known. */
  readonly floors: readonly Floor[]
  /** Steps of a trial, where trials know nothing of each other: unless it is said, an update is a trial, and the state begins anew with each. */
  readonly trial?: number
  /** Whether the input is the series whose later value is the target. */
  readonly forecast?: true
  /** The steps in order, without end, for `train` to learn from as they come. */
  steps(random: Random): Generator<Example, never>
}

/** What a task says of itself. */
export interface TaskFacts {
  readonly name: string
  /** Inputs and targets in a sentence; options by their names. */
  readonly asks: string
  readonly options: Options
  readonly papers: readonly Paper[]
  /** What `janus train` takes where nothing is given, in place of what it takes for other tasks: { hidden: 64, lr: 0.001 }. */
  readonly defaults?: Partial<Defaults>
}

/** A task: its facts, and the task with options chosen. */
export interface Task extends TaskFacts {
  /** Throws a NameError for an option that it does not have, a DomainError for one that cannot be. */
  on(options?: Readonly<Record<string, unknown>>): MadeUp
}

/** A task whose options are known by type. */
export interface TaskOf<O extends Options> extends Task {
  on(options?: Partial<ValuesOf<O>>): MadeUp
}

/** What is written of a task with options chosen: a measure, sizes, and where steps come from. */
export type Definition<S> = Measure &
  Source<S> &
  Pick<MadeUp, 'n' | 'm' | 'horizon'> &
  Partial<Pick<MadeUp, 'floors' | 'forecast' | 'trial'>>

/**
 * A task from its facts and what it is for given options: `task({ name, asks, options, papers }, ({ delay }) => ({ n, m, ...nats,
 * horizon, ...trials(random => [example(x, y), …]) }))`.
 */
export const task = <const O extends Options, S>(
  facts: TaskFacts & { readonly options: O },
  define: (options: ValuesOf<O>) => Definition<S>,
): TaskOf<O> => {
  requireNames('task', facts, ['name', 'asks', 'options', 'papers', 'defaults'])
  return {
    ...facts,
    on: (given = {}) => {
      const definition = define(valuesOf(facts.name, facts.options, given))
      return {
        floors: [],
        ...(definition as unknown as Omit<MadeUp, 'floors' | 'steps'>),
        steps: random => {
          requireRandom(facts.name, random)
          return iterated(opened(definition, random))
        },
      }
    },
  }
}
