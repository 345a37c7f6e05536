import test from 'ava'
import { KindError } from '../../../ad/errors.ts'
import { pull } from '../../../ad/linear/apply.ts'
import { times } from '../../../ad/linear/space.ts'
import { add } from '../../../ad/primitives/elementwise.ts'
import { scalar, type Tensor } from '../../../ad/tensor.ts'
import type { Value } from '../../../ad/value.ts'
import { leaky } from '../../../nets/cells/leaky.ts'
import { requireSteady } from '../../../nets/compiled/purity.ts'
import { halfSquaredError } from '../../../nets/loss.ts'
import { example, network } from '../../../nets/network.ts'
import { type Rule, rule } from '../../../nets/run/rule.ts'
import { error, type Timestep } from '../../../nets/run/timestep.ts'
import { gradient } from '../../../nets/train/gradient.ts'
import { train } from '../../../nets/train/online.ts'
import { sgd } from '../../../nets/train/optimisers.ts'
import { rtrl } from '../../../rules/rtrl.ts'

const net = network(leaky({ alpha: 0.5 }), { d: 2, n: 1, m: 1 }, halfSquaredError())
const sequence = Array.from({ length: 6 }, (_, t) => example([Math.sin(t)], [Math.cos(t)]))
const myopic = (now: Timestep) => pull(now.immediate, error(now))
const made = <M>(init: () => M, step: Rule<M, 'past'>['step']): Rule<M, 'past'> =>
  rule({ name: 'mine', faces: 'past', init, step })

let calls = 0
let beginnings = 0
const hidden: unique symbol = Symbol('hidden')
class Counter {
  readonly n: number
  constructor(n: number) {
    this.n = n
  }
}
class Counted {
  readonly n: Value
  constructor(n: Value) {
    this.n = n
  }
}
const impure = {
  'a number': made(
    () => 0,
    (t, now) => [times(Math.min(1, t / 5), myopic(now)), t + 1],
  ),
  'a text': made(
    () => '',
    (text, now) => [myopic(now), `${text}.`],
  ),
  'a number deep down': made(
    () => ({ counts: [0] }),
    ({ counts }, now) => [myopic(now), { counts: counts.map(n => n + 1) }],
  ),
  'a Map': made(
    () => new Map<string, number>(),
    (seen, now) => [myopic(now), seen.set('steps', 1 + (seen.get('steps') ?? 0))],
  ),
  'a record changed in place': made(
    () => ({ n: 0 }),
    (memory, now) => {
      memory.n++
      return [times(memory.n, myopic(now)), memory]
    },
  ),
  'a typed array': made(
    () => new Float64Array(1),
    ([n = 0], now) => [times(Math.min(1, n / 5), myopic(now)), Float64Array.of(n + 1)],
  ),
  'an object of a class': made(
    () => new Counter(0),
    (counter, now) => [times(counter.n, myopic(now)), new Counter(counter.n + 1)],
  ),
  'a class around a Value': made(
    () => new Counted(scalar(0)),
    (counted, now) => [times(counted.n, myopic(now)), new Counted(add(counted.n, 1))],
  ),
  'a function': made(
    () => () => 0,
    (n: () => number, now) => [times(n(), myopic(now)), () => n() + 1],
  ),
  'a name that is a symbol': made(
    () => ({ [hidden]: scalar(0) as Value }),
    ({ [hidden]: n }, now) => [times(n, myopic(now)), { [hidden]: add(n, 1) }],
  ),
  'a beginning that counts': made(
    () => scalar(++beginnings),
    (n, now) => [times(n, myopic(now)), n],
  ),
  'a counter outside': made(
    () => null,
    (_, now) => [times(++calls, myopic(now)), null],
  ),
  'a draw of its own': made(
    () => null,
    (_, now) => [times(Math.random(), myopic(now)), null],
  ),
}

for (const [name, mine] of Object.entries(impure) as [string, Rule<unknown, 'past'>][])
  test(`a step with ${name} in its memory, or out of it, is refused by every compiled engine`, t => {
    for (const engine of ['compiled-js', 'compiled-wasm'] as const) {
      const expected = { message: /compile: .*add\(t, 1\).*engine: 'eager'/ }
      t.throws(() => gradient(mine, net, { engine })(net.init(1), sequence), expected)
      t.throws(() => [...train(mine, net, { optimiser: sgd({ lr: 0.1 }), engine })(net.init(1), sequence)], expected)
    }
    t.notThrows(() => gradient(mine, net, { engine: 'eager' })(net.init(1), sequence))
  })

test('a counter that is a Value counts under every engine', t => {
  const counting = made(
    () => scalar(0) as Value,
    (n, now) => [times(n, myopic(now)), add(n, 1)],
  )
  const of = (engine: 'eager' | 'compiled-wasm') =>
    (gradient(counting, net, { engine })(net.init(1), sequence).cell.W_rec as Tensor).data
  of('eager').forEach((x, i) => {
    t.true(Math.abs(x - (of('compiled-wasm')[i] as number)) < 1e-14)
  })
})

test('a cell that counts is refused', t => {
  let n = 0
  const plain = leaky({ alpha: 0.5 })
  const counting = {
    ...plain,
    step: (...given: Parameters<typeof plain.step>) => ({ h: add(plain.step(...given).h, ++n) }),
  }
  const its = network(counting, { d: 2, n: 1, m: 1 }, halfSquaredError())
  t.throws(() => gradient(rtrl, its)(its.init(1), sequence), { message: /another program each time/ })
})

test('a record that becomes something else, or something else a record, is refused as a whole', t => {
  const others = [5, null, 'text', [], undefined] as const
  for (const record of [{}, { a: 1 }])
    for (const other of others.filter(one => !Array.isArray(one))) {
      const says = (path: string) => ({
        instanceOf: KindError,
        message: new RegExp(`^compile: ${path} that a step changes`),
      })
      t.throws(() => requireSteady(record, other), says('memory'))
      t.throws(() => requireSteady(other, record), says('memory'))
      t.throws(() => requireSteady({ in: record }, { in: other }), says('memory\\.in'))
    }
  for (const same of [...others, {}, { a: 1, b: [2, 'x'] }])
    t.notThrows(() => requireSteady(same, structuredClone(same)))
  t.throws(() => requireSteady({ a: 1 }, { a: 1, b: 2 }), {
    message: /^compile: memory\.b that a step changes from undefined/,
  })
})
