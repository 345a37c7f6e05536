/** Activations, outputs and losses by the names that files use. */
import { relu, sigmoid, softplus, tanh } from '../ad/primitives/elementwise.ts'
import { softmax } from '../ad/primitives/reduction.ts'
import type { Value } from '../ad/value.ts'
import { crossEntropy, halfSquaredError, type Loss, rmse, squaredError } from './loss.ts'

const identity = (v: Value): Value => v

/** f, entry by entry. */
export const activations = { tanh, sigmoid, relu, softplus, identity }

/** g, from logits to outputs. */
export const outputs = { identity, tanh, sigmoid, softmax: (v: Value): Value => softmax(v) }

const losses = {
  half_mse: halfSquaredError,
  sse: squaredError,
  rmse_seq: rmse,
  softmax_ce: (output: (v: Value) => Value): Loss => ({ ...crossEntropy, output }),
}

/** The loss of a name, with the output function of a name inside it. */
export const lossNamed = (loss: keyof typeof losses, output: keyof typeof outputs): Loss =>
  losses[loss](outputs[output])
