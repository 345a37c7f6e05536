/** Learning as time goes on: `train(rule, net, { optimiser })(start, data)`, one step of each sequence at a time. */

import type { EngineLike } from '../../ad/compiler/engine.ts'
import { KindError, ShapeError } from '../../ad/errors.ts'
import { checkFinite } from '../../ad/finite.ts'
import { applyUpdate, type Cotangent, negativeGradient, times, toValue, viewLike } from '../../ad/linear/space.ts'
import { describe, requireCount, requireNames } from '../../ad/require.ts'
import type { Tensor } from '../../ad/tensor.ts'
import type { Branch } from '../../ad/tree.ts'
import { item, type Value } from '../../ad/value.ts'
import type { PerStep } from '../loss.ts'
import type { Example, Network, Theta } from '../network.ts'
import { type Random, rng, streams } from '../random.ts'
import { refuseOnline } from '../run/bidirectional.ts'
import { type Executor, eagerExecutor, type Saved } from '../run/executor.ts'
import { drawsFor } from '../run/noise.ts'
import { checkStep } from '../run/non-finite.ts'
import { parametersOf } from '../run/parameters.ts'
import { type AnyRule, type MemoryOf, requireFacing, requireRule } from '../run/rule.ts'
import { noNoise } from '../run/timestep.ts'
import { checkDatum, requirePerStep } from '../run/unroll.ts'
import { type Sequences, type Steps, streamOf, withLast, withLastAsync } from './data.ts'
import type { Concrete } from './gradient.ts'
import type { Optimiser } from './optimiser.ts'
import { requireOptimiser } from './optimiser.ts'
import { compiledFor, engineFor, ruleOn } from './plans.ts'

export interface TrainOptions<O = unknown> {
  /** How a gradient moves the parameters; several in a row are a chain: chain(clipByNorm(1), adam({ lr: 0.001 })). */
  readonly optimiser: Optimiser<O>
  /** Steps between updates, at least 1; an update takes the mean gradient over them. The end of the datan updates too. */
  readonly every?: number
  /** What does the work; by default the fastest that needs nothing installed, `eager` for a rule that looks at numbers. */
  readonly engine?: EngineLike
  /** What a rule's constants and its noise are drawn from, in [0, 2³²); 0 by default. Later runs draw on. */
  readonly seed?: number
  /** Where the noise of a rule comes from, in place of the seed's own stream. */
  readonly noise?: Random
}

/** Where a run was left in the middle of a sequence. */
export interface Paused<M> extends Saved<M> {
  /** Σ of the weights since the last update, and how many steps there have been. */
  readonly weight: number
  readonly count: number
  readonly random: Random
}

/** Where training goes on from: parameters, what the optimiser remembers, and, within a sequence, where the run was left. */
export interface TrainState<Θ, M = unknown, O = unknown> {
  readonly θ: Θ
  readonly optimiser?: O | undefined
  readonly run?: Paused<M>
  /** A step is no state, so that a step of another rule is not taken for one without a run. */
  readonly state?: never
}

/** One step of training. Each is a start from which training goes on as if it had not stopped, bit for bit. */
export interface TrainStep<Θ, M = unknown, O = unknown> {
  /** Steps so far, from 1. */
  readonly step: number
  /** Of a batch, the mean over its sequences. */
  readonly loss: number
  /** y [m]; of a batch of B, [B, m]. */
  readonly output: Tensor
  /** The parameters after the step. */
  readonly θ: Concrete<Θ>
  /** The mean gradient that moved θ, where this step did. */
  readonly gradient: Concrete<Θ> | null
  readonly optimiser: O | undefined
  /** What the rule remembers, of a batch for its first sequence: a copy. Under a compiled engine, call it before the next step. */
  memory(): M
  /** All that training goes on from: a copy, as `memory()` is. */
  state(): TrainState<Concrete<Θ>, M, O>
}

