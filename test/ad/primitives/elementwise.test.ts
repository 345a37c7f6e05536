import test from 'ava'
import { KindError, ShapeError } from '../../../ad/errors.ts'
import { jvp, vjp } from '../../../ad/modes/transforms.ts'
import {
  abs,
  add,
  binary,
  clip,
  cos,
  div,
  exp,
  expm1,
  greater,
  less,
  log,
  log1p,
  max,
  min,
  mul,
  neg,
  pow,
  relu,
  sigmoid,
  sign,
  sin,
  softplus,
  sqrt,
  stopGradient,
  sub,
  tanh,
  unary,
  where,
} from '../../../ad/primitives/elementwise.ts'
import { arctanSpike, fastSigmoidSpike, triangularSpike } from '../../../ad/primitives/spikes.ts'
import { nested, scalar, type Tensor, tensor, zeros } from '../../../ad/tensor.ts'
import { item, type Like, type Row, type Value } from '../../../ad/value.ts'

type Formula = readonly [f: (x: number) => number, slope: (x: number) => number]
type Operation<F> = F & { readonly primitive: Row }
const near = (x: number, wanted: number): boolean =>
  Object.is(x, wanted) || Math.abs(x - wanted) <= 1e-14 * Math.abs(wanted)

const logistic = (x: number): number => 1 / (1 + Math.exp(-x))
const ones: readonly (readonly [Operation<(x: Like) => Value>, ...Formula])[] = [
  [neg, x => -x, () => -1],
  [exp, Math.exp, Math.exp],
  [log, Math.log, x => 1 / x],
  [log1p, Math.log1p, x => 1 / (1 + x)],
  [expm1, Math.expm1, Math.exp],
  [sqrt, Math.sqrt, x => 0.5 / Math.sqrt(x)],
  [tanh, Math.tanh, x => 1 - Math.tanh(x) ** 2],
  [sin, Math.sin, Math.cos],
  [cos, Math.cos, x => -Math.sin(x)],
  [sigmoid, logistic, x => logistic(x) * logistic(-x)],
  [softplus, x => Math.log(1 + Math.exp(x)), logistic],
  [sign, Math.sign, () => 0],
  [stopGradient, x => x, () => 0],
  [relu, x => Math.max(x, 0), x => (x > 0 ? 1 : 0)],
  [abs, Math.abs, Math.sign],
  [triangularSpike, x => (x >= 0 ? 1 : 0), x => Math.max(0, 1 - Math.abs(x))],
  [fastSigmoidSpike, x => (x >= 0 ? 1 : 0), x => 1 / (1 + Math.abs(x)) ** 2],
  [arctanSpike, x => (x >= 0 ? 1 : 0), x => 1 / (1 + x * x)],
]

test('every function of one number has its values and its slopes, pushed and pulled', t => {
  for (const [f, value, slope] of ones)
    for (const x of [
      0.25,
      0.75,
      1.5,
      3,
      ...(/^(log|log1p|sqrt)$/.test(f.primitive.name) ? [] : [0, -0.25, -0.75, -3]),
    ]) {
      const [out, pushed] = jvp(f, [x], [2])
      const pulled = vjp(f, x)[1](4)[0] as Value
      const found = [item(out), item(pushed), item(pulled)]
      const wanted = [value(x), 2 * slope(x), 4 * slope(x)].map(y => y + 0)
      t.true(
        found.every((y, i) => near(y + 0, wanted[i] as number)),
        `${f.primitive.name} at ${x}: ${found}, not ${wanted}`,
      )
    }
})

type Formula2 = readonly [
  f: (a: number, b: number) => number,
  slopes: (a: number, b: number) => readonly [number, number],
]
const twos: readonly (readonly [Operation<(a: Like, b: Like) => Value>, ...Formula2])[] = [
  [add, (a, b) => a + b, () => [1, 1]],
  [sub, (a, b) => a - b, () => [1, -1]],
  [mul, (a, b) => a * b, (a, b) => [b, a]],
  [div, (a, b) => a / b, (a, b) => [1 / b, -a / (b * b)]],
  [greater, (a, b) => (a > b ? 1 : 0), () => [0, 0]],
  [max, Math.max, (a, b) => (b > a ? [0, 1] : [1, 0])],
  [min, Math.min, (a, b) => (a > b ? [0, 1] : [1, 0])],
  [pow, Math.pow, (a, b) => [b * a ** (b - 1), a ** b * Math.log(a)]],
]

