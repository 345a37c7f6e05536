import { matvec } from '../../ad/primitives/contraction.ts'
import { add, mul, sigmoid, sub } from '../../ad/primitives/elementwise.ts'
import { requireNames } from '../../ad/require.ts'
import { cell, type NoOptions } from './cell.ts'

/**
 * Minimal GRU without a recurrent matrix: z = σ(W_xz x + b_z), h = (1 - z) ⊙ h₋ + z ⊙ (W_xh x + b_h). Feng et al. 2024. W_x· [d, n],
 * b_·, h [d]. J is diagonal and does not depend on the state: `diagonal` is exact.
 */
export const minGru = (options: NoOptions = {}) => {
  requireNames('minGru', options, [])
  return cell(
    { params: { W_xz: ['d', 'n'], b_z: ['d'], W_xh: ['d', 'n'], b_h: ['d'] }, state: { h: ['d'] } },
    (θ, { h }, x) => {
      const z = sigmoid(add(matvec(θ.W_xz, x), θ.b_z))
      return { h: add(mul(sub(1, z), h), mul(z, add(matvec(θ.W_xh, x), θ.b_h))) }
    },
  )
}