/** Refuses a run of another number of sequences. */
const requireBatch = (left: number, given: number): void => {
  if (left === given) return
  throw new ShapeError({
    who: 'train',
    given: `${given} sequences after a step of ${left}`,
    wanted: `${left}, to go on with`,
    remedy: 'Give as many sequences as before, or start from step.θ',
  })
}

const sum = (xs: readonly number[]): number => xs.reduce((a, b) => a + b, 0)

/** Σ of the weights of a step, a mean over the sequences of a batch. */
const weightOf = (examples: readonly Example[]): number =>
  sum(examples.map(({ weight }) => item(weight))) / examples.length

const stale = (): never => {
  throw new KindError({
    who: 'train',
    given: 'a step whose memory was overwritten by a later one',
    wanted: 'the newest step',
    remedy: "Call memory() or state() before the next step, or use engine: 'eager'",
  })
}

/** A start as a state: θ alone, or that of a step or another state. */
const stateOf = <Θ, M, O>(start: TrainFrom<Θ, M, O>): TrainState<Θ, M, O> => {
  if ('state' in (start as object)) return (start as TrainStep<Θ, M, O>).state() as TrainState<Θ, M, O>
  return 'θ' in (start as object) ? (start as TrainState<Θ, M, O>) : { θ: start as Θ }
}

/** θ, a step, or the state of a step; without its `run`, at the start of another sequence. */
export type TrainFrom<Θ, M = unknown, O = unknown> = Θ | TrainStep<Θ, M, O> | TrainState<Θ, M, O>

/** Saves a run once: at once where that costs nothing, else when it is asked for before the next step. */
const saving = <M>(executor: Executor<M>, live: { count: number }, rest: () => Omit<Paused<M>, keyof Saved<M>>) => {
  const at = live.count
  const save = (): Paused<M> => ({ ...executor.save(), ...rest() })
  let kept: Paused<M> | null = executor.persistent ? save() : null
  return (): Paused<M> => {
    kept ??= live.count === at ? save() : stale()
    return kept
  }
}

/**
 * Learns as time goes on, one step at a time, with a rule that faces the past: an iterable of steps, lazily. What the rule
 * remembers is carried over updates as it is, so it is stale by O(step size): that is online learning. A windowed rule whose
 * windows do not divide `every` carries losses over an update too; `alignedTo` ends a window with each. Several sequences of
 * one length are learned from side by side, by the mean of their gradients. Examples may also come one at a time, from any
 * iterable, or for sequences side by side a list of one for each at every step; from an async iterable by
 * `train(rule, net, options).later(start, data)`. One is read ahead, so that the last is known.
 *
 * Throws a KindError for a rule that faces the future (give it windows), a loss of the whole run or a network that reads from
 * both ends, a NonFiniteError where training diverges.
 */
