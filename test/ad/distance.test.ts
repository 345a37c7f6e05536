import test from 'ava'
import { alignment, distance, entries } from '../../ad/distance.ts'
import { ShapeError } from '../../ad/errors.ts'
import { scalar, tensor } from '../../ad/tensor.ts'

const ours = { a: tensor([1, 2]), b: scalar(0.5) }

test('the distance of two trees is their largest difference, whatever the order of the names', t => {
  t.deepEqual(entries(ours), [1, 2, 0.5])
  t.is(distance(ours, ours), 0)
  t.is(distance(ours, { b: scalar(0.25), a: tensor([1, 2]) }), 0.25)
  t.is(distance(ours, { b: scalar(4), a: tensor([-3, 2]) }), 4)
  t.throws(() => distance(ours, { a: tensor([1, 2]), c: scalar(0) }), {
    instanceOf: ShapeError,
    message: /^distance: /,
  })
})

test('the alignment is the cosine of an angle, also of the smallest and the largest numbers', t => {
  const near = (x: number, wanted: number) => t.true(Math.abs(x - wanted) < 1e-15, `${x} is ${wanted}`)
  for (const k of [1, 1e-200, 1e200]) {
    near(alignment(tensor([k, 2 * k]), tensor([3, 1])), 1 / Math.SQRT2)
    near(alignment(tensor([3, 1]), tensor([-k, -2 * k])), -1 / Math.SQRT2)
    near(alignment(tensor([0, k]), tensor([5, 0])), 0)
  }
  t.is(alignment(scalar(0), scalar(1)), Number.NaN)
  t.throws(() => alignment(ours, { a: scalar(1), c: scalar(0) }), { instanceOf: ShapeError, message: /^alignment: / })
})
