import test from 'ava'
import { KindError, ShapeError } from '../../../ad/errors.ts'
import { asCotangent, spaceOf } from '../../../ad/linear/space.ts'
import { tensor, zeros } from '../../../ad/tensor.ts'
import { alignmentByLag } from '../../../rules/readings/alignment-by-lag.ts'
import type { Pairs } from '../../../rules/readings/triangle-by.ts'

const space = spaceOf(zeros([2]))
const triangle = (...rows: readonly (readonly (readonly number[])[])[]): Pairs =>
  rows.map(row => row.map(entry => asCotangent(space, tensor(entry)))) as unknown as Pairs

test('two triangles are held beside each other lag by lag, over the pairs of a lag together', t => {
  const ours = triangle(
    [[1, 0]],
    [
      [3, 4],
      [0, 2],
    ],
  )
  const exact = triangle(
    [[1, 0]],
    [
      [6, 8],
      [2, 0],
    ],
  )
  const [now, before] = alignmentByLag(ours, exact)
  const near = (found: object, wanted: Readonly<Record<string, number>>): void => {
    t.deepEqual(Object.keys(found), Object.keys(wanted))
    for (const [name, x] of Object.entries(found)) t.true(Math.abs(x - wanted[name]!) < 1e-12, `${name} ${x}`)
  }
  near(now!, { lag: 0, pairs: 2, cosine: 1 / 5, ratio: 1, error: Math.sqrt(8 / 5) })
  near(before!, { lag: 1, pairs: 1, cosine: 1, ratio: 1 / 2, error: 1 / 2 })
})

test('what is no triangle is refused, and two of other lengths are', t => {
  const [short, long] = [
    triangle([[1, 0]]),
    triangle(
      [[1, 0]],
      [
        [1, 0],
        [1, 0],
      ],
    ),
  ]
  for (const other of [null, 5, [1], {}])
    for (const pair of [
      [other, short],
      [short, other],
    ] as const)
      t.throws(() => alignmentByLag(pair[0] as Pairs, pair[1] as Pairs), {
        instanceOf: KindError,
        message: /two triangles/,
      })
  t.throws(() => alignmentByLag(short, long), { instanceOf: ShapeError, message: /1 and 2 rows; wanted as many/ })
})
