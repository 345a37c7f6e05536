/** A network that hears itself: what it said becomes what it hears, inside the step, so that credit goes round with it. */

import { matvec } from '../../ad/primitives/contraction.ts'
import { add } from '../../ad/primitives/elementwise.ts'
import { concat } from '../../ad/primitives/layout.ts'
import { zeros } from '../../ad/tensor.ts'
import type { Branch } from '../../ad/tree.ts'
import type { Value } from '../../ad/value.ts'
import { broadcastOf, type Cell, fanIn } from './cell.ts'

/** How what was said and what comes from outside make what is heard: y [m], x [n] → input of the cell. */
export type Hearing = (y: Value, x: Value) => Value

/** The network's own output alone: generation. It needs as many outputs as the cell has inputs. */
export const itself: Hearing = y => y

/** The input alone: teacher forcing, the loop left open. */
export const teacher: Hearing = (_, x) => x

/** θ of a closed loop: the cell's and the readout's, on which the state now depends. */
export type ClosedParams<P extends Branch> = { readonly cell: P; readonly W_out: Value; readonly b_out: Value }
export type ClosedState<S extends Branch> = { readonly inner: S; readonly v: Value }

/**
 * A cell with its readout inside the step: v = W_out·output + b_out [m] is part of the state, and g(v) is heard at the next
 * timestep. For a network with `readout: 'none'`. θ gains the readout's path through the input, and J the loop's (math: x_t made
 * of y_{t-1} is no constant).
 */
export const closed = <P extends Branch, S extends Branch>(
  cell: Cell<P, S>,
  { hears = itself, output = v => v }: { readonly hears?: Hearing; readonly output?: (v: Value) => Value } = {},
): Cell<ClosedParams<P>, ClosedState<S>> => ({
  params: (sizes, random) => ({
    cell: cell.params(sizes, random),
    W_out: fanIn([sizes.m, sizes.d], random),
    b_out: zeros([sizes.m]),
  }),
  zeroState: sizes => ({ inner: cell.zeroState(sizes), v: zeros([sizes.m]) }),
  start: θ0 => ({ inner: cell.start(θ0.inner), v: θ0.v }),
  step: (θ, s, x) => {
    const inner = cell.step(θ.cell, s.inner, hears(output(s.v), x))
    return { inner, v: add(matvec(θ.W_out, cell.output(inner)), θ.b_out) }
  },
  output: s => s.v,
  broadcast: s => concat([broadcastOf(cell, s.inner), s.v]),
})
