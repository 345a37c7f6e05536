/** What programs are lowered to, kernels and loops by their names; and their numbers, which are those of the eager engine. */
import test from 'ava'
import { compile } from '../../../ad/compiler/compile.ts'
import { lower } from '../../../ad/compiler/lower.ts'
import { trace } from '../../../ad/modes/trace.ts'
import { matmul } from '../../../ad/primitives/contraction.ts'
import { add, exp, mul, neg, tanh } from '../../../ad/primitives/elementwise.ts'
import { broadcastTo, concat, reshape, slice, sum, transpose } from '../../../ad/primitives/layout.ts'
import { logsumexp, softmax } from '../../../ad/primitives/reduction.ts'
import { leadingEigenvectors } from '../../../ad/primitives/spectral.ts'
import { full, type Shape, sizeOf, type Tensor, tensor, tensorOf } from '../../../ad/tensor.ts'
import type { Value } from '../../../ad/value.ts'

type Program = (...inputs: Value[]) => Value | readonly Value[]
const outputsOf = (f: Program, inputs: readonly Value[]): readonly Value[] => [f(...inputs)].flat()

const operations = (f: Program, shapes: readonly Shape[]): string => {
  const graph = trace(inputs => outputsOf(f, inputs), shapes)
  const here = (port: number) => ({ port, frame: 'here' as const })
  const stage = {
    graph,
    reads: shapes.map((_, i) => here(i)),
    writes: graph.outputs.map((_, i) => here(shapes.length + i)),
  }
  return lower(stage)
    .map(one =>
      one.kind === 'call' ? one.kernel : one.kind === 'loop' ? one.lanes.map(({ name }) => name).join() : 'host',
    )
    .join(' ')
}

const numbers = (shape: Shape, by: number): Tensor =>
  tensorOf(
    shape,
    Float64Array.from({ length: sizeOf(shape) }, (_, i) => (((i * by) % 11) - 4) / 8),
  )

