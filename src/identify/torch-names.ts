/** The names of PyTorch's recurrent modules and cells, and of a Linear readout, as those of a case: gates apart, two biases one. */
import { DomainError } from '../../ad/errors.ts'
import { type Gate, wirings } from '../weights/gates.ts'

type Json = Readonly<Record<string, unknown>>
type Rows = readonly unknown[]

/** The gates of a model of cases, in PyTorch's order; a recurrent layer of PyTorch is leaky with α = 1. */
const gatesOf: Readonly<Record<string, readonly Gate[]>> = {
  leaky: wirings.leaky,
  stack: wirings.leaky,
  lstm: wirings.lstm,
  gru_pytorch: wirings.gruPytorch,
}

const recurrent = /^(weight|bias)_(ih|hh)(?:_l(\d+))?$/

/** What a tensor of a module is called: of nn.RNN weight_ih_l0, of nn.RNNCell weight_ih. */
interface Place {
  readonly kind: 'weight' | 'bias'
  readonly of: 'ih' | 'hh'
  readonly layer: number
}

const placeOf = (name: string): Place | null => {
  const [, kind, of, layer = '0'] = recurrent.exec(name) ?? []
  return kind === undefined ? null : { kind: kind as Place['kind'], of: of as Place['of'], layer: Number(layer) }
}

/** The rows of each gate of [gates d, …]. Throws a DomainError where the rows are not as many for each. */
const split = (name: string, rows: Rows, gates: readonly Gate[]): readonly Rows[] => {
  const d = rows.length / gates.length
  if (Number.isInteger(d)) return gates.map((_, i) => rows.slice(i * d, (i + 1) * d))
  throw new DomainError({
    who: 'identify',
    given: `${name} of ${rows.length} rows`,
    wanted: `${gates.length} gates of d rows`,
    remedy: 'Match model: leaky is nn.RNN, lstm nn.LSTM, gru_pytorch nn.GRU',
  })
}

const added = (a: Rows, b: Rows | undefined): Rows => a.map((x, i) => (x as number) + ((b?.[i] ?? 0) as number))

/** A layer's biases: of parameters their sum; of gradients either, as both are the same; a gate that has both keeps both. */
const biases = (gate: Gate, ih: Rows | undefined, hh: Rows | undefined, isGradient: boolean): Json => {
  if (gate.recalled) return { ...(ih && { [gate.bias]: ih }), ...(hh && { [gate.recalled]: hh }) }
  const own = ih ?? hh
  return own ? { [gate.bias]: isGradient || !ih ? own : added(own, hh) } : {}
}

const layerOf = (tensors: Readonly<Record<string, Rows>>, gates: readonly Gate[], isGradient: boolean): Json => {
  const parts = Object.fromEntries(Object.entries(tensors).map(([name, rows]) => [name, split(name, rows, gates)]))
  const each = gates.map((gate, i): Json => {
    const [input, hidden] = [parts.weight_ih?.[i], parts.weight_hh?.[i]]
    return {
      ...(hidden && { [gate.hidden]: hidden }),
      ...(input && { [gate.input]: input }),
      ...biases(gate, parts.bias_ih?.[i], parts.bias_hh?.[i], isGradient),
    }
  })
  return Object.assign({}, ...each)
}

/** Names without the modules before them: rnn.weight_hh_l0 is weight_hh_l0. */
const flat = (tree: Json): Json =>
  Object.fromEntries(
    Object.entries(tree).flatMap(([name, x]) => {
      const own = name.split('.').at(-1) as string
      return x === null || Array.isArray(x) || typeof x !== 'object' ? [[own, x]] : Object.entries(flat(x as Json))
    }),
  )

const readout: Readonly<Record<string, string>> = { weight: 'W_out', bias: 'b_out' }

/** A group of parameters or gradients with the names of a case; what has none of PyTorch's is left as it is. */
export const named = (model: string, group: unknown, isGradient: boolean): unknown => {
  if (typeof group !== 'object' || group === null) return group
  const [gates, all] = [gatesOf[model], flat(group as Json)]
  const rest = Object.entries(all).filter(([name]) => !placeOf(name))
  const layers: Record<string, Rows>[] = []
  for (const [name, rows] of Object.entries(all)) {
    const place = placeOf(name)
    if (!place || !gates) continue
    layers[place.layer] = { ...layers[place.layer], [`${place.kind}_${place.of}`]: rows as Rows }
  }
  const found = layers.map((tensors, l) => {
    const layer = Object.entries(layerOf(tensors, gates as readonly Gate[], isGradient))
    return Object.fromEntries(layer.map(([name, x]) => [model === 'stack' ? `${name}_${l + 1}` : name, x]))
  })
  return Object.assign({}, ...found, Object.fromEntries(rest.map(([name, x]) => [readout[name] ?? name, x])))
}

/** Whether a group has names of PyTorch. */
export const isTorch = (group: unknown): boolean =>
  typeof group === 'object' && group !== null && Object.keys(flat(group as Json)).some(name => placeOf(name) !== null)

const zeros = (n: number): readonly number[] => Array.from({ length: n }, () => 0)

/** The starts that PyTorch leaves out, which are 0 there, by the widths of the layers. */
export const starts = (model: string, ds: readonly number[]): Json => {
  if (model === 'stack') return Object.fromEntries(ds.map((d, l) => [`h0_${l + 1}`, zeros(d)]))
  const h0 = zeros(ds[0] ?? 0)
  return { h0, ...(model === 'lstm' && { c0: h0 }) }
}

/** The widths of the layers of a module. */
export const widths = (group: unknown): readonly number[] => {
  const all = flat(group as Json)
  return Object.entries(all).flatMap(([name, rows]) => {
    const place = placeOf(name)
    return place?.kind === 'weight' && place.of === 'hh' ? [((rows as Rows)[0] as Rows).length] : []
  })
}
