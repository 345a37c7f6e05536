/** Parameters from PyTorch's names. */
import { KindError, NameError } from '../../ad/errors.ts'
import { requireCount } from '../../ad/require.ts'
import { type Tensor, tensorOf } from '../../ad/tensor.ts'
import type { Branch } from '../../ad/tree.ts'
import type { Arrays } from './dtype.ts'
import { found, type Gate, guess, type TorchCell, type TorchParams, torchShapes, wiring } from './gates.ts'

/** What is read: d units, n inputs; `prefix` where a file has several modules; `layers` where it is a stack. */
export interface FromTorchOptions {
  readonly d: number
  readonly n: number
  readonly prefix?: string
  readonly layers?: number
}

const who = 'fromTorch'
const anchor = 'weight_ih_l0'

/** The prefix under which the arrays have the one recurrent module. Throws a NameError where there is none, or several. */
const prefixOf = (arrays: Arrays): string => {
  const names = Object.keys(arrays)
  const prefixes = names.filter(name => name.endsWith(anchor)).map(name => name.slice(0, -anchor.length))
  const [prefix] = prefixes
  if (prefixes.length === 1 && prefix !== undefined) return prefix
  const shown = prefixes.map(each => `'${each}'`).join(' and ')
  throw new NameError({
    who,
    given: prefixes.length > 1 ? `modules under ${shown}` : `only ${names.join(', ') || 'no tensors'}`,
    wanted: prefixes.length > 1 ? 'one of them' : `'${anchor}', whatever stands before it`,
    remedy: (prefixes.length === 0 && guess(anchor, names)) || 'Give the prefix of the module',
  })
}

const reasons: readonly (readonly [RegExp, string])[] = [
  [/_reverse$/, 'belongs to a bidirectional module'],
  [/^weight_hr_l\d+$/, 'belongs to an LSTM with a projection (proj_size)'],
]

/** Names under the prefix that belong to no layer asked for. */
const checkNames = (arrays: Arrays, prefix: string, wanted: readonly string[]): void => {
  const own = Object.keys(arrays).filter(name => name.startsWith(prefix) && !name.slice(prefix.length).includes('.'))
  const extra = own.find(name => !wanted.includes(name))
  if (extra === undefined) return
  const rest = extra.slice(prefix.length)
  const why = reasons.find(([pattern]) => pattern.test(rest))?.[1]
  if (why)
    throw new KindError({ who, given: `'${extra}' ${why}`, wanted: wanted.join(', '), remedy: 'No cell here is that' })
  const layer = /^(?:weight|bias)_[ih]h_l(\d+)$/.exec(rest)?.[1]
  const remedy =
    layer === undefined ? guess(extra, wanted) : `A stack is read with layers: ${Number(layer) + 1} or more`
  throw new NameError({
    who,
    given: `'${extra}'`,
    wanted: wanted.join(', '),
    remedy: remedy || 'Drop it, or rename it',
  })
}

interface Module {
  readonly arrays: Arrays
  readonly prefix: string
  readonly gates: readonly Gate[]
  readonly remedy: string
}

const layerFrom = ({ arrays, prefix, gates, remedy }: Module, l: number, d: number, n: number): Branch => {
  const shapes = torchShapes(gates, d, n)
  const at = (name: keyof typeof shapes): Tensor => found(who, arrays, `${prefix}${name}_l${l}`, shapes[name], remedy)
  const [input, hidden, heard, recalled] = [at('weight_ih'), at('weight_hh'), at('bias_ih'), at('bias_hh')]
  const rows = ({ data }: Tensor, i: number, width: number): Float64Array =>
    data.slice(i * d * width, (i + 1) * d * width)
  const each = gates.map((gate, i): Branch => {
    const [ours, theirs] = [rows(heard, i, 1), rows(recalled, i, 1)]
    return {
      [gate.hidden]: tensorOf([d, d], rows(hidden, i, d)),
      [gate.input]: tensorOf([d, n], rows(input, i, n)),
      [gate.bias]: tensorOf([d], gate.recalled ? ours : ours.map((b, j) => b + (theirs[j] as number))),
      ...(gate.recalled && { [gate.recalled]: tensorOf([d], theirs) }),
    }
  })
  return Object.assign({}, ...each)
}

interface FromTorch {
  /** A stack of one cell: layer1, layer2, … */
  (cell: TorchCell, arrays: Arrays, options: FromTorchOptions & { readonly layers: number }): Branch
  <K extends TorchCell>(cell: K, arrays: Arrays, options: FromTorchOptions): TorchParams[K]
}

const remedyOf = (cell: string, count: number, d: number): string =>
  `'${cell}' has ${count} gate${count > 1 ? 's' : ''} of d = ${d} rows; a module made with bias=False needs zeros for its biases`

/**
 * A cell's parameters from a state_dict of nn.RNN (leaky at alpha = 1), nn.LSTM or nn.GRU (gruPytorch), shapes as in `toTorch`;
 * two biases become their sum but for gruPytorch's b_hn. With `layers` a record layer1, layer2, … for `stacked`. Tensors
 * of other modules are passed over. Throws a KindError for another cell or a module that is none here, a NameError for names
 * missing or unknown, a ShapeError where d or n is another, a DomainError for sizes that are no counts.
 */
export const fromTorch = ((cell: TorchCell, arrays: Arrays, options: FromTorchOptions): Branch => {
  const gates = wiring(who, cell)
  const { d, n, layers = 1, prefix = prefixOf(arrays) } = options
  for (const [name, size] of Object.entries({ d, n, layers }))
    requireCount(who, `${name} = ${size}`, size, 'd counts the units, n the inputs, layers the layers')
  const module = { arrays, prefix, gates, remedy: remedyOf(cell, gates.length, d) }
  const kinds = Object.keys(torchShapes(gates, d, n))
  const all = Array.from({ length: layers }, (_, l) => kinds.map(kind => `${prefix}${kind}_l${l}`))
  checkNames(arrays, prefix, all.flat())
  const read = all.map((_, l) => layerFrom(module, l, d, l === 0 ? n : d))
  if (options.layers === undefined) return read[0] as Branch
  return Object.fromEntries(read.map((θ, l) => [`layer${l + 1}`, θ]))
}) as FromTorch
