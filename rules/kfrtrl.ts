import { push } from '../ad/linear/apply.ts'
import { asTangent, toValue } from '../ad/linear/space.ts'
import { matvec, outer } from '../ad/primitives/contraction.ts'
import { add, div, mul } from '../ad/primitives/elementwise.ts'
import { reshape, slice } from '../ad/primitives/layout.ts'
import { eye, zeros } from '../ad/tensor.ts'
import type { Value } from '../ad/value.ts'
import { fromUnitGradient, type KroneckerTimestep, withFactors } from '../nets/run/kronecker.ts'
import { error } from '../nets/run/timestep.ts'
import { maker, type RuleFacts } from './parts/facts.ts'
import { checkScales, type Scales, scaleOptions, scalesOf, stochastic } from './parts/stochastic.ts'

/** M[k, a, j] ≈ A[k, a] u[j]: `post` is Aᵀ [d, S], a tangent of the state for each unit's preactivation; `pre` is u [p]. */
export interface Kronecker {
  readonly post: Value
  readonly pre: Value
}

/** D = ∂s/∂(preactivations), as a block of tangents [d, S]. */
export const unitJacobian = ({ post }: KroneckerTimestep): Value =>
  toValue(push(post, asTangent(post.from, eye(post.from.size))))

const facts: RuleFacts<'past'> = {
  name: 'kfrtrl',
  title: 'Kronecker-factored RTRL',
  faces: 'past',
  changes: 'remembers less',
  crosses: 'pushes alone',
  keeps: 'factors, d² + p',
  structure: 'Kronecker',
  exactness: 'unbiased',
  pairs: 'every pair',
  locality: 'non-local',
  start: 'nothing',
  cost: { time: 'd³', memory: 'd² + p' },
  options: scaleOptions,
  papers: [
    {
      authors: 'Mujika, Meier & Steger',
      year: 2018,
      title: 'Approximating real-time recurrent learning with random Kronecker factors',
      id: 'arXiv:1805.10842',
    },
  ],
}

/**
 * u = c₁ ρ₀ u₋ + c₂ ρ₁ z, A = c₁ J A₋/ρ₀ + c₂ D/ρ₁, M ≈ A ⊗ u; c₁, c₂ random signs, ρ₀ = √(‖J A₋‖/‖u₋‖), ρ₁ = √(‖D‖/‖z‖).
 * Kronecker-factored RTRL (Mujika et al. 2018, who write p₁, p₂ for ρ₀, ρ₁). Remembers d S + p numbers. Throws a KindError for a cell that is not
 * made by `affine`, a DomainError for constants ρ together with `normalize`, or not above 0.
 */
export const kfrtrl = maker(facts, (scales: Scales = {}) => {
  checkScales('kfrtrl', scales)
  return stochastic<Kronecker>(
    facts,
    { law: 'sign', shape: [2] },
    withFactors('kfrtrl', {
      init: ({ pre, post }) => ({ post: zeros([post.from.size, post.to.size]), pre: zeros(pre.shape) }),
      step: ({ post: A, pre: u }, now) => {
        const [c1, c2] = [0, 1].map(i => reshape(slice(now.noise, i, i + 1), [])) as [Value, Value]
        const [JA, D] = [toValue(push(now.jacobian, asTangent(now.jacobian.from, A))), unitJacobian(now)]
        const [ρ0, ρ1] = scalesOf(scales, [JA, u], [D, now.pre])
        const pre = add(mul(mul(c1, ρ0), u), mul(mul(c2, ρ1), now.pre))
        const post = add(mul(div(c1, ρ0), JA), mul(div(c2, ρ1), D))
        return [fromUnitGradient(now, outer(matvec(post, toValue(error(now))), pre)), { post, pre }]
      },
    }),
  )
})
