/** The same gradient from less memory, and of several sequences at once. */

import { grad, vmap } from '../../ad/modes/transforms.ts'
import { mul } from '../../ad/primitives/elementwise.ts'
import { stack, sum } from '../../ad/primitives/layout.ts'
import type { Tensor } from '../../ad/tensor.ts'
import { leavesOf } from '../../ad/tree.ts'
import type { Value } from '../../ad/value.ts'
import { example, type Theta, unrolled } from '../../nets/network.ts'
import { checkpointed } from '../../nets/run/checkpointing.ts'
import { inputGradient } from '../../nets/run/input-gradient.ts'
import { runGradient } from '../../nets/run/scan.ts'
import { bptt } from '../../rules/bptt.ts'
import { networks } from '../arbitraries/networks.ts'
import { onNetworks } from '../arbitraries/on-networks.ts'
import { list, type Realised } from '../arbitraries/realise.ts'
import { slopeOf } from '../oracles/imaginary.ts'
import { entries, type Proposition } from '../proposition.ts'

const perStep = { forAll: networks({ losses: ['half_mse', 'sse', 'softmax_ce'] }) }

/** The loss of a whole run as a program of its inputs alone. */
const ofInputs =
  ({ net, θ, sequence }: Realised) =>
  (xs: readonly Value[]): Value =>
    unrolled(
      net,
      sequence.map(({ target, weight }, t) => example(xs[t] as Value, target, weight)),
    )(θ).loss

export const gradients: readonly Proposition[] = [
  onNetworks(
    'BPTT with the input in the place of the parameters gives ∂L/∂x at every step, as reverse mode does',
    made => {
      const { net, θ, sequence } = made
      return [entries(inputGradient(bptt, net)(θ, sequence)), entries(grad(ofInputs(made))(sequence.map(({ x }) => x)))]
    },
  ),
  onNetworks(
    '∂L/∂x of a run is what one complex step along the inputs finds',
    made => {
      const inputs = made.sequence.map(({ x }) => x) as readonly Tensor[]
      const g = entries(inputGradient(bptt, made.net)(made.θ, made.sequence))
      const [direction, slope] = slopeOf(ofInputs(made), inputs)
      return [[g.reduce((sum, x, i) => sum + x * (direction[i] as number), 0)], [slope]]
    },
    { runs: 30 },
  ),
  onNetworks(
    'BPTT that keeps every k-th state and runs the segments again computes the same gradient, for every k',
    ({ net, θ, sequence, run }) => {
      const lengths = [undefined, 1, 2, 3, sequence.length]
      const again = lengths.map(k => checkpointed(bptt, k === undefined ? {} : { k })(net)(θ, sequence))
      return [again.flatMap(list), lengths.flatMap(() => list(runGradient(bptt)(run)))]
    },
    { ...perStep, within: 1e-14 },
  ),
  onNetworks(
    'the gradient of a minibatch, by vmap over its sequences, is the sum of the gradients one at a time',
    ({ net, θ, sequence }) => {
      const slope = grad((p: Theta, xs: readonly Value[]) => {
        const data = sequence.map(({ target, weight }, t) => example(xs[t] as Value, target, weight))
        return unrolled(net, data)(p).loss
      })
      const inputs = sequence.map(({ x }) => x)
      const others = inputs.map(x => mul(x, -0.5))
      const blocks = inputs.map((x, t) => stack([x, others[t] as Value]))
      const together = leavesOf(vmap(slope, [null, 0])(θ, blocks)).map(leaf => sum(leaf, 0))
      const [one, other] = [entries(slope(θ, inputs)), entries(slope(θ, others))]
      return [together.flatMap(entries), one.map((g, i) => g + (other[i] as number))]
    },
    perStep,
  ),
]
