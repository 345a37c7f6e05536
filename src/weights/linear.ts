/** A readout as PyTorch's nn.Linear, and back. */
import { bracket, ShapeError } from '../../ad/errors.ts'
import { requireCount } from '../../ad/require.ts'
import type { Tensor } from '../../ad/tensor.ts'
import type { ReadoutParams } from '../../nets/network.ts'
import type { Arrays } from './dtype.ts'
import { fitting, found } from './gates.ts'

/** The name of the nn.Linear in a state_dict, 'readout' by default. */
export interface LinearOptions {
  readonly name?: string
}

/** W_out [m, d] and b_out [m] as 'readout.weight' and 'readout.bias'. Throws a ShapeError where they do not fit, a KindError for no tensors. */
export const readoutToTorch = ({ W_out, b_out }: ReadoutParams, { name = 'readout' }: LinearOptions = {}): Arrays => {
  const who = 'readoutToTorch'
  const shape = W_out?.shape ?? []
  if (W_out && shape.length !== 2)
    throw new ShapeError({ who, given: `'W_out' is ${bracket(shape)}`, wanted: '[m, d]', remedy: 'Give θ.readout' })
  const [m = 0] = shape
  return {
    [`${name}.weight`]: fitting(who, 'W_out', W_out, shape, 'Give θ.readout'),
    [`${name}.bias`]: fitting(who, 'b_out', b_out, [m], 'One bias for each row of W_out'),
  }
}

/** W_out [m, d] and b_out [m] of an nn.Linear. Throws a NameError where it is missing, a ShapeError where it is of other sizes. */
export const readoutFromTorch = (
  arrays: Arrays,
  { d, m, name = 'readout' }: { readonly d: number; readonly m: number } & LinearOptions,
): { readonly [K in keyof ReadoutParams]: Tensor } => {
  const who = 'readoutFromTorch'
  for (const [size, count] of Object.entries({ d, m }))
    requireCount(who, `${size} = ${count}`, count, 'd counts the units, m the outputs')
  const at = (part: string, shape: readonly number[]): Tensor =>
    found(who, arrays, `${name}.${part}`, shape, 'Give the name of the nn.Linear; made with bias=False it needs zeros')
  return { W_out: at('weight', [m, d]), b_out: at('bias', [m]) }
}