test('every operation carries its row under its own name', t => {
  t.is(
    [...ones, ...twos].map(([f]) => f.primitive.name).join(' '),
    'neg exp log log1p expm1 sqrt tanh sin cos sigmoid softplus sign stopGradient relu abs triangularSpike fastSigmoidSpike ' +
      'arctanSpike add sub mul div greater max min pow',
  )
  t.is(where.primitive.name, 'where')
})

test('every function of two numbers has its values and its slopes, pushed and pulled', t => {
  for (const [f, value, slopes] of twos)
    for (const [a, b] of [
      [2, 3],
      [3, 2],
      [0.5, -1.25],
      [0.25, 0.5],
      [2, 2],
    ] as const) {
      const [out, left] = jvp(f, [a, b], [2, 0])
      const [, right] = jvp(f, [a, b], [0, 2])
      const pulled = vjp(f, a, b)[1](4) as readonly Value[]
      const found = [out, left, right, ...pulled].map(item)
      const [da, db] = slopes(a, b)
      const wanted = [value(a, b), 2 * da, 2 * db, 4 * da, 4 * db]
      t.true(
        found.every((y, i) => near(y + 0, (wanted[i] as number) + 0)),
        `${f.primitive.name} at ${a}, ${b}: ${found}, not ${wanted}`,
      )
    }
})

test('a power has the values of IEEE 754, and finite slopes where its base or its exponent is 0', t => {
  const values: readonly (readonly [number, number, number])[] = [
    [1, Infinity, 1],
    [1, Number.NaN, 1],
    [-1, Infinity, 1],
    [-1, -Infinity, 1],
    [-1, 3, -1],
    [-1, Number.NaN, Number.NaN],
    [2, Infinity, Infinity],
    [2, -Infinity, 0],
    [-2, Infinity, Infinity],
    [0, 0, 1],
  ]
  for (const [a, b, wanted] of values) t.is(item(pow(a, b)), wanted, `${a} to the power ${b}`)
  const slopes: readonly (readonly [a: number, b: number, inBase: number, inPower: number])[] = [
    [0, 0, 0, 0],
    [0, 1, 1, 0],
    [0, 2, 0, 0],
    [3, 0, 0, Math.log(3)],
    [-2, 3, 12, 0],
    [1e-200, 0, 0, Math.log(1e-200)],
  ]
  for (const [a, b, inBase, inPower] of slopes) {
    const pulled = (vjp(pow, a, b)[1](1) as readonly Value[]).map(item)
    t.deepEqual(
      pulled.map(x => x + 0),
      [inBase, inPower],
      `${a}, ${b}`,
    )
    t.deepEqual(
      [jvp(pow, [a, b], [1, 0])[1], jvp(pow, [a, b], [0, 1])[1]].map(x => item(x) + 0),
      [inBase, inPower],
    )
  }
  const mixed = (a: number): number =>
    item(jvp((b: Value) => vjp((x: Value) => pow(x, b), a)[1](1)[0] as Value, [0], [1])[1])
  for (const a of [2, 0.25, -3, 1e-146, 1.25 * 2 ** -512])
    t.is(mixed(a), 1 / a, `the slope in b of the slope in a, at ${a}`)
  // 1/a² is no double
  for (const a of [0, 1e-200, 2 ** -512]) t.is(mixed(a), 0, `${a}`)
})

test('a choice takes one side where its condition is not 0, in value and in derivative', t => {
  const [condition, a, b] = [tensor([1, 0, -0.5]), tensor([1, 2, 3]), tensor([10, 20, 30])]
  t.deepEqual(nested(where(condition, a, b) as Tensor), [1, 20, 3])
  t.deepEqual(nested(jvp(where, [condition, a, b], [a, a, zeros([3])])[1] as Tensor), [1, 0, 3])
  t.deepEqual(nested(jvp(where, [condition, a, b], [a, zeros([3]), b])[1] as Tensor), [0, 20, 0])
  const pulled = vjp(where, condition, a, b)[1](tensor([5, 6, 7])) as readonly Tensor[]
  t.deepEqual(pulled.map(nested), [
    [0, 0, 0],
    [5, 0, 7],
    [0, 6, 0],
  ])
})