export const train = <R extends AnyRule<unknown, 'past'>, P extends Branch, S extends Branch, O>(
  rule: R,
  net: Network<P, S, PerStep>,
  options: TrainOptions<O>,
) => {
  type M = MemoryOf<R>
  requireRule('train', rule)
  requireFacing('train', rule, 'past')
  requireNames('train', options, ['optimiser', 'every', 'engine', 'seed', 'noise'])
  const { optimiser, every = 1, seed = 0 } = options
  requireCount('train', `every = ${every}`, every, 'every: 1 updates at each step')
  requireOptimiser('train', optimiser, 'train(rule, net, { optimiser: sgd({ lr: 0.01 }) })', ' as the optimiser')
  const plain = net as unknown as Network
  if (plain.causal !== true) refuseOnline()
  requirePerStep('train', plain)
  const engine = engineFor(options.engine, rule, plain)
  const own = ruleOn<M, 'past'>(engine, rule as AnyRule<M, 'past'>, plain, seed)
  const draws = drawsFor(own.draws, plain)
  const drawn = options.noise ?? rng(seed, streams.noise)
  const open = compiledFor(engine, plain, own)
  type Step = TrainStep<Theta<P>, M, O>
  const learner = (start: TrainFrom<Theta<P>, M, O>, batch: number | null, length: number) => {
    const resumed = stateOf(start)
    let θ: Theta = parametersOf('train', plain, resumed.θ as Theta)
    let memory = resumed.optimiser
    if (resumed.run) requireBatch(resumed.run.carries.length, batch ?? 1)
    const random = resumed.run?.random.copy() ?? drawn
    const noise = (): Value => (own.draws ? random.draw(draws) : noNoise)
    const opened = (first: Example): Executor<M> => {
      const made =
        engine.name === 'eager'
          ? eagerExecutor(plain, own, batch)
          : open(θ, first, batch, (resumed.run?.count ?? 0) + length, random.copy().draw(draws))
      made.reset(θ, resumed.run, resumed.run?.count)
      return made
    }
    let executor: Executor<M> | null = null
    const live = { count: 0 }
    let newest: (() => Paused<M>) | null = null
    let [weight, count] = [resumed.run?.weight ?? 0, resumed.run?.count ?? 0]
    let moved = false
    const update = (gradient: Cotangent<Theta>): Cotangent<Theta> => {
      checkFinite('train', count, { gradient: toValue(gradient) })
      const mean = weight > 0 ? times(1 / weight, gradient) : gradient
      const [change, next] = optimiser.step(memory ?? optimiser.init(mean), mean, θ)
      θ = applyUpdate<Theta>(θ, negativeGradient(change))
      checkFinite('train', count, { parameters: θ })
      memory = next
      weight = 0
      return mean
    }
    return {
      step(now: readonly Example[], last: boolean): Step {
        executor ??= opened(now[0] as Example)
        const running = executor
        if (moved) running.setParameters(θ)
        live.count++
        count++
        const view = running.step(now, now.map(noise), last)
        checkStep('train', plain, θ, count, now, view)
        weight += weightOf(now)
        const result = { step: count, loss: view.loss, output: view.output() as Tensor }
        moved = count % every === 0 || last
        const applied = moved ? update(running.takeGradient()) : null
        const rest = { weight, count, random }
        newest = saving(running, live, () => ({ ...rest, random: random.copy() }))
        return stepFrom(result, θ, applied, memory, newest)
      },
      end(): void {
        keepLast(newest)
        live.count++
        executor?.release()
      },
    }
  }
  function* run(start: TrainFrom<Theta<P>, M, O>, data: Sequences | Steps): Generator<Step> {
    const { batch, length, steps } = streamOf('train', plain, data)
    const { step, end } = learner(start, batch, length)
    try {
      for (const [now, last] of withLast(steps)) yield step(now, last)
    } finally {
      end()
    }
  }
  /** The same on examples that come in their own time, of a sensor or a file that is still being read. */
  async function* later(
    start: TrainFrom<Theta<P>, M, O>,
    data: AsyncIterable<Example> | Iterable<Example>,
  ): AsyncGenerator<Step> {
    const { step, end } = learner(start, null, Number.POSITIVE_INFINITY)
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

/** Saves the last step before the executor serves another run; where it cannot be saved, the step throws when it is asked. */
const keepLast = (save: (() => unknown) | null): void => {
  try {
    save?.()
  } catch (thrown) {
    if (!(thrown instanceof KindError)) throw thrown
  }
}

const stepFrom = <Θ, M, O>(
  result: Pick<TrainStep<Θ, M, O>, 'step' | 'loss' | 'output'>,
  θ: Theta,
  gradient: Cotangent<Theta> | null,
  optimiser: O | undefined,
  save: () => Paused<M>,
): TrainStep<Θ, M, O> => ({
  ...result,
  θ: θ as unknown as Concrete<Θ>,
  get gradient() {
    return gradient && (viewLike(θ, gradient) as unknown as Concrete<Θ>)
  },
  optimiser,
  memory: () => (save().carries[0] as Saved<M>['carries'][number]).memory,
  state: () => ({ θ: θ as unknown as Concrete<Θ>, ...(optimiser !== undefined && { optimiser }), run: save() }),
})
