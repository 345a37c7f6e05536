import { plus } from '../../ad/linear/linear.ts'
import type { Cotangent } from '../../ad/linear/space.ts'
import { backwards, type Machine } from '../../nets/run/scan.ts'
import { error, type Run, type State, type Timestep } from '../../nets/run/timestep.ts'
import { type Credit, credit } from '../bptt.ts'

/** Walks back as credit does, and says of each state what it is worth in total. */
const worth: Machine<Credit, Timestep, Cotangent<State>, 'future'> = {
  init: credit.init,
  step: (coming, now) => [plus(coming, error(now)), credit.step(coming, now)[1]],
}

/** δ_t = c_t + q_t for t = 0 … T: what each state is worth to its own loss and to all to come. */
export const deltas = (run: Run): readonly Cotangent<State>[] => [...backwards(worth)(run)].toReversed()
