import test from 'ava'
import { contraction, onePair } from '../../../ad/compiler/products.ts'
import type { Store, View } from '../../../ad/compiler/views.ts'
import type { Shape } from '../../../ad/tensor.ts'

const store: Store = { size: 1000, made: -1, stored: true }
const view = (shape: Shape, strides: readonly number[]): View => ({ store, at: 0, shape, strides })

test('a matrix times a vector goes by rows where they lie so, by columns where those do', t => {
  const kernel = (shape: Shape, strides: readonly number[]): readonly unknown[] => {
    const call = contraction('matvec', [view(shape, strides), view([shape[1]!], [1])], [shape[0]!])!
    return [call.kernel, ...call.args.slice(2)]
  }
  t.deepEqual(kernel([2, 3], [3, 1]), ['matvec', 2, 3])
  t.deepEqual(kernel([2, 3], [1, 2]), ['vecmat', 3, 2])
  t.deepEqual(kernel([2, 3], [7, 1]), ['matvec', 2, 3], 'copied first')
  t.deepEqual(kernel([2, 3], [1, 7]), ['matvec', 2, 3], 'copied first')
  t.deepEqual(kernel([2, 3], [3, 7]), ['matvec', 2, 3], 'copied first')
  t.deepEqual(kernel([2, 3], [7, 2]), ['matvec', 2, 3], 'copied first')
  t.deepEqual(kernel([3, 1], [1, 3]), ['matvec', 3, 1], 'one column')
  t.deepEqual(kernel([1, 3], [7, 1]), ['vecmat', 3, 1], 'one row of a wider matrix')
  t.deepEqual(kernel([1, 3], [3, 1]), ['matvec', 1, 3])
})

test('a pair of matrices goes to the kernel that reads them as they lie', t => {
  const pair = (a: readonly [Shape, Shape], b: readonly [Shape, Shape], row: number, adds = false) => {
    const { kernel, args } = onePair(view(...a), view(...b), row, adds)
    return [kernel, ...args.slice(2)]
  }
  const column = [
    [3, 1],
    [1, 9],
  ] as const
  const row = [
    [1, 4],
    [9, 1],
  ] as const
  t.deepEqual(pair(column, row, 7, true), ['outer', 3, 4, 7, 1])
  t.deepEqual(pair(column, row, 4), ['outer', 3, 4, 4, 0])
  t.deepEqual(
    pair(
      [
        [3, 1],
        [2, 1],
      ],
      row,
      4,
    ),
    ['gemm', 3, 1, 4, 2, 1, 9, 1, 4, 0],
    'every second of a column',
  )
  t.deepEqual(
    pair(
      [
        [1, 1],
        [5, 1],
      ],
      row,
      4,
    ),
    ['outer', 1, 4, 4, 0],
    'a column of one',
  )
  t.deepEqual(
    pair(
      column,
      [
        [1, 4],
        [9, 2],
      ],
      4,
    ),
    ['gemm', 3, 1, 4, 1, 9, 9, 2, 4, 0],
    'every second of a row',
  )
  t.deepEqual(
    pair(
      column,
      [
        [1, 1],
        [9, 2],
      ],
      1,
    ),
    ['outer', 3, 1, 1, 0],
    'a row of one',
  )

  const vector = [
    [1, 3],
    [9, 1],
  ] as const
  const matrix = [
    [3, 4],
    [4, 1],
  ] as const
  t.deepEqual(pair(vector, matrix, 4), ['vecmat', 3, 4])
  t.deepEqual(pair(vector, matrix, 4, true), ['gemm', 1, 3, 4, 9, 1, 4, 1, 4, 1])
  t.deepEqual(
    pair(
      [
        [1, 3],
        [9, 2],
      ],
      matrix,
      4,
    ),
    ['gemm', 1, 3, 4, 9, 2, 4, 1, 4, 0],
  )
  t.deepEqual(
    pair(
      [
        [2, 3],
        [3, 1],
      ],
      matrix,
      4,
    ),
    ['gemm', 2, 3, 4, 3, 1, 4, 1, 4, 0],
  )
  t.deepEqual(
    pair(
      vector,
      [
        [3, 4],
        [1, 3],
      ],
      4,
    ),
    ['gemm', 1, 3, 4, 9, 1, 1, 3, 4, 0],
  )
  t.deepEqual(
    pair(
      vector,
      [
        [3, 4],
        [6, 1],
      ],
      4,
    ),
    ['gemm', 1, 3, 4, 9, 1, 6, 1, 4, 0],
  )

  const rows = [
    [2, 3],
    [3, 1],
  ] as const
  const one = [
    [3, 1],
    [1, 9],
  ] as const
  t.deepEqual(pair(rows, one, 1), ['matvec', 2, 3])
  t.deepEqual(pair(rows, one, 1, true), ['gemm', 2, 3, 1, 3, 1, 1, 9, 1, 1])
  t.deepEqual(pair(rows, one, 5), ['gemm', 2, 3, 1, 3, 1, 1, 9, 5, 0], 'into a column of a wider matrix')
  t.deepEqual(
    pair(
      [
        [2, 3],
        [1, 2],
      ],
      one,
      1,
    ),
    ['gemm', 2, 3, 1, 1, 2, 1, 9, 1, 0],
  )
  t.deepEqual(
    pair(
      [
        [2, 3],
        [5, 1],
      ],
      one,
      1,
    ),
    ['gemm', 2, 3, 1, 5, 1, 1, 9, 1, 0],
  )
  t.deepEqual(
    pair(
      rows,
      [
        [3, 1],
        [2, 1],
      ],
      1,
    ),
    ['gemm', 2, 3, 1, 3, 1, 2, 1, 1, 0],
  )
  t.deepEqual(
    pair(
      rows,
      [
        [3, 2],
        [1, 3],
      ],
      1,
    ),
    ['gemm', 2, 3, 2, 3, 1, 1, 3, 1, 0],
  )
})

test('products of many pairs are repeated over the axes before them, axes of one left out', t => {
  const a = view([2, 1, 3, 4], [12, 12, 4, 1])
  const b = view([2, 1, 4, 5], [20, 20, 5, 1])
  const call = contraction('matmul', [a, b], [2, 1, 3, 5])!
  t.deepEqual(call.args.slice(2), [3, 4, 5, 4, 1, 5, 1, 5, 0])
  const outer = onePair(view([2, 3, 1], [3, 1, 1]), view([2, 1, 4], [4, 9, 1]), 4, false)
  t.is(outer.kernel, 'outer')
  t.is(onePair(view([2, 3, 1], [3, 1, 1]), view([2, 1, 4], [8, 8, 2]), 4, false).kernel, 'gemm')
  t.deepEqual(call.repeats, [{ count: 2, steps: [15, 12, 20] }])
  t.is(contraction('matmul', [view([3, 4], [4, 1]), view([4, 5], [5, 1])], [3, 5])!.kernel, 'gemm')
})

test('an outer product is one of a column and a row, an inner one has a kernel of its own', t => {
  const [x, y] = [view([3], [1]), view([4], [1])]
  t.deepEqual(contraction('outer', [x, y], [3, 4])!.args.slice(2), [3, 4, 4, 0])
  t.is(contraction('outer', [x, y], [3, 4])!.kernel, 'outer')
  const dot = contraction('dot', [x, x], [])!
  t.deepEqual([dot.kernel, dot.args[2], dot.repeats], ['dot', 3, []])
  t.is(contraction('sum', [x, x], []), null)
})
