/** Learning as time goes on: `train(rule, net, { optimiser })(start, data)`, one step of each sequence at a time. */
import type { EngineLike } from '../../ad/compiler/engine.ts'
import { describe } from '../../ad/describe.ts'
import { KindError } from '../../ad/errors.ts'
import { requireCount, requireNames } from '../../ad/require.ts'
import type { Branch } from '../../ad/tree.ts'
import type { PerStep } from '../loss.ts'
import { type Example, type Network, requireNet, type Theta } from '../network.ts'
import { type Random, rng, streams } from '../random.ts'
import { refuseOnline } from '../run/bidirectional.ts'
import { drawsFor } from '../run/noise.ts'
import { type AnyRule, type MemoryOf, requireFacing, requireRule } from '../run/rule.ts'
import { noNoise } from '../run/timestep.ts'
import { checkDatum, requirePerStep } from '../run/unroll.ts'
import { type Sequences, type Steps, streamOf, withLast, withLastAsync } from './data.ts'
import { entrywiseOf } from './entrywise.ts'
import { inMemory } from './in-memory.ts'
import { type Learner, learner, type Training } from './learner.ts'
import { type Optimiser, requireNeeds, requireOptimiser } from './optimiser.ts'
import { engineFor, executorFor, holdsParameters, learningFor, ruleOn } from './plans.ts'
import { openByWorkers } from './run-by-workers.ts'
import { type Shadows, shadowed, shadowMakers } from './shadows.ts'
import type { TrainFrom, TrainStep } from './step.ts'

export type { Paused, ShadowStep, TrainFrom, TrainState, TrainStep } from './step.ts'

export interface TrainOptions<O = unknown> {
  /** How a gradient moves the parameters; several in a row are a chain: chain(clipByNorm(1), adam({ lr: 0.001 })). */
  readonly optimiser: Optimiser<O>
  /** Steps between updates, at least 1; an update takes the mean gradient over them. The end of the data updates too. */
  readonly every?: number
  /** What runs the program; by default the fastest that needs nothing installed, `eager` for a rule that branches on concrete values. */
  readonly engine?: EngineLike
  /** What a rule's constants and its noise are drawn from, in [0, 2³²); 0 by default. Later runs continue the stream of noise. */
  readonly seed?: number
  /** Where the noise of a rule comes from, in place of the seed's own stream. */
  readonly noise?: Random
  /** After so many steps, at least 1, a sequence ends and another begins: the state and all that a rule remembers start anew. */
  readonly washout?: number
  /**
   * Cores that share out each step, at least 1: blocks of the sequences of a batch, or of the columns of an influence. The numbers are
   * the same for any number of workers. Left out, a batch is run as a whole, on one core, which rounds differently. Worth it where
   * a step takes a tenth of a millisecond and more.
   */
  readonly workers?: number
  /** Rules run beside the one that trains, on the same trajectory, by name: { exact: rtrl }, or { exact: { rule: rtrl, from: 1000 } }. */
  readonly shadows?: Shadows
}

/**
 * Learns as time goes on, one step at a time, with a rule that faces the past: an iterable of steps, lazily. What the rule
 * remembers is carried over updates as it is, so it is stale by O(step size): that is online learning. A windowed rule whose
 * windows do not divide `every` carries losses over an update too; `alignedTo` ends a window with each. Several sequences of
 * one length are learned from side by side, by the mean of their gradients. Examples may also come one at a time, from any
 * iterable, or for sequences side by side a list of one for each at every step; from an async iterable by
 * `train(rule, net, options).later(start, data)`. One is read ahead, so that the last is known.
 * With `washout` W the data are learned from as sequences of W steps, one after the other. With `shadows` every step has the
 * gradients of other rules on the same trajectory; a shadow begins with a sequence, and draws from a stream of its own.
 *
 * Throws a KindError for a rule that faces the future (give it windows), a loss of the whole run or a bidirectional
 * network, a NonFiniteError where training diverges.
 */
