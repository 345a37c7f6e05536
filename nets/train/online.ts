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
import type { Executor, Saved } from '../run/executor.ts'
import { drawsFor } from '../run/noise.ts'
import { checkStep } from '../run/non-finite.ts'
import { parametersOf } from '../run/parameters.ts'
import { type AnyRule, type MemoryOf, requireFacing, requireRule } from '../run/rule.ts'
import { noNoise } from '../run/timestep.ts'
import { checkDatum, requirePerStep } from '../run/unroll.ts'
import { type Sequences, streamOf, withLast, withLastAsync } from './data.ts'
import type { Concrete } from './gradient.ts'
import type { Optimiser } from './optimiser.ts'
import { requireOptimiser } from './optimiser.ts'
import { engineFor, executorFor, ruleOn } from './plans.ts'
import { type Shadowed, type Shadows, shadowed, shadowMakers } from './shadows.ts'

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
  /** After so many steps, at least 1, a sequence ends and another begins: the state and all that a rule remembers start anew. */
  readonly washout?: number
  /** Rules run beside the one that trains, on the same trajectory, by name: { exact: rtrl }, or { exact: { rule: rtrl, from: 1000 } }. */
  readonly shadows?: Shadows
}

/** Where a run was left in the middle of a sequence. */
export interface Paused<M> extends Saved<M> {
  /** Σ of the weights since the last update, and how many steps there have been since the sequence began. */
  readonly weight: number
  readonly count: number
  /** Steps of the sequences that washouts ended before this one; 0 where it is left out. */
  readonly washed?: number
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

/** A shadow at a step of training. */
export interface ShadowStep<Θ> {
  /** What it has in place of the step's `gradient`, where this step moved θ. */
  readonly gradient: Concrete<Θ> | null
  /** What it remembers, of a batch for its first sequence: as `memory()` of a step. */
  memory(): unknown
  /** Bytes of what it remembers of all sequences; through windows of a compiled rule, of the frames that hold them. */
  bytes(): number
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
  /** The shadows that have started, by name. */
  readonly shadows: Readonly<Record<string, ShadowStep<Θ>>>
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

/** The shadows of a step: their gradients by the mean that the trained rule's is, none between updates; their memories until the next step. */
const shadowSteps = (
  running: Shadowed<unknown>,
  live: { readonly count: number },
  θ: Theta,
  mean: ((sum: Cotangent<Theta>) => Cotangent<Theta>) | null,
): Readonly<Record<string, ShadowStep<Theta>>> => {
  const at = live.count
  const fresh = <A>(of: () => A): A => (live.count === at ? of() : stale())
  const entries = Object.entries(running.shown()).map(([name, { gradient, memory, bytes }]) => {
    const found = gradient && mean ? mean(gradient) : null
    const shown: ShadowStep<Theta> = {
      get gradient() {
        return found && (viewLike(θ, found) as Concrete<Theta>)
      },
      memory: () => fresh(memory),
      bytes: () => fresh(bytes),
    }
    return [name, shown] as const
  })
  return Object.fromEntries(entries)
}

/**
 * Learns as time goes on, one step at a time, with a rule that faces the past: an iterable of steps, lazily. What the rule
 * remembers is carried over updates as it is, so it is stale by O(step size): that is online learning. A windowed rule whose
 * windows do not divide `every` carries losses over an update too; `alignedTo` ends a window with each. Several sequences of
 * one length are learned from side by side, by the mean of their gradients. Examples may also come one at a time, from any
 * iterable, and from an async one by `train(rule, net, options).later(start, data)`: one is read ahead, so that the last is known.
 * With `washout` W the data are learned from as sequences of W steps, one after the other. With `shadows` every step has the
 * gradients of other rules on the same trajectory; a shadow begins with a sequence, and draws from a stream of its own.
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
  requireNames('train', options, ['optimiser', 'every', 'engine', 'seed', 'noise', 'washout', 'shadows'])
  const { optimiser, every = 1, seed = 0, washout = Number.POSITIVE_INFINITY, shadows = {} } = options
  requireCount('train', `every = ${every}`, every, 'every: 1 updates at each step')
  if (options.washout !== undefined)
    requireCount('train', `washout = ${washout}`, washout, 'Leave it out to begin anew with the data alone')
  requireOptimiser('train', optimiser, 'train(rule, net, { optimiser: sgd({ lr: 0.01 }) })', ' as the optimiser')
  const plain = net as unknown as Network
  if (plain.causal !== true) refuseOnline()
  requirePerStep('train', plain)
  const engine = engineFor(options.engine, rule, plain)
  const own = ruleOn<M, 'past'>(engine, rule as AnyRule<M, 'past'>, plain, seed)
  const draws = drawsFor(own.draws, plain)
  const drawn = options.noise ?? rng(seed, streams.noise)
  const open = executorFor(engine, plain, own, () => drawn.copy().draw(draws))
  const openShadows = shadowMakers(plain, shadows, options.engine, seed)
  const trained = { steps: 0 }
  type Step = TrainStep<Theta<P>, M, O>
  const learner = (start: TrainFrom<Theta<P>, M, O>, batch: number | null, length: number) => {
    const from = stateOf(start)
    const { run } = from
    let θ: Theta = parametersOf('train', plain, from.θ as Theta)
    let memory = from.optimiser
    if (run) requireBatch(run.carries.length, batch ?? 1)
    const random = run?.random.copy() ?? drawn
    const noise = (): Value => (own.draws ? random.draw(draws) : noNoise)
    let [weight, count, washed] = [run?.weight ?? 0, run?.count ?? 0, run?.washed ?? 0]
    const opened = (first: Example): Shadowed<M> => {
      const steps = Math.min(count + length, washout)
      const own = open(θ, first, batch, steps)
      const made = shadowed(own, openShadows(θ, first, batch, steps), () => trained.steps)
      if (count < washout) made.reset(θ, run, count)
      return made
    }
    let executor: Shadowed<M> | null = null
    const live = { count: 0 }
    let newest: (() => Paused<M>) | null = null
    let moved = false
    /** Before a step: the sequence begins anew where a washout is due, else θ may have moved. */
    const prepared = (now: readonly Example[]): Shadowed<M> => {
      executor ??= opened(now[0] as Example)
      if (count === washout) {
        executor.reset(θ)
        washed += count
        count = 0
      } else if (moved) executor.setParameters(θ)
      return executor
    }
    const update = (gradient: Cotangent<Theta>): void => {
      checkFinite('train', washed + count, { gradient: toValue(gradient) })
      const [change, next] = optimiser.step(memory ?? optimiser.init(gradient), gradient, θ)
      θ = applyUpdate<Theta>(θ, negativeGradient(change))
      checkFinite('train', washed + count, { parameters: θ })
      memory = next
      weight = 0
    }
    return {
      step(now: readonly Example[], ends: boolean): Step {
        const running = prepared(now)
        live.count++
        trained.steps++
        count++
        const last = ends || count === washout
        const view = running.step(now, now.map(noise), last)
        checkStep('train', plain, θ, washed + count, now, view)
        weight += weightOf(now)
        const result = { step: washed + count, loss: view.loss, output: view.output() as Tensor }
        moved = count % every === 0 || last
        const mean = (sum: Cotangent<Theta>): Cotangent<Theta> => (weight > 0 ? times(1 / weight, sum) : sum)
        const gradient = moved ? mean(running.takeGradient()) : null
        const beside = shadowSteps(running, live, θ, moved ? mean : null)
        if (gradient) update(gradient)
        const rest = { weight, count, ...(washed > 0 && { washed }) }
        newest = saving(running, live, () => ({ ...rest, random: random.copy() }))
        return stepFrom({ ...result, shadows: beside as Step['shadows'] }, θ, gradient, memory, newest)
      },
      end(): void {
        keepLast(newest)
        live.count++
        executor?.release()
      },
    }
  }
  function* run(start: TrainFrom<Theta<P>, M, O>, data: Sequences | Iterable<Example>): Generator<Step> {
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
  result: Pick<TrainStep<Θ, M, O>, 'step' | 'loss' | 'output' | 'shadows'>,
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
