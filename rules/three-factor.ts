/** Three factors: eligibility × exploration noise × reward prediction error (REINFORCE, Williams 1992). */

import { plus } from '../ad/linear/linear.ts'
import { times } from '../ad/linear/space.ts'
import { add, div, mul, sub } from '../ad/primitives/elementwise.ts'
import { slice } from '../ad/primitives/layout.ts'
import { ranges, requireRange } from '../ad/require.ts'
import { zeros } from '../ad/tensor.ts'
import type { Value } from '../ad/value.ts'
import { replayable, requireSigma } from '../nets/run/rerun.ts'
import { type NodePerturbationMemory, noNoiseYet } from './node-perturbation.ts'
import { maker, type RuleFacts } from './parts/facts.ts'
import { stochastic } from './parts/stochastic.ts'

/** A noisy run, and its expected loss, the baseline ℓ̄. */
export interface ThreeFactorMemory extends NodePerturbationMemory {
  readonly expected: Value
}

export interface ThreeFactorOptions {
  /** How large the noise is, above 0; 0.5 by default. */
  readonly sigma?: number
  /** In (0, 1]: the trace is a running mean of that rate, 0.5 by default; null for a sum. */
  readonly beta?: number | null
  /** The rate in [0, 1] at which the expected loss ℓ̄ follows the losses met; 0.1 by default, 0 for ℓ̄ = 0. */
  readonly baseline?: number
}

const facts: RuleFacts<'past'> = {
  name: 'three-factor',
  title: 'Three-factor learning by reward',
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
    sigma: { range: '> 0', default: '0.5', means: 'how large the noise is' },
    beta: { range: '(0, 1] or null', default: '0.5', means: 'rate of the running mean of the trace; null for a sum' },
    baseline: { range: '[0, 1]', default: '0.1', means: 'rate at which the expected loss follows the losses met' },
  },
  papers: [
    {
      authors: 'Williams',
      year: 1992,
      title: 'Simple statistical gradient-following algorithms for connectionist reinforcement learning',
      id: 'doi:10.1007/BF00992696',
    },
  ],
}

/**
 * e = (1-β) e₋ + β (ξ/σ²) z̃ᵀ, or e = e₋ + (ξ/σ²) z̃ᵀ; g = (ℓ̃ - ℓ̄) e. The drive gets noise ξ ~ N(0, σ²), and z̃, ℓ̃ are
 * those of the noisy run; a cell that does not name its drive gets it in its state. ℓ̄ ← ℓ̄ + baseline (ℓ̃ - ℓ̄).
 *
 * The sum is REINFORCE (Williams 1992): its mean is the gradient of the noisy run's expected loss at any σ, which is the
 * gradient up to O(σ²). The running mean is that of Fiete & Seung 2006: β times the gradient of an influence that fades,
 * M = (1-β) J M₋ + B. A baseline that depends on earlier noise biases the mean. Throws a DomainError for options outside
 * their ranges.
 */
export const threeFactor = maker(facts, ({ sigma = 0.5, beta = 0.5, baseline = 0.1 }: ThreeFactorOptions = {}) => {
  const who = 'threeFactor'
  requireSigma(who, sigma)
  if (beta !== null) requireRange(who, 'beta', beta, ranges.above0to1, 'null is for a sum')
  requireRange(who, 'baseline', baseline, ranges.from0to1, '0 expects the same always')
  const [keeps, takes] = beta === null ? [1, 1] : [1 - beta, beta]
  return stochastic<ThreeFactorMemory>(
    facts,
    { law: 'normal', shape: ['state'] },
    {
      init: first => ({ ...noNoiseYet(first), expected: zeros([]) }),
      step: ({ difference, trace, expected }, moment) => {
        const now = replayable(who, moment)
        const ν = slice(now.noise, 0, now.nodes)
        const e = plus(times(keeps, trace), times(takes, now.eligibility(div(ν, sigma), difference)))
        const noisy = now.rerun({ state: difference, noise: mul(sigma, ν) })
        const surprise = sub(noisy.loss, expected)
        const next = { difference: noisy.difference, trace: e, expected: add(expected, mul(baseline, surprise)) }
        return [times(surprise, e), next]
      },
    },
  )
})
