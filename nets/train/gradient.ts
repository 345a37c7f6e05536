/** Runs and gradients by an engine: one way to ask, whoever does the work. */

import { type EngineLike, engineOf } from '../../ad/compiler/engine.ts'
import { DomainError, ShapeError } from '../../ad/errors.ts'
import { checkFinite, checkParameters } from '../../ad/finite.ts'
import { plus } from '../../ad/linear/linear.ts'
import { type Cotangent, spaceOf, times, toValue } from '../../ad/linear/space.ts'
import { vjp } from '../../ad/modes/transforms.ts'
import { mul } from '../../ad/primitives/elementwise.ts'
import { requireCount } from '../../ad/require.ts'
import { scalar, type Tensor, zeros } from '../../ad/tensor.ts'
import { item, type Value } from '../../ad/value.ts'
import { type CompiledExecutor, compiledExecutor } from '../compiled/executor.ts'
import { type Compilable, type Prepared, prepared } from '../compiled/prepare.ts'
import { isWholeRun } from '../loss.ts'
import { type Example, initialState, logits, type Network, type Theta, whole } from '../network.ts'
import { type Random, rng } from '../random.ts'
import { type Executor, eagerExecutor, placed } from '../run/executor.ts'
import { fitted } from '../run/noise.ts'
import { backwards, type Facing, forwards, gradient, type Rule, requireRule } from '../run/scan.ts'
import { noNoise } from '../run/timestep.ts'
import { checkDatum, lossOf, requirePerStep, unroll } from '../run/unroll.ts'
import { watching } from '../run/watching.ts'
import { type Windows, windowsOf } from '../run/windows.ts'

/** One sequence, or several of equal length: the gradient of a batch is the mean of theirs. */
export type Sequences = readonly Example[] | readonly (readonly Example[])[]

/** Data as a list of sequences; `batch` is null for one alone. Throws a DomainError where their lengths differ. */
export const sequencesOf = (
  data: Sequences,
): { readonly sequences: readonly (readonly Example[])[]; readonly batch: number | null } => {
  if (!Array.isArray(data[0])) return { sequences: [data as readonly Example[]], batch: null }
  const sequences = data as readonly (readonly Example[])[]
  const lengths = new Set(sequences.map(one => one.length))
  if (lengths.size === 1) return { sequences, batch: sequences.length }
  throw new DomainError({
    who: 'batch',
    given: `sequences of ${[...lengths].join(', ')} steps`,
    wanted: 'sequences of one length',
    remedy: 'Cut them to one length, or give the shorter ones steps of weight 0',
  })
}

/** A whole run as one window: what a future-facing rule needs. */
const entire: Windows = { every: Number.POSITIVE_INFINITY, reach: Number.POSITIVE_INFINITY }

/** Plans by batch size, made when they are first needed. */
const preparing = <M>(like: EngineLike, net: Network, rule: Rule<M, Facing>, windows: Windows | null) => {
  const engine = engineOf(like)
  const made = new Map<number | null, Prepared<M>>()
  return (θ: Theta, datum: Example, batch: number | null, length: number, noise: Value): CompiledExecutor<M> => {
    const what: Compilable<M> = { net: net, rule, windows, batch }
    const known = made.get(batch) ?? prepared(engine, what, θ, datum, noise)
    made.set(batch, known)
    return compiledExecutor(what, known, length)
  }
}

/** Sessions of a past-facing rule by an engine. The first one compiles. */
export const sessionsBy = <M>(
  like: EngineLike,
  net: Network,
  rule: Rule<M, 'past' | 'any'>,
): ((θ: Theta, datum: Example, batch: number | null, length: number, noise: Value) => Executor<M>) => {
  if (engineOf(like).name === 'eager') return (_θ, _datum, batch) => eagerExecutor(net, rule, batch)
  const looking = windowsOf(rule)
  const prepare = looking
    ? preparing(like, net, looking.inner as Rule<M, Facing>, looking.windows)
    : preparing(like, net, rule, null)
  return prepare
}

/**
 * How many bytes an engine lays out to learn by a past-facing rule from so many sequences at a time, and sequences of
 * so many steps; 0 by eager code, which lays out nothing beforehand.
 */
