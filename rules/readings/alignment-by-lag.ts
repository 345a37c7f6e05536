import { describe } from '../../ad/describe.ts'
import { entries } from '../../ad/distance.ts'
import { KindError, ShapeError } from '../../ad/errors.ts'
import { toValue } from '../../ad/linear/space.ts'
import type { Pairs } from './triangle-by.ts'

/** Two triangles at one lag t - s, over all entries of all pairs (t, s) there together. */
export interface AtLag {
  /** t - s, from 0. */
  readonly lag: number
  /** How many pairs there are. */
  readonly pairs: number
  /** The cosine of the angle between the two, in [-1, 1]; NaN where one is 0. */
  readonly cosine: number
  /** ‖ours‖ / ‖exact‖; NaN where both are 0. */
  readonly ratio: number
  /** ‖ours - exact‖ / ‖exact‖; NaN where both are 0. */
  readonly error: number
}

/** All entries of the pairs (t, t - lag), in order of t. */
const diagonal = (triangle: Pairs, lag: number): readonly number[] =>
  triangle.flatMap((row, t) => (t >= lag ? entries(toValue(row[t - lag] as Pairs[number][number])) : []))

const norm = (x: readonly number[]): number => Math.hypot(...x)
const dot = (x: readonly number[], y: readonly number[]): number =>
  x.reduce((sum, v, i) => sum + v * (y[i] as number), 0)

/**
 * How well a rule's triangle is aligned with the exact one, lag by lag: `alignmentByLag(triangleBy(rflo)(run), doubleSum(run))`.
 * Rows t of entries s ≤ t, as many in both; lags from 0 on.
 */
export const alignmentByLag = (ours: Pairs, exact: Pairs): readonly AtLag[] => {
  for (const one of [ours, exact]) requireTriangle(one)
  requireSameLength(ours, exact)
  return byLags(ours, exact)
}

const requireTriangle = (given: unknown): void => {
  if (Array.isArray(given) && given.every(Array.isArray)) return
  throw new KindError({
    who: 'alignmentByLag',
    given: describe(given),
    wanted: 'two triangles of pairs, rows t of entries s ≤ t',
    remedy: 'alignmentByLag(triangleBy(rflo)(run), doubleSum(run))',
  })
}

const requireSameLength = (ours: Pairs, exact: Pairs): void => {
  if (ours.length === exact.length) return
  throw new ShapeError({
    who: 'alignmentByLag',
    given: `${ours.length} and ${exact.length} rows`,
    wanted: 'as many in both',
    remedy: 'Take both triangles of one run',
  })
}

const byLags = (ours: Pairs, exact: Pairs): readonly AtLag[] =>
  exact.map((_, lag) => {
    const [a, b] = [diagonal(ours, lag), diagonal(exact, lag)]
    return {
      lag,
      pairs: exact.length - lag,
      cosine: dot(a, b) / (norm(a) * norm(b)),
      ratio: norm(a) / norm(b),
      error: norm(a.map((x, i) => x - (b[i] as number))) / norm(b),
    }
  })
