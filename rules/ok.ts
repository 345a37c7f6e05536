import { requireConcrete } from '../ad/concrete.ts'
import { push } from '../ad/linear/apply.ts'
import { asTangent, toValue } from '../ad/linear/space.ts'
import { matmul, matvec } from '../ad/primitives/contraction.ts'
import { concat, reshape, transpose } from '../ad/primitives/layout.ts'
import { requireCount } from '../ad/require.ts'
import { type Tensor, tensorOf, zeros } from '../ad/tensor.ts'
import type { Value } from '../ad/value.ts'
import { fromUnitGradient, withFactors } from '../nets/run/kronecker.ts'
import { error } from '../nets/run/timestep.ts'
import { type Kronecker, unitJacobian } from './kfrtrl.ts'
import { maker, type RuleFacts } from './parts/facts.ts'
import { reduced } from './parts/kronecker-sum.ts'
import { stochastic } from './parts/stochastic.ts'

const rowsOf = (x: Value): readonly Float64Array[] => {
  const { shape, data } = requireConcrete(x, 'ok compares singular values')
  const [count = 0, width = 0] = shape
  return Array.from({ length: count }, (_, i) => data.slice(i * width, (i + 1) * width))
}

const stacked = (rows: readonly Float64Array[]): Tensor =>
  tensorOf([rows.length, (rows[0] as Float64Array).length], Float64Array.from(rows.flatMap(row => [...row])))

const facts: RuleFacts<'past'> = {
  name: 'ok',
  title: 'Optimal Kronecker-sum approximation',
  faces: 'past',
  changes: 'remembers less',
  crosses: 'pushes alone',
  keeps: 'r factors, d² + p',
  structure: 'k Kronecker',
  exactness: 'unbiased',
  pairs: 'no pairs',
  locality: 'non-local',
  start: 'nothing',
  cost: { time: 'r·d³', memory: 'r (d² + p)' },
  options: {
    rank: { range: 'whole number ≥ 1', default: '2', means: 'terms of the sum' },
  },
  count: { option: 'rank', begins: () => 2 },
  eager: true,
  papers: [
    {
      authors: 'Benzing et al.',
      year: 2019,
      title: 'Optimal Kronecker-sum approximation of real time recurrent learning',
      id: 'arXiv:1902.03993',
    },
  ],
}

/**
 * M ≈ Σ_{l ≤ r} A_l ⊗ u_l: {J A_l₋} ∪ {D}, {u_l₋} ∪ {z}, r + 1 terms, reduced to r by random signs with the same mean and
 * the least variance. Optimal Kronecker-sum approximation (Benzing et al. 2019). Remembers r (d S + p) numbers: `post` [r, d S],
 * `pre` [r, p]. Exact while there have been at most r steps. It branches on numbers, so only eager code runs it. Throws a
 * DomainError for r below 1, a KindError for a cell not made by `affine`.
 */
export const ok = maker(facts, ({ rank: r = 2 }: { readonly rank?: number } = {}) => {
  requireCount('ok', `rank = ${r}`, r, 'rank = 1 is the best single Kronecker product')
  return stochastic<Kronecker>(
    facts,
    { law: 'sign', shape: [r + 1] },
    withFactors('ok', {
      init: ({ pre, post }) => ({
        post: zeros([r, post.from.size * post.to.size]),
        pre: zeros([r, ...pre.shape]),
      }),
      step: (terms, now) => {
        const [d, S, p] = [now.post.from.size, now.post.to.size, now.pre.shape[0] as number]
        const JA = toValue(push(now.jacobian, asTangent(now.jacobian.from, reshape(terms.post, [r * d, S]))))
        const left = rowsOf(concat([reshape(JA, [r, d * S]), reshape(unitJacobian(now), [1, d * S])]))
        const right = rowsOf(concat([terms.pre, reshape(now.pre, [1, p])]))
        const next = reduced({ left, right }, [...(now.noise as Tensor).data])
        const [post, pre] = [stacked(next.left), stacked(next.right)]
        const perUnit = reshape(matvec(reshape(post, [r * d, S]), toValue(error(now))), [r, d])
        return [fromUnitGradient(now, matmul(transpose(perUnit), pre)), { post, pre }]
      },
    }),
  )
})
