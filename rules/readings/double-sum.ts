import { pull } from '../../ad/linear/apply.ts'
import type { Cotangent } from '../../ad/linear/space.ts'
import { error, type Param, type Run } from '../../nets/run/timestep.ts'

/**
 * The naive double sum: g[t][s] = q_t J_t … J_{s+1} B_s for every pair s ≤ t, each by its own chain of pulls.
 * Both indices count timesteps, 0 being the start; rows have t + 1 entries. Nothing is shared, so it costs O(T³) pulls:
 * what BPTT and RTRL are two ways of adding up.
 */
export const doubleSum = (run: Run): readonly (readonly Cotangent<Param>[])[] =>
  run.map((now, t) =>
    run.slice(0, t + 1).map((then, s) => {
      const between = run.slice(s + 1, t + 1)
      return pull(
        then.immediate,
        between.reduceRight((c, moment) => pull(moment.jacobian, c), error(now)),
      )
    }),
  )
