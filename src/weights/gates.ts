/** How cells of PyTorch name what this project's cells hold, gate by gate. */

import { describe } from '../../ad/describe.ts'
import { nearest } from '../../ad/did-you-mean.ts'
import { bracket, KindError, NameError, ShapeError } from '../../ad/errors.ts'
import { type Shape, sameShape, type Tensor, tensorOf } from '../../ad/tensor.ts'
import type { Branch } from '../../ad/tree.ts'
import { isValue } from '../../ad/value.ts'
import type { gruPytorch } from '../../nets/cells/gru.ts'
import type { LeakyParams } from '../../nets/cells/leaky.ts'
import type { lstm } from '../../nets/cells/lstm.ts'
import type { Arrays } from './dtype.ts'

/** The functions that throw from here. */
export type Who =
  | 'toTorch'
  | 'fromTorch'
  | 'readoutToTorch'
  | 'readoutFromTorch'
  | 'fromKeras'
  | 'fromFlax'
  | 'fromLru'
  | 'readoutFromDense'

/** One gate's rows: W h [d, d], W x [d, n], its bias [d], and the bias [d] within the reset where it has one. */
export interface Gate {
  readonly hidden: string
  readonly input: string
  readonly bias: string
  readonly recalled?: string
}

/** The parameters of the cells that PyTorch has, by their names here: nn.RNN, nn.LSTM, nn.GRU. */
export interface TorchParams {
  readonly leaky: LeakyParams
  readonly lstm: ReturnType<ReturnType<typeof lstm>['params']>
  readonly gruPytorch: ReturnType<ReturnType<typeof gruPytorch>['params']>
}

/** A cell that PyTorch has too. */
export type TorchCell = keyof TorchParams

/** The names of a gate of the cells that name them by a letter. */
export const gate = (k: string): Gate => ({ hidden: `W_h${k}`, input: `W_x${k}`, bias: `b_${k}` })

/** Gates in PyTorch's order: i, f, g, o of an LSTM; r, z, n of a GRU. */
export const wirings: { readonly [K in TorchCell]: readonly Gate[] } = {
  leaky: [{ hidden: 'W_rec', input: 'W_in', bias: 'b_rec' }],
  lstm: [...'ifgo'].map(gate),
  gruPytorch: [gate('r'), gate('z'), { ...gate('n'), recalled: 'b_hn' }],
}

/** What a gate holds: input [d, n], hidden [d, d], bias [d], and recalled [d], the bias beside the hidden product. */
export interface GateWeights {
  readonly input: Tensor
  readonly hidden: Tensor
  readonly bias: Float64Array
  readonly recalled: Float64Array
}

/** A cell's parameters of its gates' weights; two biases are one sum, but where the gate has a place for the second. */
export const cellOfGates = (gates: readonly Gate[], weights: readonly GateWeights[]): Branch => {
  const each = gates.map((gate, i): Branch => {
    const { input, hidden, bias, recalled } = weights[i] as GateWeights
    const vector = (data: Float64Array): Tensor => tensorOf([data.length], data)
    return {
      [gate.hidden]: hidden,
      [gate.input]: input,
      [gate.bias]: vector(gate.recalled ? bias : bias.map((b, j) => b + (recalled[j] as number))),
      ...(gate.recalled && { [gate.recalled]: vector(recalled) }),
    }
  })
  return Object.assign({}, ...each)
}

/** The four tensors of a layer of PyTorch's, and their shapes: [G·d, n], [G·d, d], [G·d], [G·d]. */
export const torchShapes = (gates: readonly Gate[], d: number, n: number) => {
  const rows = gates.length * d
  return { weight_ih: [rows, n], weight_hh: [rows, d], bias_ih: [rows], bias_hh: [rows] } as const
}

const foreign: { readonly [name: string]: string } = {
  gru: "the standard GRU resets h before the product: n = tanh(W_hn (r ⊙ h) + …); PyTorch's resets W_hn h + b_hn after it",
  peephole: 'nn.LSTM has no peepholes',
  mgu: 'PyTorch has no minimal gated unit',
}

/** What a library's table has for a cell. Throws a NameError for a cell that it has not. */
export const known = <A>(who: Who, table: { readonly [cell: string]: A }, cell: string): A => {
  if (Object.hasOwn(table, cell)) return table[cell] as A
  const cells = Object.keys(table)
  const remedy = didYouMean(cell, cells) || 'Name the cell as this project does'
  throw new NameError({ who, given: `'${cell}'`, wanted: cells.join(', '), remedy })
}

/** The gates of a cell. Throws a KindError for a cell that PyTorch computes otherwise or not at all, a NameError for no cell. */
export const wiring = (who: Who, cell: string): readonly Gate[] => {
  if (typeof cell !== 'string')
    throw new KindError({ who, given: describe(cell), wanted: 'a cell by its name', remedy: "Say which: 'lstm'" })
  if (Object.hasOwn(wirings, cell)) return wirings[cell as TorchCell]
  const known = Object.keys(wirings)
  const [given, wanted] = [`'${cell}'`, `${known.join(', ')}, which are nn.RNN, nn.LSTM, nn.GRU`]
  const why = Object.hasOwn(foreign, cell) ? foreign[cell] : undefined
  if (why !== undefined) {
    const remedy = cell === 'gru' ? 'Train gruPytorch, which is nn.GRU' : 'Save it under its own names with writeArrays'
    throw new KindError({ who, given: `${given}: ${why}`, wanted, remedy })
  }
  throw new NameError({
    who,
    given,
    wanted,
    remedy: didYouMean(cell, known) || 'Name the cell as this project does',
  })
}

/** "Did you mean", or nothing. */
export const didYouMean = (name: string, known: readonly string[]): string => {
  const near = known.length > 0 ? nearest(name, known) : undefined
  return near === undefined ? '' : `Did you mean '${near}'?`
}

/** What a name holds, which must be a tensor of this shape. Throws a KindError or a ShapeError that names it. */
export const fitting = (who: Who, name: string, value: unknown, shape: Shape, remedy: string): Tensor => {
  const wanted = `${bracket(shape)}`
  if (!isValue(value) || value.interpreter !== null)
    throw new KindError({ who, given: `'${name}' is no tensor`, wanted: `a tensor ${wanted}`, remedy })
  if (sameShape(value.shape, shape)) return value
  throw new ShapeError({ who, given: `'${name}' is ${bracket(value.shape)}`, wanted, remedy })
}

/** The tensor of a name. Throws a NameError where it is missing, else as `fitting`. */
export const found = (who: Who, arrays: Arrays, name: string, shape: Shape, remedy: string): Tensor => {
  if (Object.hasOwn(arrays, name)) return fitting(who, name, arrays[name], shape, remedy)
  const names = Object.keys(arrays)
  const wanted = `'${name}' ${bracket(shape)}`
  const given = names.length > 0 ? `only ${names.join(', ')}` : 'no tensors'
  throw new NameError({ who, given, wanted, remedy: didYouMean(name, names) || remedy })
}

/** Tensors one under the other. */
export const piled = (shape: Shape, parts: readonly Tensor[]): Float64Array => {
  const data = new Float64Array(shape.reduce((a, b) => a * b, 1))
  let at = 0
  for (const part of parts) {
    data.set(part.data, at)
    at += part.data.length
  }
  return data
}
