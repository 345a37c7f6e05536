import { pull } from '../ad/linear/apply.ts'
import { plus } from '../ad/linear/linear.ts'
import { type Cotangent, zeroCotangent } from '../ad/linear/space.ts'
import { rule } from '../nets/run/rule.ts'
import { error, type State } from '../nets/run/timestep.ts'
import type { RuleFacts } from './parts/facts.ts'

/** c = ∂L_{>t}/∂s [S]: the gradient of all later losses with respect to the state; δ = c + q, with this timestep's own, is the c of Marschall et al. 2020. */
export type Credit = Cotangent<State>

const facts: RuleFacts<'future'> = {
  name: 'bptt',
  title: 'Backpropagation through time',
  faces: 'future',
  changes: 'nothing',
  crosses: 'pulls alone',
  keeps: 'the window',
  structure: 'none',
  exactness: 'exact',
  pairs: 'every pair',
  locality: 'non-local',
  start: 'exact',
  cost: { time: 'd²', memory: 'T timesteps' },
  options: {},
  papers: [
    {
      authors: 'Werbos',
      year: 1990,
      title: 'Backpropagation through time: what it does and how to do it',
      id: 'doi:10.1109/5.58337',
    },
  ],
}

/**
 * Backpropagation through time (Werbos 1990): reverse mode over the run.
 * δ = c + q = ∂L/∂s, c₋ = δ J; it emits δ B.
 */
export const bptt = rule<Credit, 'future', typeof facts>(
  {
    faces: 'future',
    init: last => zeroCotangent(last.after),
    step: (c, now) => {
      const δ = plus(c, error(now))
      return [pull(now.immediate, δ), pull(now.jacobian, δ)]
    },
  },
  facts,
)
