/** A timestep of symbols: what a rule's step is run on. */

import { matrix } from '../../ad/linear/linear.ts'
import { asCotangent, type Space } from '../../ad/linear/space.ts'
import {
  type Expression,
  identity,
  type Mark,
  product,
  stack,
  symbol,
  transposed,
} from '../../ad/symbols/expression.ts'
import { type Shape, scalar, zeros } from '../../ad/tensor.ts'
import type { Value } from '../../ad/value.ts'
import type { Symbols } from '../../nets/formulas/equations.ts'
import type { Drive, KroneckerTimestep } from '../../nets/run/kronecker.ts'
import type { Logits, Output, Param, Readout, State, Timestep } from '../../nets/run/timestep.ts'

/** A symbol at a timestep. */
export const at = (base: string, grade: Mark['grade'], time: -1 | 0 | 1 = 0, more: Partial<Mark> = {}): Expression =>
  symbol({ base, grade, time, ...more })

/** The parts of a timestep by their symbols. */
export const given = {
  jacobian: at('J', 'matrix'),
  own: at('J', 'matrix', 0, { layer: 'own' }),
  cross: at('J', 'matrix', 0, { layer: 'cross' }),
  immediate: at('P', 'matrix', 0, { tilde: true }),
  local: at('P', 'matrix', 0, { tilde: true, layer: 'own' }),
  nonlocal: at('P', 'matrix', 0, { tilde: true, layer: 'cross' }),
  logitError: at('ε', 'row'),
  outputMap: symbol({ base: 'C', grade: 'matrix' }),
  broadcastMap: symbol({ base: 'C', grade: 'matrix', layer: 'all' }),
  readout: symbol({ base: 'W_out', grade: 'matrix' }),
  error: at('δ', 'row', 0, { tilde: true }),
  delta: at('δ', 'row'),
  influence: at('P', 'matrix'),
  inputs: at('z', 'column'),
} as const

/** Sizes that tell one shape from another: no number of them stands in an equation. */
export const sizes = { states: 5, params: 7, units: 4, outputs: 3, inputs: 6 } as const
const { states, params, units, outputs, inputs } = sizes
const space = <A>(size: number): Space<A> => ({ shapes: [[size]], size })
export const spaces = { state: space<State>(states), param: space<Param>(params) }

const stateOf = (symbols: Symbols): State => ({ h: symbols.value(at('h', 'column'), [states]) })

/** What the equations of a rule depend on of a cell. */
export interface CellTraits {
  /** The output is the whole state. */
  readonly outputIsState: boolean
  /** A parameter acts on its own unit only, within a timestep. */
  readonly isLocal: boolean
  /** A broadcast reaches the units of the output, and no others: one layer. */
  readonly isOneLayer: boolean
  /** D = ∂s/∂u, where all parameters enter by one drive u = W z. */
  readonly drive: Expression | null
}

export const simplest: CellTraits = { outputIsState: true, isLocal: true, isOneLayer: true, drive: null }

/** A timestep of symbols. */
export const timestepOf = (symbols: Symbols, { outputIsState, isLocal, isOneLayer }: CellTraits): Timestep => {
  const { state, param } = spaces
  const value = (x: Expression, shape: Shape): Value => symbols.value(x, shape)
  const view = outputIsState ? identity : given.outputMap
  const outputMap = matrix<State, Output>(state, space(units), value(view, [units, states]))
  const own = value(given.own, [states, states])
  const local = value(isLocal ? given.immediate : given.local, [states, params])
  return {
    jacobian: matrix(state, state, value(given.jacobian, [states, states]), own),
    immediate: matrix(param, state, value(given.immediate, [states, params]), local),
    readoutMap: matrix<State, Logits>(state, space(outputs), value(product(given.readout, view), [outputs, states])),
    outputMap,
    broadcastMap: isOneLayer
      ? outputMap
      : matrix<State, Output>(state, space(units), value(given.broadcastMap, [units, states])),
    activity: zeros([units]),
    logitError: asCotangent(space<Logits>(outputs), value(transposed(given.logitError), [outputs])),
    readoutGradient: asCotangent(space<Readout>(1), zeros([1])),
    loss: scalar(0),
    prediction: zeros([outputs]),
    before: stateOf(symbols),
    after: stateOf(symbols),
    x: zeros([1]),
    target: zeros([outputs]),
    noise: value(at('ξ', 'column'), [states]),
    isStart: scalar(0),
    isLast: scalar(0),
  }
}

/** A timestep whose immediate map is one Kronecker product, D ⊗ zᵀ; `signs` are what is drawn. */
export const kroneckerTimestepOf = (
  symbols: Symbols,
  traits: CellTraits,
  D: Expression,
  noise: Value,
): KroneckerTimestep => {
  const now = timestepOf(symbols, traits)
  const from: Space<Param> = { shapes: [[units, inputs]], size: units * inputs }
  return {
    ...now,
    noise,
    immediate: { ...now.immediate, from },
    pre: symbols.value(given.inputs, [inputs]),
    post: matrix(space<Drive>(units), spaces.state, symbols.value(D, [states, units])),
  }
}

/** Signs of no unit, drawn one beside the other. */
export const signsOf = (symbols: Symbols, names: readonly Expression[]): Value =>
  symbols.value(stack(names), [names.length])
