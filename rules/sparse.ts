import { dense } from '../ad/linear/apply.ts'
import { masked, scale } from '../ad/linear/linear.ts'
import { less } from '../ad/primitives/elementwise.ts'
import { reshape, sum } from '../ad/primitives/layout.ts'
import { requireCount } from '../ad/require.ts'
import { lift, type Value } from '../ad/value.ts'
import { rng, streams } from '../nets/random.ts'
import { type StepTransform, transformed } from '../nets/run/fold.ts'
import { isSet } from '../nets/run/timestep.ts'
import { maker, type RuleFacts, ruleFor } from './parts/facts.ts'
import { sparsity } from './parts/sparsity.ts'
import { requireNoise } from './parts/stochastic.ts'
import { influenceRule } from './rtrl.ts'

export interface SparseOptions {
  /** Entries of J that are kept in each row, at least 1; 4 by default. */
  readonly k?: number
  /** Whether they are drawn anew at every step, or once by the seed; true by default. */
  readonly redrawn?: boolean
  /** Whether what is kept is multiplied by n/k, so that its mean is J; as `redrawn` by default. */
  readonly scaled?: boolean
}

/** 1 at the k least numbers of each row of [n, n], which in a row of independent uniform numbers are any k alike; else 0. */
const leastOfRows = (x: Value, k: number): Value => {
  const [n = 0] = x.shape
  const rank = sum(less(reshape(x, [n, 1, n]), reshape(x, [n, n, 1])), 2)
  return less(rank, k)
}

/** Keeps k entries of each row of J [n, n], those where the uniform numbers [n, n] are least, times `factor`. */
const transported =
  (k: number, factor: number, uniform: Value): StepTransform =>
  now => ({ ...now, jacobian: masked(leastOfRows(uniform, k), scale(lift(factor), now.jacobian)) })

const facts: RuleFacts<'past'> = {
  name: 'sparse',
  title: 'Sparse transport',
  faces: 'past',
  changes: 'replaces',
  crosses: 'pushes alone',
  keeps: 'influence d·|θ|',
  structure: 'dense',
  exactness: 'unbiased',
  pairs: 'every pair',
  locality: 'non-local',
  start: 'exact',
  cost: { time: 'd²·|θ|', memory: 'd·|θ|' },
  options: {
    k: { range: 'whole number ≥ 1', default: '4', means: 'entries of J that are kept in each row' },
    redrawn: { range: 'true or false', default: 'true', means: 'whether they are drawn anew at every step' },
    scaled: { range: 'true or false', default: 'as redrawn', means: 'whether they are multiplied by n/k' },
  },
  count: { option: 'k', begins: () => 4 },
  papers: [
    {
      authors: 'Merin',
      year: 2026,
      title: 'Massive redundancy in gradient transport enables sparse online learning',
      id: 'arXiv:2603.15195',
    },
  ],
}

/**
 * M = J̃ M₋ + B, J̃ = (n/k)(J with k random entries kept in each row), n the states. Redrawn at every step the masks are
 * independent, each J̃ has the mean J, and so has every product of them: the mean of the rule is RTRL. With `redrawn: false` one
 * selection is drawn by the seed and nothing is scaled, as published (Merin 2026): biased. k of at least n keeps everything.
 * Throws a DomainError for k below 1.
 */
export const sparse = maker(facts, ({ k = 4, redrawn = true, scaled = redrawn }: SparseOptions = {}) => {
  requireCount('sparse', `k = ${k}`, k, 'k = the number of states is RTRL')
  const factor = (n: number): number => (scaled ? Math.max(1, n / k) : 1)
  return ruleFor(facts, (net, seed) => {
    const n = sparsity(net).unitOf.length
    const rule = influenceRule(dense, facts)
    if (!redrawn) {
      const drawn = rng(seed, streams.constants).draw({ law: 'uniform', shape: [n, n] })
      return transformed(transported(k, factor(n), drawn))(rule)
    }
    const byNoise: StepTransform = now => {
      if (isSet(now.isStart)) return now
      requireNoise('sparse', now)
      return transported(k, factor(n), now.noise)(now)
    }
    return { ...transformed(byNoise)(rule), draws: { law: 'uniform', shape: ['state', 'state'] } as const }
  })
})
