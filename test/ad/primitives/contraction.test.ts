import test from 'ava'
import { ShapeError } from '../../../ad/errors.ts'
import { trace } from '../../../ad/modes/trace.ts'
import { jvp, vjp, vmap } from '../../../ad/modes/transforms.ts'
import { dot, matmul, matvec, outer } from '../../../ad/primitives/contraction.ts'
import { reshape, stack } from '../../../ad/primitives/layout.ts'
import { sizeOf, type Tensor, tensor, tensorOf, zeros } from '../../../ad/tensor.ts'
import type { Value } from '../../../ad/value.ts'

type Shape = readonly number[]
/** Small whole numbers, none of them 0. */
const whole = (shape: Shape, first: number): Tensor =>
  tensorOf(
    shape,
    Float64Array.from({ length: sizeOf(shape) }, (_, i) => [2, -1, 3, 5, -4, 7, 1][(i + first) % 7] as number),
  )
const numbers = (x: Value): readonly number[] => [...(x as Tensor).data].map(v => v + 0)
const at = (x: Tensor, ...index: readonly number[]): number =>
  x.data[index.reduce((place, i, axis) => place * (x.shape[axis] as number) + i, 0)] as number

/** A product by its definition: over every entry of the output, the sum over k of a and b. */
const product = (a: Tensor, b: Tensor, [m, k, n]: readonly [number, number, number]): readonly number[] => {
  const [A, B] = [reshape(a, [m, k]), reshape(b, [k, n])] as [Tensor, Tensor]
  const out: number[] = []
  for (let i = 0; i < m; i++)
    for (let j = 0; j < n; j++) {
      let total = 0
      for (let l = 0; l < k; l++) total += at(A, i, l) * at(B, l, j)
      out.push(total)
    }
  return out
}

const cases = [
  [matmul, [2, 3], [3, 4], [2, 3, 4]],
  [matvec, [2, 3], [3], [2, 3, 1]],
  [outer, [3], [2], [3, 1, 2]],
  [dot, [3], [3], [1, 3, 1]],
] as const

for (const [f, left, right, sizes] of cases) {
  const { name } = f.primitive
  const [a, b, da, db] = [whole(left, 0), whole(right, 2), whole(left, 4), whole(right, 5)]

  test(`${name} is its sum of products, linear in each argument`, t => {
    const out = f(a, b)
    t.deepEqual(out.shape, f.primitive.shape([left, right], undefined))
    t.deepEqual(numbers(out), product(a, b, sizes))
    const [, pushed] = jvp(f, [a, b], [da, db])
    const [first, second] = [product(da, b, sizes), product(a, db, sizes)]
    t.deepEqual(
      numbers(pushed),
      first.map((x, i) => x + (second[i] as number)),
    )
  })

  test(`${name} pulls back the transpose of what it pushes`, t => {
    const c = whole(f(a, b).shape, 3)
    const [pulledA, pulledB] = vjp(f, a, b)[1](c) as readonly [Tensor, Tensor]
    const along = (x: Value, y: Value): number =>
      numbers(x).reduce((sum, v, i) => sum + v * (numbers(y)[i] as number), 0)
    t.deepEqual([pulledA.shape, pulledB.shape], [left, right])
    for (let i = 0; i < a.data.length; i++) {
      const unit = tensorOf(
        left,
        a.data.map((_, j) => (j === i ? 1 : 0)),
      )
      t.is(pulledA.data[i], along(c, f(unit, b)))
    }
    for (let i = 0; i < b.data.length; i++) {
      const unit = tensorOf(
        right,
        b.data.map((_, j) => (j === i ? 1 : 0)),
      )
      t.is(pulledB.data[i], along(c, f(a, unit)))
    }
  })

  test(`${name} of a batch is that of each of its members, whichever argument is mapped`, t => {
    const [many, others] = [stack([a, da, a]), stack([b, db, db])]
    const all = [f(a, b), f(da, db), f(a, db)]
    t.deepEqual(numbers(vmap((x: Value, y: Value) => f(x, y))(many, others)), all.flatMap(numbers))
    t.deepEqual(
      numbers(vmap((x: Value, y: Value) => f(x, y), [0, null])(many, b)),
      [a, da, a].flatMap(x => numbers(f(x, b))),
    )
    t.deepEqual(
      numbers(vmap((x: Value, y: Value) => f(x, y), [null, 0])(a, others)),
      [b, db, db].flatMap(y => numbers(f(a, y))),
    )
    t.deepEqual(vmap((x: Value, y: Value) => f(x, y), [null, 0])(a, others).shape, [3, ...f(a, b).shape])
  })
}

test('matrices under leading axes are multiplied in pairs, or all by one', t => {
  const [a, b] = [whole([2, 2, 3, 2], 0), whole([2, 2, 2, 4], 3)]
  const part = (x: Tensor, i: number, shape: Shape): Tensor =>
    tensorOf(shape, x.data.slice(i * sizeOf(shape), (i + 1) * sizeOf(shape)))
  const pairs = [0, 1, 2, 3].flatMap(i => product(part(a, i, [3, 2]), part(b, i, [2, 4]), [3, 2, 4]))
  t.deepEqual(matmul(a, b).shape, [2, 2, 3, 4])
  t.deepEqual(numbers(matmul(a, b)), pairs)
  const one = whole([2, 4], 1)
  t.deepEqual(matmul(a, one).shape, [2, 2, 3, 4])
  t.deepEqual(
    numbers(matmul(a, one)),
    [0, 1, 2, 3].flatMap(i => product(part(a, i, [3, 2]), one, [3, 2, 4])),
  )
  const mapped = vmap((x: Value, y: Value) => matmul(x, y), [0, null])(a, part(b, 0, [2, 2, 4]))
  const first = [0, 1, 0, 1].flatMap((j, i) => product(part(a, i, [3, 2]), part(b, j, [2, 4]), [3, 2, 4]))
  t.deepEqual(numbers(mapped), first)
})

