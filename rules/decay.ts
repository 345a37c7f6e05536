import { identity, scale } from '../ad/linear/linear.ts'
import { ranges, requireRange } from '../ad/require.ts'
import { type Like, lift } from '../ad/value.ts'
import { type StepTransform, transformed } from '../nets/run/fold.ts'
import { maker, type RuleFacts, ruleFor } from './parts/facts.ts'
import { keepPattern } from './parts/sparse-influence.ts'
import { diagonalPattern, sparsity } from './parts/sparsity.ts'
import { influenceRule } from './rtrl.ts'

export interface DecayOptions {
  /** λ, how much of the trace is kept at a step, in [0, 1]; 0.9 by default. */
  readonly lambda?: number
}

/** Replaces J by λ times the identity. */
export const decayedIdentity =
  (lambda: Like): StepTransform =>
  now => ({ ...now, jacobian: scale(lift(lambda), identity(now.jacobian.to)) })

const facts: RuleFacts<'past'> = {
  name: 'decay',
  title: 'Decayed immediate derivatives',
  faces: 'past',
  changes: 'replaces',
  crosses: 'neither pushes nor pulls',
  keeps: 'a trace |θ|',
  structure: 'own units',
  exactness: 'biased',
  pairs: 'every pair',
  locality: 'weight transport',
  start: 'approximate',
  cost: { time: '|θ|', memory: '|θ|' },
  options: {
    lambda: { range: '[0, 1]', default: '0.9', means: 'how much of the trace is kept at a step' },
  },
  papers: [
    {
      authors: 'Merin',
      year: 2026,
      title: 'Temporal credit is free',
      id: 'arXiv:2603.28750',
    },
  ],
}

/**
 * M = λ M₋ + B: a trace of what the parameters did at once, J replaced by one number for every unit and every cell. λ = 0 is
 * TBPTT(1); λ = 1 - α on the leaky network is RFLO with the true readout. A step is O(|θ|) where a weight touches one unit.
 * Throws a DomainError for λ outside [0, 1].
 */
export const decay = maker(facts, ({ lambda = 0.9 }: DecayOptions = {}) => {
  requireRange('decay', 'lambda', lambda, ranges.from0to1, 'lambda = 0 remembers nothing but the timestep')
  return ruleFor(facts, net => {
    const structure = sparsity(net)
    const kept = { ...structure, recurrent: diagonalPattern(structure), influence: structure.immediate }
    return transformed(decayedIdentity(lambda))(influenceRule(keepPattern(kept), facts))
  })
})