test('comparisons and bounds are on the side that their names say', t => {
  const numbers = tensor([1, 2, 3])
  t.deepEqual(nested(greater(numbers, 2) as Tensor), [0, 0, 1])
  t.deepEqual(nested(less(numbers, 2) as Tensor), [1, 0, 0])
  t.deepEqual(nested(clip(numbers, 1.5, 2.5) as Tensor), [1.5, 2, 2.5])
  for (const spike of [triangularSpike, fastSigmoidSpike, arctanSpike])
    t.deepEqual(nested(spike(tensor([-1e-300, -0, 0, 1e-300])) as Tensor), [0, 1, 1, 1])
})

test('a sigmoid is right to the last digits on either side', t => {
  t.is(item(sigmoid(0)), 0.5)
  t.is(item(sigmoid(-745)), 5e-324)
  t.is(item(sigmoid(-40)), Math.exp(-40) / (1 + Math.exp(-40)))
  t.is(item(sigmoid(-1000)), 0)
  t.is(item(sigmoid(1000)), 1)
  t.is(item(softplus(-745)), 5e-324)
  t.is(item(softplus(1000)), 1000)
})

test('shapes that are equal or 1, axis by axis from the last, are spread over each other', t => {
  const shapes: readonly (readonly [a: readonly number[], b: readonly number[], wanted: readonly number[]])[] = [
    [[], [], []],
    [[2, 3], [], [2, 3]],
    [[3], [2, 3], [2, 3]],
    [
      [2, 1],
      [1, 3],
      [2, 3],
    ],
    [
      [1, 1],
      [1, 1],
      [1, 1],
    ],
    [[1], [1, 1], [1, 1]],
    [
      [4, 1, 3],
      [2, 1],
      [4, 2, 3],
    ],
    [[1], [0], [0]],
    [[0, 3], [1], [0, 3]],
  ]
  for (const [a, b, wanted] of shapes) {
    t.deepEqual(add(zeros(a), zeros(b)).shape, wanted)
    t.deepEqual(where(zeros(b), zeros([]), zeros(a)).shape, wanted)
  }
  for (const [a, b] of [
    [[2], [3]],
    [
      [2, 3],
      [3, 2],
    ],
    [[2], [0]],
    [[2, 3], [2]],
  ] as const)
    t.throws(() => mul(zeros(a), zeros(b)), {
      instanceOf: ShapeError,
      message: `mul: [${a.join(', ')}] and [${b.join(', ')}]; wanted shapes that are equal, or 1, axis by axis from the last. Reshape one of them, or spread it by hand.`,
    })
  t.deepEqual(nested(sub(tensor([[1], [2]]), tensor([10, 20])) as Tensor), [
    [-9, -19],
    [-8, -18],
  ])
})

test('a primitive of your own says how both derivatives go through it', t => {
  const cube = unary('cube', x => x ** 3, { push: [(d, [x]) => mul(d, mul(3, mul(x, x)))], pull: [null] })
  t.is(cube.primitive.name, 'cube')
  t.deepEqual([item(cube(2)), item(jvp(cube, [2], [1])[1]), item(vjp(cube, 2)[1](1)[0] as Value)], [8, 12, 0])
  const added = binary(
    'added',
    () => Number.NaN,
    { push: [null, null], pull: [null, null] },
    (out, a, b) => {
      out.set(a.map((v, i) => v + (b[i] as number)))
    },
  )
  t.deepEqual(nested(added(tensor([1, 2]), 3) as Tensor), [4, 5])
  const apart = binary('apart', (a, b) => a - 2 * b, { push: [d => d, null], pull: [null, null] })
  t.deepEqual(nested(apart(tensor([5, 6]), scalar(2)) as Tensor), [1, 2])
  t.deepEqual(apart.primitive.shape([[2], [1]], undefined), [2])
  for (const make of [unary, binary] as const)
    for (const [facts, missing] of [
      [{ push: [null] }, 'pull'],
      [{ pull: [null] }, 'push'],
      [undefined, 'push'],
    ] as const)
      t.throws(() => make('mine', (x: number) => x, facts as never), {
        instanceOf: KindError,
        message: new RegExp(`^mine: a primitive without ${missing}; .* Give ${missing}: \\[null\\]`),
      })
})
