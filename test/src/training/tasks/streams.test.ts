/** What holds of the stream of every task. */
import test from 'ava'
import type { Tensor } from '../../../../ad/tensor.ts'
import { item } from '../../../../ad/value.ts'
import type { Example } from '../../../../nets/network.ts'
import { rng } from '../../../../nets/random.ts'
import { taskNames, tasks } from '../../../../src/training/tasks/index.ts'
import { iterated, opened, type Position, reopened, type Source } from '../../../../src/training/tasks/source.ts'
import type { MadeUp, Task } from '../../../../src/training/tasks/task.ts'

const numbersOf = ({ x, target, weight }: Example): readonly number[] => [
  ...(x as Tensor).data,
  ...(target as Tensor).data,
  item(weight),
]

const firstOf = (made: MadeUp, seed: number, count: number): readonly (readonly number[])[] => {
  const stream = made.steps(rng(seed))
  return Array.from({ length: count }, () => numbersOf(stream.next().value))
}

/** Refuses writing anywhere inside. */
const frozen = <A>(value: A): A => {
  if (typeof value === 'object' && value !== null) for (const part of Object.values(Object.freeze(value))) frozen(part)
  return value
}

const frozenStates = (source: Source): Source => ({
  ...source,
  next: (state, random) => {
    const [steps, after] = source.next(state, random)
    return [steps, frozen(after)]
  },
})

/** Tasks whose steps are the same whatever the seed. */
const fixed = ['murray-sines', 'nest-sines']

for (const name of taskNames) {
  const made = (tasks[name] as Task).on()
  test(`${name}: one seed draws one stream, another seed another`, t => {
    const [once, again, other] = [1, 1, 2].map(seed => firstOf(made, seed, 200))
    t.deepEqual(once, again)
    if (fixed.includes(name)) t.deepEqual(once, other)
    else t.notDeepEqual(once, other)
  })

  test(`${name}: inputs and targets have their sizes, weights are 0 or 1, floors fall`, t => {
    const stream = made.steps(rng(1))
    for (let i = 0; i < 100; i++) {
      const { x, target, weight } = stream.next().value
      t.deepEqual([x.shape, target.shape], [[made.n], [made.m]])
      t.true([0, 1].includes(item(weight)))
    }
    const values = made.floors.map(({ value }) => value)
    t.deepEqual(
      values,
      values.toSorted((a, b) => b - a),
    )
    t.true(values.length > 0)
  })

  test(`${name}: a stream goes on from where it was, read out of JSON, and changes no state`, t => {
    const stream = opened(frozenStates(made), rng(5))
    for (let i = 0; i < 123; i++) stream.next()
    const at: Position = JSON.parse(JSON.stringify(stream.position()))
    const on = Array.from({ length: 150 }, () => numbersOf(stream.next()))
    const resumed = reopened(made, at)
    t.deepEqual(resumed.position(), at)
    t.deepEqual(
      Array.from({ length: 150 }, () => numbersOf(resumed.next())),
      on,
    )
  })

  test(`${name}: every option is refused outside its range, and one that it does not have`, t => {
    const { options, on } = tasks[name] as Task
    for (const option of Object.keys(options))
      t.throws(() => on({ [option]: -1.5 }), { message: new RegExp(`^${name}: ${option} = -1.5; wanted ${option} `) })
    t.throws(() => on({ nonsense: 1 }), { message: /an option nonsense/ })
  })
}

test('a curriculum lengthens the delay with the steps drawn, from the least to the full one', t => {
  const { next, begin } = tasks.copy.on({ delay: 30, length: 2, curriculum: 2000 })
  const random = rng(1)
  let state = begin(random)
  const delays: number[] = []
  for (let i = 0; i < 200; i++) {
    const [steps, after] = next(state, random)
    delays.push(steps.length - 4)
    state = after
  }
  t.is(delays[0], 1)
  t.is(delays.at(-1), 30)
  t.deepEqual(
    delays,
    delays.toSorted((a, b) => a - b),
  )
  t.true(new Set(delays).size > 20)
  const full = tasks.copy.on({ delay: 30, length: 2, curriculum: 2000 })
  const held = iterated(opened(full, rng(1), true))
  const cues = Array.from({ length: 68 }, (_, i) => (item(held.next().value.weight) === 1 ? i : -1)).filter(i => i >= 0)
  t.deepEqual(cues, [32, 33, 66, 67])
})
