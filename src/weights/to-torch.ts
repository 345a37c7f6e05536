/** Parameters under PyTorch's names. */

import { NameError } from '../../ad/errors.ts'
import { requireNames, requireRecord } from '../../ad/require.ts'
import { type Shape, type Tensor, tensorOf, zeros } from '../../ad/tensor.ts'
import type { Branch } from '../../ad/tree.ts'
import { isValue } from '../../ad/value.ts'
import type { Arrays } from './dtype.ts'
import { didYouMean, fitting, type Gate, piled, type TorchCell, torchShapes, wiring } from './gates.ts'

/** How tensors are named: `prefix` ('' unless said) is the module's place in a state_dict, as 'rnn.'. */
export interface ToTorchOptions {
  readonly prefix?: string
}

interface Layer {
  readonly gates: readonly Gate[]
  readonly θ: Branch
  /** What the layer is called here: '' or 'layer2.' or 'layer2.backward.'. */
  readonly path: string
  /** What PyTorch calls it: _l0, or _l0_reverse. */
  readonly suffix: string
  /** Where it is in the stack, from 0, and how many directions the layer below has. */
  readonly index: number
  readonly below: number
}

const who = 'toTorch'
const namesOf = (gates: readonly Gate[]): readonly string[] => gates.flatMap(gate => Object.values(gate) as string[])

const checkNames = ({ gates, θ, path }: Layer): void => {
  const [given, wanted] = [Object.keys(θ), namesOf(gates)]
  const [missing, extra] = [wanted.find(name => !given.includes(name)), given.find(name => !wanted.includes(name))]
  if (missing === undefined && extra === undefined) return
  throw new NameError({
    who,
    given: missing === undefined ? `'${path}${extra}', which it has no place for` : `no '${path}${missing}'`,
    wanted: wanted.join(', '),
    remedy: (extra && didYouMean(extra, wanted)) || "Give the cell's own parameters: θ.cell, not θ",
  })
}

const axis = (value: unknown, index: number): number => (isValue(value) ? (value.shape[index] ?? 0) : 0)

/** The sizes of a layer by its first gate, which the others must share. */
const sizesOf = ({ gates: [first], θ }: Layer): { readonly d: number; readonly n: number } => ({
  d: axis(first && θ[first.hidden], 0),
  n: axis(first && θ[first.input], 1),
})

const layerToTorch = (layer: Layer, { d, n }: { readonly d: number; readonly n: number }): Arrays => {
  const { gates, θ, path } = layer
  const at = (name: string, shape: Shape): Tensor =>
    fitting(who, `${path}${name}`, θ[name], shape, `The layer has d = ${d} units and n = ${n} inputs, all gates alike`)
  const shapes = torchShapes(gates, d, n)
  const pile = (shape: Shape, part: (gate: Gate) => Tensor): Tensor => tensorOf(shape, piled(shape, gates.map(part)))
  return {
    weight_ih: pile(shapes.weight_ih, gate => at(gate.input, [d, n])),
    weight_hh: pile(shapes.weight_hh, gate => at(gate.hidden, [d, d])),
    bias_ih: pile(shapes.bias_ih, gate => at(gate.bias, [d])),
    bias_hh: pile(shapes.bias_hh, ({ recalled }) => (recalled === undefined ? zeros([d]) : at(recalled, [d]))),
  }
}

/** The layers of a cell's parameters: itself, or layer1, layer2, … of `stacked`. Other names are left for `checkNames`. */
const layersOf = (gates: readonly Gate[], θ: Branch): readonly Layer[] => {
  const names = Object.keys(θ).map((_, i) => `layer${i + 1}`)
  const whole = names.length === 0 || !names.every(name => Object.hasOwn(θ, name))
  const each = whole ? [['', θ] as const] : names.map(name => [`${name}.`, θ[name] as Branch] as const)
  const directions = each.map(([path, layer], l) => directionsOf(layer, path, `_l${l}`))
  return directions.flatMap((list, index) =>
    list.map(one => ({ gates, ...one, index, below: directions[index - 1]?.length ?? 0 })),
  )
}

/** A layer that reads from both ends is two. */
const directionsOf = (θ: Branch, path: string, suffix: string): readonly Pick<Layer, 'θ' | 'path' | 'suffix'>[] => {
  if (Object.keys(θ).sort().join() !== 'backward,forward') return [{ θ, path, suffix }]
  return [
    { θ: θ.forward as Branch, path: `${path}forward.`, suffix },
    { θ: θ.backward as Branch, path: `${path}backward.`, suffix: `${suffix}_reverse` },
  ]
}

/**
 * A cell's parameters as a state_dict of nn.RNN (leaky), nn.LSTM or nn.GRU (gruPytorch) with G = 1, 4 or 3 gates: weight_ih_l0
 * [G·d, n], weight_hh_l0 [G·d, d], bias_ih_l0 and bias_hh_l0 [G·d], and _l1, … of a stack of one cell, all layers of d units; a record
 * { forward, backward } is a layer that reads from both ends, its second half under _l0_reverse.
 * Our one bias a gate is bias_ih; bias_hh is 0 but for b_hn. nn.RNN computes leaky at alpha = 1 with tanh: parameters do not
 * say their alpha, so that another is the caller's to keep. Throws a KindError for another cell ('gru' is not PyTorch's), a
 * NameError or ShapeError that names the tensor.
 */
export const toTorch = (cell: TorchCell, θ: Branch, options: ToTorchOptions = {}): Arrays => {
  const gates = wiring(who, cell)
  requireRecord(who, θ, "the cell's parameters by name", "Write toTorch('lstm', θ.cell)")
  requireNames(who, options, ['prefix'])
  const { prefix = '' } = options
  const layers = layersOf(gates, θ)
  layers.forEach(checkNames)
  const first = sizesOf(layers[0] as Layer)
  const named = layers.map(layer => {
    const n = layer.index === 0 ? first.n : layer.below * first.d
    return Object.entries(layerToTorch(layer, { d: first.d, n })).map(
      ([name, tensor]) => [`${prefix}${name}${layer.suffix}`, tensor] as const,
    )
  })
  return Object.fromEntries(named.flat())
}
