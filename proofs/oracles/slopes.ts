/** The partial derivatives of what acts entry by entry, in decimal numbers of 60 digits: nothing overflows, vanishes or cancels. */
import type { BigNumber } from 'mathjs'
import { mathjs } from '../../ad/symbols/mathjs.ts'

/** The class of mathjs's decimal numbers, of as many digits as are asked for. */
interface Decimals {
  new (x: number | string | BigNumber): BigNumber
  clone(options: { readonly precision: number }): Decimals
}
const Decimal = (mathjs as unknown as { readonly BigNumber: Decimals }).BigNumber.clone({ precision: 60 })
const two = new Decimal(2)
/** A double to 60 digits, from its mantissa and its exponent: the decimal that it is printed as is another number. */
const big = (x: number): BigNumber => {
  if (x === 0) return new Decimal(0)
  const exponent = Math.max(-1074, Math.floor(Math.log2(Math.abs(x))) - 52)
  return new Decimal(String(x / 2 ** exponent)).times(two.pow(exponent))
}

type Numbers = readonly number[]
type Bigs = readonly BigNumber[]
/** The partial derivatives of a primitive at its arguments. */
type Slopes = (...args: Bigs) => readonly (BigNumber | number)[]

/** Where a primitive is tried: how large its arguments may be, and whether they may be negative. */
export interface Range {
  /** How many arguments it has. */
  readonly arity: number
  readonly slopes: Slopes
  /** The decimal exponents that an argument is drawn from. */
  readonly exponents?: readonly [low: number, high: number]
  readonly positive?: boolean
  /** The relative error allowed, in place of a few roundings. */
  readonly within?: number
}

const exp = (x: BigNumber): BigNumber => x.exp()
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
  neg: { arity: 1, slopes: () => [-1] },
  add: { arity: 2, slopes: () => [1, 1] },
  sub: { arity: 2, slopes: () => [1, -1] },
  mul: { arity: 2, slopes: (a, b) => [b, a] },
  div: { arity: 2, slopes: (a, b) => [over(one, b), over(over(a, b), b).neg()] },
  exp: { arity: 1, slopes: x => [exp(x)], exponents: exponential },
  expm1: { arity: 1, slopes: x => [exp(x)], exponents: exponential },
  log: { arity: 1, slopes: x => [over(one, x)], positive: true },
  log1p: { arity: 1, slopes: x => [over(one, one.plus(x))], positive: true },
  sqrt: { arity: 1, slopes: x => [over(one, x.sqrt().times(2))], positive: true },
  sin: { arity: 1, slopes: x => [x.cos()], exponents: angle, within: 1e-12 },
  cos: { arity: 1, slopes: x => [x.sin().neg()], exponents: angle, within: 1e-12 },
  tanh: { arity: 1, slopes: x => [over(one, x.cosh()).pow(2)], exponents: [-300, 0], within: 1e-14 },
  sigmoid: { arity: 1, slopes: x => [logistic(x).times(logistic(x.neg()))], exponents: exponential },
  softplus: { arity: 1, slopes: x => [logistic(x)], exponents: exponential },
  relu: { arity: 1, slopes: x => [x.gt(0) ? 1 : 0] },
  abs: { arity: 1, slopes: x => [Math.sign(x.cmp(0))] },
  max: { arity: 2, slopes: (a, b) => chosen(a.gte(b)) },
  min: { arity: 2, slopes: (a, b) => chosen(a.lte(b)) },
  where: { arity: 3, slopes: p => [0, ...chosen(!p.isZero())] },
  pow: {
    arity: 2,
    slopes: (a, b) => [b.times(a.pow(b.minus(1))), a.pow(b).times(a.ln())],
    exponents: [-100, 2],
    positive: true,
    within: 1e-12,
  },
}

const isNormal = (x: BigNumber): boolean => x.isZero() || (x.abs().gt(1e-307) && x.abs().lt(1e307))

/** How far a number is from a decimal one, relative to it; what is no normal double there is not compared. */
const off = (x: number, wanted: BigNumber): number => {
  if (wanted.isZero()) return Math.abs(x)
  return big(x).minus(wanted).div(wanted).abs().toNumber()
}

/**
 * How far the derivatives found, one a pull and then one a push for each argument, are from the slopes times the tangent; nothing
 * is said where a slope or a product is no normal double.
 */
export const relativeGaps = (range: Range, args: Numbers, tangent: number, found: Numbers): Numbers =>
  range
    .slopes(...args.map(big))
    .map(slope => new Decimal(slope))
    .flatMap((slope, i) => {
      const wanted = slope.times(tangent)
      if (!isNormal(slope) || !isNormal(wanted)) return []
      return [off(found[i] as number, wanted), off(found[i + range.arity] as number, wanted)]
    })
