import { matvec } from '../../ad/primitives/contraction.ts'
import { add, cos, exp, mul, neg, sin, sqrt, sub } from '../../ad/primitives/elementwise.ts'
import { requireNames } from '../../ad/require.ts'
import { cell, type NoOptions } from './cell.ts'
import { uniform } from './initialisers.ts'

/**
 * Linear recurrent unit: s = λ ⊙ s₋ + γ ⊙ (B x), complex numbers as pairs of reals, λ = exp(-exp ν + iφ), γ = √(1 - |λ|²).
 * ν, φ [d], B_re, B_im [d, n]; the readout sees the real part. |λ| < 1 whatever ν. Orvieto et al. 2023.
 */
export const lru = (options: NoOptions = {}) => {
  requireNames('lru', options, [])
  return cell(
    {
      params: { ν: ['d'], φ: ['d'], B_re: ['d', 'n'], B_im: ['d', 'n'] },
      state: { re: ['d'], im: ['d'] },
    },
    (θ, { re, im }, x) => {
      const size = exp(neg(exp(θ.ν)))
      const [a, b] = [mul(size, cos(θ.φ)), mul(size, sin(θ.φ))]
      const γ = sqrt(sub(1, mul(size, size)))
      return {
        re: add(sub(mul(a, re), mul(b, im)), mul(γ, matvec(θ.B_re, x))),
        im: add(add(mul(a, im), mul(b, re)), mul(γ, matvec(θ.B_im, x))),
      }
    },
    { initial: { ν: uniform(-3, -0.7), φ: uniform(0, Math.PI / 4) }, output: ({ re }) => re },
  )
}
