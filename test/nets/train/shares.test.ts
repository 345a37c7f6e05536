/** What a share of the work begins with, and how what the shares have found is put together: columns of rows, blocks of sequences. */
import test from 'ava'
import { scalar, tensor, zeros } from '../../../ad/tensor.ts'
import { joinedColumns, meanOf, placeFor, type Share, sumOf } from '../../../nets/train/shares.ts'
import type { Place } from '../../../nets/workers/session.ts'

const inColumns = (from: number, to: number): Share => ({
  made: null as never,
  block: { from: 0, to: 1 },
  columns: { from, to },
})
const inBlock = (from: number, to: number): Share => ({ made: null as never, block: { from, to }, columns: null })
const numbers = (...xs: readonly number[]): Float64Array => Float64Array.from(xs)
const shares = [inColumns(0, 2), inColumns(2, 3)]
const place: Place = {
  steps: 4,
  turn: 0,
  state: [numbers(7, 8)],
  memory: [numbers(1, 2, 3, 4, 5, 6), numbers(0)],
  influence: null,
  gradient: numbers(10, 20, 30, 40, 50),
}

test('a share of columns begins with its own of every row, a single 0 as it is, and with its own of the gradient first', t => {
  const [left, right] = shares.map(share => placeFor(shares, share, place)) as [Place, Place]
  t.deepEqual(left.memory, [numbers(1, 2, 4, 5), numbers(0)])
  t.deepEqual(right.memory, [numbers(3, 6), numbers(0)])
  t.deepEqual(left.gradient, numbers(10, 20, 0, 40, 50))
  t.deepEqual(right.gradient, numbers(30, 0, 0, 40, 50))
  for (const { steps, state } of [left, right]) t.deepEqual([steps, state], [4, place.state])
})

test('a share of columns of a row that has one for each begins with these', t => {
  const one = placeFor(shares, shares[1] as Share, { ...place, memory: [numbers(1, 2, 3)], gradient: numbers(1, 2, 3) })
  t.deepEqual([one.memory, one.gradient], [[numbers(3)], numbers(3, 0, 0)])
})

test('a share of columns begins without a gradient where there is none, and one of sequences with what there is', t => {
  t.is(placeFor(shares, shares[0] as Share, { ...place, gradient: null }).gradient, null)
  t.is(placeFor([inBlock(0, 2)], inBlock(0, 2), place), place)
})

test('rows are put together from their columns, in whatever order these come', t => {
  const left = { columns: { from: 0, to: 2 }, numbers: numbers(1, 2, 4, 5) }
  const right = { columns: { from: 2, to: 3 }, numbers: numbers(3, 6) }
  for (const parts of [
    [left, right],
    [right, left],
  ])
    t.deepEqual(joinedColumns(parts), numbers(1, 2, 3, 4, 5, 6))
})

test('sums of blocks are added up, and those of columns laid side by side, with what is no column after them', t => {
  const sum = zeros([2])
  sumOf([inBlock(0, 1), inBlock(1, 3), inBlock(3, 4)], [numbers(1, 2), numbers(10, 20), numbers(100, 200)], sum)
  t.deepEqual(sum.data, numbers(111, 222))
  const whole = zeros([5])
  sumOf(shares, [numbers(1, 2, 0, 4, 5), numbers(3, 0, 0, 4, 5)], whole)
  t.deepEqual(whole.data, numbers(1, 2, 3, 4, 5))
})

test('the mean is over the sequences, and of one alone its own', t => {
  const θ = { cell: { W: tensor([0]) }, start: {}, readout: { b: scalar(0) } } as never
  const found = [numbers(1, 2), numbers(5, 8)]
  const blocks = [inBlock(0, 2), inBlock(2, 4)]
  t.deepEqual(meanOf({ shares: blocks, workers: 1, count: 4 }, found, θ).data, numbers(1.5, 2.5))
  const into = zeros([2])
  t.is(meanOf({ shares: blocks, workers: 1, count: 2 }, found, θ, into), into)
  t.deepEqual(into.data, numbers(3, 5))
  t.deepEqual(meanOf({ shares: blocks, workers: 1, count: 1 }, found, θ).data, numbers(6, 10))
})
