import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import test, { type ExecutionContext } from 'ava'
import { JanusError } from '../../../ad/errors.ts'
import { concat } from '../../../ad/primitives/layout.ts'
import { type Nested, nested, ones, type Tensor, tensor, zeros } from '../../../ad/tensor.ts'
import type { Branch } from '../../../ad/tree.ts'
import type { Value } from '../../../ad/value.ts'
import type { Cell } from '../../../nets/cells/cell.ts'
import { gru, gruPytorch } from '../../../nets/cells/gru.ts'
import { leaky } from '../../../nets/cells/leaky.ts'
import { lstm } from '../../../nets/cells/lstm.ts'
import { logits, type ReadoutParams } from '../../../nets/network.ts'
import {
  type Arrays,
  fromFlax,
  fromKeras,
  fromTorch,
  type KerasCell,
  readoutFromDense,
  readoutFromTorch,
  type TorchCell,
  toTorch,
} from '../../../src/weights/index.ts'
import { root } from '../../root.ts'

type AnyCell = Cell<Branch, Branch>
const cells = { leaky: leaky(), lstm: lstm(), gru: gru(), gruPytorch: gruPytorch() } as unknown as {
  readonly [K in KerasCell]: AnyCell
}

type Numbers = { readonly [name: string]: Nested }
type Rows = readonly (readonly number[])[]
interface Module {
  readonly cell: KerasCell
  readonly weights: Numbers
}
interface FromLibrary extends Module {
  readonly library: string
  readonly module: string
  readonly h: Rows
}
interface OfTorch extends Module {
  readonly cell: TorchCell
  readonly d: number
  readonly n: number
  readonly layers: number
  readonly bidirectional: boolean
  readonly projected: boolean
  readonly xs: Rows
  readonly y: Rows
}
interface File<M> {
  readonly xs: Rows
  readonly modules: readonly M[]
}
const read = <M>(name: string): File<M> =>
  JSON.parse(readFileSync(join(root, 'test', 'src', 'weights', name), 'utf8')) as File<M>
const arraysOf = (weights: Numbers): Arrays =>
  Object.fromEntries(Object.entries(weights).map(([name, values]) => [name, tensor(values)]))

const largestDifference = (a: Rows, b: Rows): number =>
  Math.max(...a.flatMap((row, t) => row.map((x, i) => Math.abs(x - (b[t]?.[i] ?? Number.NaN)))))
const refused = (t: ExecutionContext, make: () => unknown, name: string, ...says: readonly RegExp[]): void => {
  const error = t.throws(make, { instanceOf: JanusError })
  t.is(error?.name, name, error?.message)
  for (const pattern of says) t.regex(error?.message ?? '', pattern)
}

/** What a cell says of some inputs, step by step. */
const outputsOf = (cell: AnyCell, θ: Branch, d: number, xs: readonly Value[]): readonly Value[] => {
  let state = cell.start(cell.zeroState({ d, n: 1, m: 1 }))
  return xs.map(x => {
    state = cell.step(θ, state, x)
    return cell.output(θ, state, x)
  })
}
const rowsOf = (values: readonly Value[]): Rows => values.map(value => [...(value as Tensor).data])

const libraries = read<FromLibrary>('keras-flax.json')
// Keras adds in single precision, whatever the policy
for (const { library, module, cell, weights, h } of libraries.modules)
  test(`a ${module} of ${library} computes what ${cell} computes with its weights`, t => {
    const from = library === 'keras' ? fromKeras : fromFlax
    const [arrays, sizes] = [arraysOf(weights), { d: 2, n: 3 }]
    const xs = libraries.xs.map(x => tensor(x))
    for (const given of [arrays, renamed(arrays, name => `net.${name.replaceAll('/', '.')}`)]) {
      const θ = from(cell as TorchCell, given, sizes) as Branch
      t.true(largestDifference(rowsOf(outputsOf(cells[cell], θ, 2, xs)), h) < (library === 'keras' ? 1e-6 : 1e-14))
    }
  })

const renamed = (arrays: Arrays, name: (old: string) => string): Arrays =>
  Object.fromEntries(Object.entries(arrays).map(([old, value]) => [name(old), value]))
const moduleOf = (library: string, module: string): Arrays =>
  arraysOf(libraries.modules.find(one => one.library === library && one.module === module)?.weights ?? {})

