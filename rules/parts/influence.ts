import type { Linear } from '../../ad/linear/linear.ts'
import type { Param, State, Timestep } from '../../nets/run/timestep.ts'

/** M = ds/dθ [S, |θ|], the total derivative of a state through every timestep so far. */
export type Influence = Linear<Param, State>

/** The part of an influence that is carried on, the entries of a mask for example; `dense` keeps all of it. */
export type Keep = (total: Influence, now: Timestep) => Influence