const tried: Readonly<Record<string, readonly [f: Program, shapes: readonly Shape[], wanted: string]>> = {
  'rows that are repeated': [(x, y) => add(x!, y!), [[2, 3], [3]], 'add'],
  'columns that are repeated': [
    (x, y) => add(x!, y!),
    [
      [2, 3],
      [2, 1],
    ],
    'add',
  ],
  'columns and rows repeated': [(x, y) => add(x!, y!), [[2, 1], [3]], 'add'],
  'a repeated axis between two': [
    (x, y) => add(x!, y!),
    [
      [2, 3, 4],
      [2, 1, 4],
    ],
    'move add',
  ],
  'axes that are one': [(x, y) => add(x!, y!), [[2, 3, 4], [4]], 'add'],
  'a matrix turned over': [
    (x, y) => add(x!, transpose(y!)),
    [
      [2, 3],
      [3, 2],
    ],
    'move add',
  ],
  'columns of a wider matrix': [
    (x, y) => add(slice(x!, 1, 4, -1), y!),
    [
      [2, 5],
      [2, 3],
    ],
    'add',
  ],
  'steps of one size': [(x, y) => neg(mul(add(x!, y!), x!)), [[3], [3]], 'add,mul,neg'],
  'steps of two sizes': [(x, y) => [neg(x!), neg(y!)], [[3], [4]], 'neg neg'],
  'steps of rows and columns with steps of rows': [(x, y) => neg(add(neg(x!), y!)), [[2, 3], [3]], 'neg,add,neg'],
  'a step that a kernel stands between': [x => mul(neg(x!), tanh(neg(x!))), [[3]], 'neg tanh mul'],
  'equal numbers': [x => add(mul(x!, 2), full([3], 0.5)), [[3]], 'mul,add'],
  'the sum of all': [x => sum(x!), [[2, 3]], 'total'],
  'the sum of rows': [x => sum(x!, [-2]), [[2, 3]], 'sumRows'],
  'the sum of columns': [x => sum(x!, [-1]), [[2, 3]], 'move move'],
  'the sum of the axis between two': [x => sum(x!, [-2]), [[2, 3, 2]], 'move move'],
  'the sum of the first two axes': [x => sum(x!, [-3, -2]), [[2, 3, 2]], 'sumRows'],
  'the sum of one row': [x => tanh(sum(x!, [-2])), [[1, 3]], 'tanh'],
  'the sum of one column of a matrix turned over': [x => tanh(sum(transpose(x!), [-1])), [[1, 3]], 'tanh'],
  'softmax of rows': [x => softmax(x!, [-1]), [[2, 3]], 'softmax'],
  'softmax of columns': [x => softmax(x!, [-2]), [[2, 3]], 'host'],
  'softmax of all': [x => softmax(x!, [-2, -1]), [[2, 3]], 'host'],
  'logsumexp of rows': [x => logsumexp(x!, [-1]), [[2, 3]], 'logsumexp'],
  'values that are joined as they are made': [(x, y) => concat([tanh(x!), exp(y!)], -1), [[2], [3]], 'tanh exp'],
  'values that are joined and given on their own': [
    x => {
      const a = tanh(x!)
      return [a, concat([a, a], -1)]
    },
    [[2]],
    'tanh move move',
  ],
  'columns that are joined': [
    (x, y) => concat([tanh(x!), exp(y!)], -1),
    [
      [2, 2],
      [2, 3],
    ],
    'tanh exp move move',
  ],
  'inputs that are joined': [(x, y) => concat([x!, y!], -1), [[2], [3]], 'move move'],
  'an input as it is': [x => x!, [[3]], 'move'],
  'a value twice': [
    x => {
      const a = tanh(x!)
      return [a, a]
    },
    [[3]],
    'tanh move',
  ],
  'a value and a part of it': [
    x => {
      const a = tanh(x!)
      return [a, slice(a, 1, 3, -1)]
    },
    [[4]],
    'tanh move',
  ],
  'a value in another shape': [x => reshape(tanh(x!), [4]), [[2, 2]], 'tanh'],
  'a value turned over': [x => transpose(tanh(x!)), [[2, 3]], 'tanh move'],
  'a value that is repeated': [x => broadcastTo(tanh(x!), [2, 3]), [[3]], 'tanh move'],
  'a constant': [() => tensor([1, 2, 3]), [], 'move'],
  'a matrix turned over, in another shape, twice': [
    x => [tanh(reshape(transpose(x!), [6])), exp(reshape(transpose(x!), [6]))],
    [[2, 3]],
    'move tanh exp',
  ],
  'nothing, in whatever way': [
    (x, y) => [tanh(x!), sum(y!, [-2]), concat([x!, x!], 0), transpose(y!), matmul(y!, y!)],
    [[0], [0, 0]],
    '',
  ],
  'a product of a matrix turned over': [
    (a, b) => matmul(transpose(a!), b!),
    [
      [3, 2],
      [3, 4],
    ],
    'gemm',
  ],
}

for (const [what, [f, shapes, wanted]] of Object.entries(tried))
  test(`${what}: ${wanted}`, t => {
    const inputs = shapes.map((shape, i) => numbers(shape, i + 3))
    const found = compile((...given: Value[]) => outputsOf(f, given), 'compiled-wasm')(...inputs) as readonly Tensor[]
    for (const [i, out] of (outputsOf(f, inputs) as readonly Tensor[]).entries())
      t.true(
        out.data.every((x, k) => Math.abs(x - found[i]!.data[k]!) < 1e-15),
        `output ${i}`,
      )
    t.is(operations(f, shapes), wanted)
  })

test('leading eigenvectors are found by a kernel where its memory holds the matrix, one matrix after the other', t => {
  const of = (count: number, ...shape: readonly number[]): string =>
    operations(x => leadingEigenvectors(x!, count), [shape])
  for (const n of [1, 2, 8, 101]) t.is(of(1, n, n), 'leadingEigenvectors')
  t.is(of(1, 102, 102), 'host')
  t.is(of(2, 2, 3, 101, 101), 'leadingEigenvectors')
  t.is(of(2, 2, 3, 102, 102), 'host')
})

test('equal numbers of a constant are one number in memory', t => {
  const graph = trace(([x]) => [add(x!, full([2, 3], 0.5)), add(x!, tensor([[1, 2, 3]]))], [[2, 3]])
  const here = (port: number) => ({ port, frame: 'here' as const })
  const [loop] = lower({ graph, reads: [here(0)], writes: [here(1), here(2)] })
  const constants =
    loop?.kind === 'loop' ? loop.lanes.flatMap(({ args }) => args.filter(({ store }) => store.constant)) : []
  t.deepEqual(
    constants.map(({ store }) => store.size),
    [1, 6],
  )
})
