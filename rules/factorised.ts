import { DomainError } from '../ad/errors.ts'
import { pull, push } from '../ad/linear/apply.ts'
import { identity, plus, scale, zero } from '../ad/linear/linear.ts'
import { toValue } from '../ad/linear/space.ts'
import { outer } from '../ad/primitives/contraction.ts'
import { add, mul } from '../ad/primitives/elementwise.ts'
import { ranges, requireRange } from '../ad/require.ts'
import { zeros } from '../ad/tensor.ts'
import { lift, type Value } from '../ad/value.ts'
import { transformed } from '../nets/run/fold.ts'
import { fromUnitGradient, withFactors } from '../nets/run/kronecker.ts'
import { type AnyRule, type Rule, rule } from '../nets/run/rule.ts'
import { error } from '../nets/run/timestep.ts'
import { ownUnitOnly } from '../nets/run/transforms.ts'
import { decayedIdentity } from './decay.ts'
import { maker, type RuleFacts, ruleFor } from './parts/facts.ts'
import type { Influence, Keep } from './parts/influence.ts'
import { keepPattern } from './parts/sparse-influence.ts'
import { diagonalPattern, reachableIn, type Sparsity, sparsity } from './parts/sparsity.ts'

export interface FactorisedOptions {
  /** What a unit carries on of itself: its leak alone, or its whole own Jacobian; 'leak' by default. */
  readonly path?: 'leak' | 'own'
  /** What is kept: a factor of the inputs, or a trace for each synapse; 'factors' by default. */
  readonly storage?: 'factors' | 'synapses'
  /** Whether the trace goes through the leak once more before it meets the error; 'none' by default. */
  readonly filter?: 'none' | 'leak'
  /** λ, how much the leak keeps at a step, in [0, 1]; 0.9 by default. */
  readonly lambda?: number
}

const facts: RuleFacts<'past'> = {
  name: 'factorised',
  title: 'Factorised traces: OTTT, OSTL and between',
  faces: 'past',
  changes: 'replaces',
  crosses: 'neither pushes nor pulls',
  keeps: 'a trace, p or |θ|',
  structure: 'own units',
  exactness: 'biased',
  pairs: 'every pair',
  locality: 'weight transport',
  start: 'nothing',
  cost: { time: '|θ|', memory: 'p or |θ|' },
  options: {
    path: { range: "'leak' or 'own'", default: "'leak'", means: 'what a unit carries on of itself' },
    storage: { range: "'factors' or 'synapses'", default: "'factors'", means: 'what is kept' },
    filter: { range: "'none' or 'leak'", default: "'none'", means: 'what the trace goes through once more' },
    lambda: { range: '[0, 1]', default: '0.9', means: 'how much the leak keeps at a step' },
  },
  papers: [
    {
      authors: 'Xiao et al.',
      year: 2022,
      title: 'Online training through time for spiking neural networks',
      id: 'arXiv:2210.04195',
    },
    {
      authors: 'Bohnstingl et al.',
      year: 2022,
      title: 'Online spatio-temporal learning in deep neural networks',
      id: 'arXiv:2007.12723',
    },
  ],
}

/** x̄ = λ x̄₋ + z [p], g = (q D) x̄ᵀ: the inputs' trace alone, under the slope of now. Xiao et al. 2022 (OTTT). */
const byFactors = (λ: number): Rule<Value, 'past'> =>
  rule<Value, 'past', typeof facts>(
    {
      faces: 'past',
      ...withFactors('factorised', {
        init: first => zeros(first.pre.shape),
        step: (before: Value, now) => {
          const trace = add(mul(λ, before), now.pre)
          return [fromUnitGradient(now, outer(toValue(pull(now.post, error(now))), trace)), trace]
        },
      }),
    },
    facts,
  )

/** A trace for each synapse, and that trace through the filter. */
interface Filtered {
  readonly trace: Influence
  readonly filtered: Influence
}

/** M = J̃ M₋ + B and R = κ R₋ + M, J̃ what the timestep has in the place of J; it emits q R. κ = 0 filters nothing. */
const bySynapses = (κ: number, keep: Keep, keepFiltered: Keep) =>
  rule<Filtered, 'past', typeof facts>(
    {
      faces: 'past',
      init: first => ({ trace: zero(first.immediate), filtered: zero(first.immediate) }),
      step: (before, now) => {
        const trace = keep(plus(push(now.jacobian, before.trace), now.immediate), now)
        const leak = scale(lift(κ), identity(now.jacobian.to))
        const filtered = κ === 0 ? trace : keepFiltered(plus(push(leak, before.filtered), trace), now)
        return [pull(filtered, error(now)), { trace, filtered }]
      },
    },
    facts,
  )

/** What is kept of M along a path, and of R. */
const keepsOf = (structure: Sparsity, path: 'leak' | 'own'): readonly [Keep, Keep] => {
  const { own, immediate } = structure
  const recurrent = path === 'own' ? own : diagonalPattern(structure)
  const influence = reachableIn(immediate.rows, recurrent, immediate)
  const filtered = { recurrent: diagonalPattern(structure), immediate: influence, influence }
  return [keepPattern({ recurrent, immediate, influence }), keepPattern(filtered)]
}

const requireFactors = (path: string, filter: string): void => {
  if (path === 'leak' && filter === 'none') return
  throw new DomainError({
    who: 'factorised',
    given: `storage 'factors' with path '${path}' and filter '${filter}'`,
    wanted:
      "path 'leak' and filter 'none': only one decay for all units leaves a sum of outer products one outer product",
    remedy: "Say storage: 'synapses'",
  })
}

/**
 * Traces that see no other unit, by three choices. Path: what a unit carries on of itself, λ or own(J). Storage: the inputs' trace
 * x̄ = λ x̄₋ + z, g = (q D) x̄ᵀ, or a trace for each synapse, M = λ M₋ + B or own(J) M₋ + B, g = q M. Filter: none, or
 * R = λ R₋ + M in the place of M. Leak, factors, none is OTTT (Xiao et al. 2022), own, synapses, none is OSTL without its
 * recurrence (Bohnstingl et al. 2022), which is D-RTRL; leak, synapses, none is `decay`.
 *
 * Throws a DomainError for λ outside [0, 1], and for factors with another path or filter; a KindError for factors of a cell not made by
 * `affine`.
 */
export const factorised = maker(facts, (options: FactorisedOptions = {}): AnyRule<unknown, 'past'> => {
  const { path = 'leak', storage = 'factors', filter = 'none', lambda = 0.9 } = options
  requireRange('factorised', 'lambda', lambda, ranges.from0to1, 'lambda = 0 remembers nothing but the timestep')
  if (storage === 'factors') {
    requireFactors(path, filter)
    return byFactors(lambda) as Rule<unknown, 'past'>
  }
  return ruleFor(facts, net => {
    const rule = bySynapses(filter === 'leak' ? lambda : 0, ...keepsOf(sparsity(net), path))
    return transformed(path === 'own' ? ownUnitOnly : decayedIdentity(lambda))(rule)
  })
})
