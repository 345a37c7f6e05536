/** What acts entry by entry. The public functions broadcast by `spread`, so that a row meets equal shapes only. */
import { describe } from '../describe.ts'
import { bracket, KindError, ShapeError } from '../errors.ts'
import { type Operation, operation } from '../operation.ts'
import { requireFunction } from '../require.ts'
import { type Shape, sameShape, type Tensor } from '../tensor.ts'
import { type Like, lift, type Primitive, run, type Value } from '../value.ts'
import { broadcastTo } from './layout.ts'

type One = readonly [Value]
type Two = readonly [Value, Value]
type Three = readonly [Value, Value, Value]
type Unary = Operation<(x: Like) => Value>
type Binary = Operation<(a: Like, b: Like) => Value>

/** What a row of this file says for itself; shape and kind are the same for all. */
type Facts<A extends readonly Value[]> = Pick<
  Primitive<A, undefined>,
  'push' | 'pull' | 'smooth' | 'domain' | 'specimens'
>

const sharedShape = (who: string, shapes: readonly Shape[]): Shape => {
  const [first = []] = shapes
  if (shapes.every(shape => sameShape(shape, first))) return first
  const rank = Math.max(...shapes.map(shape => shape.length))
  return Array.from({ length: rank }, (_, i) => {
    const sizes = shapes.map(shape => shape[i - rank + shape.length] ?? 1)
    const size = sizes.find(n => n !== 1) ?? 1
    if (sizes.every(n => n === 1 || n === size)) return size
    throw new ShapeError({
      who,
      given: shapes.map(bracket).join(' and '),
      wanted: 'shapes that are equal, or 1, axis by axis from the last',
      remedy: 'Reshape one of them, or spread it by hand',
    })
  })
}

const row = <A extends readonly Value[]>(
  name: string,
  arity: number,
  facts: Facts<A>,
  write: (out: Float64Array, args: readonly Tensor[]) => void,
): Primitive<A, undefined> => ({
  name,
  kind: 'elementwise',
  shape: shapes => sharedShape(name, shapes),
  write: (out, args) => write(out, args as unknown as readonly Tensor[]),
  // every rank up to a matrix, an axis of size 1, and an empty one
  specimens: [[], [3], [2, 3], [1], [0]].map(shape => ({ shapes: new Array<Shape>(arity).fill(shape) })),
  ...facts,
})

const broadcast = (name: string, args: readonly Like[]): readonly Value[] => {
  const values = args.map(lift)
  const shape = sharedShape(
    name,
    values.map(value => value.shape),
  )
  return values.map(value => broadcastTo(value, shape))
}

const example = "unary('cube', x => x ** 3, { push: […], pull: […] })"

/** A row without derivatives is a slip; null says that none flows. */
const checkFacts = (
  name: string,
  f: unknown,
  facts: { readonly push?: unknown; readonly pull?: unknown } | undefined,
): void => {
  if (typeof name !== 'string')
    throw new KindError({
      who: 'primitive',
      given: `the name ${describe(name)}`,
      wanted: 'its name first, a text',
      remedy: example,
    })
  requireFunction(name, f, 'a function of plain numbers', example)
  const missing = (['push', 'pull'] as const).find(map => facts?.[map] === undefined)
  if (missing === undefined) return
  throw new KindError({
    who: name,
    given: `a primitive without ${missing}`,
    wanted: `push and pull, one map an argument`,
    remedy: `Give ${missing}: [null] where no derivative flows`,
  })
}

/** An entry-by-entry operation of one argument: its numbers and its two derivatives. The way to a primitive of your own. */
export const unary = (name: string, f: (x: number) => number, facts: Facts<One>): Unary => {
  checkFacts(name, f, facts)
  const own = row<One>(name, 1, facts, (out, [x]) => {
    const data = x!.data
    for (let i = 0; i < out.length; i++) out[i] = f(data[i]!)
  })
  return operation(own, (x: Like) => run(own, [lift(x)]))
}

type Loop = (out: Float64Array, a: Float64Array, b: Float64Array) => void

const loopOf =
  (f: (a: number, b: number) => number): Loop =>
  (out, a, b) => {
    for (let i = 0; i < out.length; i++) out[i] = f(a[i]!, b[i]!)
  }

/**
 * An entry-by-entry operation of two arguments that broadcast. `loop` may say the same as f in one loop: engines
 * compile a loop of its own far better than a call that every operation shares.
 */
