/** Parameters from the layout of Keras: kernel [n, G·d], recurrent_kernel [d, G·d], bias [G·d], gates in columns. */
import { KindError } from '../../ad/errors.ts'
import { slice, transpose } from '../../ad/primitives/layout.ts'
import { type Tensor, zeros } from '../../ad/tensor.ts'
import type { gru } from '../../nets/cells/gru.ts'
import type { Arrays } from './dtype.ts'
import { cellOfGates, found, type Gate, type GateWeights, gate, type TorchParams, wirings } from './gates.ts'
import { type LayoutOptions, layerIn } from './modules.ts'

/** The parameters of the cells that Keras has: SimpleRNN, LSTM, GRU with reset_after=False and =True, its default. */
export interface KerasParams extends TorchParams {
  readonly gru: ReturnType<ReturnType<typeof gru>['params']>
}

/** A cell that Keras has too. */
export type KerasCell = keyof KerasParams

const who = 'fromKeras'

/** Gates in the order of Keras: i, f, c, o of an LSTM, its c our g; z, r, h of a GRU, its h our n. */
const orders: { readonly [K in KerasCell]: readonly Gate[] } = {
  leaky: wirings.leaky,
  lstm: wirings.lstm,
  gru: [...'zrn'].map(gate),
  gruPytorch: [gate('z'), gate('r'), { ...gate('n'), recalled: 'b_hn' }],
}

/** The input's and the hidden bias, [G·d] each: one row is the input's, two are both, none is 0. */
const biasesOf = (arrays: Arrays, name: string, cell: KerasCell, size: number): readonly [Tensor, Tensor] => {
  const nothing = zeros([size])
  if (!Object.hasOwn(arrays, name)) return [nothing, nothing]
  const two = arrays[name]?.shape.length === 2
  if (cell.startsWith('gru') && two !== (cell === 'gruPytorch'))
    throw new KindError({
      who,
      given: `'${name}' has ${two ? 'two rows' : 'one row'} of biases, for '${cell}'`,
      wanted: two ? "'gruPytorch', a GRU with reset_after=True" : "'gru', a GRU with reset_after=False",
      remedy: 'Read it as that cell: the two compute n differently',
    })
  if (!two) return [found(who, arrays, name, [size], 'Give the d of the layer'), nothing]
  const both = found(who, arrays, name, [2, size], 'Give the d of the layer')
  const row = (i: number): Tensor => ({ ...nothing, data: both.data.slice(i * size, (i + 1) * size) })
  return [row(0), row(1)]
}

type FromKeras = <K extends KerasCell>(cell: K, arrays: Arrays, options: LayoutOptions) => KerasParams[K]

/**
 * A cell's parameters from a layer of Keras 2 or 3: SimpleRNN (leaky at alpha = 1), LSTM, GRU with reset_after=True, the default
 * (gruPytorch) or =False (gru), at its standard activations, recurrent_activation='sigmoid'. Names are paths that end in kernel,
 * recurrent_kernel and bias, a bias left out (use_bias=False) is 0. Throws a KindError for the other of the two GRUs, a NameError
 * for another cell and for names missing, a ShapeError where d or n is another, a DomainError for sizes that are no counts.
 */
export const fromKeras = ((cell: KerasCell, given: Arrays, options: LayoutOptions) => {
  const { arrays, gates, d, n, prefix } = layerIn(who, orders, [cell, given, options], () => ['recurrent_kernel'])
  const size = gates.length * d
  const remedy = `'${cell}' has ${gates.length} gate${gates.length > 1 ? 's' : ''} of d = ${d} columns`
  const kernel = found(who, arrays, `${prefix}kernel`, [n, size], remedy)
  const recurrent = found(who, arrays, `${prefix}recurrent_kernel`, [d, size], remedy)
  const [onInput, onHidden] = biasesOf(arrays, `${prefix}bias`, cell, size)
  const columns = (x: Tensor, i: number): Tensor => transpose(slice(x, i * d, (i + 1) * d, 1)) as Tensor
  const weights = gates.map(
    (_, i): GateWeights => ({
      input: columns(kernel, i),
      hidden: columns(recurrent, i),
      bias: onInput.data.slice(i * d, (i + 1) * d),
      recalled: onHidden.data.slice(i * d, (i + 1) * d),
    }),
  )
  return cellOfGates(gates, weights)
}) as unknown as FromKeras