test('the pull of a product under leading axes is the transpose of its push', t => {
  const [a, b, da, db] = [
    whole([2, 2, 3, 2], 0),
    whole([2, 2, 2, 4], 3),
    whole([2, 2, 3, 2], 5),
    whole([2, 2, 2, 4], 6),
  ]
  const c = whole([2, 2, 3, 4], 2)
  const [pulledA, pulledB] = vjp(matmul, a, b)[1](c) as readonly [Tensor, Tensor]
  const along = (x: Value, y: Value): number => numbers(x).reduce((sum, v, i) => sum + v * (numbers(y)[i] as number), 0)
  t.deepEqual([pulledA.shape, pulledB.shape], [a.shape, b.shape])
  t.is(along(pulledA, da), along(c, matmul(da, b)))
  t.is(along(pulledB, db), along(c, matmul(a, db)))
  const [deep, under] = [whole([2, 1, 2, 1, 2], 1), whole([2, 1, 2, 2, 1], 2)]
  const wanted = [0, 1, 2, 3].map(i =>
    [0, 1].reduce((sum, j) => sum + (deep.data[2 * i + j] as number) * (under.data[2 * i + j] as number), 0),
  )
  t.deepEqual(numbers(matmul(deep, under)), wanted)
})

test('what a batch shares is not copied for each of its members', t => {
  const rowsOf = (f: (x: Value) => Value, shape: Shape): readonly string[] =>
    trace(([x]) => [vmap(f)(x as Value)], [[5, ...shape]]).steps.flatMap(step => ('row' in step ? [step.row.name] : []))
  t.deepEqual(
    rowsOf(x => matmul(x, whole([3, 2], 0)), [2, 3]),
    ['reshape', 'matmul', 'reshape'],
  )
  t.deepEqual(
    rowsOf(x => matvec(whole([2, 3], 0), x), [3]),
    ['matmul'],
  )
  t.deepEqual(
    rowsOf(x => dot(x, whole([3], 0)), [3]),
    ['matvec'],
  )
  t.deepEqual(
    rowsOf(x => dot(whole([3], 0), x), [3]),
    ['matvec'],
  )
})

test('a multiplication and an addition are two operations', t => {
  const count = (f: { readonly primitive: (typeof matmul)['primitive'] }, ...shapes: readonly Shape[]) =>
    f.primitive.operations?.(shapes, undefined)
  t.is(count(matmul, [5, 2, 3], [5, 3, 4]), 2 * 5 * 2 * 3 * 4)
  t.is(count(matvec, [2, 3], [3]), 12)
  t.is(count(dot, [3], [3]), 6)
})

test('what does not meet is refused by each product in its own words', t => {
  const z = (shape: Shape) => zeros(shape)
  const refused: readonly (readonly [typeof matmul, Shape, Shape, RegExp])[] = [
    [matmul, [3], [3, 2], /^matmul: A \[3\] times B \[3, 2\]; wanted A \[m, k\] and B \[k, n\]\. Transpose one/],
    [matmul, [3], [3], /^matmul: A \[3\] times B \[3\]/],
    [matmul, [], [], /^matmul: A \[\]/],
    [matmul, [2, 3], [3], /^matmul: A/],
    [matmul, [2, 3], [2, 3], /^matmul: A/],
    [matmul, [2, 3], [4, 3, 2], /^matmul: A/],
    [matmul, [2, 2, 3], [3, 3, 2], /^matmul: A/],
    [matmul, [2, 5, 2, 3], [2, 4, 3, 2], /^matmul: A/],
    [matmul, [5, 2, 2, 3], [4, 2, 3, 2], /^matmul: A/],
    [matmul, [2, 2, 3], [2, 2], /^matmul: A/],
    [matvec, [3], [3], /^matvec: W \[3\] cannot act on x \[3\]; wanted a matrix W \[m, n\]\. Use dot/],
    [matvec, [2, 3, 4], [4], /^matvec: W .* a matrix W/],
    [matvec, [2, 3], [2], /^matvec: W \[2, 3\] cannot act on x \[2\]; wanted x \[3\]\. Transpose W/],
    [matvec, [2, 3], [3, 1], /^matvec: .* wanted x \[3\]/],
    [outer, [2, 1], [3], /^outer: \[2, 1\] and \[3\]; wanted two vectors\. Reshape/],
    [outer, [2], [], /^outer: /],
    [outer, [], [2], /^outer: /],
    [dot, [2], [3], /^dot: \[2\] and \[3\]; wanted two vectors of one length\. Reshape/],
    [dot, [2, 2], [2, 2], /^dot: /],
    [dot, [], [], /^dot: /],
  ]
  for (const [f, a, b, message] of refused) t.throws(() => f(z(a), z(b)), { instanceOf: ShapeError, message })
  t.throws(() => matvec([1] as never, tensor([1])), { message: /a list/ })
})
