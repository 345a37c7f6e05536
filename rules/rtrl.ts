import { type Linear, plus, zero } from '../ad/arrow.ts'
import { dense, pull, push } from '../ad/follow.ts'
import { forwards, type Rule } from '../nets/machine.ts'
import { error, type Moment, type Param, type State } from '../nets/moment.ts'

/** What the parameters have done to a state, through every moment so far. */
export type Influence = Linear<Param, State>
/** How much of the influence is kept; `dense` keeps it all. */
export type Remember = (total: Influence, now: Moment) => Influence

/** M = J M₋ + B. What the parameters have done to a state: tangents, pushed on from the past. */
export const influence = (remember: Remember): Rule<Influence, 'past'> => ({
  facing: 'past',
  init: first => zero(first.immediate),
  step: (before, now) => {
    const M = remember(plus(push(now.recurrent, before), now.immediate), now)
    return [pull(M, error(now)), M]
  },
})

/** Real-time recurrent learning (Williams & Zipser 1989). */
export const rtrl = forwards(influence(dense))
