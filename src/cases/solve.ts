/** A case of a causal network, recomputed: its run, and its exact gradients. */

import type { Engine } from '../../ad/compiler/engine.ts'
import { type Cotangent, unflattenLike } from '../../ad/linear/space.ts'
import { type Tensor, tensorOf } from '../../ad/tensor.ts'
import type { Branch } from '../../ad/tree.ts'
import type { Cell } from '../../nets/cells/cell.ts'
import { timestepBy } from '../../nets/compiled/timesteps.ts'
import { isWholeRun } from '../../nets/loss.ts'
import { lossNamed } from '../../nets/named.ts'
import { type Example, example, type Network, network, type Theta } from '../../nets/network.ts'
import type { Param, Run, State, Timestep } from '../../nets/run/timestep.ts'
import { lossOf, unroll } from '../../nets/run/unroll.ts'
import { gradient } from '../../nets/train/gradient.ts'
import { bptt } from '../../rules/bptt.ts'
import { deltas } from '../../rules/readings/adjoints.ts'
import type { Given, Solved } from './models/model.ts'
import { type Arrays, namedBy, type Places, treeAt } from './models/places.ts'

/** A case made runnable, and its run with exact gradients. */
export interface Problem<G extends Given = Given> extends Solved {
  readonly given: G
  readonly places: Places
  readonly net: Network
  /** All parameters, the initial state among them. */
  readonly θ: Theta
  readonly sequence: readonly Example[]
  readonly run: Run
  readonly engine: Engine
}

/** Rows of a matrix as tensors. */
const rowsOf = ({ shape, data }: Tensor): readonly Tensor[] => {
  const [rows = 0, width = 0] = shape
  return Array.from({ length: rows }, (_, i) => tensorOf([width], data.slice(i * width, (i + 1) * width)))
}

/** The data of a case, with its weights or with those given. */
export const sequenceOf = (
  { inputs, targets, loss_weights }: Given,
  weight: (t: number) => number = t => loss_weights.data[t] ?? Number.NaN,
): readonly Example[] => {
  const wanted = rowsOf(targets)
  return rowsOf(inputs).map((x, t) => example(x, wanted[t] ?? x, weight(t)))
}

/** The steps of a run, without its start. */
export const stepsOf = (run: Run): readonly Timestep[] => run.slice(1)

/** Unrolls a case of a cell by an engine; the initial state counts as learned. */
export const causal =
  <G extends Given>(make: (given: G) => Cell<Branch, Branch>) =>
  (given: G, places: Places, engine: Engine): Problem<G> => {
    const cell = make(given)
    const net: Network = network(cell, given.sizes, lossNamed(given.loss, given.output), { start: 'learned' })
    const θ = treeAt(places, given.params) as unknown as Theta
    const sequence = sequenceOf(given)
    const run = unroll(net, { by: timestepBy(engine) })(θ, sequence)
    const steps = stepsOf(run)
    return {
      ...{ given, places, net, θ, sequence, run, engine },
      loss: lossOf(net, sequence, run),
      losses: isWholeRun(net.loss) ? null : steps.map(now => now.loss),
      seen: steps.map(now => cell.output(θ.cell, now.after, now.x)),
      outputs: steps.map(now => now.prediction),
      grads: namedBy(places, gradient(bptt, net, { engine })(θ, sequence)),
    }
  }

/** What a rule says of the parameters of the state, as the cell's arrays. */
export const cellOf = ({ places, θ: { cell, start } }: Problem, g: Cotangent<Param>): Arrays =>
  namedBy(places, { cell: unflattenLike({ cell, start }, g).cell })

/** δ_t for t = 1 … T: what each entry of the state is worth to this loss and to all to come, the others held. */
export const worths = ({ run }: Problem): readonly State[] =>
  deltas(run)
    .slice(1)
    .map((δ, t) => unflattenLike((run[t + 1] as Timestep).after, δ))
