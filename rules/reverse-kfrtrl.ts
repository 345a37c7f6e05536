import { push } from '../ad/linear/apply.ts'
import { asTangent, toValue } from '../ad/linear/space.ts'
import { matvec, outer } from '../ad/primitives/contraction.ts'
import { add, div, mul } from '../ad/primitives/elementwise.ts'
import { zeros } from '../ad/tensor.ts'
import type { Value } from '../ad/value.ts'
import { fromUnitGradient, withFactors } from '../nets/run/kronecker.ts'
import { error } from '../nets/run/timestep.ts'
import { maker, type RuleFacts } from './parts/facts.ts'
import { checkScales, type Scales, scaleOptions, scalesOf, stochastic } from './parts/stochastic.ts'

/** M[k, i, j] ≈ A[i] C[k, j]: `unit` is A [d]; `synapse` is Cᵀ [p, S], a tangent of the state for each presynaptic input; B in Marschall et al. */
export interface ReverseKfrtrlMemory {
  readonly unit: Value
  readonly synapse: Value
}

const facts: RuleFacts<'past'> = {
  name: 'reverse-kfrtrl',
  title: 'Reverse Kronecker-factored RTRL',
  faces: 'past',
  changes: 'remembers less',
  crosses: 'pushes alone',
  keeps: 'factors, d + d·p',
  structure: 'Kronecker',
  exactness: 'unbiased',
  pairs: 'every pair',
  locality: 'non-local',
  start: 'nothing',
  cost: { time: 'd³', memory: 'd + d·p' },
  options: scaleOptions,
  papers: [
    {
      authors: 'Marschall, Cho & Savin',
      year: 2020,
      title: 'A unified framework of online learning algorithms for training recurrent neural networks',
      id: 'arXiv:1907.02649',
    },
  ],
}

/**
 * A = ρ₀ A₋ + ρ₁ ν, C = J C₋/ρ₀ + (D ν) zᵀ/ρ₁, M[k, i, j] ≈ A[i] C[k, j]; ν [d] of random signs, ρ₀ = √(‖J C₋‖/‖A₋‖),
 * ρ₁ = √(‖(D ν) zᵀ‖/‖ν‖). Reverse KF-RTRL (Marschall et al. 2020): the index that is compressed is the unit's, not the
 * state's. Remembers d + S p numbers. Throws a KindError for a cell not made by `affine`, a DomainError as uoro does.
 */
export const reverseKfrtrl = maker(facts, (scales: Scales = {}) => {
  checkScales('reverse-kfrtrl', scales)
  return stochastic<ReverseKfrtrlMemory>(
    facts,
    { law: 'sign', shape: ['d'] },
    withFactors('reverse-kfrtrl', {
      init: ({ pre, post }) => ({ unit: zeros([post.from.size]), synapse: zeros([...pre.shape, post.to.size]) }),
      step: ({ unit: A, synapse: C }, now) => {
        const Dν = toValue(push(now.post, asTangent(now.post.from, now.noise)))
        const [JC, fresh] = [toValue(push(now.jacobian, asTangent(now.jacobian.from, C))), outer(now.pre, Dν)]
        const [ρ0, ρ1] = scalesOf(scales, [JC, A], [fresh, now.noise])
        const unit = add(mul(ρ0, A), mul(ρ1, now.noise))
        const synapse = add(div(JC, ρ0), div(fresh, ρ1))
        return [fromUnitGradient(now, outer(unit, matvec(synapse, toValue(error(now))))), { unit, synapse }]
      },
    }),
  )
})
