/** A readout as PyTorch's nn.Linear, and back. */
import { bracket, ShapeError } from '../../ad/errors.ts'
import { transpose } from '../../ad/primitives/layout.ts'
import { requireCount, requireNames, requireRecord } from '../../ad/require.ts'
import type { Tensor } from '../../ad/tensor.ts'
import type { ReadoutParams } from '../../nets/network.ts'
import type { Arrays } from './dtype.ts'
import { fitting, found, type Who } from './gates.ts'
import { inPath, inPaths } from './modules.ts'
import { folded, projectionOf } from './projection.ts'

/** The name of the nn.Linear in a state_dict, 'readout' by default. */
export interface LinearOptions {
  readonly name?: string
}

/** W_out [m, d] and b_out [m] as 'readout.weight' and 'readout.bias'. Throws a ShapeError where they do not fit, a KindError for no tensors. */
export const readoutToTorch = (readout: ReadoutParams, options: LinearOptions = {}): Arrays => {
  const who = 'readoutToTorch'
  requireRecord(who, readout, 'W_out and b_out', 'Give θ.readout')
  requireNames(who, options, ['name'])
  const [{ W_out, b_out }, { name = 'readout' }] = [readout, options]
  const shape = W_out?.shape ?? []
  if (W_out && shape.length !== 2)
    throw new ShapeError({ who, given: `'W_out' is ${bracket(shape)}`, wanted: '[m, d]', remedy: 'Give θ.readout' })
  const [m = 0] = shape
  return {
    [`${name}.weight`]: fitting(who, 'W_out', W_out, shape, 'Give θ.readout'),
    [`${name}.bias`]: fitting(who, 'b_out', b_out, [m], 'One bias for each row of W_out'),
  }
}

type Readout = { readonly [K in keyof ReadoutParams]: Tensor }

/** What is read: m outputs of d units; the d of both directions together where the module reads from both ends. */
export interface ReadoutOptions extends LinearOptions {
  readonly d: number
  readonly m: number
}

const checkSizes = (who: Who, arrays: Arrays, options: ReadoutOptions, more: readonly string[] = []): void => {
  requireRecord(
    who,
    arrays,
    'tensors by name',
    `The arrays come first: ${who}(readArrays('model.safetensors'), { d, m })`,
  )
  requireNames(who, options, ['d', 'm', 'name', ...more])
  const { d, m } = options
  for (const [size, count] of Object.entries({ d, m }))
    requireCount(who, `${size} = ${count}`, count, 'd counts the units, m the outputs')
}

/**
 * W_out [m, d] and b_out [m] of an nn.Linear. Of an LSTM with projections (proj_size) `projections` names those of the top layer, one
 * a direction, as ['rnn.weight_hr_l0']: the readout is of what they project. Throws a NameError where it is missing, a ShapeError
 * where it is of other sizes.
 */
export const readoutFromTorch = (
  arrays: Arrays,
  options: ReadoutOptions & { readonly projections?: readonly string[] },
): Readout => {
  const who = 'readoutFromTorch'
  checkSizes(who, arrays, options, ['projections'])
  const { d, m, name = 'readout', projections = [] } = options
  const each = d / Math.max(1, projections.length)
  const blocks = projections.map(at => projected(who, arrays, at, each))
  const width = projections.length === 0 ? d : blocks.reduce((sum, { shape: [p = 0] }) => sum + p, 0)
  const at = (part: string, shape: readonly number[]): Tensor =>
    found(
      who,
      arrays,
      `${name}.${part}`,
      shape,
      'Give the name of the nn.Linear; made with bias=False it needs zeros, and after proj_size its projections',
    )
  return { W_out: folded(at('weight', [m, width]), blocks, each), b_out: at('bias', [m]) }
}

const projected = (who: Who, arrays: Arrays, name: string, d: number): Tensor =>
  projectionOf(who, arrays, name, d) ?? found(who, arrays, name, [], 'Name the weight_hr of the top layer')

/**
 * W_out [m, d] and b_out [m] of a Dense layer of Keras or Flax, whose kernel is [d, m]: 'readout/kernel' and 'readout/bias' by default,
 * with / or . between. Throws as `readoutFromTorch` does.
 */
export const readoutFromDense = (arrays: Arrays, options: ReadoutOptions): Readout => {
  const who = 'readoutFromDense'
  checkSizes(who, arrays, options)
  const { d, m, name = 'readout' } = options
  const at = (part: string, shape: readonly number[]): Tensor =>
    found(who, inPaths(arrays), inPath(`${name}/${part}`), shape, 'Give the path of the Dense layer as its name')
  return { W_out: transpose(at('kernel', [d, m])) as Tensor, b_out: at('bias', [m]) }
}
