/** The values of a memory, and the timesteps that cannot be traced. */
import test from 'ava'
import { KindError } from '../../../ad/errors.ts'
import { pull } from '../../../ad/linear/apply.ts'
import { add } from '../../../ad/primitives/elementwise.ts'
import { concat, stack } from '../../../ad/primitives/layout.ts'
import { scalar, tensor } from '../../../ad/tensor.ts'
import { item, type Value } from '../../../ad/value.ts'
import { leaky } from '../../../nets/cells/leaky.ts'
import { refilling, requireFixedStructure, valuesIn, withValues } from '../../../nets/compiled/trace.ts'
import { halfSquaredError } from '../../../nets/loss.ts'
import { example, network } from '../../../nets/network.ts'
import { type Rule, rule } from '../../../nets/run/rule.ts'
import { error, type Timestep } from '../../../nets/run/timestep.ts'
import { gradient } from '../../../nets/train/gradient.ts'

const [a, b, c, d] = [scalar(1), tensor([2, 3]), scalar(4), scalar(5)] as const
const tag = (): number => 0
const memory = {
  kind: 'tree',
  first: a,
  list: [b, { deep: c, n: 7 }],
  none: null,
  tag,
  fixed: { of: [1, 'x'] },
  last: d,
}

test('the values of a memory come in the order of its names, however deep', t => {
  t.deepEqual(valuesIn(memory), [a, b, c, d])
  t.deepEqual(valuesIn(a), [a])
  for (const none of [null, undefined, 3, 'text', tag, {}, [], [null, [1]]]) t.deepEqual(valuesIn(none), [])
})

test('a memory is made again with other values, and what is none stays as it is', t => {
  const others = [6, 7, 8, 9].map(n => scalar(n)) as readonly Value[]
  const made = withValues(memory, others)
  t.deepEqual(made, {
    ...memory,
    first: others[0],
    list: [others[1], { deep: others[2], n: 7 }],
    last: others[3],
  } as never)
  t.is(made.fixed, memory.fixed)
  t.true(Array.isArray(made.list))
  t.deepEqual(Object.keys(made), Object.keys(memory))
  const again = refilling(memory)
  t.deepEqual(valuesIn(again([a, b, c, d])), [a, b, c, d])
  t.deepEqual(valuesIn(again(others)), [...others])
  t.is(withValues(memory.fixed, []), memory.fixed)
  t.is(withValues<Value>(a, [b]), b)
})

test('a program that asks for a number cannot be compiled; what else it throws is thrown', t => {
  t.is(
    requireFixedStructure(() => 3),
    3,
  )
  const asking = { instanceOf: KindError, message: /^compile: a rule or cell that branches on a number; .*where/ }
  t.throws(() => {
    requireFixedStructure(() => {
      throw new KindError({ who: 'item', given: 'a', wanted: 'b', remedy: 'c' })
    })
  }, asking)
  for (const thrown of [new KindError({ who: 'pull', given: 'a', wanted: 'b', remedy: 'c' }), new RangeError('item')])
    t.is(
      t.throws(() =>
        requireFixedStructure(() => {
          throw thrown
        }),
      ),
      thrown,
    )
})

const net = network(leaky({ alpha: 0.5 }), { d: 2, n: 1, m: 1 }, halfSquaredError())
const data = [1, 2, 3].map(k => example([Math.sin(k)], [Math.cos(k)]))
const myopic = (now: Timestep) => pull(now.immediate, error(now))
const made = <M>(init: () => M, next: (memory: M, now: Timestep) => M): Rule<M, 'past'> =>
  rule({ name: 'mine', faces: 'past', init, step: (memory, now) => [myopic(now), next(memory, now)] })

const untraceable = {
  'a value that changes its shape': [
    made<Value>(
      () => tensor([0, 0]),
      x => concat([x, tensor([0])], 0),
    ),
    /compile: a rule whose memory changes its structure; /,
  ],
  'a value of another shape and as many numbers': [
    made<Value>(
      () => tensor([0, 0]),
      x => stack([x]),
    ),
    /compile: a rule whose memory changes its structure; /,
  ],
  'a value that comes': [
    made<readonly Value[]>(
      () => [],
      (list, now) => [...list, now.loss],
    ),
    /compile: a rule whose memory changes its structure; /,
  ],
  'a value that goes': [
    made<readonly Value[]>(
      () => [scalar(0), scalar(1)],
      list => list.slice(1),
    ),
    /compile: a rule whose memory changes its structure; /,
  ],
  'a number that it counts': [
    made<number>(
      () => 4,
      n => n + 1,
    ),
    /compile: memory that a step changes from 5 to 6; /,
  ],
  'a choice by a number': [
    made<Value>(
      () => scalar(0),
      (x, now) => (item(now.loss) > 1 ? x : add(x, 1)),
    ),
    /compile: a rule or cell that branches on a number; /,
  ],
}

for (const [what, [mine, message]] of Object.entries(untraceable) as [string, [unknown, RegExp]][])
  test(`a rule with ${what} is refused by what compiles it, and run one operation at a time`, t => {
    const by = (engine: 'eager' | 'compiled-js') => () => gradient(mine as never, net, { engine })(net.init(1), data)
    t.throws(by('compiled-js'), { instanceOf: KindError, message })
    t.notThrows(by('eager'))
  })
