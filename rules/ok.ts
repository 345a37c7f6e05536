import { push } from '../ad/linear/apply.ts'
import { asTangent, toValue } from '../ad/linear/space.ts'
import { matmul, matvec } from '../ad/primitives/contraction.ts'
import { concat, reshape, transpose } from '../ad/primitives/layout.ts'
import { requireCount } from '../ad/require.ts'
import { zeros } from '../ad/tensor.ts'
import { fromUnitGradient, withFactors } from '../nets/run/kronecker.ts'
import { error } from '../nets/run/timestep.ts'
import { type Kronecker, unitJacobian } from './kfrtrl.ts'
import { maker, type RuleFacts } from './parts/facts.ts'
import { reduced } from './parts/kronecker-sum.ts'
import { stochastic } from './parts/stochastic.ts'

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
 * `pre` [r, p]. Exact while there have been at most r steps. Throws a DomainError for r below 1, a KindError for a cell not made by
 * `affine`.
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
        const left = concat([reshape(JA, [r, d * S]), reshape(unitJacobian(now), [1, d * S])])
        const right = concat([terms.pre, reshape(now.pre, [1, p])])
        const { left: post, right: pre } = reduced({ left, right }, now.noise)
        const perUnit = reshape(matvec(reshape(post, [r * d, S]), toValue(error(now))), [r, d])
        return [fromUnitGradient(now, matmul(transpose(perUnit), pre)), { post, pre }]
      },
    }),
  )
})
