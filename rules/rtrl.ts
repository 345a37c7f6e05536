import { dense, pull, push } from '../ad/linear/apply.ts'
import { plus, zero } from '../ad/linear/linear.ts'
import { forwards, type Rule } from '../nets/run/scan.ts'
import { error } from '../nets/run/timestep.ts'
import type { Influence, Keep } from './parts/influence.ts'

/** M = J M₋ + B. What the parameters have done to a state: tangents, pushed on from the past. */
export const influence = (remember: Keep): Rule<Influence, 'past'> => ({
  facing: 'past',
  init: first => zero(first.immediate),
  step: (before, now) => {
    const M = remember(plus(push(now.jacobian, before), now.immediate), now)
    return [pull(M, error(now)), M]
  },
})

/** Real-time recurrent learning (Williams & Zipser 1989). */
export const rtrl = forwards(influence(dense))
