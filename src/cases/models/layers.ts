/** A stack's layers: how they are made, and what each of them is worth. */
import { vjp } from '../../../ad/modes/transforms.ts'
import { add } from '../../../ad/primitives/elementwise.ts'
import type { Tensor } from '../../../ad/tensor.ts'
import type { Value } from '../../../ad/value.ts'
import { type LeakyParams, type LeakyState, leaky } from '../../../nets/cells/leaky.ts'
import { activations } from '../../../nets/named.ts'
import type { State } from '../../../nets/run/timestep.ts'
import type { Found } from '../compare.ts'
import { type Problem, stepsOf, worths } from '../solve.ts'
import type { Given } from './model.ts'

/** A case with a rate and an activation for each layer. */
export type Layered = Given & {
  readonly alphas: readonly number[]
  readonly activations: readonly (keyof typeof activations)[]
}

/** The layers of a case, from the input on. */
export const layersOf = ({ alphas, activations: names }: Layered) =>
  alphas.map((alpha, l) => leaky({ alpha, f: activations[names[l] ?? 'tanh'] }))

type ByLayer<A> = { readonly [layer: string]: A }
type Layer = ReturnType<typeof leaky>
type Layers = ByLayer<LeakyState>

/** The credit of layers at one timestep, from the input on: each also through the layer above at that timestep. */
const instant = ({ given, θ }: Problem<Layered>, before: Layers, after: Layers, δ: Layers): readonly Value[] => {
  const at = <A>(of: ByLayer<A>, l: number): A => of[`layer${l + 1}`] as A
  const cells = layersOf(given)
  const worth: Value[] = cells.map((_, l) => at(δ, l).h)
  for (let l = cells.length - 1; l > 0; l--) {
    const step = (x: Value): Value =>
      (cells[l] as Layer).step(at(θ.cell as ByLayer<LeakyParams>, l), at(before, l), x).h
    const [, pullback] = vjp(step, at(after, l - 1).h)
    worth[l - 1] = add(worth[l - 1] as Value, pullback(worth[l] as Value)[0] as Value)
  }
  return worth
}

/** dL/dh_t of each layer at each timestep, through every path: [T][layer][d_l]. */
export const layerWorths = (problem: Problem<Layered>): Found => {
  const layers = (state: State | undefined) => state as unknown as Layers
  const δ = worths(problem)
  return stepsOf(problem.run).map(
    ({ before, after }, t) => instant(problem, layers(before), layers(after), layers(δ[t])) as readonly Tensor[],
  )
}
