import test from 'ava'
import type { Machine } from '../../../ad/compiler/plan.ts'
import { tensor } from '../../../ad/tensor.ts'
import { copy, fill, lay, repeat, rowsOf, sliceOf, stretches } from '../../../nets/compiled/buffers.ts'
import { example } from '../../../nets/network.ts'

test('stretches end where they, or the neighbours of their frames, would go round the end', t => {
  t.deepEqual(stretches(1, 3, 5), [[1, 4]])
  t.deepEqual(stretches(1, 7, 5), [
    [1, 4],
    [4, 5],
    [0, 1],
    [1, 3],
  ])
  t.deepEqual(stretches(2, 2, 5), [[2, 3]])
  t.deepEqual(stretches(3, 2, 5), [])
  t.deepEqual(stretches(1, 2, 3), [
    [1, 2],
    [2, 3],
  ])
})

test('values are filled in one after the other, and those of one sequence repeated for all', t => {
  const row = new Float64Array(6)
  t.is(fill(row, tensor([1, 2]), 1), 3)
  t.is(fill(row, tensor([[3]]), 3), 4)
  t.deepEqual([...row], [0, 1, 2, 3, 0, 0])
  repeat(row, [7, 8, 9])
  t.deepEqual([...row], [7, 8, 9, 7, 8, 9])
  repeat(row, [5, 6])
  t.deepEqual([...row], [5, 6, 5, 6, 5, 6])
  repeat(row, [4])
  t.deepEqual([...row], [4, 4, 4, 4, 4, 4])
})

test('sequences are laid side by side, timestep after timestep from 1 on', t => {
  const sequences = [1, 2].map(k => [1, 2, 3].map(t => example(tensor([10 * k + t, 0.5]), tensor([k - t]))))
  const [x, target] = [new Float64Array(16), new Float64Array(8)]
  lay(x, 'x', sequences)
  lay(target, 'target', sequences)
  const pairs = [11, 21, 12, 22, 13, 23].flatMap(number => [number, 0.5])
  t.deepEqual([...x], [0, 0, 0, 0, ...pairs])
  t.deepEqual([...target], [0, 0, 0, 1, -1, 0, -2, -1])
})

test('one timestep of one sequence is laid in the second row', t => {
  const target = new Float64Array(4)
  lay(target, 'target', [[example(tensor([1]), tensor([3, 4]))]])
  t.deepEqual([...target], [0, 0, 3, 4])
})

test('what is taken out of a row is a copy', t => {
  const row = Float64Array.of(1, 2, 3, 4, 5, 6)
  const second = sliceOf(row, 3, 1, [2, 1])
  t.deepEqual(
    [second.shape, [...second.data]],
    [
      [2, 1],
      [3, 4],
    ],
  )
  const all = copy([6], row)
  row.fill(0)
  t.deepEqual([...second.data, ...all.data], [3, 4, 1, 2, 3, 4, 5, 6])
})

test('the rows of a port are found once each', t => {
  const asked: string[] = []
  const view: Machine['view'] = (port, frame) => {
    asked.push(`${port} ${frame}`)
    return new Float64Array(1)
  }
  const row = rowsOf({ view } as Machine, 2)
  t.is(row(1, 3), row(1, 3))
  t.is(row(1), row(1, 0))
  t.not(row(0), row(1))
  t.deepEqual(asked, ['1 3', '1 0', '0 0'])
})
