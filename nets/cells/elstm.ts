import { matvec } from '../../ad/primitives/contraction.ts'
import { add, mul, sigmoid, sub, tanh } from '../../ad/primitives/elementwise.ts'
import { requireNames } from '../../ad/require.ts'
import type { Value } from '../../ad/value.ts'
import { cell, type NoOptions } from './cell.ts'

/** W x + w ⊙ c + b. */
const drive = (W: Value, x: Value, w: Value, c: Value, b: Value): Value => add(add(matvec(W, x), mul(w, c)), b)

/**
 * Element-wise LSTM: z = tanh(W_xz x + w_z ⊙ c₋ + b_z), f = σ(W_xf x + w_f ⊙ c₋ + b_f), c = f ⊙ c₋ + (1 - f) ⊙ z; its output
 * o ⊙ c, o = σ(W_xo x + W_co c + b_o), is no part of the state. Irie et al. 2023. W_x· [d, n], W_co [d, d], w_·, b_·, c [d]. No unit of
 * the recurrence reads another: `diagonal` is exact.
 */
export const elstm = (options: NoOptions = {}) => {
  requireNames('elstm', options, [])
  return cell(
    {
      params: {
        ...{ W_xz: ['d', 'n'], w_z: ['d'], b_z: ['d'], W_xf: ['d', 'n'], w_f: ['d'], b_f: ['d'] },
        ...{ W_xo: ['d', 'n'], W_co: ['d', 'd'], b_o: ['d'] },
      } as const,
      state: { c: ['d'] } as const,
    },
    (θ, { c }, x) => {
      const z = tanh(drive(θ.W_xz, x, θ.w_z, c, θ.b_z))
      const f = sigmoid(drive(θ.W_xf, x, θ.w_f, c, θ.b_f))
      return { c: add(mul(f, c), mul(sub(1, f), z)) }
    },
    {
      output: (θ, { c }, x) => mul(sigmoid(add(add(matvec(θ.W_xo, x), matvec(θ.W_co, c)), θ.b_o)), c),
    },
  )
}
