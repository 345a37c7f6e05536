import { pull } from '../ad/linear/apply.ts'
import { plus } from '../ad/linear/linear.ts'
import { type Cotangent, zeroCotangent } from '../ad/linear/space.ts'
import { backwards, type Rule } from '../nets/run/scan.ts'
import { error, type State } from '../nets/run/timestep.ts'

/** What a state will be worth to every loss to come. */
export type Credit = Cotangent<State>

/** c₋ = (c + q) J. What a state will be worth: a cotangent, pulled back from the future. */
export const credit: Rule<Credit, 'future'> = {
  facing: 'future',
  init: last => zeroCotangent(last.after),
  step: (credit, now) => {
    const total = plus(credit, error(now))
    return [pull(now.immediate, total), pull(now.jacobian, total)]
  },
}

/** Backpropagation through time (Werbos 1990). */
export const bptt = backwards(credit)
