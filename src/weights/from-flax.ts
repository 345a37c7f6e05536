/** Parameters from the layout of Flax: a Dense layer a gate, or one for all gates, kernels [inputs, units]. */
import { slice, transpose } from '../../ad/primitives/layout.ts'
import { type Shape, type Tensor, zeros } from '../../ad/tensor.ts'
import type { Arrays } from './dtype.ts'
import { cellOfGates, found, type GateWeights, type TorchCell, type TorchParams, wirings } from './gates.ts'
import { type LayoutOptions, layerIn } from './modules.ts'

const who = 'fromFlax'

/** Gates by their letters in Flax, in the order in which one Dense layer has them all; SimpleCell has one without a letter. */
const letters: { readonly [K in TorchCell]: readonly string[] } = {
  leaky: [''],
  lstm: [...'ifgo'],
  gruPytorch: [...'rzn'],
}

/** A kernel [d, width] turned, and a bias [d], of the input's half (i) or the hidden one (h) of a gate. */
interface Half {
  readonly kernel: Tensor
  readonly bias: Float64Array
}

interface Module {
  readonly arrays: Arrays
  readonly prefix: string
  readonly gates: readonly string[]
  readonly d: number
}

/** The names of a gate's Dense layer: `if` is a word of Python, so that newer Flax writes `if_`. */
const denseNames = (side: 'i' | 'h', letter: string): readonly string[] => [`${side}${letter}`, `${side}${letter}_`]

const halfOf = ({ arrays, prefix, gates, d }: Module, side: 'i' | 'h', i: number, width: number): Half => {
  const letter = gates[i] as string
  const packed = `${prefix}dense_${side}`
  const at = (name: string, shape: Shape): Tensor =>
    found(who, arrays, name, shape, `The cell has d = ${d} units in each of ${gates.length} gates`)
  const biasAt = (name: string, size: number): Tensor =>
    Object.hasOwn(arrays, name) ? at(name, [size]) : zeros([size])
  if (Object.hasOwn(arrays, `${packed}/kernel`)) {
    const kernel = slice(at(`${packed}/kernel`, [width, gates.length * d]), i * d, (i + 1) * d, 1)
    const bias = biasAt(`${packed}/bias`, gates.length * d)
    return { kernel: transpose(kernel) as Tensor, bias: bias.data.slice(i * d, (i + 1) * d) }
  }
  const [plain, marked] = denseNames(side, letter).map(name => `${prefix}${name}`) as [string, string]
  const name = Object.hasOwn(arrays, `${marked}/kernel`) ? marked : plain
  return { kernel: transpose(at(`${name}/kernel`, [width, d])) as Tensor, bias: biasAt(`${name}/bias`, d).data }
}

const gateOf = (module: Module, i: number, n: number): GateWeights => {
  const [onInput, onHidden] = [halfOf(module, 'i', i, n), halfOf(module, 'h', i, module.d)]
  return { input: onInput.kernel, hidden: onHidden.kernel, bias: onInput.bias, recalled: onHidden.bias }
}

/** The names by which a module is known: one that has gates one by one, and one that has them all together. */
const anchorsOf = ([first = '']: readonly string[]): readonly string[] => [`h${first}/kernel`, 'dense_h/kernel']

type FromFlax = <K extends TorchCell>(cell: K, arrays: Arrays, options: LayoutOptions) => TorchParams[K]

/**
 * A cell's parameters from a cell of Flax, linen or nnx: SimpleCell (leaky at alpha = 1), LSTMCell and OptimizedLSTMCell (lstm), GRUCell
 * (gruPytorch). Names are paths, with / or . between, as `params/cell/hf/kernel`, or `dense_h/kernel` where one Dense layer has all gates; a
 * bias that is not there is 0. Throws a NameError for another cell and for names missing, a ShapeError where d or n is another, a
 * DomainError for sizes that are no counts.
 */
export const fromFlax = ((cell: TorchCell, given: Arrays, options: LayoutOptions) => {
  const module = layerIn(who, letters, [cell, given, options], anchorsOf)
  return cellOfGates(
    wirings[cell],
    module.gates.map((_, i) => gateOf(module, i, module.n)),
  )
}) as unknown as FromFlax
