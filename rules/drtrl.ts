import { DomainError } from '../ad/errors.ts'
import { push } from '../ad/linear/apply.ts'
import { own } from '../ad/linear/own.ts'
import { asTangent, type Tangent, times, toValue } from '../ad/linear/space.ts'
import { outer } from '../ad/primitives/contraction.ts'
import { add, mul, sub } from '../ad/primitives/elementwise.ts'
import { ones, zeros } from '../ad/tensor.ts'
import type { Value } from '../ad/value.ts'
import { fromUnitGradient, kronecker } from '../nets/run/kronecker.ts'
import { type Rule, transformed } from '../nets/run/scan.ts'
import { error, type State } from '../nets/run/timestep.ts'
import { ownUnitOnly } from '../nets/run/transforms.ts'
import type { Sparsity } from './parts/sparsity.ts'
import { ownUnitTrace } from './rflo.ts'
import { influence } from './rtrl.ts'

/**
 * ε = own(J) ε₋ + B, g = q ε: RTRL in which units are deaf to each other. Wang et al. 2024 (braintrace). One arrow is
 * replaced; the readout is the true one.
 */
export const drtrl = (wiring?: Sparsity) => transformed(ownUnitOnly)(influence(ownUnitTrace(wiring)))

/** ε ≈ ε_f ⊗ ε_x: what units did, a tangent of the state, and what they heard, [p]. */
export interface Traces {
  readonly post: Tangent<State>
  readonly pre: Value
}

const checkDecay = (λ: number): number => {
  if (λ >= 0 && λ < 1) return λ
  throw new DomainError({
    who: 'esdrtrl',
    given: `decay = ${λ}`,
    wanted: 'a decay in [0, 1)',
    remedy: 'decay = 0 remembers nothing but the instant',
  })
}

/**
 * ε_x = λ ε_x₋ + z, ε_f = λ own(J) ε_f₋ + (1 - λ) D, g = (q ⊙ ε_f) ε_xᵀ: D-RTRL remembered as one outer product, d + p
 * numbers. Wang et al. 2024. Decay λ in [0, 1). Throws a DomainError outside it, a KindError for a cell that is not layered.
 */
export const esdrtrl = (decay: number): Rule<Traces, 'past'> => {
  const λ = checkDecay(decay)
  return {
    facing: 'past',
    init: first => ({
      post: asTangent(first.jacobian.to, zeros([first.jacobian.to.size])),
      pre: zeros(kronecker('esdrtrl', first).pre.shape),
    }),
    step: (traces, moment) => {
      const now = kronecker('esdrtrl', moment)
      const pre = add(mul(λ, traces.pre), now.pre)
      const D = push(now.post, asTangent(now.post.from, ones([now.post.from.size])))
      const kept = times(λ, push(own(now.jacobian), traces.post))
      const post = asTangent(now.jacobian.to, add(toValue(kept), mul(sub(1, λ), toValue(D))))
      return [fromUnitGradient(now, outer(mul(toValue(error(now)), toValue(post)), pre)), { post, pre }]
    },
  }
}
