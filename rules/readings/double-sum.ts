import { pull } from '../../ad/linear/apply.ts'
import type { Cotangent } from '../../ad/linear/space.ts'
import { folded, outputs } from '../../nets/run/fold.ts'
import type { Fold } from '../../nets/run/rule.ts'
import { error, type Param, type Run, requireRun, type State, type Timestep } from '../../nets/run/timestep.ts'

/** BPTT that hears the loss of its newest timestep alone: c = q_t J_t … J_{s+1}, and c B_s at each s. */
const row: Fold<Cotangent<State>, Timestep, Cotangent<Param>, 'future'> = {
  faces: 'future',
  init: error,
  step: (c, now) => [pull(now.immediate, c), pull(now.jacobian, c)],
}

/**
 * The double sum: g[t][s] = q_t J_t … J_{s+1} B_s for every pair s ≤ t. Each row carries q_t J_t … on from one s to the one
 * before, so that a run of T steps takes T(T + 1)/2 pulls through a Jacobian. Both indices count timesteps, 0 being the start;
 * rows have t + 1 entries. What BPTT and RTRL are two ways of adding up.
 */
export const doubleSum = (run: Run): readonly (readonly Cotangent<Param>[])[] => {
  requireRun('doubleSum', run)
  return run.map((_, t) => [...outputs(folded(row)(run.slice(0, t + 1)))].toReversed())
}
