/**
 * Three verdicts on two ways to a result: the same to the bit, rounding, or different. Rounding is decided by computing again in
 * single precision: a rounding error grows with the unit in the last place, 2²⁹ ≈ 5·10⁸ times, and a wrong formula does not move.
 */
import { sizeOf } from '../../ad/tensor.ts'
import type { Problem, Problems } from '../../proofs/arbitraries/problems.ts'
import { smallest } from '../../proofs/proposition.ts'
import type { Counterexample, Finding } from './schema.ts'
import { drawnFrom, gapOf, type Numbers, norm } from './subject.ts'
import { named } from './tagged-run.ts'

export type Precision = 'double' | 'single'

/** Two results on a problem: the rule's, and the one it is held to. */
export type Sides = (problem: Problem, precision: Precision) => readonly [rule: Numbers, wanted: Numbers]

export interface Comparison {
  readonly problems: Problems
  /** Smaller problems, where counterexamples are looked for; `problems` by default. */
  readonly small?: Problems
  readonly sides: Sides
  readonly networks: number
  readonly seed: number
  /** Whether a counterexample is looked for where they differ; it is by default. */
  readonly shrinks?: boolean
  /** Gaps up to this are rounding, where it cannot be decided in single precision; none are by default. */
  readonly rounds?: number
}

/** By how much a gap must grow from double to single precision to be rounding: rounding grows about 5·10⁸ times. */
const growth = 1e5
/** A gap beyond this is no rounding, whatever becomes of it in single precision. */
const most = 1e-4
/** Gradients below this are 0 for all that a comparison can tell. */
export const negligible = 1e-9

type Pair = ReturnType<Sides>

const gapIn = ([rule, wanted]: Pair): number => (norm(wanted) > negligible ? gapOf(rule, wanted) : 0)

/** A constant that every entry of one is of the other, to 1e-9; none where there is none. */
const factorOf = ([rule, wanted]: Pair): number | undefined => {
  const at = wanted.findIndex(x => Math.abs(x) === Math.max(...wanted.map(Math.abs)))
  const factor = (rule[at] as number) / (wanted[at] as number)
  const fits = rule.every(
    (x, i) => Math.abs(x - factor * (wanted[i] as number)) <= 1e-9 * Math.abs(wanted[at] as number),
  )
  return fits && Number.isFinite(factor) ? factor : undefined
}

const sixOf = (x = 0): number => Number(x.toPrecision(6))
const six = (xs: Numbers): Numbers => xs.map(sixOf)

/** The indices of the entry of an array with a number: 1,0. */
const placeIn = (shape: readonly number[], index: number): string =>
  shape.length < 2
    ? String(index)
    : [
        ...placeIn(shape.slice(0, -1), Math.floor(index / (shape.at(-1) as number))).split(','),
        index % (shape.at(-1) as number),
      ].join(',')

/** How many entries a page names. */
const few = 3

/** The entry of the cell's parameters with a number, counted on and on where results of several steps stand one after the other. */
const entryOf = ({ θ }: Problem, index: number): string => {
  const leaves = named(θ.cell).map(([name, { shape }]) => ({ name, shape, size: sizeOf(shape) }))
  const all = leaves.reduce((sum, { size }) => sum + size, 0)
  let at = index % all
  for (const { name, shape, size } of leaves) {
    if (at < size) return `${name}[${placeIn(shape, at)}]`
    at -= size
  }
  return `θ[${index}]`
}

/** A problem with both results, to six digits. */
export const shown = (problem: Problem, sides: Sides): Counterexample => {
  const [rule, gradient] = sides(problem, 'double')
  const { net, sequence, words } = problem
  const gaps = rule.map((x, i) => Math.abs(x - (gradient[i] as number)))
  const order = gaps.map((_, i) => i).toSorted((i, j) => (gaps[j] as number) - (gaps[i] as number))
  const entries = order
    .filter(i => (gaps[i] as number) > 1e-6 * Math.max(...gaps))
    .slice(0, few)
    .map(i => ({ entry: entryOf(problem, i), rule: sixOf(rule[i]), gradient: sixOf(gradient[i]) }))
  return {
    network: words,
    units: net.sizes.d,
    steps: sequence.length,
    entries,
    rule: six(rule),
    gradient: six(gradient),
  }
}

/** The smallest problem of which two results differ. */
export const differing = (
  { problems, small = problems, sides, seed }: Comparison,
  beyond: number,
): Counterexample | undefined => {
  for (const from of small === problems ? [problems] : [small, problems]) {
    const { found } = smallest(from, problem => !(gapIn(sides(problem, 'double')) <= beyond), { runs: 80, seed })
    if (found) return shown(found, sides)
  }
  return undefined
}

const percent = (x: number): string => `${Number((100 * x).toPrecision(3))} %`

const differs = (comparison: Comparison, gaps: readonly number[], pairs: readonly Pair[]): Finding => {
  const worst = Math.max(...gaps)
  const counterexample = comparison.shrinks === false ? undefined : differing(comparison, Math.min(1e-6, worst / 10))
  const factors = pairs.map(factorOf)
  const [factor] = factors
  const constant = factor !== undefined && factors.every(x => Math.abs((x ?? Number.NaN) - factor) < 1e-6)
  const off = gaps.filter(gap => gap > 1e-9).length
  const reason = constant
    ? `every entry is ${Number(factor.toPrecision(6))} times the gradient's`
    : `on ${off} of ${gaps.length} networks, by up to ${percent(worst)} of its largest entry`
  return {
    verdict: 'different',
    value: worst,
    unit: 'of the largest entry',
    reason,
    ...(counterexample && { counterexample }),
  }
}

/** Decides by random problems which of the three it is. */
export const compared = (comparison: Comparison): Finding => {
  const { problems, sides, networks, seed, rounds } = comparison
  const all = drawnFrom(problems, networks, seed)
  const usable = all
    .map(problem => ({ problem, pair: sides(problem, 'double') }))
    .filter(({ pair: [, wanted] }) => norm(wanted) > negligible)
  if (usable.length === 0)
    return {
      verdict: 'undecided',
      reason: `the gradient is 0 on all ${all.length} networks: there is nothing to compare`,
    }
  const pairs = usable.map(({ pair }) => pair)
  const gaps = pairs.map(gapIn)
  if (gaps.some(Number.isNaN)) return { verdict: 'different', reason: 'a number that is not finite' }
  const worst = Math.max(...gaps)
  const tried = `on ${gaps.length} networks`
  if (worst === 0) return { verdict: 'same', value: 0, unit: 'of the largest entry', reason: `bit for bit ${tried}` }
  if (worst > most) return differs(comparison, gaps, pairs)
  if (rounds !== undefined) {
    if (worst > rounds) return differs(comparison, gaps, pairs)
    return {
      verdict: 'rounding',
      value: worst,
      unit: 'of the largest entry',
      reason: `${tried}, but for rounding: within ${worst.toExponential(0)}`,
    }
  }
  const grown = Math.max(...usable.map(({ problem }) => gapIn(sides(problem, 'single')))) / worst
  if (!(grown >= growth)) return differs(comparison, gaps, pairs)
  const reason = `${tried}, but for rounding: within ${worst.toExponential(0)}, and ${grown.toExponential(0)} times that in single precision`
  return { verdict: 'rounding', value: worst, unit: 'of the largest entry', reason }
}
