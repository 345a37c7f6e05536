import test from 'ava'
import { DomainError, KindError, ShapeError } from '../../ad/errors.ts'
import { scalar, tensor } from '../../ad/tensor.ts'
import { item } from '../../ad/value.ts'
import { cells } from '../../nets/cells/index.ts'
import { halfSquaredError } from '../../nets/loss.ts'
import { type Example, network } from '../../nets/network.ts'
import { ahead, delayed, manyToOne, oneToMany, oneToOne, padded, sequence, standardised } from '../../nets/sequence.ts'
import { lossAndGradient } from '../../nets/train/gradient.ts'
import { bptt } from '../../rules/bptt.ts'

const x = (value: number) => tensor([value])
const inputs = (sequence: readonly Example[]) => sequence.map(now => (now.x as ReturnType<typeof x>).data[0])
const wanted = (sequence: readonly Example[]) =>
  sequence.map(({ target, weight }) => (item(weight) === 0 ? null : (target as ReturnType<typeof x>).data[0]))

test('the shapes of tasks say which steps have inputs and which have targets', t => {
  const [xs, ys] = [[1, 2, 3].map(x), [4, 5, 6].map(x)]
  const both = (sequence: readonly Example[]) => [inputs(sequence), wanted(sequence)]
  t.deepEqual(both(oneToOne(x(1), x(4))), [[1], [4]])
  t.deepEqual(both(oneToMany(x(1), ys)), [
    [1, 0, 0],
    [4, 5, 6],
  ])
  t.deepEqual(both(manyToOne(xs, x(4))), [
    [1, 2, 3],
    [null, null, 4],
  ])
  t.deepEqual(both(sequence(xs, ys)), [
    [1, 2, 3],
    [4, 5, 6],
  ])
  t.deepEqual(both(delayed(xs, ys, 2)), [
    [1, 2, 3, 0, 0],
    [null, null, 4, 5, 6],
  ])
  t.throws(() => sequence(xs, ys.slice(1)), { message: /sequence: 3 inputs and 2 targets/ })
})

test('a sequence is written in numbers, in lists or in vectors, and its weights are 1 unless they are given', t => {
  const numbers = sequence([1, 2], [3, 4])
  t.deepEqual(sequence([[1], [2]], [[3], [4]]), numbers)
  t.deepEqual(sequence([x(1), x(2)], [x(3), x(4)]), numbers)
  t.deepEqual(
    numbers.map(({ weight }) => item(weight)),
    [1, 1],
  )
  const [wide] = sequence([[1, 2, 3]], [tensor([4, 5])])
  t.deepEqual([wide!.x, wide!.target], [tensor([1, 2, 3]), tensor([4, 5])])
  const weighted = sequence([1, 2, 3], [4, 5, 6], [0, 0.5, scalar(2)])
  t.deepEqual(
    weighted.map(({ weight }) => item(weight)),
    [0, 0.5, 2],
  )
  t.throws(() => sequence([1, 2, 3], [4, 5, 6], [1]), {
    instanceOf: ShapeError,
    message: /sequence: 3 inputs and 1 weights/,
  })
})

test('what has no loss is not learned from, wherever it stands', t => {
  const net = network(cells.lstm(), { d: 3, n: 1, m: 1 }, halfSquaredError())
  const θ = net.init(1)
  const short = sequence([x(1)], [x(2)])
  const long = delayed([x(1), x(-1)], [x(2), x(1)], 1)
  const batch = padded([short, long])
  t.deepEqual(
    batch.map(one => one.length),
    [3, 3],
  )
  const by = lossAndGradient(bptt, net, { engine: 'compiled' })
  const mean = (by(θ, short).loss + by(θ, long).loss) / 2
  t.true(Math.abs(by(θ, batch).loss - mean) < 1e-12)
})

test('a series is predicted as many steps before as the horizon says', t => {
  const both = (sequence: readonly Example[]) => [inputs(sequence), wanted(sequence)]
  t.deepEqual(both(ahead([1, 2, 3, 4])), [
    [1, 2, 3],
    [2, 3, 4],
  ])
  t.deepEqual(both(ahead([1, 2, 3, 4], { horizon: 3 })), [[1], [4]])
  t.throws(() => ahead([1, 2], { horizon: 0 }), { instanceOf: DomainError, message: /horizon = 0/ })
  t.throws(() => ahead([1, 2], { horizon: 2 }), { instanceOf: ShapeError, message: /at least 3 values/ })
})

