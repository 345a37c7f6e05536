/** Three factors: what was heard, how the node departed from it by chance, and whether that did better than expected. */

import { DomainError } from '../ad/errors.ts'
import { plus } from '../ad/linear/linear.ts'
import { times } from '../ad/linear/space.ts'
import { add, div, mul, sub } from '../ad/primitives/elementwise.ts'
import { slice } from '../ad/primitives/layout.ts'
import { zeros } from '../ad/tensor.ts'
import type { Value } from '../ad/value.ts'
import { replayable, requireSigma } from '../nets/run/rerun.ts'
import type { Rule } from '../nets/run/scan.ts'
import { type Noisy, quiet } from './node-perturbation.ts'
import { stochastic } from './parts/stochastic.ts'
import { requireRange } from './parts/synthesiser.ts'

/** A noisy run, and the loss that is expected of it. */
export interface Expecting extends Noisy {
  readonly expected: Value
}

export interface ThreeFactor {
  /** How large the noise is, above 0; 0.1 where nothing is said. */
  readonly sigma?: number
  /** Where given, in (0, 1], the trace is a running mean of that rate; else a sum. */
  readonly beta?: number
  /** The rate in [0, 1] at which the expected loss ℓ̄ follows the losses met; 0, for ℓ̄ = 0, where nothing is said. */
  readonly baseline?: number
}

const requireBeta = (who: string, beta: number | undefined): void => {
  if (beta === undefined || (beta > 0 && beta <= 1)) return
  throw new DomainError({ who, given: `beta = ${beta}`, wanted: 'beta in (0, 1]', remedy: 'Leave it out for a sum' })
}

/**
 * e = (1-β) e₋ + β (ξ/σ²) z̃ᵀ, or e = e₋ + (ξ/σ²) z̃ᵀ; g = (ℓ̃ - ℓ̄) e. The drive hears noise ξ ~ N(0, σ²), and z̃, ℓ̃ are
 * those of the noisy run; a cell that does not name its drive hears it in its state. ℓ̄ ← ℓ̄ + baseline (ℓ̃ - ℓ̄).
 *
 * The sum is REINFORCE (Williams 1992): its mean is the gradient of the noisy run's expected loss at any σ, which is the
 * gradient but for O(σ²). The running mean is that of Fiete & Seung 2006: β times the gradient of an influence that fades,
 * M = (1-β) J M₋ + B. A baseline that has met the noise takes away what it knew. Throws a DomainError for options outside
 * their ranges.
 */
export const threeFactor = ({ sigma = 0.1, beta, baseline = 0 }: ThreeFactor = {}): Rule<Expecting, 'past'> => {
  const who = 'threeFactor'
  requireSigma(who, sigma)
  requireBeta(who, beta)
  requireRange(who, 'baseline', baseline)
  const [keeps, takes] = beta === undefined ? [1, 1] : [1 - beta, beta]
  return stochastic<Expecting>(
    who,
    { law: 'normal', shape: ['state'] },
    {
      init: first => ({ ...quiet(first), expected: zeros([]) }),
      step: ({ apart, trace, expected }, moment) => {
        const now = replayable(who, moment)
        const ν = slice(now.noise, 0, now.nodes)
        const e = plus(times(keeps, trace), times(takes, now.eligibility(div(ν, sigma), apart)))
        const noisy = now.rerun({ state: apart, noise: mul(sigma, ν) })
        const surprise = sub(noisy.loss, expected)
        const next = { apart: noisy.difference, trace: e, expected: add(expected, mul(baseline, surprise)) }
        return [times(surprise, e), next]
      },
    },
  )
}
