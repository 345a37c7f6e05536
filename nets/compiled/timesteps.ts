/** Timesteps by an engine: the same linearised timesteps, their numbers worked out by a compiled program. */
import { type Compiling, compile } from '../../ad/compiler/compile.ts'
import { type EngineLike, engineOf } from '../../ad/compiler/engine.ts'
import type { Branch } from '../../ad/tree.ts'
import type { Value } from '../../ad/value.ts'
import type { Network, Theta } from '../network.ts'
import { type State, type StepInput, type Timestep, timestep } from '../run/timestep.ts'
import { requireFixedStructure, valuesIn, withValues } from './trace.ts'

type Program = Compiling<[Theta, State, StepInput & Branch], readonly Value[]>

/** How an engine makes timesteps, for `unroll`: the maps are those of the eager timestep with other numbers in them. */
export const timestepBy =
  (engine: EngineLike): typeof timestep =>
  net =>
    engineOf(engine).name === 'eager' ? timestep(net) : compiledTimestep(engine, net)

const compiledTimestep = (engine: EngineLike, net: Network) => {
  let like: Timestep | null = null
  const program: Program = compile((θ: Theta, before: State, now: StepInput & Branch) => {
    like = timestep(net)(θ, before, now)
    return valuesIn(like)
  }, engine)
  return (θ: Theta, before: State, { x, target, weight, noise, isLast }: StepInput): Timestep => {
    const values = requireFixedStructure(() => program(θ, before, { x, target, weight, noise, isLast }))
    return withValues(like as unknown as Timestep, values)
  }
}
