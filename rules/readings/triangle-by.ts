/**
 * What a rule itself attributes to each pair of a loss time t and a parameter time s, to be held beside the exact double sum.
 *
 * Laws (proofs/rules/triangles.ts):
 * 1. of RTRL, BPTT and FP-BPTT it is the double sum
 * 2. row t adds up to what a rule that faces the past emits at t, column s to what one that faces the future emits at s; of
 *    windows all pairs add up to all that they emit
 * 3. of a rule that is linear in the immediate maps, g_ts is what it emits at t with B_s alone, the others 0
 */

import { KindError } from '../../ad/errors.ts'
import { asCotangent, type Cotangent, toValue } from '../../ad/linear/space.ts'
import { jvp, vmap } from '../../ad/modes/transforms.ts'
import { reshape, slice, stack } from '../../ad/primitives/layout.ts'
import { isUndifferentiated } from '../../ad/primitives/spectral.ts'
import { requireNames } from '../../ad/require.ts'
import { eye, ones, type Tensor, tensorOf } from '../../ad/tensor.ts'
import type { Value } from '../../ad/value.ts'
import { folded, outputs, type StepTransform, sumOf } from '../../nets/run/fold.ts'
import { drawnFor } from '../../nets/run/noise.ts'
import { type AnyRule, type Rule, requireRule, resolved } from '../../nets/run/rule.ts'
import { mapRun, type Param, type Run, requireRun } from '../../nets/run/timestep.ts'
import { weighError, weighImmediate } from '../../nets/run/transforms.ts'
import { windowsOf } from '../../nets/run/windows.ts'
import type { RuleFacts } from '../parts/facts.ts'

/** g[t][s] for s ≤ t, as a cotangent of the parameters; both count timesteps, 0 being the start. */
export type Pairs = readonly (readonly Cotangent<Param>[])[]

/** Pairs without timestep 0, as loss time or as parameter time. */
export const fromStepOne = (pairs: Pairs): Pairs => pairs.slice(1).map(row => row.slice(1))

/** A run whose timesteps are weighed each by its entry of a vector [T + 1]. */
const weighed = (weigh: (factor: Value) => StepTransform, run: Run, by: Value): Run =>
  mapRun((now, t) => weigh(reshape(slice(by, t, t + 1), []))(now))(run)

/** All that a rule emits, in order of time: [T + 1, P]. */
const emitted = (rule: Rule, run: Run): Value => {
  const outs = [...outputs(folded(rule)(run))].map(toValue)
  return stack(rule.faces === 'future' ? outs.toReversed() : outs)
}

/** The derivative [T + 1, …] of a program of weights, one a timestep and all 1, along each of them. */
const byWeight = (run: Run, program: (weights: Value) => Value): Tensor =>
  vmap((direction: Value) => jvp(program as never, [ones([run.length])], [direction])[1])(eye(run.length)) as Tensor

/** Row i of a tensor whose last axis is the parameters', counting over its other axes. */
const rowAt = (run: Run, { shape, data }: Tensor, i: number): Cotangent<Param> => {
  const width = shape.at(-1) as number
  return asCotangent(run[0].immediate.from, tensorOf([width], data.slice(i * width, (i + 1) * width)))
}

/** Rows t of entries s ≤ t. */
const triangle = (size: number, at: (t: number, s: number) => Cotangent<Param>): Pairs =>
  Array.from({ length: size }, (_, t) => Array.from({ length: t + 1 }, (_, s) => at(t, s)))

/** The entries of every column, from the diagonal down. */
const columnsOf = (pairs: Pairs): Pairs => pairs.map((_, s) => pairs.slice(s).map(row => row[s] as Cotangent<Param>))

/** How the pairs of a rule are found, and which of their sums it emits. */
interface Reading {
  pairs(rule: Rule, run: Run): Pairs
  sums(pairs: Pairs): readonly Cotangent<Param>[]
  emitted(rule: Rule, run: Run): readonly Cotangent<Param>[]
}

const inOrder = (rule: Rule, run: Run): readonly Cotangent<Param>[] => {
  const all = emitted(rule, run) as Tensor
  return run.map((_, t) => rowAt(run, all, t))
}

/** Facing the past: ∂(what it emits at t)/∂(what B_s weighs). */
const past: Reading = {
  pairs: (rule, run) => {
    const found = byWeight(run, by => emitted(rule, weighed(weighImmediate, run, by)))
    return triangle(run.length, (t, s) => rowAt(run, found, s * run.length + t))
  },
  sums: pairs => pairs.map(sumOf),
  emitted: inOrder,
}

