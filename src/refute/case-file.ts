/** A problem as a case file that `janus check` recomputes and `janus identify` reads. */
import { nested, type Tensor } from '../../ad/tensor.ts'
import type { Value } from '../../ad/value.ts'
import type { Theta } from '../../nets/network.ts'
import { lossOf, unroll } from '../../nets/run/unroll.ts'
import { gradient } from '../../nets/train/gradient.ts'
import type { Problem } from '../../proofs/arbitraries/problems.ts'
import { bptt } from '../../rules/bptt.ts'
import type { Found } from '../cases/compare.ts'
import { models } from '../cases/models/index.ts'
import { namedBy } from '../cases/models/places.ts'

/** The model of a case by the name of a cell, and the keys of its own. */
const modelOf: Readonly<Record<string, readonly [model: string, keys: object]>> = {
  leaky: ['leaky', { activation: 'tanh' }],
  membrane: ['leaky_membrane', {}],
  lstm: ['lstm', {}],
  gru: ['gru_standard', {}],
  'gru-pytorch': ['gru_pytorch', {}],
  lru: ['lru', {}],
  stack: ['stack', {}],
}

/** What a case says of another program's gradient. */
export interface Foreign {
  readonly grads: { readonly [name: string]: unknown }
  readonly dtype: 'f64' | 'f32'
  readonly source: string
}

/** What a file may say beside: what a rule was given, and what it learned. */
export type Beside = Readonly<Record<string, unknown>> & { readonly foreign?: Readonly<Record<string, unknown>> }

const nestedAll = (arrays: { readonly [name: string]: Found }): { readonly [name: string]: unknown } =>
  Object.fromEntries(Object.entries(arrays).map(([name, x]) => [name, nested(x as Tensor)]))

const row = (x: Value): unknown => nested(x as Tensor)

/** What a case is of: the name of its cell, its leak where it has one, and a name. */
export interface About {
  readonly id: string
  readonly cell: string
  readonly alpha?: number
  /** The layers of a stack of leaky cells, from the input on. */
  readonly layers?: readonly { readonly d: number; readonly alpha: number }[]
  readonly note: string
}

const sizesOf = ({ net, sequence }: Problem, layers: NonNullable<About['layers']>): object => {
  const { d, n, m } = net.sizes
  return { ...(layers.length > 0 ? { ds: layers.map(layer => layer.d) } : { d }), n, m, T: sequence.length }
}

const keysOf = (cell: string, alpha: number | undefined, layers: NonNullable<About['layers']>): object => ({
  ...(alpha !== undefined && 'leaky membrane'.includes(cell) && { alpha }),
  ...(layers.length > 0 && { alphas: layers.map(layer => layer.alpha), activations: layers.map(() => 'tanh') }),
})

/**
 * A problem of half the squared error as a case, with the exact loss and gradient expected, and the gradient of another rule as what
 * a foreign program found. Null where no model of cases is that cell.
 */
export const caseOf = (
  problem: Problem,
  { id, cell, alpha, layers = [], note }: About,
  foreign?: { readonly tree: Theta; readonly source: string },
  { foreign: learned, ...beside }: Beside = {},
): object | null => {
  const { net, θ, sequence } = problem
  const [model, keys] = modelOf[cell] ?? []
  if (model === undefined || models[model] === undefined) return null
  const { d, n, m } = net.sizes
  const places = models[model].places({ d, n, m, T: sequence.length, ds: layers.map(layer => layer.d) })
  const run = unroll(net)(θ, sequence)
  const grads = nestedAll(namedBy(places, gradient(bptt, net, { engine: 'eager' })(θ, sequence)))
  return {
    ...{ schema: 2, id, model, ...keys, ...keysOf(cell, alpha, layers) },
    sizes: sizesOf(problem, layers),
    ...{ output: 'identity', loss: 'half_mse', loss_weights: sequence.map(({ weight }) => row(weight)) },
    inputs: sequence.map(({ x }) => row(x)),
    targets: sequence.map(({ target }) => row(target)),
    params: nestedAll(namedBy(places, θ)),
    expected: { loss: row(lossOf(net, sequence, run)), grads },
    ...(foreign && {
      foreign: { grads: nestedAll(namedBy(places, foreign.tree)), ...learned, dtype: 'f64', source: foreign.source },
    }),
    ...beside,
    note,
  }
}
