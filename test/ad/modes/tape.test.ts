import test from 'ava'
import { KindError } from '../../../ad/errors.ts'
import { backward, collect, isReached, pushforward, record, type Tape } from '../../../ad/modes/tape.ts'
import { add, greater, mul, sub } from '../../../ad/primitives/elementwise.ts'
import { concat } from '../../../ad/primitives/layout.ts'
import { nested, scalar, type Tensor, tensor } from '../../../ad/tensor.ts'
import type { Value } from '../../../ad/value.ts'

const list = (values: readonly (Value | undefined)[]): unknown => values.map(x => (x ? nested(x as Tensor) : null))
type Three = readonly [Value, Value, Value]
/** x y, 5, x y + x, and y itself; z goes nowhere but through a comparison. */
const program = ([x, y, z]: readonly Value[]): readonly Value[] => {
  const product = mul(x as Value, y as Value)
  greater(z as Value, 0)
  return [product, scalar(5), add(product, x as Value), y as Value]
}
const tape: Tape = record(program, [scalar(2), scalar(3), scalar(7)] satisfies Three)

test('a tape has the slots of inputs and of what was made, in order, and -1 for a constant', t => {
  t.deepEqual(
    tape.entries.map(({ row, from }) => [row.name, ...from]),
    [
      ['mul', 0, 1],
      ['greater', 2, -1],
      ['add', 3, 0],
    ],
  )
  t.deepEqual(list(tape.outputs), [6, 5, 8, 3])
  t.deepEqual(tape.ends, [3, -1, 5, 1])
})

test('cotangents go back to every slot that depends on what was chosen, and add up there', t => {
  const c = [1, 100, 10, 1000].map(scalar)
  // x: (1 + 10) y + 10, y: (1 + 10) x + 1000
  t.deepEqual(list(backward(tape, c)), [43, 1022, null, 11, null, 10])
  t.deepEqual(list(backward(tape, c, [0])), [43, null, null, 11, null, 10])
  t.deepEqual(list(backward(tape, c, [1])), [null, 1022, null, 11, null, 10])
  t.deepEqual(list(backward(tape, c, [2])), [null, null, null, null, null, null])
})

test('tangents go on from the inputs that have one', t => {
  t.deepEqual(list(pushforward(tape, [scalar(1), scalar(10), scalar(5)])), [1, 10, 5, 23, null, 24])
  t.deepEqual(list(pushforward(tape, [undefined, scalar(10), undefined])), [null, 10, null, 20, null, 20])
  t.deepEqual(list(pushforward(tape, [undefined, undefined, scalar(1)])), [null, null, 1, null, null, null])
})

test('what was carried is collected by slot, zeros where nothing came', t => {
  const carried = [tensor([1, 2]), undefined]
  const like = [tensor([0, 0]), tensor([0]), tensor([9, 9, 9])]
  t.deepEqual(list(collect(carried, [0, 1, -1], like)), [[1, 2], [0], [0, 0, 0]])
})

test('an output is reached from the inputs that it depends on', t => {
  t.deepEqual(
    [[0], [1], [2], [], [2, 1]].map(chosen => isReached(tape, chosen)),
    [true, true, false, false, true],
  )
  const passing = record(([x]) => [x as Value], [scalar(1)])
  t.true(isReached(passing, [0]))
  t.false(
    isReached(
      record(([x]) => [sub(1, 2), greater(2, 1)].slice(0, x ? 1 : 2), [scalar(1)]),
      [0],
    ),
  )
})

test('an operation of many arguments hears each in its own place', t => {
  const joined = record(([x, y]) => [concat([y as Value, tensor([0]), x as Value])], [tensor([1]), tensor([2, 3])])
  t.deepEqual(list(joined.outputs), [[2, 3, 0, 1]])
  t.deepEqual(list(backward(joined, [tensor([4, 5, 6, 7])])), [[7], [4, 5], [4, 5, 6, 7]])
  t.deepEqual(list(pushforward(joined, [tensor([7]), undefined])), [[7], null, [0, 0, 0, 7]])
})

test('a value that got out of a program that has ended belongs to no other', t => {
  let leak: Value = scalar(0)
  record(
    ([x]) => {
      leak = x as Value
      return []
    },
    [scalar(1)],
  )
  t.throws(() => record(() => [leak], []), { instanceOf: KindError, message: /^derivative: a value that got out/ })
  t.throws(() => mul(leak, 2), { instanceOf: KindError, message: /^derivative: a value that got out/ })
})
