import test from 'ava'
import { firstNonFinite } from '../../../ad/modes/checked.ts'
import { grad } from '../../../ad/modes/transforms.ts'
import { add, div, exp, log, mul, sub } from '../../../ad/primitives/elementwise.ts'
import { scalar, tensor } from '../../../ad/tensor.ts'
import type { Value } from '../../../ad/value.ts'

const culprit = (program: (x: Value) => unknown, x: Value = scalar(1000)) =>
  firstNonFinite(([one]) => program(one as Value), [x])?.operation ?? null

test('the first operation that makes what is not finite out of finite numbers is named', t => {
  t.is(
    culprit(x => sub(exp(x), 1)),
    'exp',
  )
  t.is(
    culprit(x => add(mul(x, x), log(sub(x, 1000)))),
    'log',
  )
  t.is(
    culprit(x => div(x, 0)),
    'div',
  )
  t.is(
    culprit(x => exp(x), tensor([1, 1000])),
    'exp',
  )
  t.is(
    culprit(x => exp(x), scalar(1)),
    null,
  )
  t.is(
    culprit(x => add(x, 1), scalar(Number.NaN)),
    null,
  )
  t.is(
    culprit(x => add(x, scalar(Infinity))),
    null,
  )
})

test('it is found inside a derivative too, and what the program throws itself is passed on', t => {
  t.is(
    culprit(x => grad((y: Value) => mul(y, exp(y)))(x)),
    'exp',
  )
  t.throws(
    () =>
      culprit(() => {
        throw new RangeError('mine')
      }),
    { instanceOf: RangeError, message: 'mine' },
  )
})