export const bytesBy =
  <M>(engine: EngineLike, rule: Rule<M, 'past'>) =>
  (net: Network) =>
  (θ: Theta, datum: Example, batch: number | null = null, steps = 1): number => {
    const noise = zeros(fitted(rule.draws, net, θ).shape)
    const session = sessionsBy(engine, net, rule)(θ, datum, batch, steps, noise)
    return 'bytes' in session ? (session as CompiledExecutor<M>).bytes : 0
  }

/** The loss of a run, or the mean loss of several, with its gradient. */
export interface Graded {
  readonly loss: Value
  readonly gradient: Cotangent<Theta>
}

const mean = <A>(list: readonly Cotangent<A>[]): Cotangent<A> =>
  times(
    1 / list.length,
    list.reduce((a, b) => plus(a, b)),
  )

/** What is drawn for each sequence at each instant, instant by instant, as `learn` draws it. */
type Noise = readonly (readonly Value[])[]

const noiseFor = (
  rule: Rule<unknown, Facing>,
  net: Network,
  θ: Theta,
  sequences: readonly (readonly Example[])[],
  random: Random,
): Noise => {
  const steps = sequences[0] ?? []
  const none = sequences.map(() => noNoise)
  if (!rule.draws) return steps.map(() => none)
  const draws = fitted(rule.draws, net, θ)
  return steps.map(() => sequences.map(() => random.draw(draws)))
}

const eagerly = <M>(
  rule: Rule<M, Facing>,
  net: Network,
  θ: Theta,
  sequences: readonly (readonly Example[])[],
  noise: Noise,
  into: Tensor | undefined,
): Graded => {
  const method = rule.facing === 'future' ? backwards(rule as Rule<M, 'future'>) : forwards(rule as Rule<M, 'past'>)
  const runs = sequences.map((sequence, i) => {
    const drawn = noise.map(row => row[i] as Value).values()
    return [sequence, unroll(net, { noise: () => drawn.next().value ?? noNoise })(θ, sequence)] as const
  })
  const losses = runs.map(([sequence, run]) => item(lossOf(net, sequence, run)))
  return {
    loss: scalar(losses.reduce((a, b) => a + b, 0) / losses.length),
    gradient: placed(mean(runs.map(([, run]) => gradient(method)(run))), into),
  }
}

/** d loss / d sum of each sequence's loss of the whole run, and the loss itself. */
const finished = (
  net: Network,
  sequence: readonly Example[],
  total: number,
): readonly [loss: number, factor: number] => {
  const [loss, pullback] = vjp((sum: Value) => whole(net, sequence, [sum]), scalar(total))
  const factor = pullback(scalar(1))[0] as Value
  checkFinite('gradientBy', sequence.length, { 'derivative of the loss of the whole run': factor })
  return [item(loss), item(factor)]
}

/** A past-facing rule, or one that looks back through windows: instant by instant. */
const stepwise = <M>(
  session: CompiledExecutor<M>,
  sequences: readonly (readonly Example[])[],
  noise: Noise,
): readonly number[] => {
  const steps = sequences[0]?.length ?? 0
  const totals = sequences.map(() => 0)
  for (let t = 0; t < steps; t++) {
    const data = sequences.map(sequence => sequence[t] as Example)
    const { losses } = session.see(data, noise[t] as readonly Value[], t === steps - 1)
    for (let i = 0; i < totals.length; i++) totals[i] = (totals[i] as number) + (losses[i] as number)
  }
  return totals
}

/** A future-facing rule over whole runs: all the way on, then all the way back. */
const thereAndBack = <M>(
  session: CompiledExecutor<M>,
  net: Network,
  sequences: readonly (readonly Example[])[],
  noise: Noise,
): readonly number[] => {
  const totals = session.follow(sequences, noise)
  const ends = sequences.map((sequence, i) => {
    const total = totals[i] as number
    return isWholeRun(net.loss) ? finished(net, sequence, total) : ([total, 1] as const)
  })
  session.backwardPass(ends.map(([, factor]) => factor))
  return ends.map(([loss]) => loss)
}

/** What was worked out, if it is all numbers. */
const reported = (graded: Graded, steps: number): Graded => {
  checkFinite('gradientBy', steps, { loss: graded.loss, gradient: toValue(graded.gradient) })
  return graded
}

const checkPlace = (into: Tensor | undefined, θ: Theta): void => {
  const { size } = spaceOf(θ)
  if (!into || into.data.length === size) return
  throw new ShapeError({
    who: 'gradientBy',
    given: `a place of ${into.data.length} numbers`,
    wanted: `one of ${size}, as many as there are parameters`,
    remedy: `Make it with zeros([${size}])`,
  })
}

