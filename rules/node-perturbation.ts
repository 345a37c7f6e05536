/** Node perturbation: the effect of noise on the loss, times the eligibility of each parameter for its own node. */

import { plus } from '../ad/linear/linear.ts'
import { asTangent, type Cotangent, type Tangent, times, zeroCotangentIn } from '../ad/linear/space.ts'
import { div, mul, sub } from '../ad/primitives/elementwise.ts'
import { slice } from '../ad/primitives/layout.ts'
import { ranges, requireRange } from '../ad/require.ts'
import { zeros } from '../ad/tensor.ts'
import { replayable, requireSigma } from '../nets/run/rerun.ts'
import type { Param, State, Timestep } from '../nets/run/timestep.ts'
import { maker, type RuleFacts } from './parts/facts.ts'
import { stochastic } from './parts/stochastic.ts'

/** The state of a noisy run less that of the run without noise, and the trace of eligibilities. */
export interface NodePerturbationMemory {
  readonly difference: Tangent<State>
  readonly trace: Cotangent<Param>
}

/** No noise so far: the difference and the trace are 0. */
export const noNoiseYet = ({ immediate: { from, to } }: Timestep): NodePerturbationMemory => ({
  difference: asTangent(to, zeros([to.size])),
  trace: zeroCotangentIn(from),
})

export interface NodePerturbationOptions {
  /** How large the noise is, above 0; 1e-3 by default. */
  readonly sigma?: number
  /** How much of the trace stays at each step, in [0, 1]; 0.9 by default, 1 for all of it. */
  readonly decay?: number
}

const facts: RuleFacts<'past'> = {
  name: 'node-perturbation',
  title: 'Node perturbation',
  faces: 'past',
  changes: 'remembers less',
  crosses: 'neither pushes nor pulls',
  keeps: 'a noisy run, |θ|',
  structure: 'own units',
  exactness: 'biased',
  pairs: 'every pair',
  locality: 'three-factor',
  start: 'nothing',
  cost: { time: 'd²', memory: '|θ|' },
  options: {
    sigma: { range: '> 0', default: '0.001', means: 'how large the noise is' },
    decay: { range: '[0, 1]', default: '0.9', means: 'how much of the trace stays at a step; 1 for all' },
  },
  papers: [
    {
      authors: 'Werfel, Xie & Seung',
      year: 2005,
      title: 'Learning curves for stochastic gradient descent in linear feedforward networks',
      id: 'Neural Computation 17',
    },
  ],
}

/**
 * e = decay e₋ + ν zᵀ, g = ((ℓ̃ - ℓ)/σ) e, ℓ̃ the loss of a second run whose drive gets σν added at every step; ν of random signs. A cell
 * that does not name its drive is perturbed at its state, and e = decay e₋ + ν B. Its mean is the gradient of the cell's
 * parameters up to O(σ²); with a decay, that of an influence that fades, M = decay J M₋ + B. Dembo & Kailath 1990;
 * Werfel, Xie & Seung 2005. Throws a DomainError for σ not above 0 and a decay outside [0, 1].
 */
export const nodePerturbation = maker(facts, ({ sigma = 1e-3, decay = 0.9 }: NodePerturbationOptions = {}) => {
  const who = 'nodePerturbation'
  requireSigma(who, sigma)
  requireRange(who, 'decay', decay, ranges.from0to1, '1 keeps the whole trace')
  return stochastic<NodePerturbationMemory>(
    facts,
    { law: 'sign', shape: ['state'] },
    {
      init: noNoiseYet,
      step: ({ difference, trace }, moment) => {
        const now = replayable(who, moment)
        const ν = slice(now.noise, 0, now.nodes)
        const e = plus(times(decay, trace), now.eligibility(ν))
        const other = now.rerun({ state: difference, noise: mul(sigma, ν) })
        return [times(div(sub(other.loss, now.loss), sigma), e), { difference: other.difference, trace: e }]
      },
    },
  )
})
