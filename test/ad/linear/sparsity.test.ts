import test from 'ava'
import { ShapeError } from '../../../ad/errors.ts'
import { after, either, maskOf, type Pattern, patternOfGraph, patternOfMask } from '../../../ad/linear/sparsity.ts'
import { trace } from '../../../ad/modes/trace.ts'
import { jvp } from '../../../ad/modes/transforms.ts'
import { dot, matmul, matvec, outer } from '../../../ad/primitives/contraction.ts'
import { add, exp, greater, max, min, mul, tanh, unary, where } from '../../../ad/primitives/elementwise.ts'
import { column, gather } from '../../../ad/primitives/indexing.ts'
import { broadcastTo, concat, reshape, slice, sum, transpose } from '../../../ad/primitives/layout.ts'
import { logSoftmax, logsumexp, mean, softmax } from '../../../ad/primitives/reduction.ts'
import { sizeOf, type Tensor, tensor, tensorOf, zeros } from '../../../ad/tensor.ts'
import type { Value } from '../../../ad/value.ts'

const columnsOf = (program: (x: Value) => Value, shape: readonly number[]): readonly (readonly number[])[] =>
  patternOfGraph(
    trace(([x]) => [program(x as Value)], [shape]),
    [0],
  ).columns

test('a sum along axes sees the fibre of each of its entries, numbered as the entries that are left', t => {
  t.deepEqual(
    columnsOf(x => sum(x, 0), [2, 3]),
    [[0], [1], [2], [0], [1], [2]],
  )
  t.deepEqual(
    columnsOf(x => sum(x, 1), [2, 3]),
    [[0], [0], [0], [1], [1], [1]],
  )
  t.deepEqual(
    columnsOf(x => sum(x, 1), [2, 2, 3]),
    [[0], [1], [2], [0], [1], [2], [3], [4], [5], [3], [4], [5]],
  )
  t.deepEqual(
    columnsOf(x => sum(x), [2, 2]),
    [[0], [0], [0], [0]],
  )
})

test('what comes out of a softmax in each place of a fibre depends on all of it, and on nothing else', t => {
  t.deepEqual(
    columnsOf(x => softmax(x, 0), [2, 2]),
    [
      [0, 2],
      [1, 3],
      [0, 2],
      [1, 3],
    ],
  )
})

test('a sum or a mean of what is 0 for good is 0 for good, and a log of a sum of exponentials is not', t => {
  const mask = tensor([
    [0, 0],
    [1, 1],
  ])
  for (const reduced of [sum, mean])
    t.deepEqual(
      columnsOf(x => mul(reduced(mul(mask, x), 1), sum(x, 1)), [2, 2]),
      [[], [], [1], [1]],
    )
  t.deepEqual(
    columnsOf(x => mul(logsumexp(mul(mask, x), 1), sum(x, 1)), [2, 2]),
    [[0], [0], [1], [1]],
  )
})

type Program = (inputs: readonly Value[]) => Value
type Shapes = readonly (readonly number[])[]
const pattern = (program: Program, shapes: Shapes, chosen: readonly number[], of: 'all' | 'local' = 'all') =>
  patternOfGraph(
    trace(inputs => [program(inputs)], shapes),
    chosen,
    of,
  )

/** Where the Jacobian is not 0 at numbers in general position, pushed entry by entry. */
const byNumbers = (program: Program, shapes: Shapes, chosen: readonly number[]): Pattern => {
  const inputs = shapes.map((shape, k) =>
    tensorOf(
      shape,
      Float64Array.from({ length: sizeOf(shape) }, (_, i) => 0.3 + 0.71 * i + 1.3 * k),
    ),
  )
  const along = (which: number, entry: number): Tensor => {
    const tangents = inputs.map(x => zeros(x.shape))
    ;(tangents[which] as Tensor).data[entry] = 1
    return jvp((...xs: readonly Value[]) => program(xs), inputs, tangents)[1] as Tensor
  }
  const columns = chosen.flatMap(which =>
    [...(inputs[which] as Tensor).data.keys()].map(entry =>
      [...along(which, entry).data].flatMap((x, row) => (x === 0 ? [] : [row])),
    ),
  )
  return { rows: sizeOf((program(inputs) as Tensor).shape), columns }
}

const band = tensor([
  [1, 1, 0],
  [0, 1, 1],
])
const programs: readonly (readonly [string, (...xs: readonly [Value, Value]) => Value, Shapes])[] = [
  ['a matrix on a vector', (W, x) => matvec(W, x), [[2, 3], [3]]],
  ['a banded matrix on a vector', (W, x) => matvec(mul(band, W), x), [[2, 3], [3]]],
  ['a banded constant on a vector', (_, x) => matvec(band, x), [[1], [3]]],
  ['a matrix on the half of a vector', (W, x) => matvec(W, mul(tensor([0, 1, 1]), x)), [[2, 3], [3]]],
  [
    'a product of matrices',
    (A, B) => matmul(A, B),
    [
      [2, 3],
      [3, 4],
    ],
  ],
  [
    'a product of banded matrices',
    (A, B) => matmul(mul(band, A), mul(transpose(band), B)),
    [
      [2, 3],
      [3, 2],
    ],
  ],
  [
    'products of pairs of matrices',
    (A, B) => matmul(A, B),
    [
      [2, 2, 3],
      [2, 3, 2],
    ],
  ],
  ['a scalar product', (a, b) => dot(a, mul(tensor([1, 0, 1]), b)), [[3], [3]]],
  ['an outer product', (a, b) => outer(mul(tensor([1, 0]), a), b), [[2], [3]]],
  ['parts that are moved', (a, b) => concat([slice(transpose(a), 1, 3), reshape(b, [1, 2])]), [[2, 3], [2]]],
  ['a row that is repeated', (a, b) => add(a, mul(broadcastTo(b, [2, 3]), band)), [[2, 3], [3]]],
  ['entry by entry', (a, b) => add(mul(a, exp(b)), mul(0, a)), [[3], [3]]],
  ['what is 0 is not the exponential of it', (a, b) => mul(exp(mul(tensor([0, 1]), a)), b), [[2], [2]]],
  ['sums of what is masked', (W, x) => add(sum(mul(band, W), 0), x), [[2, 3], [3]]],
  ['means and normalisations', (W, x) => mul(logSoftmax(W, 0), add(mean(mul(band, W), 0), x)), [[2, 3], [3]]],
  ['a comparison', (a, b) => mul(greater(a, 0), b), [[2], [2]]],
]