/**
 * The loss of a run and its gradient ∂L/∂θ by a rule, worked out by an engine; of several runs, their means. Made once for
 * a network, it traces at its first call and runs the same plan from then on. The gradient is a copy,
 * or in the place [|θ|] given for it. `random` is where a noisy rule's draws come from. Throws a KindError for a past-facing rule and a
 * loss of the whole run, a DomainError for sequences of different lengths.
 */
export const gradientBy =
  <M>(engine: EngineLike, rule: Rule<M, Facing>, { random = rng(0) }: { readonly random?: Random } = {}) =>
  (net: Network): ((θ: Theta, data: Sequences, into?: Tensor) => Graded) => {
    requireRule('gradientBy', rule)
    const looking = windowsOf(rule)
    const inner = (looking ? looking.inner : rule) as Rule<M, Facing>
    const windows = looking ? looking.windows : rule.facing === 'future' ? entire : null
    const eager = engineOf(engine).name === 'eager'
    const prepare = eager ? null : preparing(engine, net, inner, windows)
    let held: { readonly key: string; readonly session: CompiledExecutor<M> } | null = null
    return (θ, data, into) => {
      checkPlace(into, θ)
      checkParameters('gradientBy', θ)
      if (!windows || looking) requirePerStep('gradientBy', net)
      const { sequences, batch } = sequencesOf(data)
      const first = sequences[0]?.[0]
      const noise = noiseFor(rule, net, θ, sequences, random)
      if (!prepare || !first) return reported(eagerly(rule, net, θ, sequences, noise, into), sequences[0]?.length ?? 0)
      const steps = sequences[0]?.length ?? 0
      for (const sequence of sequences) for (let t = 0; t < steps; t++) checkDatum(net, sequence[t] as Example, t + 1)
      const key = `${batch} ${steps}`
      if (held?.key !== key) {
        held?.session.end()

        held = { key, session: prepare(θ, first, batch, steps, noise[0]?.[0] ?? noNoise) }
      }
      const { session } = held
      session.begin(θ, true)
      const whole = windows !== null && !looking
      const losses = whole ? thereAndBack(session, net, sequences, noise) : stepwise(session, sequences, noise)
      const loss = scalar(losses.reduce((a, b) => a + b, 0) / losses.length)
      return reported({ loss, gradient: session.take(into) }, steps)
    }
  }

/** How many instants are followed at a time. */
const stretch = 256

const watched = (engine: EngineLike, net: Network) => {
  const prepare = preparing(engine, net, watching, entire)
  return (θ: Theta, sequence: readonly Example[], from: number): number => {
    const session = prepare(θ, sequence[0] as Example, null, stretch, noNoise)
    session.begin(θ)
    let sum = 0
    const follow = (start: number, end: number): void => {
      const total = session.follow([sequence.slice(start, end)])[0] as number
      if (start >= from) sum += total
      session.resume()
    }
    for (const [start, stop] of [
      [0, from],
      [from, sequence.length],
    ] as const)
      for (let t = start; t < stop; t += stretch) follow(t, Math.min(t + stretch, stop))
    session.end()
    return sum
  }
}

const watchedEagerly =
  (net: Network) =>
  (θ: Theta, sequence: readonly Example[], from: number): number => {
    let [state, sum] = [initialState(net, θ.start), 0]
    for (const [t, { x, target, weight }] of sequence.entries()) {
      state = net.cell.step(θ.cell, state, x)
      if (t >= from) sum += item(mul(weight, net.loss.each(logits(net, θ.readout, state), target)))
    }
    return sum
  }

/**
 * Σ w_t ℓ_t of a sequence from step `from` on, counted from 0, the state coming from all before it: forward only, by an
 * engine. Made once for a network. Throws a KindError for a loss of the whole run.
 */
export const lossBy =
  (engine: EngineLike) =>
  (net: Network): ((θ: Theta, sequence: readonly Example[], from?: number) => number) => {
    requirePerStep('lossBy', net)
    const watch = engineOf(engine).name === 'eager' ? watchedEagerly(net) : watched(engine, net)
    return (θ, sequence, from = 0) => {
      requireCount('lossBy', `from = ${from}`, from, 'Steps are counted from 0', 0)
      for (const [t, datum] of sequence.entries()) checkDatum(net, datum, t + 1)
      return sequence.length === 0 ? 0 : watch(θ, sequence, from)
    }
  }
