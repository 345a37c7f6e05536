import test from 'ava'
import { KindError, NameError } from '../../../ad/errors.ts'
import { plus } from '../../../ad/linear/linear.ts'
import { asCotangent, toValue, zeroCotangentIn } from '../../../ad/linear/space.ts'
import { full, type Tensor } from '../../../ad/tensor.ts'
import { leaky } from '../../../nets/cells/leaky.ts'
import { halfSquaredError } from '../../../nets/loss.ts'
import { network } from '../../../nets/network.ts'
import { rule } from '../../../nets/run/rule.ts'
import type { Run } from '../../../nets/run/timestep.ts'
import { unroll } from '../../../nets/run/unroll.ts'
import { sequence } from '../../../nets/sequence.ts'
import { dni } from '../../../rules/dni.ts'
import { fromStepOne, type Pairs, triangleBy } from '../../../rules/readings/triangle-by.ts'
import { rtrl } from '../../../rules/rtrl.ts'
import { sketch } from '../../../rules/sketch.ts'
import { uoro } from '../../../rules/uoro.ts'

const net = network(leaky({ alpha: 0.5 }), { d: 2, n: 1, m: 1 }, halfSquaredError())
const run = unroll(net)(net.init(1), sequence([0.5, -0.3, 0.8], [0.1, 0.7, -0.2]))
const numbers = (pairs: Pairs): readonly number[] => pairs.flat().flatMap(pair => [...(toValue(pair) as Tensor).data])

/** RTRL that emits some more at every step, whatever the run. */
const withMore = (more: number) =>
  rule({
    name: 'more',
    faces: 'past',
    init: rtrl.init,
    step: (memory: Parameters<typeof rtrl.step>[0], now) => {
      const [gradient, next] = rtrl.step(memory, now)
      const { from } = now.immediate
      return [plus(gradient, asCotangent(from, full([from.size], more))), next]
    },
  })

test('pairs that do not add up to what is emitted are refused, by more than a millionth of the largest entry', t => {
  const emitted = run.map((_, i) => triangleBy(rtrl)(run)[i]!.reduce((a, b) => plus(a, b)))
  const largest = Math.max(...emitted.flatMap(one => [...(toValue(one) as Tensor).data]).map(Math.abs))
  t.true(largest > 1e-3)
  t.notThrows(() => triangleBy(withMore(0.9e-6 * largest))(run))
  for (const more of [1.1e-6 * largest, -1.1e-6 * largest])
    t.throws(() => triangleBy(withMore(more))(run), {
      instanceOf: KindError,
      message: /triangleBy: more, which makes its gradient of more than the errors/,
    })
})

test('a rule without a derivative is refused as such; what else goes wrong in one is thrown as it is', t => {
  const branches = { instanceOf: KindError, message: /triangleBy: (sketch|failing), which branches on concrete values/ }
  t.throws(() => triangleBy(sketch())(run), branches)
  t.throws(() => triangleBy(dni())(run), { instanceOf: KindError, message: /dni, which predicts the losses to come/ })
  const failing = rule({
    name: 'failing',
    faces: 'past',
    init: rtrl.init,
    step: (memory: Parameters<typeof rtrl.step>[0], now) => {
      const [gradient, next] = rtrl.step(memory, now)
      if (toValue(gradient).interpreter) throw new RangeError('inside a derivative')
      return [gradient, next]
    },
  })
  t.throws(() => triangleBy(failing)(run), { instanceOf: RangeError, message: 'inside a derivative' })
  t.throws(() => triangleBy({ ...failing, eager: true })(run), branches, 'a rule that says that it branches')
})

test('a rule that draws has the triangle of a seed, 0 where none is given', t => {
  const by = (seed?: number) => numbers(triangleBy(uoro(), seed === undefined ? {} : { seed })(run))
  t.deepEqual(by(), by(0))
  t.notDeepEqual(by(), by(1))
})

test('without timestep 0 a triangle has one row less, and each row one pair', t => {
  const all = triangleBy(rtrl)(run)
  t.deepEqual(
    fromStepOne(all).map(row => row.length),
    [1, 2, 3],
  )
  t.is(fromStepOne(all)[2]![0], all[3]![1])
})

test('a rule that emits nothing has pairs of nothing, and a start alone has one', t => {
  const silent = rule({
    name: 'silent',
    faces: 'past',
    init: rtrl.init,
    step: (memory: Parameters<typeof rtrl.step>[0], now) => [zeroCotangentIn(now.immediate.from), memory],
  })
  t.true(numbers(triangleBy(silent)(run)).every(x => x === 0))
  t.is(triangleBy(rtrl)(run.slice(0, 1) as unknown as Run).length, 1)
})

test('what is no rule, no option or no run is refused', t => {
  t.throws(() => triangleBy(5 as never)(run), { instanceOf: KindError, message: /triangleBy: / })
  t.throws(() => triangleBy(rtrl, { sed: 1 } as never)(run), { instanceOf: NameError, message: /triangleBy: .*sed/ })
  t.throws(() => triangleBy(rtrl)(5 as never), { instanceOf: KindError, message: /triangleBy: / })
})
