import { matvec } from '../../ad/primitives/contraction.ts'
import { add, cos, exp, log, mul, neg, sin, sqrt, sub, tanh } from '../../ad/primitives/elementwise.ts'
import { concat } from '../../ad/primitives/layout.ts'
import { requireNames } from '../../ad/require.ts'
import type { Value } from '../../ad/value.ts'
import { cell } from './cell.ts'
import { uniform } from './initialisers.ts'
import { checkRing, ring } from './lru.ts'

/** Options of the recurrent trace unit. */
export interface RtuOptions {
  /** Whether f acts on the output, or inside the recurrence; true by default. */
  readonly linear?: boolean
  /** Any elementwise program; tanh by default. */
  readonly f?: (u: Value) => Value
  /** Moduli to begin with, 0 ≤ min < max < 1: evenly over the ring between them; 0 and 0.99 by default. */
  readonly radius?: readonly [min: number, max: number]
}

/**
 * Recurrent trace unit, a rotation of a pair: r = exp(-exp ν_log), ϑ = exp ϑ_log, c₁ = r cos ϑ c₁₋ - r sin ϑ c₂₋ + √(1 - r²) W₁ x,
 * c₂ = r cos ϑ c₂₋ + r sin ϑ c₁₋ + √(1 - r²) W₂ x; linear, the output is [f(c₁), f(c₂)]; else f acts on both inside, and the output is
 * [c₁, c₂]. Elelimy et al. 2024. ν_log, ϑ_log [d], W₁, W₂ [d, n], c₁, c₂ [d], output [2d]. No unit reads another: `diagonal` is exact.
 * Throws a DomainError for moduli that are no ring inside the unit circle.
 */
export const rtu = (options: RtuOptions = {}) => {
  requireNames('rtu', options, ['linear', 'f', 'radius'])
  const { linear = true, f = tanh, radius = [0, 0.99] } = options
  checkRing('rtu', radius)
  const inside = linear ? (u: Value): Value => u : f
  return cell(
    { params: { ν_log: ['d'], ϑ_log: ['d'], W_1: ['d', 'n'], W_2: ['d', 'n'] }, state: { c1: ['d'], c2: ['d'] } },
    (θ, { c1, c2 }, x) => {
      const [r, ϑ] = [exp(neg(exp(θ.ν_log))), exp(θ.ϑ_log)]
      const [g, φ, norm] = [mul(r, cos(ϑ)), mul(r, sin(ϑ)), sqrt(sub(1, mul(r, r)))]
      return {
        c1: inside(add(sub(mul(g, c1), mul(φ, c2)), mul(norm, matvec(θ.W_1, x)))),
        c2: inside(add(add(mul(g, c2), mul(φ, c1)), mul(norm, matvec(θ.W_2, x)))),
      }
    },
    {
      output: (_, { c1, c2 }) => (linear ? concat([f(c1), f(c2)]) : concat([c1, c2])),
      width: ({ d }) => 2 * d,
      initial: {
        ν_log: ring(radius),
        ϑ_log: (shape, random) => log(sub(2 * Math.PI, uniform(0, 2 * Math.PI)(shape, random))),
      },
    },
  )
}
