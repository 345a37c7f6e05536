import { dense, pull, push } from '../ad/linear/apply.ts'
import { plus, zero } from '../ad/linear/linear.ts'
import { type Facts, rule } from '../nets/run/rule.ts'
import { error } from '../nets/run/timestep.ts'
import type { RuleFacts } from './parts/facts.ts'
import type { Influence, Keep } from './parts/influence.ts'

const facts: RuleFacts<'past'> = {
  name: 'rtrl',
  title: 'Real-time recurrent learning',
  faces: 'past',
  changes: 'nothing',
  crosses: 'pushes alone',
  keeps: 'influence d·|θ|',
  structure: 'dense',
  exactness: 'exact',
  pairs: 'every pair',
  locality: 'non-local',
  start: 'exact',
  cost: { time: 'd²·|θ|', memory: 'd·|θ|' },
  options: {},
  papers: [
    {
      authors: 'Williams & Zipser',
      year: 1989,
      title: 'A learning algorithm for continually running fully recurrent neural networks',
      id: 'doi:10.1162/neco.1989.1.2.270',
    },
  ],
}

/** RTRL whose memory is the influence M = keep(J M₋ + B), one tangent per parameter; it emits q M. */
export const influenceRule = <K extends Facts<'past'>>(keep: Keep, facts: K) =>
  rule<Influence, 'past', K>(
    {
      faces: 'past',
      init: first => zero(first.immediate),
      step: (before, now) => {
        const M = keep(plus(push(now.jacobian, before), now.immediate), now)
        return [pull(M, error(now)), M]
      },
    },
    facts,
  )

/**
 * Real-time recurrent learning (Williams & Zipser 1989): forward mode over the run.
 * M = J M₋ + B; it emits q M.
 */
export const rtrl = influenceRule(dense, facts)