export const train = <R extends AnyRule<unknown, 'past'>, P extends Branch, S extends Branch, O>(
  rule: R,
  net: Network<P, S, PerStep>,
  options: TrainOptions<O>,
) => {
  type M = MemoryOf<R>
  requireRule('train', rule)
  requireFacing('train', rule, 'past')
  requireNames('train', options, ['optimiser', 'every', 'engine', 'seed', 'noise', 'washout', 'shadows', 'workers'])
  const { optimiser, every = 1, seed = 0, washout = Number.POSITIVE_INFINITY, shadows = {} } = options
  requireCount('train', `every = ${every}`, every, 'every: 1 updates at each step')
  if (options.washout !== undefined)
    requireCount('train', `washout = ${washout}`, washout, 'Leave it out to begin anew with the data alone')
  requireOptimiser('train', optimiser, 'train(rule, net, { optimiser: sgd({ lr: 0.01 }) })', ' as the optimiser')
  requireNet('train', net, 'The rule comes first, then the network: train(rtrl, net, { optimiser })')
  const plain = net as unknown as Network
  if (plain.causal !== true) refuseOnline()
  requirePerStep('train', plain)
  const engine = engineFor(options.engine, rule, plain)
  const own = ruleOn<M, 'past'>(engine, rule as AnyRule<M, 'past'>, plain, seed)
  requireNeeds(optimiser, own, { every, batch: null })
  const draws = drawsFor(own.draws, plain)
  const noise = options.noise ?? rng(seed, streams.noise)
  const drawn = () => noise.copy().draw(draws)
  const open = openByWorkers(options.workers, engine, plain, own, drawn, executorFor(engine, plain, own, drawn))
  const openShadows = shadowMakers(plain, shadows, options.engine, seed)
  const trained = { steps: 0 }
  const training: Training<M, O> = {
    net: plain,
    rule: own,
    errorAndTrace: memory => own.errorAndTrace?.(memory),
    optimiser,
    every,
    washout,
    noise,
    trained,
    draw: from => (own.draws ? from.draw(draws) : noNoise),
    open: (...run) => shadowed(open(...run), openShadows(...run), () => trained.steps),
  }
  type Step = TrainStep<Theta<P>, M, O>
  const program = entrywiseOf(optimiser)
  const alone = Object.keys(shadows).length === 0
  const held =
    program && alone && options.workers === undefined && holdsParameters(engine, own)
      ? { program, open: learningFor<M, O>(engine, plain, own, program, drawn) }
      : null
  const learnerFrom = (
    ...run: [start: TrainFrom<Theta<P>, M, O>, batch: number | null, length: number]
  ): Learner<Theta<P>, M, O> =>
    held ? inMemory<Theta<P>, M, O>(training, held, ...run) : learner<Theta<P>, M, O>(training, ...run)
  function* run(start: TrainFrom<Theta<P>, M, O>, data: Sequences | Steps): Generator<Step> {
    const { batch, length, steps } = streamOf('train', plain, data)
    const { step, end } = learnerFrom(start, batch, length)
    try {
      for (const [now, last] of withLast(steps)) yield step(now, last)
    } finally {
      end()
    }
  }
  /** The same on an async iterable: the examples of a sensor, or of a file that is still being read. */
  async function* later(
    start: TrainFrom<Theta<P>, M, O>,
    data: AsyncIterable<Example> | Iterable<Example>,
  ): AsyncGenerator<Step> {
    const { step, end } = learnerFrom(start, null, Number.POSITIVE_INFINITY)
    let t = 0
    try {
      for await (const [example, last] of withLastAsync(requireAsync(data))) {
        checkDatum(plain, example, ++t)
        yield step([example], last)
      }
    } finally {
      end()
    }
  }
  return Object.assign(run, { later })
}

/** Refuses what does not come one at a time. */
const requireAsync = <T>(data: AsyncIterable<T> | Iterable<T>): AsyncIterable<T> | Iterable<T> => {
  if (typeof data === 'object' && data !== null && (Symbol.asyncIterator in data || Symbol.iterator in data))
    return data
  throw new KindError({
    who: 'train',
    given: describe(data),
    wanted: 'an iterable or an async iterable of examples',
    remedy: 'An async function* that yields example(x, target) is one',
  })
}
