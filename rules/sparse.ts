import { dense, pull, toMatrix } from '../ad/linear/apply.ts'
import { matrix, plus, zero } from '../ad/linear/linear.ts'
import { add, less, mul, sub, where } from '../ad/primitives/elementwise.ts'
import { gather } from '../ad/primitives/indexing.ts'
import { reshape, sum } from '../ad/primitives/layout.ts'
import { requireCount } from '../ad/require.ts'
import { type Tensor, tensorOf } from '../ad/tensor.ts'
import type { Value } from '../ad/value.ts'
import { rng, streams } from '../nets/random.ts'
import { rule } from '../nets/run/rule.ts'
import { error, isSet, type Timestep } from '../nets/run/timestep.ts'
import { maker, type RuleFacts, ruleFor } from './parts/facts.ts'
import type { Influence } from './parts/influence.ts'
import { sparsity } from './parts/sparsity.ts'
import { requireNoise } from './parts/stochastic.ts'

export interface SparseOptions {
  /** Entries of J that are kept in each row, at least 1; 4 by default. */
  readonly k?: number
  /** Whether they are drawn anew at every step, or once by the seed; true by default. */
  readonly redrawn?: boolean
  /** Whether what is kept is multiplied by n/k, so that its mean is J; as `redrawn` by default. */
  readonly scaled?: boolean
}

/** Which k entries of each row of J a step keeps: numbers [n, n] whose least of each row name them, and what they are multiplied by. */
interface Choice {
  readonly uniform: Value
  readonly k: number
  readonly factor: number
}

/** 1 where the column j is before the column i, [n, n] by i and j. */
const before = (n: number): Tensor =>
  tensorOf(
    [n, n],
    Float64Array.from({ length: n * n }, (_, at) => Number(at % n < Math.floor(at / n))),
  )

/** How many numbers of its row each of x [n, n] comes after, the first of two that are equal before the second: in single precision some are. */
const ranksOfRows = (x: Value): Value => {
  const [n = 0] = x.shape
  const [one, other] = [reshape(x, [n, n, 1]), reshape(x, [n, 1, n])]
  return sum(where(before(n), sub(1, less(one, other)), less(other, one)), 2)
}

/**
 * J̃ M [n, P], J [n, n] and M [n, P]: the l-th kept entry of each row of J times the row of M that it meets, for each l. What is not
 * kept is not multiplied: 2 k n P operations where J M takes 2 n² P. Of more than n entries the last are 0.
 */
const transported = (J: Value, M: Value, { uniform, k, factor }: Choice): Value => {
  const [n = 0] = J.shape
  const ranks = ranksOfRows(uniform)
  const numbers = tensorOf(
    [n],
    Float64Array.from({ length: n }, (_, j) => j),
  )
  const terms = Array.from({ length: k }, (_, l) => {
    const chosen = sub(less(ranks, l + 1), less(ranks, l))
    const entries = mul(factor, sum(mul(chosen, J), 1))
    return mul(reshape(entries, [n, 1]), gather(M, sum(mul(chosen, numbers), 1)))
  })
  return terms.reduce((total, term) => add(total, term))
}

/** The influence M = J̃ M₋ + B; at the start of a run nothing is carried on. It emits q M. */
const transporting = (choiceAt: (now: Timestep) => Choice) =>
  rule<Influence, 'past', typeof facts>(
    {
      faces: 'past',
      init: first => zero(first.immediate),
      step: (before, now) => {
        const { from, to } = now.immediate
        const carried = (): Influence =>
          matrix(from, to, transported(toMatrix(now.jacobian), toMatrix(before), choiceAt(now)))
        const M = dense(isSet(now.isStart) ? now.immediate : plus(carried(), now.immediate))
        return [pull(M, error(now)), M]
      },
    },
    facts,
  )

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
  cost: { time: 'k·d·|θ|', memory: 'd·|θ|' },
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
 * selection is drawn by the seed and nothing is scaled, as published (Merin 2026): biased. k of at least n keeps everything. A step
 * takes 2 k n |θ| operations for the product, and 2 n³ for J and the order of the numbers drawn.
 * Throws a DomainError for k below 1.
 */
export const sparse = maker(facts, ({ k = 4, redrawn = true, scaled = redrawn }: SparseOptions = {}) => {
  requireCount('sparse', `k = ${k}`, k, 'k = the number of states is RTRL')
  return ruleFor(facts, (net, seed) => {
    const n = sparsity(net).unitOf.length
    const factor = scaled ? Math.max(1, n / k) : 1
    if (!redrawn) {
      const uniform = rng(seed, streams.constants).draw({ law: 'uniform', shape: [n, n] })
      return transporting(() => ({ uniform, k, factor }))
    }
    const drawn = transporting(now => {
      requireNoise('sparse', now)
      return { uniform: now.noise, k, factor }
    })
    return { ...drawn, draws: { law: 'uniform', shape: ['state', 'state'] } as const }
  })
})
