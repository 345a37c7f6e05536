/** KeRNL that learns its kernel: a noisy run shows how a perturbation of the state propagates, and A and γ learn to predict it. */

import { plus } from '../ad/linear/linear.ts'
import { asTangent, type Tangent, toValue } from '../ad/linear/space.ts'
import { matvec, outer } from '../ad/primitives/contraction.ts'
import { add, clip, div, mul, sub } from '../ad/primitives/elementwise.ts'
import { transpose } from '../ad/primitives/layout.ts'
import { eye, zeros } from '../ad/tensor.ts'
import type { Like, Value } from '../ad/value.ts'
import { replayable, requireSigma } from '../nets/run/rerun.ts'
import { isSet, type State } from '../nets/run/timestep.ts'
import { decaysOf, kernl, withKernel } from './kernl.ts'
import { maker, type RuleFacts, ruleFor } from './parts/facts.ts'
import type { Influence } from './parts/influence.ts'
import { sparsity } from './parts/sparsity.ts'
import { requireNoise } from './parts/stochastic.ts'
import { requireRate } from './parts/synthesiser.ts'

/** The kernel A and γ, the decayed sum of the noise Ω, Γ = ∂Ω/∂γ, the noisy run's distance from the run, and E. */
export interface KernlLearnedMemory {
  readonly A: Value
  readonly γ: Value
  readonly Ω: Value
  readonly Γ: Value
  readonly difference: Tangent<State>
  readonly E: Influence
}

export interface KernlLearnedOptions {
  /** The step size of A and γ, at least 0; 0.01 by default. */
  readonly lr?: number
  /** How large the noise is, above 0; 1e-3 by default. */
  readonly sigma?: number
  /** A [states, states] and γ, [states] or a number in [0, 1], to begin with: the identity, and ½ everywhere, by default. */
  readonly A?: Value
  readonly gamma?: Like
}

/** A and γ after a gradient step on ½‖A Ω - observed‖², where Γ = ∂Ω/∂γ; γ is clipped to [0, 1]. */
const updatedKernel = (
  lr: number,
  { A, γ }: KernlLearnedMemory,
  Ω: Value,
  Γ: Value,
  observed: Value,
): Pick<KernlLearnedMemory, 'A' | 'γ'> => {
  const error = sub(matvec(A, Ω), observed)
  const slope = mul(matvec(transpose(A), error), Γ)
  return { A: sub(A, mul(lr, outer(error, Ω))), γ: clip(sub(γ, mul(lr, slope)), 0, 1) }
}

const facts: RuleFacts<'past'> = {
  ...kernl.facts,
  name: 'kernl-learned',
  faces: 'past',
  title: 'Kernel RNN learning with a learned kernel',
  keeps: 'a trace |θ|, A [d, d]',
  options: {
    ...kernl.facts.options,
    lr: { range: '≥ 0', default: '0.01', means: 'step size of the kernel' },
    sigma: { range: '> 0', default: '0.001', means: 'how large the noise is' },
  },
}

/**
 * KeRNL whose kernel learns to predict a noisy run: h̃ = F(h̃₋) + σν, Ω = (1 - γ) Ω₋ + ν, Γ = (1 - γ) Γ₋ - Ω₋,
 * error = A Ω - (h̃ - h)/σ, A ← A - lr error Ωᵀ, γ ← γ - lr (errorᵀ A) ⊙ Γ; ν of random signs, one for each number of the
 * state. Roth et al. 2019. The gradient is that of `kernl` with A and γ as they are before the update. The noise is
 * added to the state after the step, where B enters the influence too, so the A that fits the noise response also fits E. Throws a DomainError for σ not
 * above 0 and a step size below 0, a ShapeError for an A or γ of another shape.
 */
export const kernlLearned = maker(facts, ({ lr = 0.01, sigma = 1e-3, ...begin }: KernlLearnedOptions = {}) => {
  const who = 'kernl-learned'
  requireRate(who, 'lr', lr)
  requireSigma(who, sigma)
  return ruleFor<KernlLearnedMemory, 'past'>(facts, net => {
    const kernelRule = withKernel(sparsity(net))
    return {
      draws: { law: 'sign', shape: ['state'] },
      init: first => {
        const { size } = first.jacobian.to
        const { A = eye(size), gamma = 0.5 } = begin
        const γ = decaysOf(who, gamma, size)
        const [Ω, difference] = [zeros([size]), asTangent(first.jacobian.to, zeros([size]))]
        return { A, γ, Ω, Γ: Ω, difference, E: kernelRule(A, γ).init(first) }
      },
      step: (memory, now) => {
        const { A, γ } = memory
        const [gradient, E] = kernelRule(A, γ).step(memory.E, now)
        if (isSet(now.isStart)) return [gradient, { ...memory, E }]
        requireNoise(who, now)
        const noise = asTangent(now.jacobian.to, mul(sigma, now.noise))
        const difference = plus(replayable(who, now).rerun({ state: memory.difference }).difference, noise)
        const Ω = add(mul(sub(1, γ), memory.Ω), now.noise)
        const Γ = sub(mul(sub(1, γ), memory.Γ), memory.Ω)
        return [gradient, { ...updatedKernel(lr, memory, Ω, Γ, div(toValue(difference), sigma)), Ω, Γ, difference, E }]
      },
    }
  })
})
