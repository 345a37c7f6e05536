/** How a batch is cut, and where what is shared is laid out. */
import test from 'ava'
import { scalar, tensor } from '../../../ad/tensor.ts'
import { blocksOf, sharedParameters } from '../../../nets/workers/blocks.ts'

const ends = (count: number): readonly number[] => blocksOf(count).map(({ to }) => to)

test('a batch is cut into blocks of at most 8, of at most 16 from 64 on, and into two at least, of nearly one size', t => {
  t.deepEqual(ends(1), [1])
  t.deepEqual(ends(2), [1, 2])
  t.deepEqual(ends(3), [1, 3])
  t.deepEqual(ends(16), [8, 16])
  t.deepEqual(ends(17), [5, 11, 17])
  t.deepEqual(ends(63), [7, 15, 23, 31, 39, 47, 55, 63])
  t.deepEqual(ends(64), [16, 32, 48, 64])
  t.deepEqual(ends(65), [13, 26, 39, 52, 65])
  for (const count of [1, 5, 16, 63, 80])
    t.deepEqual(
      blocksOf(count).map(({ from }) => from),
      [0, ...ends(count).slice(0, -1)],
    )
})

const θ = (first: readonly number[], second: number) =>
  ({ cell: { W: tensor(first) }, start: {}, readout: { b: scalar(second) } }) as never

test('parameters are copied to memory that is kept as long as it fits', t => {
  const places = sharedParameters(θ([1, 2], 3))
  t.deepEqual(places, [Float64Array.of(1, 2), Float64Array.of(3)])
  t.true(places[0]?.buffer instanceof SharedArrayBuffer)
  t.is(sharedParameters(θ([4, 5], 6), places), places)
  t.deepEqual(places, [Float64Array.of(4, 5), Float64Array.of(6)])
  const longer = sharedParameters(θ([1, 2, 3], 4), places)
  t.deepEqual(longer, [Float64Array.of(1, 2, 3), Float64Array.of(4)])
})

test('where no memory can be shared parameters are copied to one of their own', t => {
  const { SharedArrayBuffer: shared } = globalThis
  Object.assign(globalThis, { SharedArrayBuffer: undefined })
  try {
    t.deepEqual(sharedParameters(θ([1, 2, 3], 4)), [Float64Array.of(1, 2, 3), Float64Array.of(4)])
  } finally {
    Object.assign(globalThis, { SharedArrayBuffer: shared })
  }
})
