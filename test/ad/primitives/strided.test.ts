import test from 'ava'
import { gather, scatter, spreadStrides, stridesOf } from '../../../ad/primitives/strided.ts'
import { sizeOf } from '../../../ad/tensor.ts'

type Numbers = readonly number[]

/** The place that each entry of a shape has through strides, by its definition. */
const places = (shape: Numbers, strides: Numbers, start = 0): Numbers =>
  shape.reduce<Numbers>(
    (found, n, axis) => found.flatMap(at => Array.from({ length: n }, (_, i) => at + i * (strides[axis] as number))),
    [start],
  )

const cases: readonly (readonly [shape: Numbers, strides: Numbers, start?: number])[] = [
  [[], []],
  [[], [], 3],
  [[4], [1]],
  [[4], [1], 2],
  [[4], [2], 1],
  [[3], [0]],
  [
    [2, 3],
    [3, 1],
  ],
  [[2, 3], [4, 1], 1],
  [
    [2, 3],
    [1, 2],
  ],
  [
    [2, 3],
    [0, 1],
  ],
  [
    [2, 3],
    [1, 0],
  ],
  [
    [2, 3],
    [3, 2],
  ],
  [
    [2, 3, 2],
    [6, 2, 1],
  ],
  [[2, 3, 2], [12, 2, 1], 2],
  [
    [2, 3, 2],
    [6, 4, 1],
  ],
  [
    [2, 3, 2],
    [6, 2, 2],
  ],
  [
    [2, 3, 2],
    [6, 0, 1],
  ],
  [
    [2, 3, 2],
    [1, 2, 6],
  ],
  [
    [0, 2],
    [2, 1],
  ],
  [
    [2, 0],
    [0, 1],
  ],
  [
    [3, 0],
    [1, 3],
  ],
]

test('strides of an array in order are the sizes of what follows', t => {
  t.deepEqual([[], [5], [2, 3], [2, 3, 4]].map(stridesOf), [[], [1], [3, 1], [12, 4, 1]])
})

test('an array is read through its strides, from its start', t => {
  const source = Float64Array.from({ length: 40 }, (_, i) => 100 + i)
  for (const [shape, strides, start] of cases) {
    const out = new Float64Array(sizeOf(shape))
    gather(out, shape, strides, source, start)
    t.deepEqual(
      [...out],
      places(shape, strides, start).map(at => 100 + at),
      `${shape} by ${strides}`,
    )
  }
})

test('an array is added up through its strides, over what was there', t => {
  for (const [shape, strides] of cases) {
    const source = Float64Array.from({ length: sizeOf(shape) }, (_, i) => i + 1)
    const [out, sums] = [new Float64Array(40).fill(7), new Float64Array(40)]
    scatter(out, shape, strides, source)
    for (const [i, at] of places(shape, strides).entries()) (sums[at] as number) += i + 1
    t.deepEqual(out, sums, `${shape} by ${strides}`)
  }
})

test('a spread repeats axes that are 1 or missing', t => {
  t.deepEqual(spreadStrides([], [2, 3]), [0, 0])
  t.deepEqual(spreadStrides([3], [2, 3]), [0, 1])
  t.deepEqual(spreadStrides([2, 1, 4], [5, 2, 3, 4]), [0, 4, 0, 1])
  t.deepEqual(spreadStrides([2, 3], [2, 3]), [3, 1])
})