test('one of several layers of Keras or Flax is named by its path, with or without the slash, the :0 of TensorFlow or .value', t => {
  const arrays = moduleOf('keras', 'lstm')
  const two = {
    ...renamed(arrays, name => `a/${name}:0`),
    ...renamed(moduleOf('keras', 'gru'), name => `b/${name}`),
  }
  const sizes = { d: 2, n: 3 }
  const wanted = fromKeras('lstm', arrays, sizes)
  for (const prefix of ['a/lstm/lstm_cell', 'a/lstm/lstm_cell/', 'a.lstm.lstm_cell.'])
    t.deepEqual(fromKeras('lstm', two, { ...sizes, prefix }), wanted)
  refused(t, () => fromKeras('lstm', two, sizes), 'NameError', /modules under 'a\/lstm\/lstm_cell\/' and 'b\//)
  const states = renamed(moduleOf('flax nnx', 'lstm'), name => `rnn.cell.${name}.value`)
  t.deepEqual(fromFlax('lstm', states, sizes), fromFlax('lstm', moduleOf('flax nnx', 'lstm'), sizes))
})

test('biases that a layer does not have are 0, and a Dense layer is a readout turned', t => {
  const { 'lstm/lstm_cell/bias': _, ...bare } = moduleOf('keras', 'lstm')
  t.deepEqual(nested(fromKeras('lstm', bare, { d: 2, n: 3 }).b_f as Tensor), [0, 0])
  const dense = {
    'readout/kernel': tensor([
      [1, 2, 3],
      [4, 5, 6],
    ]),
    'readout.bias': tensor([7, 8, 9]),
  }
  const { W_out, b_out } = readoutFromDense(dense, { d: 2, m: 3 })
  t.deepEqual(
    [nested(W_out), nested(b_out)],
    [
      [
        [1, 4],
        [2, 5],
        [3, 6],
      ],
      [7, 8, 9],
    ],
  )
})

test('layouts of Keras and Flax that do not fit are refused by name', t => {
  const sizes = { d: 2, n: 3 }
  refused(
    t,
    () => fromKeras('gru', moduleOf('keras', 'gruPytorch'), sizes),
    'KindError',
    /two rows of biases/,
    /reset_after=True/,
  )
  refused(
    t,
    () => fromKeras('gruPytorch', moduleOf('keras', 'gru'), sizes),
    'KindError',
    /one row of biases/,
    /reset_after=False/,
  )
  refused(
    t,
    () => fromKeras('lstm', moduleOf('keras', 'gru'), sizes),
    'ShapeError',
    /kernel' is \[3, 6\]; wanted \[3, 8\]/,
  )
  refused(t, () => fromKeras('lstm', moduleOf('keras', 'lstm'), { d: 2, n: 4 }), 'ShapeError', /wanted \[4, 8\]/)
  refused(t, () => fromKeras('lsmt' as never, {}, sizes), 'NameError', /Did you mean 'lstm'/)
  refused(t, () => fromKeras('lstm', {}, sizes), 'NameError', /'recurrent_kernel', whatever stands before it/)
  refused(t, () => fromKeras('lstm', {}, { ...sizes, d: 0 }), 'DomainError', /d = 0/)
  refused(t, () => fromKeras('lstm', {}, { ...sizes, layers: 2 } as never), 'NameError', /an option layers/)
  refused(t, () => fromFlax('gru' as never, {}, sizes), 'NameError', /wanted leaky, lstm, gruPytorch/)
  const { 'params/if/kernel': _, ...cut } = moduleOf('flax linen', 'lstm')
  refused(t, () => fromFlax('lstm', cut, sizes), 'NameError', /wanted 'params\/if\/kernel' \[3, 2\]/)
  refused(
    t,
    () => fromFlax('lstm', moduleOf('flax nnx', 'gruPytorch'), sizes),
    'ShapeError',
    /'dense_i\/kernel' is \[3, 6\]; wanted \[3, 8\]/,
  )
})

/** A stack of layers, each of one direction or of both, with its readout: what it says. */
const outputsWith = (cell: AnyCell, θs: readonly Branch[], d: number, xs: Rows, readout: ReadoutParams): Rows => {
  let now: readonly Value[] = xs.map(x => tensor(x))
  for (const θ of θs) {
    const { forward, backward } = θ as { readonly forward?: Branch; readonly backward?: Branch }
    const left = outputsOf(cell, forward ?? θ, d, now)
    const right = backward ? outputsOf(cell, backward, d, now.toReversed()).toReversed() : undefined
    now = right ? left.map((h, t) => concat([h, right[t] as Value])) : left
  }
  const seen = { output: (_: Branch, h: { readonly h: Value }) => h.h } as unknown as AnyCell
  return rowsOf(now.map(h => logits({ cell: seen } as never, { cell: {}, readout }, { h } as never, h)))
}

const torch = read<OfTorch>('torch.json')
const layersOf = ({ cell, d, n, layers, bidirectional }: OfTorch, arrays: Arrays): readonly Branch[] => {
  const θ = fromTorch(cell, arrays, { d, n, layers, bidirectional })
  return Array.from({ length: layers }, (_, l) => θ[`layer${l + 1}`] as Branch)
}
const readoutOf = ({ d, layers, bidirectional, projected }: OfTorch, arrays: Arrays) => {
  const top = `weight_hr_l${layers - 1}`
  const projections = [top, ...(bidirectional ? [`${top}_reverse`] : [])]
  return readoutFromTorch(arrays, { d: d * projections.length, m: 1, ...(projected && { projections }) })
}
const kinds = (one: OfTorch): string =>
  [
    ...(one.bidirectional ? ['from both ends'] : []),
    ...(one.layers > 1 ? [`${one.layers} deep`] : []),
    ...(one.projected ? ['projected'] : []),
    ...('weight_ih' in one.weights ? ['a cell by itself'] : []),
    ...(Object.keys(one.weights).some(name => name.startsWith('bias')) ? [] : ['without biases']),
  ].join(', ')

for (const one of torch.modules)
  test(`PyTorch's equations say what ${one.cell} says with a state_dict: ${kinds(one)}`, t => {
    const arrays = arraysOf(one.weights)
    const θs = layersOf(one, arrays)
    t.true(largestDifference(outputsWith(cells[one.cell], θs, one.d, one.xs, readoutOf(one, arrays)), one.y) < 1e-14)
    if (one.layers > 1) return
    const single = fromTorch(one.cell, arrays, { d: one.d, n: one.n, bidirectional: one.bidirectional }) as Branch
    t.deepEqual(single, θs[0])
  })

test('layers that read from both ends go to the names of PyTorch and come back the same', t => {
  for (const one of torch.modules.filter(({ bidirectional, projected }) => bidirectional && !projected)) {
    const arrays = arraysOf(one.weights)
    const { layers, d, n, cell } = one
    const options = { d, n, layers, bidirectional: true }
    const θ = fromTorch(cell, arrays, options)
    const there = toTorch(cell, θ, { prefix: 'rnn.' })
    t.deepEqual(there[`rnn.weight_ih_l${layers - 1}_reverse`], arrays[`weight_ih_l${layers - 1}_reverse`])
    t.deepEqual(fromTorch(cell, there, options), θ)
    if (layers === 1) t.deepEqual(toTorch(cell, θ.layer1 as Branch, { prefix: 'rnn.' }), there)
  }
})

test('modules of PyTorch that are asked for otherwise than they are, are refused with what to do', t => {
  const of = (says: string): OfTorch => torch.modules.find(one => one.cell === 'lstm' && kinds(one) === says) as OfTorch
  const both = arraysOf(of('from both ends').weights)
  const sizes = { d: 2, n: 2 }
  refused(
    t,
    () => fromTorch('lstm', both, sizes),
    'KindError',
    /belongs to a bidirectional module.*Read it with bidirectional: true/,
  )
  const alone = arraysOf(of('a cell by itself').weights)
  refused(t, () => fromTorch('lstm', alone, { ...sizes, bidirectional: true }), 'NameError', /'weight_ih_reverse'/)
  refused(t, () => fromTorch('lstm', alone, { ...sizes, layers: 2 }), 'NameError', /'weight_ih_l1'/)
  refused(
    t,
    () => fromTorch('lstm', alone, { ...sizes, bidirectonal: true } as never),
    'NameError',
    /Did you mean bidirectional/,
  )
  const projected = arraysOf(of('projected').weights)
  refused(
    t,
    () => fromTorch('lstm', { ...projected, weight_hr_l0: ones([1, 3]) }, sizes),
    'ShapeError',
    /'weight_hr_l0' is \[1, 3\]; wanted \[p, 2\]/,
  )
  refused(
    t,
    () => readoutFromTorch(projected, { d: 2, m: 1 }),
    'ShapeError',
    /'readout.weight' is \[1, 1\].*projections/,
  )
  refused(
    t,
    () => readoutFromTorch(projected, { d: 2, m: 1, projections: ['weight_hr_l1'] }),
    'NameError',
    /'weight_hr_l1'/,
  )
  refused(
    t,
    () =>
      fromTorch(
        'leaky',
        { weight_ih_l0: zeros([2, 2]), weight_hh_l0: zeros([2, 2]), weight_hr_l0: zeros([1, 2]) },
        sizes,
      ),
    'KindError',
    /proj_size.*'lstm'/,
  )
})
