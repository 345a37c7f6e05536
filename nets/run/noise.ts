/** What is drawn for a rule: its declaration, fitted to a network; a run that has been given its draws, or every draw at once. */

import { spaceOf, toValue } from '../../ad/linear/space.ts'
import { vmap } from '../../ad/modes/transforms.ts'
import { reshape, slice } from '../../ad/primitives/layout.ts'
import { type Shape, sizeOf, type Tensor, tensorOf } from '../../ad/tensor.ts'
import type { Value } from '../../ad/value.ts'
import { initialState, type Network, type Theta } from '../network.ts'
import type { Draws, Law } from '../random.ts'
import { backwards, type Facing, forwards, type Rule, total } from './scan.ts'
import type { Run } from './timestep.ts'

/** What is drawn at each step, in numbers: 'd' is the network's, 'state' counts what its state holds, 'cell' its parameters. A rule that declares nothing is drawn nothing. */
export const fitted = (
  draws: Draws | undefined,
  net: Network,
  θ: Theta,
): { readonly law: Law; readonly shape: Shape } => {
  if (!draws) return { law: 'sign', shape: [0] }
  const sizes = { d: net.sizes.d, state: spaceOf(initialState(net, θ.start)).size, cell: spaceOf(θ.cell).size }
  return { law: draws.law, shape: draws.shape.map(size => (typeof size === 'number' ? size : sizes[size])) }
}

/** The same run with draws [T, …] at steps 1, 2, …; moment 0 draws nothing. */
export const withNoise = (run: Run, noise: Value): Run => {
  const [, ...shape] = noise.shape
  const [first, ...steps] = run
  return [first, ...steps.map((now, t) => ({ ...now, noise: reshape(slice(noise, t, t + 1), shape) }))]
}

/** Sign sequences `from` … `to` - 1 of all 2^size of a shape, each the bits of its number: [to - from, …shape]. */
export const signsOf = (shape: Shape, from = 0, to = 2 ** sizeOf(shape)): Tensor => {
  const size = sizeOf(shape)
  const bits = Float64Array.from({ length: (to - from) * size }, (_, i) =>
    Math.floor((from + Math.floor(i / size)) / 2 ** (i % size)) % 2 === 0 ? 1 : -1,
  )
  return tensorOf([to - from, ...shape], bits)
}

/** What a rule says of a run in all, for each of some draws [N, T, …] at once: [N, |θ|]. For rules that branch on no number. */
export const estimates =
  <M>(rule: Rule<M, Facing>) =>
  (run: Run, draws: Value): Value => {
    const method = rule.facing === 'future' ? backwards(rule as Rule<M, 'future'>) : forwards(rule as Rule<M, 'past'>)
    return vmap((noise: Value) => toValue(total(method)(withNoise(run, noise))))(draws) as Value
  }
