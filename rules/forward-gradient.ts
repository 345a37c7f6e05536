import { pull, push } from '../ad/linear/apply.ts'
import { outer, plus } from '../ad/linear/linear.ts'
import { asRow, asTangent, type Tangent, toValue } from '../ad/linear/space.ts'
import { where } from '../ad/primitives/elementwise.ts'
import { concat } from '../ad/primitives/layout.ts'
import { ones, sizeOf, zeros } from '../ad/tensor.ts'
import type { Value } from '../ad/value.ts'
import { error, type Param, type State } from '../nets/run/timestep.ts'
import type { RuleFacts } from './parts/facts.ts'
import { stochastic } from './parts/stochastic.ts'

/** One direction ν in the space of the parameters, and the change of the state along it. */
export interface Probe {
  readonly state: Tangent<State>
  readonly direction: Tangent<Param>
  /** 1 once the direction has been drawn. */
  readonly set: Value
}

const facts: RuleFacts<'past'> = {
  name: 'forward-gradient',
  title: 'Forward gradient',
  faces: 'past',
  changes: 'remembers less',
  crosses: 'pushes alone',
  keeps: 'one direction |θ|',
  structure: 'rank one',
  exactness: 'unbiased',
  pairs: 'every pair',
  locality: 'non-local',
  start: 'nothing',
  cost: { time: 'd²', memory: '|θ|' },
  options: {},
  papers: [
    { authors: 'Baydin et al.', year: 2022, title: 'Gradients without backpropagation', id: 'arXiv:2202.08587' },
  ],
}

/**
 * s = J s₋ + B ν, g = ⟨q, s⟩ ν: the slope of the loss along one direction, times the direction; ν of random signs, drawn once
 * and kept. Its mean is the gradient of the cell's parameters. Forward gradient (Baydin et al. 2022); remembers two tangents,
 * whatever the cell.
 */
export const forwardGradient = stochastic<Probe>(
  facts,
  { law: 'sign', shape: ['cell'] },
  {
    init: ({ immediate: { from, to } }) => ({
      state: asTangent(to, zeros([to.size])),
      direction: asTangent(from, zeros([from.size])),
      set: zeros([]),
    }),
    step: ({ state, direction, set }, now) => {
      const { from, to } = now.immediate
      const drawn = concat([now.noise, zeros([from.size - sizeOf(now.noise.shape)])])
      const ν = asTangent(from, where(set, toValue(direction), drawn))
      const s = plus(push(now.jacobian, state), push(now.immediate, ν))
      return [pull(outer(from, to, s, asRow(ν)), error(now)), { state: s, direction: ν, set: ones([]) }]
    },
  },
)