export const binary = (
  name: string,
  f: (a: number, b: number) => number,
  facts: Facts<Two>,
  loop = loopOf(f),
): Binary => {
  checkFacts(name, f, facts)
  return looped(name, facts, loop)
}

const looped = (name: string, facts: Facts<Two>, loop: Loop): Binary => {
  const own = row<Two>(name, 2, facts, (out, [a, b]) => loop(out, a!.data, b!.data))
  return operation(own, (a: Like, b: Like) => run(own, broadcast(name, [a, b])))
}

const added: Loop = (out, a, b) => {
  for (let i = 0; i < out.length; i++) out[i] = a[i]! + b[i]!
}
const subtracted: Loop = (out, a, b) => {
  for (let i = 0; i < out.length; i++) out[i] = a[i]! - b[i]!
}
const multiplied: Loop = (out, a, b) => {
  for (let i = 0; i < out.length; i++) out[i] = a[i]! * b[i]!
}

export const neg: Unary = unary('neg', x => -x, { push: [t => neg(t)], pull: [c => neg(c)] })

export const add: Binary = looped('add', { push: [t => t, t => t], pull: [c => c, c => c] }, added)

export const sub: Binary = looped('sub', { push: [t => t, t => neg(t)], pull: [c => c, c => neg(c)] }, subtracted)

export const mul: Binary = looped(
  'mul',
  {
    push: [(t, [, b]) => mul(t, b), (t, [a]) => mul(a, t)],
    pull: [(c, [, b]) => mul(c, b), (c, [a]) => mul(c, a)],
  },
  multiplied,
)

export const div: Binary = binary('div', (a, b) => a / b, {
  push: [(t, [, b]) => div(t, b), (t, [, b], y) => neg(mul(t, div(y, b)))],
  pull: [(c, [, b]) => div(c, b), (c, [a, b]) => mul(c, div(neg(div(a, b)), b))],
  domain: [
    [-2, 2],
    [0.25, 2],
  ],
})

export const exp: Unary = unary('exp', Math.exp, {
  push: [(t, _, y) => mul(t, y)],
  pull: [(c, _, y) => mul(c, y)],
})

export const log: Unary = unary('log', Math.log, {
  push: [(t, [x]) => div(t, x)],
  pull: [(c, [x]) => div(c, x)],
  domain: [[0.1, 3]],
})

export const log1p: Unary = unary('log1p', Math.log1p, {
  push: [(t, [x]) => div(t, add(1, x))],
  pull: [(c, [x]) => div(c, add(1, x))],
  domain: [[-0.75, 2]],
})

export const expm1: Unary = unary('expm1', Math.expm1, {
  push: [(t, [x]) => mul(t, exp(x))],
  pull: [(c, [x]) => mul(c, exp(x))],
})

export const sqrt: Unary = unary('sqrt', Math.sqrt, {
  push: [(t, _, y) => div(t, mul(2, y))],
  pull: [(c, _, y) => div(mul(0.5, c), y)],
  domain: [[0.1, 3]],
})

export const tanh: Unary = unary('tanh', Math.tanh, {
  push: [(t, _, y) => mul(t, sub(1, mul(y, y)))],
  pull: [(c, _, y) => mul(sub(1, mul(y, y)), c)],
})

export const sin: Unary = unary('sin', Math.sin, {
  push: [(t, [x]) => mul(t, cos(x))],
  pull: [(c, [x]) => mul(cos(x), c)],
})

export const cos: Unary = unary('cos', Math.cos, {
  push: [(t, [x]) => neg(mul(t, sin(x)))],
  pull: [(c, [x]) => mul(neg(sin(x)), c)],
})

/** Never the exponential of a large positive number. */
const logistic = (x: number): number => (x >= 0 ? 1 / (1 + Math.exp(-x)) : Math.exp(x) / (1 + Math.exp(x)))

export const sigmoid: Unary = unary('sigmoid', logistic, {
  push: [(t, [x], y) => mul(t, mul(y, sigmoid(neg(x))))],
  pull: [(c, [x], y) => mul(mul(sigmoid(neg(x)), y), c)],
})

export const softplus: Unary = unary('softplus', x => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x))), {
  push: [(t, [x]) => mul(t, sigmoid(x))],
  pull: [(c, [x]) => mul(c, sigmoid(x))],
})

/** 1 where a > b, else 0; no derivative flows through a comparison. */
export const greater: Binary = binary('greater', (a, b) => (a > b ? 1 : 0), {
  push: [null, null],
  pull: [null, null],
  smooth: 'kinked',
})

