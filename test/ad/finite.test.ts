import test from 'ava'
import { NonFiniteError } from '../../ad/errors.ts'
import { checkFinite, checkParameters, isFiniteAll, refuseNonFinite, treeIsFinite } from '../../ad/finite.ts'
import { firstNonFinite } from '../../ad/modes/checked.ts'
import { grad } from '../../ad/modes/transforms.ts'
import { exp, sub } from '../../ad/primitives/elementwise.ts'
import { scalar, tensor } from '../../ad/tensor.ts'
import type { Value } from '../../ad/value.ts'

test('a number that is not finite is found in every place of a list of every length', t => {
  for (let length = 0; length < 10; length++) {
    const finite = Float64Array.from({ length }, (_, i) => (i % 2 === 0 ? 1 : -1) * (i === 0 ? 0 : 1e308))
    t.true(isFiniteAll(finite), `${length}`)
    for (let place = 0; place < length; place++)
      for (const x of [Number.NaN, Infinity, -Infinity])
        t.false(isFiniteAll(finite.with(place, x)), `${x} in place ${place} of ${length}`)
  }
})

test('of a tree every leaf counts, but for the values of an interpreter', t => {
  t.true(treeIsFinite({ a: scalar(1), b: [tensor([2, 3])] }))
  t.false(treeIsFinite({ a: scalar(1), b: [tensor([2, Infinity])] }))
  grad((x: Value) => {
    t.true(treeIsFinite({ a: x, b: scalar(1) }))
    t.false(treeIsFinite({ a: x, b: scalar(Number.NaN) }))
    return x
  })(scalar(Number.NaN))
})

test('what is not finite is refused by its name and its step, the first one', t => {
  const [good, bad] = [scalar(1), scalar(Number.NaN)]
  t.notThrows(() => checkFinite('bptt', 3, { state: good, credit: good }))
  t.throws(() => checkFinite('bptt', 3, { state: good, credit: bad, loss: bad }), {
    instanceOf: NonFiniteError,
    message: /^bptt: .*not finite in the credit at step 3; .*Lower the step size/,
  })
  t.throws(() => refuseNonFinite('rtrl', 'loss', 'Begin again'), {
    message: /^rtrl: .* in the loss; .* Begin again\.$/,
  })
})

test('parameters that are no numbers are named by their path', t => {
  t.notThrows(() => checkParameters('train', { cell: { W: scalar(1) } }))
  t.throws(() => checkParameters('train', { readout: scalar(1), cell: { b: scalar(0), W: tensor([1, -Infinity]) } }), {
    instanceOf: NonFiniteError,
    message: /^train: .* not finite in θ\.cell\.W; wanted finite parameters/,
  })
})

test('the line of a program that made the first number that is not finite is named', t => {
  const where = firstNonFinite(([x]) => sub(exp(x as Value), 1), [scalar(1000)])
  t.is(where?.operation, 'exp')
  t.regex(where?.line ?? '', /^finite\.test\.[jt]s:\d+:\d+$/)
  t.is(
    firstNonFinite(([x]) => exp(x as Value), [scalar(1)]),
    null,
  )
})
