/** Which entries of the influence are kept: SnAp by every pattern, and masks in the wrong place. */
import { emittedBy, influences, type LinearRun, type LinearStep } from '../linear-run.ts'
import { entrywise, type Matrix } from '../matrix.ts'
import { listed, type Table, type Variant } from './variant.ts'

/** Which entries of a matrix [S, P] or [S, S] there may be. */
type Pattern = readonly (readonly boolean[])[]

const patternOf = (steps: readonly LinearStep[], of: (now: LinearStep) => Matrix): Pattern =>
  of(steps[0] as LinearStep).map((r, i) => r.map((_, j) => steps.some(now => of(now)[i]?.[j] !== 0)))

const immediate = ({ steps }: LinearRun): Pattern => patternOf(steps, ({ B }) => B)

/** What the state owes to the states that a pattern reaches, and the pattern. */
const grown = (J: Pattern, pattern: Pattern): Pattern =>
  pattern.map((r, i) => r.map((is, j) => is || (J[i] ?? []).some((through, k) => through && pattern[k]?.[j] === true)))

const reachable = (run: LinearRun, n: number): Pattern => {
  const J = patternOf(run.steps, now => now.J)
  return Array.from({ length: n - 1 }).reduce<Pattern>(pattern => grown(J, pattern), immediate(run))
}

/** Entries of a unit's own state variables, of d units, where a weight reaches any of them at once. */
const ofUnits = (run: LinearRun, d: number): Pattern => {
  const pattern = immediate(run)
  return pattern.map((r, i) => r.map((_, j) => pattern.some((other, k) => k % d === i % d && other[j] === true)))
}

const isFull = (pattern: Pattern): boolean => pattern.every(r => r.every(Boolean))
const same = (a: Pattern, b: Pattern): boolean => String(a) === String(b)

const masked = (M: Matrix, pattern: Pattern): Matrix => entrywise((x, i, j) => (pattern[i]?.[j] ? x : 0), M)

const keeping =
  (of: (run: LinearRun) => Pattern): Variant['change'] =>
  run => {
    const pattern = of(run)
    return { ...run, keep: M => masked(M, pattern) }
  }

const reach = (n: number): Table => ({
  [`SnAp-${n}`]: [
    `that carries on only the entries of the influence that a weight reaches in ${n} steps: SnAp-${n}`,
    run => {
      const [less, pattern] = [reachable(run, n - 1), reachable(run, n)]
      return isFull(pattern) || same(less, pattern) ? null : { ...run, keep: M => masked(M, pattern) }
    },
  ],
})

export const masks = listed('kept', {
  'immediate pattern': [
    'that carries on only the entries of the influence that a weight reaches in one step: SnAp-1',
    keeping(immediate),
  ],
  'unit pattern': [
    'that carries on only the entries of the influence of the own unit of a weight, all state variables of it: SnAp-1 by units',
    (run, context) => {
      const { units } = context
      return units === null ? null : keeping(all => ofUnits(all, units))(run, context)
    },
  ],
  ...reach(2),
  ...reach(3),
  ...reach(4),
  ...reach(5),
  'mask at the end': [
    'whose influence is carried in full and read through the pattern of one step: a mask of the exact influence, not SnAp-1',
    run => ({
      ...run,
      carried: all => {
        const pattern = immediate(all)
        return emittedBy(
          all,
          influences(all).map(M => masked(M, pattern)),
        )
      },
    }),
  ],
})
