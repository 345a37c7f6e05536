/** A rule's own triangle beneath the exact one, and the difference of the two lag by lag. */
import { toValue } from '../../ad/linear/space.ts'
import type { Tensor } from '../../ad/tensor.ts'
import type { AnyRule } from '../../nets/run/rule.ts'
import type { Run } from '../../nets/run/timestep.ts'
import { type AtLag, alignmentByLag } from '../../rules/readings/alignment-by-lag.ts'
import { doubleSum } from '../../rules/readings/double-sum.ts'
import { fromStepOne, type Pairs, triangleBy } from '../../rules/readings/triangle-by.ts'
import { added, dot, sum } from './triangle.ts'
import { type Matrix, matrixLines, styleOf } from './triangle-matrix.ts'

type Vector = readonly number[]
type Vectors = readonly (readonly Vector[])[]

/** Both triangles of a run as vectors over θ, [t - 1][s - 1], timestep 0 left out; and the two lag by lag. */
export interface RuleTriangle {
  /** What the rule is called. */
  readonly rule: string
  readonly exact: Vectors
  readonly own: Vectors
  readonly lags: readonly AtLag[]
}

const vectorsOf = (pairs: Pairs): Vectors => pairs.map(row => row.map(g => [...(toValue(g) as Tensor).data]))

/** The triangle of a rule on a run. Throws as `triangleBy` does. */
export const ruleTriangleOf = (name: string, rule: AnyRule, run: Run, seed = 0): RuleTriangle => {
  const [exact, own] = [fromStepOne(doubleSum(run)), fromStepOne(triangleBy(rule, { seed })(run))]
  return { rule: name, exact: vectorsOf(exact), own: vectorsOf(own), lags: alignmentByLag(own, exact) }
}

/** The inner products of all pairs with a unit direction, and their sums. */
const along = (vectors: Vectors, direction: Vector, names: Matrix['names']): Matrix => {
  const pairs = vectors.map(row => row.map(g => dot(g, direction)))
  const rows = pairs.map(sum)
  return {
    pairs,
    rows,
    columns: pairs.map((_, s) => sum(pairs.slice(s).map(row => row[s] ?? 0))),
    total: sum(rows),
    names,
  }
}

/** Both as inner products with the direction of the exact gradient. */
export const matricesOf = ({ exact, own }: RuleTriangle): readonly [exact: Matrix, own: Matrix] => {
  const gradient = added(exact.flat())
  const norm = Math.hypot(...gradient) || 1
  const direction = gradient.map(x => x / norm)
  return [along(exact, direction, ['RTRL at t', 'BPTT']), along(own, direction, ['sum at t', 'sum'])]
}

const angle = (cosine: number): number => (Math.acos(Math.min(1, Math.max(-1, cosine))) * 180) / Math.PI
const written = (x: number, decimals: number): string =>
  Number.isFinite(x) ? (Math.abs(x) >= 1e6 ? x.toExponential(1) : x.toFixed(decimals)) : '-'
const cells = (list: readonly string[]): string => list.map((text, i) => text.padStart(i === 0 ? 6 : 10)).join('')

/** A line a lag: cosine, angle in degrees, ratio of the norms, relative error; - where there is nothing to compare. */
export const lagLines = (lags: readonly AtLag[]): readonly string[] => [
  cells(['t - s', 'pairs', 'cosine', 'angle', 'ratio', 'error']),
  ...lags.map(({ lag, pairs, cosine, ratio, error }) =>
    cells([
      String(lag),
      String(pairs),
      written(cosine, 3),
      `${written(angle(cosine), 1)}°`.replace('-°', '-'),
      written(ratio, 3),
      written(error, 3),
    ]),
  ),
]

/** The whole text: what is shown, both matrices in one unit, and the lags. Fits 80 columns. */
export const ruleTriangleText = (found: RuleTriangle, what: string, draws: string | null): string => {
  const [exact, own] = matricesOf(found)
  const style = styleOf(exact, own)
  return [
    'g_ts: what the parameters at step s cost at step t: exactly, and by the rule.',
    'Shown: the inner product with the direction of the exact gradient dL/dθ.',
    what,
    '',
    'exact: q_t J_t … J_{s+1} B_s',
    ...matrixLines(exact, style),
    '',
    `${found.rule}${draws === null ? '' : ` (${draws})`}`,
    ...matrixLines(own, style),
    '',
    'lag by lag, over all entries of all pairs (t, s) there:',
    'ratio |rule| / |exact|, error |rule - exact| / |exact|',
    ...lagLines(found.lags),
  ].join('\n')
}
