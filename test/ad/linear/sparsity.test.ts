import test from 'ava'
import { patternOfGraph } from '../../../ad/linear/sparsity.ts'
import { trace } from '../../../ad/modes/trace.ts'
import { mul } from '../../../ad/primitives/elementwise.ts'
import { sum } from '../../../ad/primitives/layout.ts'
import { logsumexp, mean, softmax } from '../../../ad/primitives/reduction.ts'
import { tensor } from '../../../ad/tensor.ts'
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
