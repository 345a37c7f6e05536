/** Parameters from PyTorch's names. */
import { KindError, NameError } from '../../ad/errors.ts'
import { requireNames } from '../../ad/require.ts'
import { type Shape, type Tensor, tensorOf, zeros } from '../../ad/tensor.ts'
import type { Branch } from '../../ad/tree.ts'
import type { Arrays } from './dtype.ts'
import {
  cellOfGates,
  didYouMean,
  found,
  type Gate,
  type TorchCell,
  type TorchParams,
  torchShapes,
  wiring,
} from './gates.ts'
import { prefixOf, requireSizes } from './modules.ts'
import { folded, projectionOf } from './projection.ts'

/** What is read: d units, n inputs; `prefix` where a file has several modules; `layers` where it is a stack. */
export interface FromTorchOptions {
  readonly d: number
  readonly n: number
  readonly prefix?: string
  readonly layers?: number
  /** A module that reads from both ends: each layer is { forward, backward }. */
  readonly bidirectional?: boolean
}

const who = 'fromTorch'
const kinds = ['weight_ih', 'weight_hh', 'bias_ih', 'bias_hh'] as const

/** A module of a file: what its tensors are called, and its gates. */
interface Module {
  readonly cell: TorchCell
  readonly arrays: Arrays
  readonly prefix: string
  readonly gates: readonly Gate[]
  readonly d: number
  /** Made with bias=False: none of its biases is there. */
  readonly bare: boolean
}

/** After the names of a layer: _l0, _l0_reverse; nothing in an nn.LSTMCell, nn.GRUCell or nn.RNNCell. */
type Suffix = string

const suffixesOf = (l: number, cellular: boolean, both: boolean): readonly Suffix[] => {
  const own = cellular && l === 0 ? '' : `_l${l}`
  return both ? [own, `${own}_reverse`] : [own]
}

/** Why a name belongs to no layer asked for, and how the module is read. */
const reasons: readonly (readonly [pattern: RegExp, what: string, remedy: string])[] = [
  [/_reverse$/, 'belongs to a bidirectional module', 'Read it with bidirectional: true'],
  [/^weight_hr/, 'is a projection (proj_size), which nn.LSTM alone has', "Read the cell as 'lstm'"],
]

/** Names under the prefix that belong to no layer asked for. */
const checkNames = ({ arrays, prefix }: Module, wanted: readonly string[]): void => {
  const own = Object.keys(arrays).filter(name => name.startsWith(prefix) && !name.slice(prefix.length).includes('.'))
  const known = new Set(wanted)
  const extra = own.find(name => !known.has(name))
  if (extra === undefined) return
  const rest = extra.slice(prefix.length)
  const why = reasons.find(([pattern]) => pattern.test(rest))
  if (why) throw new KindError({ who, given: `'${extra}' ${why[1]}`, wanted: wanted.join(', '), remedy: why[2] })
  const layer = /^(?:weight|bias)_[ih][hr]_l(\d+)$/.exec(rest)?.[1]
  const remedy =
    layer === undefined ? didYouMean(extra, wanted) : `A stack is read with layers: ${Number(layer) + 1} or more`
  throw new NameError({
    who,
    given: `'${extra}'`,
    wanted: wanted.join(', '),
    remedy: remedy || 'Drop it, or rename it',
  })
}

const rows = ({ data }: Tensor, i: number, d: number, width: number): Float64Array =>
  data.slice(i * d * width, (i + 1) * d * width)

/** The projection of a layer, W_hr [p, d], or none: only an LSTM has one. */
const projectionAt = ({ cell, arrays, prefix, d }: Module, suffix: Suffix): Tensor | null =>
  cell === 'lstm' ? projectionOf(who, arrays, `${prefix}weight_hr${suffix}`, d) : null

/**
 * One direction of one layer. What it hears of the layer below may be projected there, and what it hears of itself here: h = W_hr m for
 * m = o ⊙ tanh c [d], so that W h = (W W_hr) m, and the layer is a plain LSTM whose output is m.
 */
