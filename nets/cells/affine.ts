/** Cells whose synapses all meet in one drive, u = W z, and say so: what the rules with Kronecker factors need. */

import { matvec } from '../../ad/primitives/contraction.ts'
import { add } from '../../ad/primitives/elementwise.ts'
import type { Branch } from '../../ad/tree.ts'
import type { Value } from '../../ad/value.ts'
import { type Cell, cell } from './cell.ts'

type Dims = { readonly [name: string]: readonly ('d' | 'n' | number)[] }
type Values<L extends Dims> = { readonly [K in keyof L]: Value }
/** The input of each parameter: a vector for a matrix [d, …], 1 for a bias [d]. */
type Inputs<P> = { readonly [K in keyof P]: Value | 1 }

/** How a cell's state comes of its drive: z from the state before and the input, then s from u = Σ W_k z_k. */
export interface Synapses<P extends Branch = Branch, S extends Branch = Branch> {
  /** The step that this is about; a cell made of another with another step is no longer described by it. */
  readonly step: Cell<P, S>['step']
  inputs(s: S, x: Value): Inputs<P>
  activate(s: S, u: Value): S
}

/** A cell that names its drive u [d]. */
export interface AffineCell<P extends Branch, S extends Branch> extends Cell<P, S> {
  readonly synapses: Synapses<P, S>
}

/** u = Σ_k W_k z_k, in the order in which the parameters are declared. */
export const driven = (θ: Branch, inputs: Inputs<Branch>): Value =>
  Object.keys(inputs)
    .map(name => (inputs[name] === 1 ? (θ[name] as Value) : matvec(θ[name] as Value, inputs[name] as Value)))
    .reduce((u, part) => add(u, part))

/**
 * A cell by its drive: `affine({ params, state }, (s, x) => ({ W: s.h, V: x, b: 1 }), (s, u) => ({ h: tanh(u) }))`. What reads
 * is given for every parameter, in the order in which they are declared.
 */
export const affine = <const P extends Dims, const S extends Dims>(
  layout: { readonly params: P; readonly state: S },
  inputs: (s: Values<S>, x: Value) => Inputs<P>,
  settle: (s: Values<S>, u: Value) => Values<S>,
  given: Partial<Pick<Cell<Values<P>, Values<S>>, 'output' | 'width' | 'start'>> = {},
): AffineCell<Values<P>, Values<S>> => {
  const step = (θ: Values<P>, s: Values<S>, x: Value): Values<S> => settle(s, driven(θ, inputs(s, x)))
  const made = cell(layout, step, given)
  return { ...made, synapses: { step: made.step, inputs, activate: settle } }
}

/** The synapses of a timestep's cell with its parameters, under the name by which a timestep keeps them; nothing for other cells. */
export const layerOf = (cell: Cell<Branch, Branch>, θ: Branch): { readonly layer?: Layer } => {
  const { synapses } = cell as Partial<AffineCell<Branch, Branch>>
  return synapses && synapses.step === cell.step ? { layer: { θ, synapses } } : {}
}

/** What a timestep keeps of a layered cell. */
export interface Layer {
  readonly θ: Branch
  readonly synapses: Synapses
  /** What its inputs weigh in the immediate map; 1 where it is left out. */
  readonly weight?: Value
}
