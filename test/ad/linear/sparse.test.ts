import test from 'ava'
import { spaceOf } from '../../../ad/linear/space.ts'
import { select, sparsePull, sparsePush, toDense } from '../../../ad/linear/sparse.ts'
import { type Tensor, tensor, zeros } from '../../../ad/tensor.ts'
import type { Value } from '../../../ad/value.ts'

const numbers = (x: Value): readonly number[] => [...(x as Tensor).data]

test('entries are picked by their places, in any order', t => {
  const x = tensor([
    [10, 11, 12],
    [13, 14, 15],
  ])
  const picked = (...places: readonly number[]) => select(x, Float64Array.from(places))
  t.deepEqual(numbers(picked(5, 0, 0)), [15, 10, 10])
  t.deepEqual(numbers(picked(0, 1, 2)), [10, 11, 12])
  t.deepEqual(numbers(picked(0, 1, 2, 3, 5, 4)), [10, 11, 12, 13, 15, 14])
  t.deepEqual(picked(0, 1, 2, 3, 4, 5).shape, [6])
  t.deepEqual(numbers(picked(0, 1, 2, 3, 4, 5, 1)), [10, 11, 12, 13, 14, 15, 11])
})

test('all entries in their order are as they are: nothing is gathered', t => {
  const x = tensor([1, 2])
  t.is(select(x, Float64Array.of(0, 1)), x)
})

test('a map of few entries in a column is the matrix with these entries in these rows', t => {
  const [from, to] = [spaceOf(zeros([3]) as Value), spaceOf(zeros([4]) as Value)]
  const entries = tensor([
    [1, 2, 3],
    [4, 5, 0],
  ])
  const map = { tag: 'Sparse', from, to, rows: Float64Array.of(0, 3, 3, 2, 1, 0), entries } as const
  t.deepEqual(toDense(map).shape, [4, 3])
  t.deepEqual(numbers(toDense(map)), [1, 0, 0, 0, 5, 0, 4, 0, 0, 0, 2, 3])
  t.deepEqual(numbers(sparsePush(map)(tensor([1, 10, 100]))), [1, 50, 4, 320])
  t.deepEqual(numbers(sparsePull(map)(tensor([1, 10, 100, 1000]))), [401, 2050, 3000])
})
