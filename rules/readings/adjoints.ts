import { plus } from '../../ad/linear/linear.ts'
import type { Cotangent } from '../../ad/linear/space.ts'
import { folded, outputs } from '../../nets/run/fold.ts'
import type { Fold } from '../../nets/run/rule.ts'
import { error, type Run, requireRun, type State, type Timestep } from '../../nets/run/timestep.ts'
import { bptt, type Credit } from '../bptt.ts'

/** The fold of BPTT that emits δ of each state in place of the gradient. */
const adjoint: Fold<Credit, Timestep, Cotangent<State>, 'future'> = {
  faces: 'future',
  init: bptt.init,
  step: (c, now) => [plus(c, error(now)), bptt.step(c, now)[1]],
}

/** δ_t = c_t + q_t = ∂L/∂s_t for t = 0 … T: what each state costs in its own loss and in all to come. */
export const deltas = (run: Run): readonly Cotangent<State>[] => {
  requireRun('deltas', run)
  return [...outputs(folded(adjoint)(run))].toReversed()
}
