/**
 * Derivatives over the whole range of doubles: arguments from 1e-300 to 1e300 of either sign, ties, zeros and infinities. The
 * slopes are worked out in decimal numbers of 60 digits, whose exponents do not run out; the tangent and the cotangent are of any
 * size too, so that neither a slope nor a product on the way to it may overflow, vanish or cancel where the result does not.
 */
import { type Arbitrary, constantFrom, integer, oneof, record, tuple } from 'fast-check'
import { all, type BigNumber, create } from 'mathjs'
import { compile } from '../../ad/compiler/compile.ts'
import type { EngineLike } from '../../ad/compiler/engine.ts'
import { jvp, vjp } from '../../ad/modes/transforms.ts'
import { table } from '../../ad/primitives/table.ts'
import { scalar } from '../../ad/tensor.ts'
import { item, type Row, type Value } from '../../ad/value.ts'
import type { Proposition } from '../proposition.ts'
import { applied } from './primitives.ts'

const math = create(all ?? {}, { number: 'BigNumber', precision: 60 })
const big = (x: number): BigNumber => math.bignumber(x)

type Numbers = readonly number[]
type Bigs = readonly BigNumber[]
/** The partial derivatives of a primitive at its arguments. */
type Slopes = (...args: Bigs) => readonly (BigNumber | number)[]

/** Where a primitive is tried: how large its arguments may be, and whether they may be negative. */
interface Range {
  readonly slopes: Slopes
  /** The decimal exponents that an argument is drawn from. */
  readonly exponents?: readonly [low: number, high: number]
  readonly positive?: boolean
  /** The relative error allowed, in place of a few roundings. */
  readonly within?: number
}

const exp = (x: BigNumber): BigNumber => math.exp(x) as BigNumber
const one = big(1)
const over = (a: BigNumber, b: BigNumber): BigNumber => a.div(b)
/** 1 / (1 + e^-x). */
const logistic = (x: BigNumber): BigNumber => over(one, one.plus(exp(x.neg())))
const chosen = (first: boolean): Numbers => (first ? [1, 0] : [0, 1])

/** Arguments of exponentials: beyond these every result is 0, 1 or infinite. */
const exponential = [-300, 2.8] as const
/** Arguments whose period is still resolved. */
const angle = [-300, 3] as const

/** The domain of each primitive that acts entry by entry, and its slopes there; tanh' = 1 - y² cancels (docs/limits.md). */
export const ranges: Readonly<Record<string, Range>> = {
  neg: { slopes: () => [-1] },
  add: { slopes: () => [1, 1] },
  sub: { slopes: () => [1, -1] },
  mul: { slopes: (a, b) => [b, a] },
  div: { slopes: (a, b) => [over(one, b), over(over(a, b), b).neg()] },
  exp: { slopes: x => [exp(x)], exponents: exponential },
  expm1: { slopes: x => [exp(x)], exponents: exponential },
  log: { slopes: x => [over(one, x)], positive: true },
  log1p: { slopes: x => [over(one, one.plus(x))], positive: true },
  sqrt: { slopes: x => [over(one, x.sqrt().times(2))], positive: true },
  sin: { slopes: x => [x.cos()], exponents: angle, within: 1e-12 },
  cos: { slopes: x => [x.sin().neg()], exponents: angle, within: 1e-12 },
  tanh: { slopes: x => [over(one, math.cosh(x) as BigNumber).pow(2)], exponents: [-300, 0], within: 1e-14 },
  sigmoid: { slopes: x => [logistic(x).times(logistic(x.neg()))], exponents: exponential },
  softplus: { slopes: x => [logistic(x)], exponents: exponential },
  relu: { slopes: x => [x.gt(0) ? 1 : 0] },
  abs: { slopes: x => [Math.sign(x.cmp(0))] },
  max: { slopes: (a, b) => chosen(a.gte(b)) },
  min: { slopes: (a, b) => chosen(a.lte(b)) },
  where: { slopes: p => [0, ...chosen(!p.isZero())] },
  pow: {
    slopes: (a, b) => [b.times(a.pow(b.minus(1))), a.pow(b).times(a.ln())],
    exponents: [-100, 2],
    positive: true,
    within: 1e-12,
  },
}

