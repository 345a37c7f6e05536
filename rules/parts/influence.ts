import type { Linear } from '../../ad/linear/linear.ts'
import type { Param, State, Timestep } from '../../nets/run/timestep.ts'

/** M = ∂s/∂θ, of the parameters on a state, through every timestep so far. [S, |θ|] */
export type Influence = Linear<Param, State>

/** How much of an influence is kept; `dense` keeps all of it. */
export type Keep = (total: Influence, now: Timestep) => Influence
