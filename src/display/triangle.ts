/** Every pair of loss time and parameter time on a run, and both ways of adding them up. */

import { type Cotangent, toValue } from '../../ad/linear/space.ts'
import type { Tensor } from '../../ad/tensor.ts'
import type { Branch } from '../../ad/tree.ts'
import type { Cell } from '../../nets/cells/cell.ts'
import { leaky } from '../../nets/cells/leaky.ts'
import { halfSquaredError } from '../../nets/loss.ts'
import { example, network } from '../../nets/network.ts'
import { rng } from '../../nets/random.ts'
import { outputs } from '../../nets/run/fold.ts'
import { scan } from '../../nets/run/scan.ts'
import type { Param, Run } from '../../nets/run/timestep.ts'
import { unroll } from '../../nets/run/unroll.ts'
import { bptt } from '../../rules/bptt.ts'
import { doubleSum } from '../../rules/readings/double-sum.ts'
import { fromStepOne } from '../../rules/readings/triangle-by.ts'
import { rtrl } from '../../rules/rtrl.ts'
import { matrixLines } from './triangle-matrix.ts'

type Vector = readonly number[]

/** The triangle of a run as vectors over θ; rows are loss times t, columns parameter times s, both from 1. */
export interface Triangle {
  /** g[t - 1][s - 1], s ≤ t. */
  readonly pairs: readonly (readonly Vector[])[]
  /** What RTRL emits at each t. */
  readonly rows: readonly Vector[]
  /** What BPTT emits at each s. */
  readonly columns: readonly Vector[]
}

/** The inner products with the direction of the gradient, their sums, and the difference of the sums. */
export interface Picture {
  readonly pairs: readonly Vector[]
  readonly rows: Vector
  readonly columns: Vector
  readonly totals: { readonly rtrl: number; readonly bptt: number }
  readonly residuals: { readonly totals: number; readonly rows: number; readonly columns: number }
}

/** The run of a small network of a cell: n = 1, m = 1, with everything drawn from the seed; leaky with α = 0.5 and d = 2 by default. */
export const smallRun = (
  seed: number,
  steps: number,
  cell: Cell<Branch, Branch> = leaky({ alpha: 0.5 }) as unknown as Cell<Branch, Branch>,
  d = 2,
): Run => {
  const small = network(cell, { d, n: 1, m: 1 }, halfSquaredError())
  const data = rng(seed, 1)
  const draw = (): Tensor => data.draw({ law: 'normal', shape: [1] })
  const sequence = Array.from({ length: steps }, () => example(draw(), draw()))
  return unroll(small)(small.init(seed), sequence)
}

const vector = (g: Cotangent<Param>): Vector => [...(toValue(g) as Tensor).data]
export const sum = (xs: Vector): number => xs.reduce((a, b) => a + b, 0)
export const dot = (a: Vector, b: Vector): number => sum(a.map((x, i) => x * (b[i] ?? Number.NaN)))
/** Σ of vectors of one length. */
export const added = (list: readonly Vector[]): Vector =>
  (list[0] ?? []).map((_, i) => sum(list.map(v => v[i] ?? Number.NaN)))

/** The largest |a - b|; NaN stays NaN. */
const gap = (a: readonly Vector[], b: readonly Vector[]): number =>
  Math.max(...a.flatMap((v, i) => v.map((x, j) => Math.abs(x - (b[i]?.[j] ?? Number.NaN)))))

/** Every pair by pulls back from its loss, and what the two rules emit; timestep 0 is left out. */
export const triangleOfRun = (run: Run): Triangle => ({
  pairs: fromStepOne(doubleSum(run)).map(row => row.map(vector)),
  rows: [...outputs(scan(rtrl)(run))].slice(1).map(vector),
  columns: [...outputs(scan(bptt)(run))].toReversed().slice(1).map(vector),
})

/** The triangle of a small random network. */
export const triangleOf = (seed: number, steps: number): Triangle => triangleOfRun(smallRun(seed, steps))

/** The triangle as it is shown, and how far its sums are from what the two rules emit. */
export const pictured = ({ pairs, rows, columns }: Triangle): Picture => {
  const [past, future] = [added(rows), added(columns)]
  const norm = Math.hypot(...future)
  const along = (v: Vector): number => dot(v, future) / (norm || 1)
  const own = columns.map((_, s) => added(pairs.slice(s).map(row => row[s] ?? [])))
  return {
    pairs: pairs.map(row => row.map(along)),
    rows: rows.map(along),
    columns: columns.map(along),
    totals: { rtrl: along(past), bptt: norm },
    residuals: { totals: gap([past], [future]), rows: gap(pairs.map(added), rows), columns: gap(own, columns) },
  }
}

const legend = [
  'rows: past-facing sum (RTRL), computed forwards;',
  'columns: future-facing sum (BPTT), computed backwards',
]

/** The whole text: what is shown, the matrix, both totals, the residuals and the legend. Fits 80 columns. */
export const drawn = (seed: number, triangle: Triangle): string =>
  portrait(
    triangle,
    `Leaky tanh network: d=2, n=1, m=1, alpha=0.5, T=${triangle.rows.length}, seed ${seed}`,
    'θ = (W_rec, W_in, b_rec)',
  )

/** The same of any network, `what` it is and its `θ` in words. */
export const portrait = (triangle: Triangle, what = `a run of ${triangle.rows.length} steps`, θ = 'θ'): string => {
  const { totals, residuals, ...sums } = pictured(triangle)
  const [all, rows, columns] = [residuals.totals, residuals.rows, residuals.columns].map(x => x.toExponential(1))
  return [
    'g_ts = q_t J_t … J_{s+1} B_s: what the parameters at step s cost at step t.',
    `Each is a vector over ${θ}, found by pulls back from step t.`,
    'Shown: its inner product with the direction of dL/dθ, so all entries sum to',
    'the norm |dL/dθ|.',
    what,
    '',
    ...matrixLines({ ...sums, total: totals.rtrl, names: ['RTRL at t', 'BPTT'] }),
    '',
    `totals     RTRL ${totals.rtrl.toPrecision(12)}   BPTT ${totals.bptt.toPrecision(12)}`,
    'residuals  (largest difference over the entries of θ)',
    `           totals ${all}   row sums - RTRL ${rows}   column sums - BPTT ${columns}`,
    '',
    ...legend,
  ].join('\n')
}
