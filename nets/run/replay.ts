/** What a timestep keeps so that it can be run again: what it depended on, and how it was made of that. */
import { mul } from '../../ad/primitives/elementwise.ts'
import { scalar } from '../../ad/tensor.ts'
import type { Branch } from '../../ad/tree.ts'
import type { Value } from '../../ad/value.ts'
import { isWholeRun } from '../loss.ts'
import { type Example, initialState, logits, type Network, type Theta } from '../network.ts'

/** The parameters and the weight of a timestep, with its step and its loss as functions that hold no numbers. */
export interface Replay {
  readonly θ: Theta
  readonly weight: Value
  readonly step: (θ: Pick<Theta, 'cell' | 'start'>, s: Branch, x: Value) => Branch
  readonly lossAt: (readout: Theta['readout'], s: Branch, now: Example) => Value
}

/** A part of a timestep, under the name by which it is kept; nothing where the loss is one of the whole run. */
type Kept = { readonly replay?: Replay }

/** The replay of a step of a network. */
export const replayOf = (net: Network, θ: Theta, weight: Value): Kept =>
  isWholeRun(net.loss)
    ? {}
    : {
        replay: {
          θ,
          weight,
          step: ({ cell }, s, x) => net.cell.step(cell, s, x),
          lossAt: (readout, s, now) =>
            mul(now.weight, net.loss.each(logits(net, { cell: θ.cell, readout }, s, now.x), now.target)),
        },
      }

/** The replay of timestep 0: it gives the initial state whatever state it is given, and has no loss. */
export const initialReplay = (net: Network, θ: Theta): Kept =>
  isWholeRun(net.loss)
    ? {}
    : { replay: { θ, weight: scalar(0), step: ({ start }) => initialState(net, start), lossAt: () => scalar(0) } }
