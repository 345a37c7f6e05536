import type { Linear } from '../../ad/linear/linear.ts'
import type { Param, State, Timestep } from '../../nets/run/timestep.ts'

/** M = ds/dθ [S, P], the total derivative of a state through every timestep so far. */
export type Influence = Linear<Param, State>

/** Maps J M₋ + B to what is carried on: `dense` to all of it, `keepPattern` to its entries on a pattern. */
export type Keep = (total: Influence, now: Timestep) => Influence