/** Facing the future: ∂(what it emits at s)/∂(what q_t weighs). */
const future: Reading = {
  pairs: (rule, run) => {
    const found = byWeight(run, by => emitted(rule, weighed(weighError, run, by)))
    return triangle(run.length, (t, s) => rowAt(run, found, t * run.length + s))
  },
  sums: pairs => columnsOf(pairs).map(sumOf),
  emitted: inOrder,
}

/** 1 at a place, else 0. */
const unit = (size: number, at: number): Value => reshape(slice(eye(size), at, at + 1), [size])

/** All that a rule emits, added up. */
const totalOf = (rule: Rule, run: Run): Cotangent<Param> => sumOf(outputs(folded(rule)(run)))

/** Through windows, which emit many pairs at once: of the total with q_t alone, ∂/∂(what B_s weighs). */
const throughWindows: Reading = {
  pairs: (rule, run) => {
    const rows = run.map((_, t) => {
      const alone = weighed(weighError, run, unit(run.length, t))
      return byWeight(run, by => toValue(totalOf(rule, weighed(weighImmediate, alone, by))))
    })
    return triangle(run.length, (t, s) => rowAt(run, rows[t] as Tensor, s))
  },
  sums: pairs => [sumOf(pairs.flat())],
  emitted: (rule, run) => [totalOf(rule, run)],
}

const readingOf = (rule: Rule): Reading => {
  if (windowsOf(rule)) return throughWindows
  return rule.faces === 'past' ? past : future
}

const refuse = (rule: string, why: string, remedy: string): never => {
  throw new KindError({
    who: 'triangleBy',
    given: `${rule}, ${why}`,
    wanted: 'a rule whose gradient is a sum over pairs of a loss met and an immediate map',
    remedy,
  })
}

const numbers = (list: readonly Cotangent<Param>[]): readonly number[] =>
  list.flatMap(one => [...(toValue(one) as Tensor).data])

const tolerance = 1e-6

/** Refuses pairs that do not add up to what is emitted, by more than 1e-6 of the largest entry. */
const requireWhole = (name: string, sums: readonly number[], wanted: readonly number[]): void => {
  const largest = Math.max(...wanted.map(Math.abs), Number.MIN_VALUE)
  if (sums.every((x, i) => Math.abs(x - (wanted[i] as number)) <= tolerance * largest)) return
  refuse(
    name,
    'which makes its gradient of more than the errors and the immediate maps of the run',
    'scan(rule)(run) is what it emits at each step',
  )
}

/** The pairs of a rule that may have no derivative: it branches on concrete values, or asks for singular values. */
const pairsOf = (rule: Rule, run: Run, { pairs }: Reading): Pairs => {
  try {
    return pairs(rule, run)
  } catch (thrown) {
    if (!rule.eager && !isUndifferentiated(thrown)) throw thrown
    return refuse(
      rule.name,
      'which branches on concrete values or asks for singular values, so that it has no derivative',
      'Take snap, uoro or kfrtrl, which keep as little and do not',
    )
  }
}

/**
 * The triangle g[t][s] of a rule on a run: the share of its gradient due to the loss of t and the use of the parameters at s. Each B_s
 * has a weight b_s. For a rule that faces the past, g[t][s] = ∂e_t/∂b_s at b = 1, e_t what it emits at t: what it emits with B_s
 * alone if it is linear in the B's; if only homogeneous of degree 1, as UORO and KF-RTRL are by their balanced factors, the rows
 * add up all the same, by Euler's theorem. For one that faces the future the weights are of the errors q_t and g[t][s] = ∂e_s/∂(the
 * weight of q_t); through windows, of both.
 * A rule that draws has the triangle of one draw, by the seed. Throws a KindError for a rule that predicts losses to come (DNI,
 * BP(λ)), has no derivative (sketch and OK ask for singular values, adaptive TBPTT branches on concrete values), or measures losses of
 * other runs (weight perturbation), and for a draw that makes a balanced factor 0, whose scale is then 1.
 */
export const triangleBy =
  (rule: AnyRule, options: { readonly seed?: number } = {}) =>
  (run: Run): Pairs => {
    requireRule('triangleBy', rule)
    requireNames('triangleBy', options, ['seed'])
    requireRun('triangleBy', run, 'on' in rule || rule.draws !== undefined)
    const { seed = 0 } = options
    const { changes } = rule as Partial<RuleFacts>
    if (changes === 'bootstraps')
      refuse(
        rule.name,
        'which predicts the losses to come: what it emits at s stands for rows that are not there yet',
        'scan(rule)(run) is what it emits at each step',
      )
    const own = resolved(rule, run.net, seed)
    const [reading, drawn] = [readingOf(own), drawnFor(own, run, seed)]
    const wanted = numbers(reading.emitted(own, drawn))
    const found = pairsOf(own, drawn, reading)
    requireWhole(rule.name, numbers(reading.sums(found)), wanted)
    return found
  }
