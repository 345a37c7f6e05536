/** Losses take the logits v and hold the output function g inside, so that a softmax keeps its full Jacobian. */

import { div, mul, neg, sqrt, sub, where } from '../ad/primitives/elementwise.ts'
import { gather } from '../ad/primitives/indexing.ts'
import { reshape, sum } from '../ad/primitives/layout.ts'
import { logSoftmax, softmax } from '../ad/primitives/reduction.ts'
import { refuseText } from '../ad/require.ts'
import { type Like, lift, type Value } from '../ad/value.ts'

/** A loss that is a sum over time. */
export interface PerStep {
  /** y = g(v), both [m]. */
  output(v: Value): Value
  /** What one timestep costs, before its weight: v, target [m] → scalar. */
  each(v: Value, target: Value): Value
  /** Whether a target may also be the number [] of a class, from 0 to m - 1, in place of its one-hot vector. */
  readonly numbered?: true
  readonly finish?: never
}

/** A loss of the finished run: a function of the weighted sum. It has no value at a timestep. */
export interface WholeRun extends Omit<PerStep, 'finish'> {
  /** The loss from Σ_t w_t·each_t, the total weight Σ_t w_t and the number of outputs m. */
  finish(total: Value, weight: number, m: number): Value
}

export type Loss = PerStep | WholeRun

export const isWholeRun = (loss: Loss): loss is WholeRun => loss.finish !== undefined

type Output = (v: Value) => Value
const linear: Output = v => v
const squares = (output: Output, v: Value, target: Like): Value => {
  const error = sub(output(v), lift(target))
  return sum(mul(error, error))
}

/** A loss of your own: what one timestep costs, as a program of the logits and the target. */
export const loss = (each: PerStep['each'], output: Output = linear): PerStep => {
  refuseText('loss', each)
  return { output, each }
}

/** ½‖y - y*‖². */
export const halfSquaredError = (output: Output = linear): PerStep =>
  loss((v, target) => mul(0.5, squares(output, v, target)), output)

/** ‖y - y*‖². */
export const squaredError = (output: Output = linear): PerStep =>
  loss((v, target) => squares(output, v, target), output)

/** log softmax(v)_i of one class i []. */
const logChance = (v: Value, i: Value): Value =>
  reshape(gather(reshape(logSoftmax(v), [...v.shape, 1]), reshape(i, [1])), [])

const entropy: PerStep = {
  ...loss(
    (v, target) =>
      target.shape.length === 0 ? neg(logChance(v, target)) : neg(sum(where(target, mul(target, logSoftmax(v)), 0))),
    v => softmax(v),
  ),
  numbered: true,
}

/**
 * -Σ_i y*_i log softmax(v)_i, in nats; a logit of -Infinity costs nothing where y*_i is 0. A target may be the number [] of the one
 * class that is wanted. It has no options, so that `crossEntropy`
 * and `crossEntropy()` are the same loss.
 */
export const crossEntropy: PerStep & (() => PerStep) = Object.assign(() => entropy, entropy)

/** √(Σ_t w_t‖y_t - y*_t‖² / (m Σ_t w_t)): not a sum over time, so no online rule. Not differentiable where the error is 0. */
export const rmse = (output: Output = linear): WholeRun => ({
  output,
  each: squaredError(output).each,
  finish: (total, weight, m) => sqrt(div(total, m * weight)),
})
