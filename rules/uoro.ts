import { pull, push } from '../ad/linear/apply.ts'
import { outer, plus } from '../ad/linear/linear.ts'
import { asTangent, type Cotangent, flat, type Tangent, times, toValue, zeroCotangentIn } from '../ad/linear/space.ts'
import { div } from '../ad/primitives/elementwise.ts'
import { zeros } from '../ad/tensor.ts'
import { error, type Param, type State } from '../nets/run/timestep.ts'
import { maker, type RuleFacts } from './parts/facts.ts'
import { checkScales, type Scales, scalesOf, stochastic } from './parts/stochastic.ts'

/** One column and one row: s θ̃ stands in for the influence. */
export interface RankOne {
  readonly state: Tangent<State>
  readonly param: Cotangent<Param>
}

const facts: RuleFacts<'past'> = {
  name: 'uoro',
  title: 'Unbiased online recurrent optimisation',
  faces: 'past',
  changes: 'remembers less',
  keeps: 'vectors, d + |θ|',
  structure: 'rank one',
  exactness: 'unbiased',
  start: 'nothing',
  cost: { time: 'd²', memory: 'd + |θ|' },
  options: {
    normalize: { range: 'true or false', default: 'true', means: 'whether the two factors are balanced at each step' },
    rho0: { range: '> 0, with normalize false', default: '1', means: 'constant scale of what is carried on' },
    rho1: { range: '> 0, with normalize false', default: '1', means: 'constant scale of what is new' },
  },
  papers: [
    {
      authors: 'Tallec & Ollivier',
      year: 2017,
      title: 'Unbiased online recurrent optimization',
      id: 'arXiv:1702.05043',
    },
  ],
}

/**
 * s = ρ₀ J s₋ + ρ₁ ν, θ̃ = θ̃₋/ρ₀ + ν B/ρ₁, M ≈ s θ̃; ν of random signs, one for each number of the state. Unbiased online
 * recurrent optimisation (Tallec & Ollivier 2017). Remembers one tangent and one cotangent, whatever the cell. Throws a
 * DomainError for constants ρ beside `normalize`, or not above 0.
 */
export const uoro = maker(facts, (scales: Scales = {}) => {
  checkScales('uoro', scales)
  return stochastic(
    facts,
    { law: 'sign', shape: ['state'] },
    {
      init: ({ immediate: { from, to } }) => ({ state: asTangent(to, zeros([to.size])), param: zeroCotangentIn(from) }),
      step: ({ state, param }, now) => {
        const ν = asTangent(now.jacobian.to, now.noise)
        const [Js, νB] = [push(now.jacobian, state), pull(now.immediate, flat(ν))]
        const [ρ0, ρ1] = scalesOf(scales, [toValue(param), toValue(Js)], [toValue(νB), now.noise])
        const s = plus(times(ρ0, Js), times(ρ1, ν))
        const θ̃ = plus(times(div(1, ρ0), param), times(div(1, ρ1), νB))
        return [pull(outer(now.immediate.from, now.immediate.to, s, θ̃), error(now)), { state: s, param: θ̃ }]
      },
    },
  )
})
