import { push } from '../ad/linear/apply.ts'
import { own } from '../ad/linear/own.ts'
import { asTangent, type Tangent, times, toValue } from '../ad/linear/space.ts'
import { outer } from '../ad/primitives/contraction.ts'
import { add, div, mul, sub, where } from '../ad/primitives/elementwise.ts'
import { reshape, sum } from '../ad/primitives/layout.ts'
import { ranges, requireRange } from '../ad/require.ts'
import { ones, scalar, zeros } from '../ad/tensor.ts'
import type { Value } from '../ad/value.ts'
import { fromUnitGradient, withFactors } from '../nets/run/kronecker.ts'
import { rule } from '../nets/run/rule.ts'
import { error, type State } from '../nets/run/timestep.ts'
import { maker, type RuleFacts } from './parts/facts.ts'

/** ε ≈ ε_f ⊗ ε_x: a postsynaptic trace, a tangent of the state, and a presynaptic one [p]. */
export interface Traces {
  readonly post: Tangent<State>
  readonly pre: Value
  /** λᵗ, the weight that the initial zeros still have in the traces. */
  readonly left: Value
}

export interface EsdrtrlOptions {
  /** λ, how much of both traces is kept at a step, in [0, 1); 0.9 by default. */
  readonly decay?: number
  /** Whether the gradient is divided by 1 - λᵗ, since the traces begin at 0; true by default. */
  readonly corrected?: boolean
}

/** The sum over each unit's state variables, [S] → [d]: a state lists its parts one after the other, each [d]. */
const perUnit = (x: Value, d: number): Value => (x.shape[0] === d ? x : sum(reshape(x, [(x.shape[0] ?? 0) / d, d]), 0))

const facts: RuleFacts<'past'> = {
  name: 'esdrtrl',
  title: 'D-RTRL as one outer product',
  faces: 'past',
  changes: 'remembers less',
  crosses: 'pushes alone',
  keeps: 'two traces, d + p',
  structure: 'rank one',
  exactness: 'biased',
  pairs: 'every pair',
  locality: 'weight transport',
  start: 'nothing',
  cost: { time: '|θ|', memory: 'd + p' },
  options: {
    decay: { range: '[0, 1)', default: '0.9', means: 'how much of both traces is kept at a step' },
    corrected: { range: 'true or false', default: 'true', means: 'whether the bias of the first steps is divided out' },
  },
  papers: [
    {
      authors: 'Wang et al.',
      year: 2024,
      title: 'Model-agnostic linear-memory online learning in spiking neural networks',
      id: 'doi:10.1101/2024.09.24.614728',
    },
  ],
}

/**
 * ε_x = λ ε_x₋ + z, ε_f = λ own(J) ε_f₋ + (1 - λ) D, g = (q ⊙ ε_f) ε_xᵀ / (1 - λᵗ): D-RTRL remembered as one outer product,
 * d + p numbers. Wang et al. 2024; the division is that of their program braintrace, without it the first gradient is 1 - λ of
 * the exact one. Throws a DomainError for a decay outside [0, 1), a KindError for a cell not made by `affine`.
 */
export const esdrtrl = maker(facts, (options: EsdrtrlOptions = {}) => {
  const { decay = 0.9, corrected = true } = options
  requireRange('esdrtrl', 'decay', decay, ranges.from0below1, 'decay = 0 remembers nothing but the timestep')
  const λ = decay
  /** Bias correction, as in Adam, of traces that start at 0; at timestep 0 there is nothing to correct. */
  const weighed = (g: Value, left: Value, isStart: Value): Value => (corrected ? div(g, add(sub(1, left), isStart)) : g)
  return rule<Traces, 'past', typeof facts>(
    {
      faces: 'past',
      ...withFactors('esdrtrl', {
        init: first => ({
          post: asTangent(first.jacobian.to, zeros([first.jacobian.to.size])),
          pre: zeros(first.pre.shape),
          left: scalar(1),
        }),
        step: (traces: Traces, now) => {
          const pre = add(mul(λ, traces.pre), now.pre)
          const D = push(now.post, asTangent(now.post.from, ones([now.post.from.size])))
          const kept = times(λ, push(own(now.jacobian), traces.post))
          const post = asTangent(now.jacobian.to, add(toValue(kept), mul(sub(1, λ), toValue(D))))
          const left = mul(traces.left, where(now.isStart, 1, λ))
          const unit = weighed(perUnit(mul(toValue(error(now)), toValue(post)), now.post.from.size), left, now.isStart)
          return [fromUnitGradient(now, outer(unit, pre)), { post, pre, left }]
        },
      }),
    },
    facts,
  )
})
