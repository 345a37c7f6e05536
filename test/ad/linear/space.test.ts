import test from 'ava'
import { KindError, ShapeError } from '../../../ad/errors.ts'
import {
  applyUpdate,
  asColumn,
  asCotangent,
  asRow,
  asTangent,
  type Cotangent,
  concatenate,
  descended,
  entrywise,
  flatten,
  negativeGradient,
  spaceOf,
  times,
  toValue,
  unflatten,
  unflattenLike,
  viewLike,
  zeroCotangent,
  zerosLike,
} from '../../../ad/linear/space.ts'
import { add } from '../../../ad/primitives/elementwise.ts'
import { nested, scalar, type Tensor, tensor, zeros } from '../../../ad/tensor.ts'
import { mapTree, type Tree } from '../../../ad/tree.ts'
import type { Value } from '../../../ad/value.ts'

const tree = {
  W: tensor([
    [1, 2, 3],
    [4, 5, 6],
  ]),
  s: scalar(7),
  b: tensor([8, 9]),
}
const space = spaceOf(tree)
const flat = tensor([1, 2, 3, 4, 5, 6, 7, 8, 9])
const plain = (x: Tree): unknown => {
  const found: unknown[] = []
  mapTree(x, leaf => {
    found.push(nested(leaf as Tensor))
    return leaf
  })
  return found
}
const leaves = [
  [
    [1, 2, 3],
    [4, 5, 6],
  ],
  7,
  [8, 9],
]
const gradient = asCotangent(space, flat)

test('a tree is one vector of its leaves in order, and back', t => {
  t.deepEqual(space, { shapes: [[2, 3], [], [2]], size: 9 })
  t.deepEqual(nested(flatten([tree.W, tree.s, tree.b]) as Tensor), nested(flat))
  t.deepEqual(flatten([]).shape, [0])
  t.deepEqual(plain(unflatten(space, flat)), leaves)
  t.deepEqual(plain(unflattenLike(tree, gradient)), leaves)
  const views = viewLike(tree, gradient)
  t.deepEqual(plain(views), leaves)
  t.is(views.W.data.buffer, flat.data.buffer)
})

test('a tangent or cotangent has one axis of the size of its space, or a second before it', t => {
  for (const shape of [[9], [2, 9], [0, 9]])
    for (const as of [asTangent, asCotangent]) t.is(toValue(as(space, zeros(shape))).shape, shape)
  for (const shape of [[], [8], [9, 1], [1, 1, 9]]) {
    t.throws(() => asTangent(space, zeros(shape)), { instanceOf: ShapeError, message: /^tangent: .*wanted \[9\]/ })
    t.throws(() => asCotangent(space, zeros(shape)), { instanceOf: ShapeError, message: /^cotangent: / })
  }
  t.throws(() => asTangent(spaceOf(scalar(1)), scalar(1)), { instanceOf: ShapeError })
  t.throws(() => unflattenLike(tree, zeros([8]) as never), { instanceOf: ShapeError, message: /^treeOf: / })
  t.throws(() => asCotangent(space, [1] as never), { instanceOf: KindError, message: /^cotangent: a list of 1;/ })
})

test('a tree moves along a tangent, and against a gradient', t => {
  const step = asTangent(space, tensor([10, 20, 30, 40, 50, 60, 70, 80, 90]))
  t.deepEqual(plain(applyUpdate(tree, step)), [
    [
      [11, 22, 33],
      [44, 55, 66],
    ],
    77,
    [88, 99],
  ])
  t.deepEqual(nested(toValue(negativeGradient(gradient)) as Tensor), [-1, -2, -3, -4, -5, -6, -7, -8, -9])
  const moved = descended(tree, asCotangent(space, tensor([1, 0, 0, 0, 5, 0, 3, 0, 2])))
  t.deepEqual(plain(moved), [
    [
      [0, 2, 3],
      [4, 0, 6],
    ],
    4,
    [8, 7],
  ])
  t.deepEqual([moved.s.shape, moved.b.data.byteOffset], [[], 7 * 8])
})

test('cotangents are scaled, joined, made entry by entry, and zero', t => {
  const [a, b] = [tensor([1, 2]), tensor([3])].map(x => x as unknown as Cotangent<Value>) as [
    Cotangent<Value>,
    Cotangent<Value>,
  ]
  const list = (x: unknown): unknown => nested(x as Tensor)
  t.deepEqual(list(times(3, a)), [3, 6])
  t.deepEqual(list(concatenate(a, b)), [1, 2, 3])
  t.deepEqual(list(entrywise((x, y) => add(x, y), a, a)), [2, 4])
  t.deepEqual(list(zerosLike(a)), [0, 0])
  t.deepEqual(list(zeroCotangent(tree)), new Array(9).fill(0))
  t.is(asColumn(asRow(asTangent(space, flat))) as unknown, flat)
})
