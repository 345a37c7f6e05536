/** Every pair of loss time and parameter time on a small network, and both ways of adding them up. */

import { type Cotangent, toValue } from '../../ad/linear/space.ts'
import type { Tensor } from '../../ad/tensor.ts'
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
import { rtrl } from '../../rules/rtrl.ts'

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

/** The inner products with the direction of the gradient, their sums, and how far the sums are apart. */
export interface Picture {
  readonly pairs: readonly Vector[]
  readonly rows: Vector
  readonly columns: Vector
  readonly totals: { readonly rtrl: number; readonly bptt: number }
  readonly residuals: { readonly totals: number; readonly rows: number; readonly columns: number }
}

/** A small leaky network's run: d = 2, n = 1, m = 1, α = 0.5, with everything else drawn from the seed. */
const runOf = (seed: number, steps: number): Run => {
  const small = network(leaky({ alpha: 0.5 }), { d: 2, n: 1, m: 1 }, halfSquaredError())
  const data = rng(seed, 1)
  const draw = (): Tensor => data.draw({ law: 'normal', shape: [1] })
  const sequence = Array.from({ length: steps }, () => example(draw(), draw()))
  return unroll(small)(small.init(seed), sequence)
}

const vector = (g: Cotangent<Param>): Vector => [...(toValue(g) as Tensor).data]
const sum = (xs: Vector): number => xs.reduce((a, b) => a + b, 0)
const dot = (a: Vector, b: Vector): number => sum(a.map((x, i) => x * (b[i] ?? Number.NaN)))
const added = (list: readonly Vector[]): Vector => (list[0] ?? []).map((_, i) => sum(list.map(v => v[i] ?? Number.NaN)))

/** The largest |a - b|; NaN stays NaN. */
const gap = (a: readonly Vector[], b: readonly Vector[]): number =>
  Math.max(...a.flatMap((v, i) => v.map((x, j) => Math.abs(x - (b[i]?.[j] ?? Number.NaN)))))

/** Every pair by its own chain of pulls, and what the two rules emit; timestep 0 is left out. */
export const triangleOfRun = (run: Run): Triangle => ({
  pairs: doubleSum(run)
    .slice(1)
    .map(row => row.slice(1).map(vector)),
  rows: [...outputs(scan(rtrl)(run))].slice(1).map(vector),
  columns: [...outputs(scan(bptt)(run))].toReversed().slice(1).map(vector),
})

/** The triangle of a small random network. */
export const triangleOf = (seed: number, steps: number): Triangle => triangleOfRun(runOf(seed, steps))

/** The numbers of a picture. */
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

/** How numbers up to `largest` are written in a column: plainly with decimals, or as whole numbers of a smaller unit. */
const styleOf = (largest: number, width: number): { readonly unit: number; readonly decimals: number } => {
  const digits = largest > 0 ? Math.floor(Math.log10(largest * 1.001)) + 1 : 1
  const decimals = Math.min(4, width - 3 - Math.max(1, digits))
  return decimals >= 3 && digits + decimals >= 3
    ? { unit: 1, decimals }
    : { unit: 10 ** (digits + 2 - width), decimals: 0 }
}

const label = 6
const margin = 11
const lineOf = (name: string, body: string, end: string): string => `${name.padStart(label)}${body} |${end}`.trimEnd()

/** The (t, s) matrix with RTRL's sums to its right and BPTT's below, at most 80 columns wide. */
const matrixOf = ({ pairs, rows, columns, totals }: Picture): readonly string[] => {
  const width = Math.min(9, Math.floor((80 - label - margin - 2) / columns.length))
  const { unit, decimals } = styleOf(Math.max(...[...pairs.flat(), ...rows, ...columns].map(Math.abs)), width)
  const write = (x: number): string => (x / unit).toFixed(decimals).replace(/^-(?=0(\.0*)?$)/, '')
  const wide = (cells: readonly string[]): string => columns.map((_, s) => (cells[s] ?? '').padStart(width)).join('')
  const end = (cell: string): string => cell.padStart(margin)
  const head = columns.map((_, s) => String(s + 1))
  return [
    ...(unit === 1 ? [] : [`in units of ${unit.toExponential(0)}`]),
    lineOf('t \\ s', wide(head), end('RTRL at t')),
    ...pairs.map((row, t) => lineOf(String(t + 1), wide(row.map(write)), end(write(rows[t] ?? Number.NaN)))),
    lineOf('BPTT', wide(columns.map(write)), end(write(totals.rtrl))),
  ]
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
  const picture = pictured(triangle)
  const { totals, residuals } = picture
  const [all, rows, columns] = [residuals.totals, residuals.rows, residuals.columns].map(x => x.toExponential(1))
  return [
    'g_ts = q_t J_t … J_{s+1} B_s: what the parameters at step s cost at step t.',
    `Each is a vector over ${θ}, found by its own chain of pulls.`,
    'Shown: its inner product with the direction of dL/dθ, so all entries sum to',
    'the norm |dL/dθ|.',
    what,
    '',
    ...matrixOf(picture),
    '',
    `totals     RTRL ${totals.rtrl.toPrecision(12)}   BPTT ${totals.bptt.toPrecision(12)}`,
    'residuals  (largest difference over the entries of θ)',
    `           totals ${all}   row sums - RTRL ${rows}   column sums - BPTT ${columns}`,
    '',
    ...legend,
  ].join('\n')
}
