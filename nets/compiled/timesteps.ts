/** Moments by an engine: the same linearised instants, their numbers worked out by a compiled program. */
import { type Compiling, compile } from '../../ad/compiler/compile.ts'
import { type EngineLike, engineOf } from '../../ad/compiler/engine.ts'
import type { Branch } from '../../ad/tree.ts'
import type { Value } from '../../ad/value.ts'
import type { Task, Theta } from '../network.ts'
import { type Moment, moment, type Now, type State } from '../run/timestep.ts'
import { refilled, steadily, valuesIn } from './trace.ts'

type Program = Compiling<[Theta, State, Now & Branch], readonly Value[]>

/** How an engine makes moments: for `unroll` and `moments`. The arrows are those of the eager moment, refilled. */
export const momentBy =
  (engine: EngineLike): typeof moment =>
  task =>
    engineOf(engine).name === 'eager' ? moment(task) : compiledMoment(engine, task)

const compiledMoment = (engine: EngineLike, task: Task) => {
  let like: Moment | null = null
  const program: Program = compile((θ: Theta, before: State, now: Now & Branch) => {
    like = moment(task)(θ, before, now)
    return valuesIn(like)
  }, engine)
  return (θ: Theta, before: State, { x, target, weight, noise, ends }: Now): Moment => {
    const values = steadily(() => program(θ, before, { x, target, weight, noise, ends }))
    return refilled(like as unknown as Moment, values)
  }
}
