import test from 'ava'
import { KindError, ShapeError } from '../../ad/errors.ts'
import {
  checkShape,
  eye,
  full,
  nested,
  ones,
  sameShape,
  scalar,
  sizeOf,
  type Tensor,
  tensor,
  tensorOf,
  zeros,
} from '../../ad/tensor.ts'

test('shapes are the same where every size is, in its place', t => {
  t.true(sameShape([2, 3], [2, 3]))
  t.true(sameShape([], []))
  t.false(sameShape([2, 3], [3, 2]))
  t.false(sameShape([2], [2, 1]))
  t.false(sameShape([2, 1], [2]))
  t.false(sameShape([2, 3], [2, 4]))
  t.deepEqual([[], [3], [2, 3, 4], [2, 0]].map(sizeOf), [1, 3, 24, 0])
})

test('a tensor is made of lists, of typed arrays, and of either in a shape', t => {
  const rows = [
    [1, 2, 3],
    [4, 5, 6],
  ]
  t.deepEqual([...tensor(rows).data], [1, 2, 3, 4, 5, 6])
  t.deepEqual(tensor([]).shape, [0])
  t.deepEqual(tensor([[], []]).shape, [2, 0])
  t.deepEqual(nested(tensor([1, 2, 3, 4, 5, 6], [2, 3])), rows)
  t.deepEqual(nested(tensor(Int8Array.of(-1, 2))), [-1, 2])
  t.deepEqual(nested(tensor(Float32Array.of(1, 2, 3, 4), [2, 2])), [
    [1, 2],
    [3, 4],
  ])
  t.deepEqual(nested(tensor([[], []])), [[], []])
})

test('rows that do not fit the first are ragged at their depth', t => {
  for (const [rows, depth] of [
    [[[1, 2], [3]], 1],
    [[[1], [2, 3]], 1],
    [[[1], 2], 1],
    [[1, [2]], 1],
    [[[[1]], [[2, 3]]], 2],
  ] as const)
    t.throws(() => tensor(rows), { instanceOf: ShapeError, message: new RegExp(`ragged at depth ${depth}`) })
})

test('what is no number has no shape', t => {
  for (const other of ['a', null, undefined, true, 1n, {}, ['a'], [[1], [null]], BigInt64Array.of(1n)])
    t.throws(() => tensor(other as never), {
      instanceOf: KindError,
      message: /^tensor: .*wanted numbers, or nested lists/,
    })
  for (const view of [BigUint64Array.of(1n), new DataView(new ArrayBuffer(8))])
    t.throws(() => tensor(view as never), { instanceOf: KindError })
  t.throws(() => tensor([scalar(1)] as never), { instanceOf: KindError, message: /a list with a value in it.*stack/ })
})

test('numbers fill their shape', t => {
  t.throws(() => tensor([1, 2, 3], [2, 2]), {
    instanceOf: ShapeError,
    message: /3 numbers for shape \[2, 2\]; wanted 4/,
  })
  t.throws(() => tensor([1], [2]), { instanceOf: ShapeError, message: /full\(\[2\], x\)/ })
  t.throws(() => tensor([1, 2], [3]), { message: /as many numbers as the shape holds/ })
})

test('a shape has whole sizes, and fewer entries than 2³²', t => {
  for (const shape of [[], [0], [3, 2], [2 ** 32 - 1]]) t.is(checkShape(shape), shape)
  for (const shape of [[-1], [1.5], [Number.NaN], [2 ** 16, 2 ** 16], [2 ** 53]])
    t.throws(() => checkShape(shape, 'zeros'), { instanceOf: ShapeError, message: /^zeros: shape \[.*Give the sizes/ })
  t.throws(() => checkShape([2, 2], 'tensor', 4), { instanceOf: ShapeError })
  t.is(checkShape([3], 'tensor', 4).length, 1)
  t.throws(() => checkShape(3 as never), { message: /^tensor: shape 3; .*Write it as a list: \[3\]/ })
  t.throws(() => checkShape('3' as never), { message: /^tensor: shape '3'; .*Give the sizes/ })
  for (const make of [zeros, ones, eye, (shape: never) => full(shape, 1), (shape: never) => tensor([1], shape)])
    t.throws(() => make([0.5] as never), { instanceOf: ShapeError })
})

test('tensors of one number repeated, and the identity', t => {
  t.deepEqual(nested(full([2], 7)), [7, 7])
  t.deepEqual(nested(ones([1, 2])), [[1, 1]])
  t.deepEqual(nested(zeros([2])), [0, 0])
  t.deepEqual(nested(eye(3)), [
    [1, 0, 0],
    [0, 1, 0],
    [0, 0, 1],
  ])
  for (const make of [() => full([1], '1' as never), () => scalar(null as never)])
    t.throws(make, { instanceOf: KindError, message: /^(full|scalar): .*wanted a number/ })
})

test('what is no tensor does not go back to numbers', t => {
  t.throws(() => nested(undefined as never), { instanceOf: KindError, message: /^nested: nothing;/ })
  t.throws(() => nested([1] as never), { instanceOf: KindError, message: /^nested: object;/ })
})

test('a notebook shows a tensor as a text and as a table', t => {
  const shown = tensorOf([1], Float64Array.of(2)) as Tensor & { [key: symbol]: () => unknown }
  t.deepEqual(shown[Symbol.for('Jupyter.display')]?.(), {
    'text/plain': 'tensor [1] [2]',
    'text/html': '<table><caption>tensor [1]</caption><tbody><tr><td>2</td></tr></tbody></table>',
  })
})
