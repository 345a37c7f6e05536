import test from 'ava'
import { KindError, ShapeError } from '../../../ad/errors.ts'
import { pull, push, toMatrix } from '../../../ad/linear/apply.ts'
import { compose, matrix, plus, sparse } from '../../../ad/linear/linear.ts'
import { asCotangent, asTangent, spaceOf, toValue } from '../../../ad/linear/space.ts'
import { type Tensor, tensor, zeros } from '../../../ad/tensor.ts'
import type { Value } from '../../../ad/value.ts'

const space = spaceOf(zeros([2]) as Value)
const square = (rows: number[][]) => matrix(space, space, tensor(rows))
const numbers = (x: Value): readonly number[] => [...(x as Tensor).data]

/** Turns a quarter to the left; doubles the first axis. They do not commute. */
const turn = square([
  [0, -1],
  [1, 0],
])
const stretch = square([
  [2, 0],
  [0, 1],
])

test('compose(g, f) does f first: of two squares that do not commute, in plain numbers', t => {
  const once = asTangent(space, tensor([3, 5]))
  t.deepEqual(numbers(toValue(push(compose(turn, stretch), once))), [-5, 6])
  t.deepEqual(numbers(toValue(push(compose(stretch, turn), once))), [-10, 3])
  t.deepEqual(numbers(toMatrix(compose(turn, stretch))), [0, -1, 2, 0])
  t.deepEqual(numbers(toMatrix(compose(stretch, turn))), [0, -2, 1, 0])
})

test('a pull through compose(g, f) goes through g first', t => {
  const cost = asCotangent(space, tensor([3, 5]))
  t.deepEqual(numbers(toValue(pull(compose(turn, stretch), cost))), [10, -3])
  t.deepEqual(numbers(toValue(pull(compose(stretch, turn), cost))), [5, -6])
})

test('maps of other spaces are neither added nor composed', t => {
  const wide = spaceOf(zeros([3]) as Value)
  const [out, into] = [matrix(space, wide, zeros([3, 2])), matrix(wide, space, zeros([2, 3]))]
  for (const attempt of [
    () => plus(turn, out),
    () => plus(turn, into),
    () => compose(turn, out),
    () => compose(into, turn),
  ])
    t.throws(attempt, { instanceOf: ShapeError, message: /space of \d/ })
})

test('a map and a tangent are not added to each other', t => {
  const tangent = asTangent(space, tensor([3, 5]))
  t.deepEqual(numbers(toValue(plus(tangent, tangent))), [6, 10])
  for (const pair of [
    [turn, tangent],
    [tangent, turn],
  ])
    t.throws(() => plus(...(pair as unknown as [typeof turn, typeof turn])), { instanceOf: KindError })
})

test('entries that do not fit their spaces are refused', t => {
  const wide = spaceOf(zeros([3]) as Value)
  t.is(matrix(wide, space, zeros([2, 3])).tag, 'Dense')
  t.false('own' in matrix(wide, space, zeros([2, 3])))
  for (const shape of [[3, 2], [2, 2], [3, 3], [2], [2, 3, 1], [2, 3, 2]])
    t.throws(() => matrix(wide, space, zeros(shape)), {
      instanceOf: ShapeError,
      message: /^matrix: entries \[.*wanted \[2, 3\], rows of the output/,
    })
  t.is(sparse(wide, space, new Float64Array(6), zeros([2, 3])).tag, 'Sparse')
  for (const [rows, shape] of [
    [6, [3, 2]],
    [5, [2, 3]],
    [3, [3]],
    [6, [2, 3, 1]],
    [12, [2, 3]],
  ] as const)
    t.throws(() => sparse(wide, space, new Float64Array(rows), zeros(shape)), {
      instanceOf: ShapeError,
      message: new RegExp(`^sparse: .* in ${rows} rows; wanted \\[slots, 3\\]`),
    })
})
