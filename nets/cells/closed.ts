/** A closed loop: the output becomes the next input inside the step, so that credit flows through it. */

import { matvec } from '../../ad/primitives/contraction.ts'
import { add } from '../../ad/primitives/elementwise.ts'
import { concat } from '../../ad/primitives/layout.ts'
import { requireNames } from '../../ad/require.ts'
import { zeros } from '../../ad/tensor.ts'
import type { Branch } from '../../ad/tree.ts'
import type { Value } from '../../ad/value.ts'
import { broadcastOf, type Cell, fanIn, requireCell, widthOf } from './cell.ts'

/** How the last output and the external input make the input of the cell: y [m], x [n] → [n of the cell]. */
export type InputMixing = (y: Value, x: Value) => Value

/** The network's own output alone: generation. It needs as many outputs as the cell has inputs. */
export const freeRunning: InputMixing = y => y

/** The input alone: teacher forcing, the loop left open. */
export const teacherForcing: InputMixing = (_, x) => x

/** θ of a closed loop: the cell's and the readout's, on which the state now depends. */
export type ClosedParams<P extends Branch> = { readonly cell: P; readonly W_out: Value; readonly b_out: Value }
export type ClosedState<S extends Branch> = { readonly inner: S; readonly v: Value }

/**
 * A cell with its readout inside the step: v = W_out·output + b_out [m] is part of the state, and g(v) is the input of the next
 * timestep. For a network with `readout: 'none'`. θ gains the readout's path through the input, and J the loop's (math: x_t made
 * of y_{t-1} is no constant). The state keeps no v of the step before: a broadcast of the error to a cell whose output reads its
 * input takes that output at g(v, x).
 */
export const closed = <P extends Branch, S extends Branch>(
  cell: Cell<P, S>,
  options: { readonly mixing?: InputMixing; readonly output?: (v: Value) => Value } = {},
): Cell<ClosedParams<P>, ClosedState<S>> => {
  requireCell('closed', cell)
  requireNames('closed', options, ['mixing', 'output'])
  const { mixing = freeRunning, output = v => v } = options
  return {
    params: (sizes, random) => ({
      cell: cell.params(sizes, random),
      W_out: fanIn([sizes.m, widthOf(cell, sizes)], random),
      b_out: zeros([sizes.m]),
    }),
    zeroState: sizes => ({ inner: cell.zeroState(sizes), v: zeros([sizes.m]) }),
    start: θ0 => ({ inner: cell.start(θ0.inner), v: θ0.v }),
    step: (θ, s, x) => {
      const input = mixing(output(s.v), x)
      const inner = cell.step(θ.cell, s.inner, input)
      return { inner, v: add(matvec(θ.W_out, cell.output(θ.cell, inner, input)), θ.b_out) }
    },
    output: (_, s) => s.v,
    width: ({ m }) => m,
    broadcast: (θ, s, x) => concat([broadcastOf(cell, θ.cell, s.inner, mixing(output(s.v), x)), s.v]),
  }
}
