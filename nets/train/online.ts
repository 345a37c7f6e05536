/** Learning as time goes on: `train(rule, net, { optimiser })(start, data)`, one step of each sequence at a time. */
import type { EngineLike } from '../../ad/compiler/engine.ts'
import { KindError, ShapeError } from '../../ad/errors.ts'
import { checkFinite } from '../../ad/finite.ts'
import { applyUpdate, type Cotangent, negativeGradient, times, toValue, viewLike } from '../../ad/linear/space.ts'
import { requireCount, requireNames } from '../../ad/require.ts'
import type { Tensor } from '../../ad/tensor.ts'
import type { Branch } from '../../ad/tree.ts'
import { item, type Value } from '../../ad/value.ts'
import type { PerStep } from '../loss.ts'
import type { Example, Network, Theta } from '../network.ts'
import { type Random, rng, streams } from '../random.ts'
import { refuseOnline } from '../run/bidirectional.ts'
import { type Executor, eagerExecutor, type Saved } from '../run/executor.ts'
import { drawsFor } from '../run/noise.ts'
import { parametersOf } from '../run/parameters.ts'
import { type AnyRule, type MemoryOf, requireFacing, requireRule } from '../run/rule.ts'
import { noNoise } from '../run/timestep.ts'
import { requirePerStep } from '../run/unroll.ts'
import { batchOf, type Sequences, stepOf } from './data.ts'
import type { Concrete } from './gradient.ts'
import type { Optimiser } from './optimiser.ts'
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
  /** What the rule remembers, of a batch for its first sequence: a copy. Under a compiled engine, call it before the next step is taken. */
  memory(): M
  /** All that training goes on from: a copy, as `memory()` is. */
  state(): TrainState<Concrete<Θ>, M, O>
}

/** Refuses what does not say how parameters move. */
const requireOptimiser = (optimiser: unknown): void => {
  if (typeof (optimiser as { readonly step?: unknown } | undefined)?.step === 'function') return
  throw new KindError({
    who: 'train',
    given: typeof optimiser === 'function' ? 'an optimiser that was not called' : `optimiser ${String(optimiser)}`,
    wanted: 'an optimiser: sgd({ lr: 0.01 }), adam({ lr: 0.001 })',
    remedy: 'train(rule, net, { optimiser: sgd({ lr: 0.01 }) })',
  })
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
    remedy: "Ask memory() or state() before the next step is taken, or use engine: 'eager'",
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
 * one length are learned from side by side, by the mean of their gradients.
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
  requireOptimiser(optimiser)
  const plain = net as unknown as Network
  if (plain.causal !== true) refuseOnline()
  requirePerStep('train', plain)
  const engine = engineFor(options.engine, rule, plain)
  const own = ruleOn<M, 'past'>(engine, rule as AnyRule<M, 'past'>, plain, seed)
  const draws = drawsFor(own.draws, plain)
  const drawn = options.noise ?? rng(seed, streams.noise)
  const open = compiledFor(engine, plain, own)
  return function* (start: TrainFrom<Theta<P>, M, O>, data: Sequences): Generator<TrainStep<Theta<P>, M, O>> {
    const begun = stateOf(start)
    let θ: Theta = parametersOf('train', plain, begun.θ as Theta)
    let memory = begun.optimiser
    const batch = batchOf('train', plain, data)
    if (begun.run) requireBatch(begun.run.carries.length, batch.batch ?? 1)
    const first = batch.sequences[0]?.[0]
    if (!first) return
    const random = begun.run?.random.copy() ?? drawn
    const noise = (): Value => (own.draws ? random.draw(draws) : noNoise)
    const executor: Executor<M> =
      engine.name === 'eager'
        ? eagerExecutor(plain, own, batch.batch)
        : open(θ, first, batch.batch, (begun.run?.count ?? 0) + batch.steps, random.copy().draw(draws))
    executor.reset(θ, begun.run, begun.run?.count)
    const live = { count: 0 }
    let newest: (() => Paused<M>) | null = null
    let [weight, count] = [begun.run?.weight ?? 0, begun.run?.count ?? 0]
    try {
      for (let t = 0; t < batch.steps; t++) {
        const now = stepOf(batch, t)
        const last = t === batch.steps - 1
        live.count++
        count++
        const view = executor.step(now, batch.sequences.map(noise), last)
        checkFinite('train', count, view.quantities())
        weight += weightOf(now)
        const seen = { step: count, loss: view.loss, output: view.output() as Tensor }
        let taken: Cotangent<Theta> | null = null
        if (count % every === 0 || last) {
          const gradient = executor.takeGradient()
          checkFinite('train', count, { gradient: toValue(gradient) })
          taken = weight > 0 ? times(1 / weight, gradient) : gradient
          const [update, next] = optimiser.step(memory ?? optimiser.init(taken), taken, θ)
          θ = applyUpdate<Theta>(θ, negativeGradient(update))
          memory = next
          checkFinite('train', count, { parameters: θ })
          weight = 0
        }
        const rest = { weight, count, random }
        newest = saving(executor, live, () => ({ ...rest, random: random.copy() }))
        yield stepFrom(seen, θ, taken, memory, newest)
        if (taken) executor.setParameters(θ)
      }
    } finally {
      keepLast(newest)
      live.count++
      executor.release()
    }
  }
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
  seen: Pick<TrainStep<Θ, M, O>, 'step' | 'loss' | 'output'>,
  θ: Theta,
  gradient: Cotangent<Theta> | null,
  optimiser: O | undefined,
  save: () => Paused<M>,
): TrainStep<Θ, M, O> => ({
  ...seen,
  θ: θ as unknown as Concrete<Θ>,
  get gradient() {
    return gradient && (viewLike(θ, gradient) as unknown as Concrete<Θ>)
  },
  optimiser,
  memory: () => (save().carries[0] as Saved<M>['carries'][number]).memory,
  state: () => ({ θ: θ as unknown as Concrete<Θ>, ...(optimiser !== undefined && { optimiser }), run: save() }),
})