/** 1 where a < b, else 0. */
export const less = (a: Like, b: Like): Value => greater(b, a)

/** -1, 0 or 1; no derivative flows. */
export const sign: Unary = unary('sign', Math.sign, { push: [null], pull: [null], smooth: 'kinked' })

/** The same value, through which no derivative flows. */
export const stopGradient: Unary = unary('stopGradient', x => x, { push: [null], pull: [null], smooth: 'surrogate' })

/** max(x, 0), with relu'(0) = 0. */
export const relu: Unary = unary('relu', x => Math.max(x, 0), {
  push: [(t, [x]) => where(greater(x, 0), t, 0)],
  pull: [(c, [x]) => where(greater(x, 0), c, 0)],
  smooth: 'kinked',
})

/** t times the sign of x, and 0 where that is 0: selected, since an infinite t times 0 is not 0. */
const signed = (x: Value, t: Value): Value => where(sign(x), mul(t, sign(x)), 0)

/** |x|, with derivative 0 at 0. */
export const abs: Unary = unary('abs', Math.abs, {
  push: [(t, [x]) => signed(x, t)],
  pull: [(c, [x]) => signed(x, c)],
  smooth: 'kinked',
})

const whereRow = row<Three>(
  'where',
  3,
  {
    push: [null, (t, [p]) => where(p, t, 0), (t, [p]) => where(p, 0, t)],
    pull: [null, (c, [p]) => where(p, c, 0), (c, [p]) => where(p, 0, c)],
    smooth: 'kinked',
  },
  (out, [p, a, b]) => {
    for (let i = 0; i < out.length; i++) out[i] = p!.data[i] !== 0 ? a!.data[i]! : b!.data[i]!
  },
)

/** Takes a where the condition is not 0, else b, entry by entry: the `if` of programs that are differentiated. */
export const where: Operation<(condition: Like, a: Like, b: Like) => Value> = operation(
  whereRow,
  (condition: Like, a: Like, b: Like) => run(whereRow, broadcast('where', [condition, a, b])),
)

/** The larger of two; at a tie the derivative belongs to a. */
export const max: Binary = binary('max', Math.max, {
  push: [(t, [a, b]) => where(greater(b, a), 0, t), (t, [a, b]) => where(greater(b, a), t, 0)],
  pull: [(c, [a, b]) => where(greater(b, a), 0, c), (c, [a, b]) => where(greater(b, a), c, 0)],
  smooth: 'kinked',
})

/** The smaller of two; at a tie the derivative belongs to a. */
export const min: Binary = binary('min', Math.min, {
  push: [(t, [a, b]) => where(greater(a, b), 0, t), (t, [a, b]) => where(greater(a, b), t, 0)],
  pull: [(c, [a, b]) => where(greater(a, b), 0, c), (c, [a, b]) => where(greater(a, b), c, 0)],
  smooth: 'kinked',
})

/** x held to [low, high]; derivative 1 inside and at the ends, 0 outside. */
export const clip = (x: Like, low: Like, high: Like): Value => min(max(x, low), high)

/** b·a^(b-1), whose slope in b is 1/a at b = 0; 0 where b = 0 and the slopes of 1/a are no doubles, as at a = 0. */
const inBase = (a: Value, b: Value): Value => {
  // not 0 where 1/a² is a double: half of the least number, over 2⁻⁵¹, is 2⁻¹⁰²⁴
  const plain = where(b, 1, mul(mul(a, 2 ** -51), a))
  return where(plain, mul(b, pow(a, where(plain, sub(b, 1), 1))), 0)
}

/** a^b·log a where a > 0; 0 elsewhere, where a^b has no real derivative in b. */
const inPower = (a: Value, y: Value): Value => {
  const real = greater(a, 0)
  return where(real, mul(y, log(where(real, a, 1))), 0)
}

/** IEEE 754's power: 1 to any power, and ±1 to an infinite one, is 1, where JavaScript says NaN. */
const power = (a: number, b: number): number =>
  a === 1 || (a === -1 && Math.abs(b) === Number.POSITIVE_INFINITY) ? 1 : a ** b

/** a to the power b. */
export const pow: Binary = binary('pow', power, {
  push: [(t, [a, b]) => mul(t, inBase(a, b)), (t, [a], y) => mul(t, inPower(a, y))],
  pull: [(c, [a, b]) => mul(inBase(a, b), c), (c, [a], y) => mul(inPower(a, y), c)],
  domain: [
    [0.1, 2],
    [-2, 2],
  ],
})