/** Numbers of every size, each as likely as another. */
const number = ({ exponents: [low, high] = [-300, 300], positive = false }: Partial<Range> = {}): Arbitrary<number> =>
  record({
    mantissa: integer({ min: 100, max: 999 }),
    exponent: integer({ min: low, max: Math.floor(high) - 1 }),
    sign: positive ? constantFrom(1) : constantFrom(1, -1),
  }).map(({ mantissa, exponent, sign }) => sign * Number(`${mantissa}e${exponent - 2}`))

/** Arguments, some of them the same number, some moderate. */
const argumentsOf = (range: Range, count: number): Arbitrary<Numbers> => {
  const moderate = number({ ...range, exponents: [-1, Math.min(1, range.exponents?.[1] ?? 1)] })
  const own = oneof(number(range), moderate)
  return oneof(
    tuple(...Array.from({ length: count }, () => own)),
    own.map(x => new Array<number>(count).fill(x)),
  )
}

const isNormal = (x: BigNumber): boolean => x.isZero() || (x.abs().gt(1e-307) && x.abs().lt(1e307))

/** How far a number is from a decimal one, relative to it; what is no normal double there is not compared. */
const off = (x: number, wanted: BigNumber): number => {
  if (wanted.isZero()) return Math.abs(x)
  return big(x).minus(wanted).div(wanted).abs().toNumber()
}

interface Trial {
  readonly args: Numbers
  /** A tangent and a cotangent. */
  readonly t: number
}

const derivatives = (row: Row, count: number, engine?: EngineLike) => {
  const f = applied(row, { shapes: [] })
  const both = (args: readonly Value[], t: Value): readonly Value[] => {
    const pulls = vjp(f, ...args)[1](t) as readonly Value[]
    const pushes = args.map((_, i) => jvp((x: Value) => f(...args.with(i, x)), [args[i] as Value], [t])[1] as Value)
    return [...pulls, ...pushes]
  }
  const run = engine ? compile(both, engine) : both
  return ({ args, t }: Trial): Numbers => {
    const out = run(args.map(scalar), scalar(t)) as readonly Value[]
    return Array.from({ length: 2 * count }, (_, i) => item(out[i] as Value))
  }
}

const wide = (name: string, range: Range, engine?: EngineLike): Proposition<Trial> => {
  const count = range.slopes(...Array.from({ length: 3 }, () => one)).length
  const found = derivatives(table[name] as Row, count, engine)
  return {
    claim: `push and pull of ${name} are its slopes over the whole range of doubles${engine ? ` by ${engine}` : ''}`,
    forAll: record({ args: argumentsOf(range, count), t: oneof(constantFrom(1), number()) }),
    residual: trial => {
      const slopes = range.slopes(...trial.args.map(big)).map(slope => math.bignumber(slope))
      const numbers = found(trial)
      const gaps = slopes.flatMap((slope, i) => {
        const wanted = slope.times(trial.t)
        if (!isNormal(slope) || !isNormal(wanted)) return []
        return [off(numbers[i] as number, wanted), off(numbers[i + count] as number, wanted)]
      })
      return gaps.reduce((worst, gap) => (Number.isNaN(gap) ? gap : Math.max(worst, gap)), 0)
    },
    show: ({ args, t }) => `${name}(${args.join(', ')}), tangent ${t}: ${found({ args, t }).join(', ')}`,
    within: range.within ?? 4e-15,
    verdict: 'holds',
    runs: 60,
  }
}

export const wholeRange: readonly Proposition[] = Object.entries(ranges).map(
  ([name, range]) => wide(name, range) as Proposition,
)

/** The same by the kernels. */
export const wholeRangeCompiled: readonly Proposition[] = Object.entries(ranges).map(
  ([name, range]) => wide(name, range, 'compiled-wasm') as Proposition,
)

/** What the whole range refutes: 1 - y² has no digits left where y rounds to 1. */
export const saturation: Proposition<Trial> = {
  ...(wide('tanh', { ...(ranges.tanh as Range), exponents: [-300, 2] }) as Proposition<Trial>),
  claim: 'the derivative of tanh keeps its digits where tanh saturates',
  verdict: 'refuted',
  known: [{ args: [20], t: 1 }],
}
