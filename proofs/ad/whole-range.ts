/**
 * Derivatives over the whole range of doubles: arguments from 1e-300 to 1e300 of either sign, ties, zeros and infinities. The
 * slopes are worked out in decimal numbers, whose exponents do not run out (proofs/oracles/slopes.ts); the tangent and the cotangent are of any
 * size too, so that neither a slope nor a product on the way to it may overflow, vanish or cancel where the result does not.
 */
import { type Arbitrary, constantFrom, integer, oneof, record, tuple } from 'fast-check'
import { compile } from '../../ad/compiler/compile.ts'
import type { EngineLike } from '../../ad/compiler/engine.ts'
import { jvp, vjp } from '../../ad/modes/transforms.ts'
import { table } from '../../ad/primitives/table.ts'
import { scalar } from '../../ad/tensor.ts'
import { item, type Row, type Value } from '../../ad/value.ts'
import { type Range, ranges, relativeGaps } from '../oracles/slopes.ts'
import type { Proposition } from '../proposition.ts'
import { applied } from './primitives.ts'

type Numbers = readonly number[]

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

/** Where quotients square their divisor and where what saturates cancels: tried whatever chance brings. */
const landmarks = ({ exponents: [low, high] = [-300, 300], positive }: Range, count: number): readonly Trial[] =>
  [1e-170, 0.5, 5, 40, 1e170]
    .filter(x => Math.log10(x) > low && Math.log10(x) < high)
    .flatMap(x => (positive ? [x] : [x, -x]))
    .flatMap(x => [x, 3].map(y => ({ args: Array.from({ length: count }, (_, i) => (i === 0 ? x : y)), t: 1 })))

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
  const { arity: count } = range
  const found = derivatives(table[name] as Row, count, engine)
  return {
    claim: `push and pull of ${name} are its slopes over the whole range of doubles${engine ? ` by ${engine}` : ''}`,
    forAll: record({ args: argumentsOf(range, count), t: oneof(constantFrom(1), number()) }),
    residual: trial => {
      const gaps = relativeGaps(range, trial.args, trial.t, found(trial))
      return gaps.reduce((worst, gap) => (Number.isNaN(gap) ? gap : Math.max(worst, gap)), 0)
    },
    show: ({ args, t }) => `${name}(${args.join(', ')}), tangent ${t}: ${found({ args, t }).join(', ')}`,
    within: range.within ?? 4e-15,
    verdict: 'holds',
    runs: 60,
    known: landmarks(range, count),
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