const layerFrom = (module: Module, suffix: Suffix, n: number, below: readonly (Tensor | null)[]): Branch => {
  const { arrays, prefix, gates, d, bare } = module
  const own = projectionAt(module, suffix)
  const shapes = torchShapes(
    gates,
    d,
    below.reduce((sum, P) => sum - d + (P?.shape[0] ?? d), n),
  )
  const remedy = `'${module.cell}' has ${gates.length} gate${gates.length > 1 ? 's' : ''} of d = ${d} rows; with two biases, or none`
  const at = (name: (typeof kinds)[number], shape: Shape): Tensor =>
    bare && name.startsWith('bias') ? zeros(shape) : found(who, arrays, `${prefix}${name}${suffix}`, shape, remedy)
  const input = folded(at('weight_ih', shapes.weight_ih), below, d)
  const hidden = folded(at('weight_hh', [gates.length * d, own?.shape[0] ?? d]), [own], d)
  const [onInput, onHidden] = [at('bias_ih', shapes.bias_ih), at('bias_hh', shapes.bias_hh)]
  const weights = gates.map((_, i) => ({
    input: tensorOf([d, n], rows(input, i, d, n)),
    hidden: tensorOf([d, d], rows(hidden, i, d, d)),
    bias: rows(onInput, i, d, 1),
    recalled: rows(onHidden, i, d, 1),
  }))
  return cellOfGates(gates, weights)
}

interface FromTorch {
  /** A stack of one cell: layer1, layer2, …, each { forward, backward } where it reads from both ends. */
  (cell: TorchCell, arrays: Arrays, options: FromTorchOptions & { readonly layers: number }): Branch
  <K extends TorchCell>(
    cell: K,
    arrays: Arrays,
    options: FromTorchOptions & { readonly bidirectional: true },
  ): { readonly forward: TorchParams[K]; readonly backward: TorchParams[K] }
  <K extends TorchCell>(cell: K, arrays: Arrays, options: FromTorchOptions): TorchParams[K]
}

const moduleOf = (cell: TorchCell, arrays: Arrays, { d, prefix }: FromTorchOptions): Module => {
  const gates = wiring(who, cell)
  const under = prefix ?? prefixOf(who, arrays, ['weight_ih_l0', 'weight_ih'])
  const bare = !Object.keys(arrays).some(name => name.startsWith(`${under}bias_`))
  return { cell, arrays, prefix: under, gates, d, bare }
}

/**
 * A cell's parameters from a state_dict of nn.RNN (leaky at alpha = 1), nn.LSTM or nn.GRU (gruPytorch), or of nn.RNNCell, nn.LSTMCell or
 * nn.GRUCell, shapes as in `toTorch`; two biases become their sum but for gruPytorch's b_hn, biases left out (bias=False) are 0. With
 * `layers` a record layer1, layer2, … for `stacked`; with `bidirectional` a record { forward, backward }, the layers above the first
 * hearing [forward; backward], 2d numbers. The projection W_hr of an LSTM (proj_size) is multiplied into what hears it, which is the
 * same function: the readout is then read with `projections`. Tensors of other modules are passed over. Throws a KindError for
 * another cell or a module that is none here, a NameError for names missing or unknown, a ShapeError where d or n is another, a
 * DomainError for sizes that are no counts.
 */
export const fromTorch = ((cell: TorchCell, arrays: Arrays, options: FromTorchOptions): Branch => {
  requireNames(who, options, ['d', 'n', 'prefix', 'layers', 'bidirectional'])
  const { d, n, layers = 1, bidirectional: both = false } = options
  requireSizes(who, { d, n, layers })
  const module = moduleOf(cell, arrays, options)
  const cellular = Object.hasOwn(arrays, `${module.prefix}weight_ih`)
  const all = Array.from({ length: layers }, (_, l) => suffixesOf(l, cellular, both))
  const projections = all.map(suffixes => suffixes.map(suffix => projectionAt(module, suffix)))
  const projected = projections.flat().some(P => P !== null)
  const named = [...kinds, ...(projected ? ['weight_hr'] : [])]
  checkNames(
    module,
    all.flat().flatMap(suffix => named.map(name => `${module.prefix}${name}${suffix}`)),
  )
  const read = all.map((suffixes, l) => {
    const below = projections[l - 1] ?? []
    const [forward, backward] = suffixes.map(suffix => layerFrom(module, suffix, below.length * d || n, below))
    return both ? { forward, backward } : forward
  }) as readonly Branch[]
  if (options.layers === undefined) return read[0] as Branch
  return Object.fromEntries(read.map((θ, l) => [`layer${l + 1}`, θ]))
}) as FromTorch