for (const [what, f, shapes] of programs)
  test(`the pattern of ${what} is where its Jacobian is not 0`, t => {
    const program: Program = ([a, b]) => f(a as Value, b as Value)
    for (const chosen of [[0], [1], [0, 1], [1, 0]])
      t.deepEqual(pattern(program, shapes, chosen), byNumbers(program, shapes, chosen), `${chosen}`)
  })

test('of a choice both sides count, and of one that the program makes the side that it takes where it is 0', t => {
  const sides = (condition: Value) =>
    pattern(([a, b]) => where(condition, a as Value, b as Value), [[2], [2]], [0, 1]).columns
  t.deepEqual(sides(tensor([1, 0])), [[0], [], [0], [1]])
  t.deepEqual(pattern(([p, a, b]) => where(p as Value, a as Value, b as Value), [[1], [1], [1]], [0, 1, 2]).columns, [
    [],
    [0],
    [0],
  ])
})

test('an operation is heard on either side of 0, and one of unknown kind hears everything', t => {
  t.deepEqual(pattern(([x]) => min(x as Value, 0), [[1]], [0]).columns, [[0]])
  t.deepEqual(pattern(([x]) => max(x as Value, 0), [[1]], [0]).columns, [[0]])
  const rows = tensor([1, 0])
  t.deepEqual(pattern(([table]) => gather(table as Value, rows), [[2, 1]], [0]).columns, [
    [0, 1],
    [0, 1],
  ])
  t.deepEqual(pattern(([table, at]) => gather(table as Value, at as Value), [[2, 1], [2]], [1]).columns, [[], []])
  t.deepEqual(pattern(([table]) => mul(column(table as Value, 1), tensor([0, 1])), [[2, 3]], [0]).columns, [
    [],
    [],
    [],
    [1],
    [1],
    [1],
  ])
})

test('how an operation behaves is tried once', t => {
  let calls = 0
  const f = unary(
    'mine',
    x => {
      calls++
      return x
    },
    { push: [d => d], pull: [c => c] },
  )
  const once = () => pattern(([x]) => f(x as Value), [[5]], [0]).columns
  t.deepEqual(once(), [[0], [1], [2], [3], [4]])
  const first = calls
  t.deepEqual(once(), [[0], [1], [2], [3], [4]])
  t.is(calls, first)
})

test('of a local pattern contractions hear nothing of activity', t => {
  const C = tensor([
    [1, 1],
    [0, 1],
  ])
  const program: Program = ([h, w, b]) =>
    add(matvec(w as Value, h as Value), add(matvec(C, b as Value), matvec(C, tanh(matvec(w as Value, h as Value)))))
  const shapes = [[2], [2, 2], [2]]
  t.deepEqual(pattern(program, shapes, [1, 2], 'local').columns, [[0], [0], [1], [1], [0], [0, 1]])
  t.deepEqual(pattern(program, shapes, [1, 2]).columns, [[0], [0], [0, 1], [0, 1], [0], [0, 1]])
  t.deepEqual(pattern(([w, k]) => matvec(C, matvec(w as Value, k as Value)), [[2, 2], [2]], [0], 'local').columns, [
    [],
    [],
    [],
    [],
  ])
  t.deepEqual(pattern(([w]) => mul(sum(w as Value, 0), w as Value), [[2, 2]], [0], 'local').columns, [
    [0, 2],
    [1, 3],
    [0, 2],
    [1, 3],
  ])
})

test('patterns are masks, and are composed and joined', t => {
  const mask = tensor([
    [0, 2, 0],
    [-1, 1, 0],
  ])
  const p = patternOfMask(mask)
  t.deepEqual(p, { rows: 2, columns: [[1], [0, 1], []] })
  t.deepEqual(
    maskOf(p),
    tensor([
      [0, 1, 0],
      [1, 1, 0],
    ]),
  )
  const wide: Pattern = { rows: 4, columns: [[3], [2, 0]] }
  t.deepEqual(after(wide, p), { rows: 4, columns: [[0, 2], [0, 2, 3], []] })
  t.deepEqual(either(p, { rows: 2, columns: [[0], [0], [1]] }), { rows: 2, columns: [[0, 1], [0, 1], [1]] })
  for (const wrong of [zeros([2]), zeros([2, 2, 1]), zeros([])])
    t.throws(() => patternOfMask(wrong), {
      instanceOf: ShapeError,
      message: /^pattern: a mask \[.*wanted a matrix of numbers/,
    })
  t.throws(() => trace(([x]) => [maskOf(patternOfMask(x as Value))], [[2, 2]]), { instanceOf: ShapeError })
})