test('a series is standardised by a part of it, whatever comes after', t => {
  const { values, mean, deviation } = standardised([1, 3, 9], { to: 2 })
  t.deepEqual([mean, deviation, values], [2, 1, [-1, 1, 7]])
  t.deepEqual(standardised([1, 3, -50], { to: 2 }).values.slice(0, 2), values.slice(0, 2))
  t.deepEqual(standardised([0, 1, 3], { from: 1 }).mean, 2)
  t.throws(() => standardised([2, 2, 5], { to: 2 }), { instanceOf: DomainError, message: /varies/ })
})

test('a series of any size is standardised', t => {
  for (const size of [1e16, 1e-200, 1e200, 5e307]) {
    const { values, mean, deviation } = standardised(
      [size, size + 2 * Math.max(1, size / 2), -size / 2, size / 4].map(v => v),
    )
    t.true(Number.isFinite(mean) && deviation > 0 && deviation < Infinity, `${size}`)
    t.true(Math.abs(values.reduce((sum, v) => sum + v * v, 0) / 4 - 1) < 1e-12)
  }
  const { mean, deviation } = standardised([1e16, 1e16 + 2, 1e16 + 4])
  t.is(mean, 1e16 + 2)
  t.true(Math.abs(deviation - Math.sqrt(8 / 3)) < 1e-14)
})

test('what is no list, or has no steps, is refused by who was given it', t => {
  const kind = (make: () => unknown, message: RegExp) => t.throws(make, { instanceOf: KindError, message })
  const shape = (make: () => unknown, message: RegExp) => t.throws(make, { instanceOf: ShapeError, message })
  kind(() => sequence(1 as never, [1]), /^sequence: 1; wanted a list of inputs/)
  kind(() => sequence([1], 1 as never), /^sequence: 1; wanted a list of targets/)
  kind(() => sequence([1], [1], 1 as never), /^sequence: 1; wanted a list of weights/)
  kind(() => oneToMany(x(1), 1 as never), /^oneToMany: 1; wanted a list of targets/)
  kind(() => manyToOne(1 as never, x(1)), /^manyToOne: 1; wanted a list of inputs/)
  kind(() => delayed(1 as never, [x(1)], 1), /^delayed: 1; wanted a list of inputs/)
  kind(() => ahead(1 as never), /^ahead: 1; wanted a list of values/)
  kind(() => standardised(1 as never), /^standardised: 1; wanted a list of numbers/)
  kind(() => padded(1 as never), /^padded: 1; wanted a list of sequences/)
  shape(() => delayed([], [], 1), /^delayed: no steps; wanted at least one/)
  shape(() => delayed([x(1)], [], 1), /^delayed: 1 inputs and 0 targets/)
  shape(() => padded([[]]), /^padded: no steps/)
  shape(() => ahead([1, 2], { horizon: 3 }), /^ahead: 2 values with horizon 3; wanted at least 4 values/)
  t.throws(() => delayed([x(1)], [x(1)], 0.5), { instanceOf: DomainError, message: /^delayed: delay = 0.5/ })
  t.is(delayed([x(1)], [x(1)], 0).length, 1)
  t.deepEqual(inputs(manyToOne([], x(1))), [])
})

test('padding is of zeros without a loss, in the sizes of a sequence, and ends with the longest', t => {
  const [long, short] = [
    sequence(
      [
        [1, 2],
        [3, 4],
        [5, 6],
      ],
      [7, 8, 9],
    ),
    sequence([[1, 2]], [7], [0.5]),
  ]
  const [first, second] = padded([long, short]) as [readonly Example[], readonly Example[]]
  t.deepEqual(first, long)
  t.deepEqual(second, [
    ...short,
    ...sequence(
      [
        [0, 0],
        [0, 0],
      ],
      [0, 0],
      [0, 0],
    ),
  ])
  t.deepEqual(padded([]), [])
})

test('a part of a series runs from one place up to another, and must have something that varies', t => {
  const { mean, deviation, values } = standardised([9, 1, 3, 5], { from: 1, to: 3 })
  t.deepEqual([mean, deviation, values], [2, 1, [7, -1, 1, 3]])
  for (const part of [{ from: 2, to: 2 }, { from: 3, to: 2 }, { from: 4 }, { to: 0 }])
    t.throws(() => standardised([9, 1, 3, 5], part), { instanceOf: DomainError, message: /of deviation NaN/ })
  for (const bad of [
    [1, Number.NaN],
    [1, Number.POSITIVE_INFINITY],
  ])
    t.throws(() => standardised(bad), { instanceOf: DomainError, message: /^standardised: values 0 to 2 of deviation/ })
  t.throws(() => standardised([1, 2], { to: -1 }), { instanceOf: DomainError, message: /^standardised: to = -1/ })
})
