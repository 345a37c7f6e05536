import { scale } from '../ad/linear/linear.ts'
import { less, where } from '../ad/primitives/elementwise.ts'
import { ranges, requireRange } from '../ad/require.ts'
import { type StepTransform, transformed } from '../nets/run/fold.ts'
import { isSet } from '../nets/run/timestep.ts'
import { bptt } from './bptt.ts'
import { maker, type RuleFacts } from './parts/facts.ts'
import { requireNoise } from './parts/stochastic.ts'

/** J ↦ 0 with probability p, J/(1 - p) otherwise: 0 where the timestep's uniform noise is below p. */
export const randomTruncation =
  (p: number): StepTransform =>
  now => {
    if (isSet(now.isStart)) return now
    requireNoise('artbp', now)
    return { ...now, jacobian: scale(where(less(now.noise, p), 0, 1 / (1 - p)), now.jacobian) }
  }

const facts: RuleFacts<'future'> = {
  name: 'artbp',
  title: 'Anticipated reweighted truncated backpropagation',
  faces: 'future',
  changes: 'replaces',
  crosses: 'pulls alone',
  keeps: 'the window',
  structure: 'none',
  exactness: 'unbiased',
  pairs: 'every pair',
  locality: 'non-local',
  start: 'exact',
  cost: { time: 'd²', memory: 'T timesteps' },
  options: {
    cut: { range: '[0, 1)', default: '0.1', means: 'probability that credit is cut between two steps' },
  },
  papers: [
    {
      authors: 'Tallec & Ollivier',
      year: 2017,
      title: 'Unbiasing truncated backpropagation through time',
      id: 'arXiv:1705.08209',
    },
  ],
}

/**
 * c₋ = X (c + q) J/(1 - p), X = 0 with probability p = `cut`, else 1: BPTT whose J is dropped at random and
 * otherwise divided by 1 - p, so that its mean is the gradient.
 * Anticipated reweighted truncated backpropagation (Tallec & Ollivier 2017) with a constant probability. Memory as BPTT. Throws a DomainError for a probability outside [0, 1).
 */
export const artbp = maker(facts, ({ cut = 0.1 }: { readonly cut?: number } = {}) => {
  const remedy = 'Credit that is cut for certain cannot be made up for: use sliding({ k: 1 })(bptt)'
  requireRange('artbp', 'cut', cut, ranges.from0below1, remedy)
  return { ...transformed(randomTruncation(cut))(bptt), ...facts, draws: { law: 'uniform', shape: [] } as const }
})
