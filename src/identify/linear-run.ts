/** A run as plain matrices, and what is folded of them: the sum over pairs (t, s) of q_t J_t … J_{s+1} B_s. */
import { toMatrix } from '../../ad/linear/apply.ts'
import { plus } from '../../ad/linear/linear.ts'
import { own } from '../../ad/linear/own.ts'
import { toValue } from '../../ad/linear/space.ts'
import { nested, type Tensor } from '../../ad/tensor.ts'
import type { Branch } from '../../ad/tree.ts'
import type { Value } from '../../ad/value.ts'
import { kronecker } from '../../nets/run/kronecker.ts'
import { error, type Run, type Timestep } from '../../nets/run/timestep.ts'
import { type Matrix, type Row, row, timesRow } from './matrix.ts'

/** What a network with one drive u = W z has at a step: z, and D = ∂s/∂u [S, d]. */
export interface Drive {
  readonly pre: Row
  readonly post: Matrix
}

/** One step: q [S], J [S, S] and its own-unit part, B [S, P], the output's error ε [m], and ∂o/∂s [d, S] of what the readout sees. */
export interface LinearStep {
  readonly q: Row
  readonly J: Matrix
  readonly own: Matrix
  readonly B: Matrix
  readonly ε: Row
  readonly output: Matrix
  readonly seen: Row
  readonly drive: Drive | null
}

/** Steps 0 (the start) to T, which pairs are summed, and whether entries that B never has are dropped. */
export interface LinearRun {
  readonly steps: readonly LinearStep[]
  readonly has: (t: number, s: number) => boolean
  readonly masked: boolean
  /** What an output with parameters of its own charges them; null where it has none. */
  readonly direct: Row | null
}

const numbers = (x: Value): Row => [...(x as Tensor).data]
const entries = (x: Value): Matrix => nested(x as Tensor) as unknown as Matrix

const driveOf = (now: Timestep): Drive | null => {
  if (!('layer' in now)) return null
  const { pre, post } = kronecker('identify', now)
  return { pre: numbers(pre), post: entries(toMatrix(post)) }
}

const stepOf = (now: Timestep, seen: Value): LinearStep => ({
  q: numbers(toValue(error(now))),
  J: entries(toMatrix(now.jacobian)),
  own: entries(toMatrix(own(now.jacobian))),
  B: entries(toMatrix(now.immediate)),
  ε: numbers(toValue(now.logitError)),
  output: entries(toMatrix(now.outputMap)),
  seen: numbers(seen),
  drive: driveOf(now),
})

/** A run in plain numbers; `cell` are the parameters that an output may read. */
export const linearRun = (run: Run, cell: Branch): LinearRun => {
  const direct = run.flatMap(({ outputGradient }) => outputGradient ?? [])
  return {
    steps: run.map(now => stepOf(now, run.net.cell.output(cell, now.after, now.x))),
    has: () => true,
    masked: false,
    direct: direct.length > 0 ? numbers(toValue(direct.reduce((a, b) => plus(a, b)))) : null,
  }
}

/** What a fold gives: at each t what the past-facing sum emits, at each s the future-facing one, and the sum of all. */
export interface Folded {
  readonly byLoss: readonly Row[]
  /** Null where entries are dropped on the way: there are no pairs then. */
  readonly byUse: readonly Row[] | null
  readonly total: Row
}

const sum = (rows: readonly Row[], width: number): Row =>
  rows.reduce<Row>((all, one) => all.map((x, i) => x + (one[i] as number)), row(width))

const paired = ({ steps, has }: LinearRun): Folded => {
  const width = (steps[0] as LinearStep).B[0]?.length ?? 0
  const byUse = steps.map(() => new Float64Array(width))
  const byLoss = steps.map(({ q }, t) => {
    const own = new Float64Array(width)
    let credit = q
    for (let s = t; s >= 0; s--) {
      const { J, B } = steps[s] as LinearStep
      if (has(t, s))
        timesRow(credit, B).forEach((x, i) => {
          own[i] = (own[i] as number) + x
          const use = byUse[s] as Float64Array
          use[i] = (use[i] as number) + x
        })
      credit = timesRow(credit, J)
    }
    return [...own]
  })
  return { byLoss, byUse: byUse.map(use => [...use]), total: sum(byLoss, width) }
}

/** The influence at each step: M = J M₋ + B, its entries dropped that B never has where they are; only pairs of the window. */
export const influences = ({ steps, has, masked }: LinearRun): readonly Matrix[] => {
  const kept = steps[0]?.B.map((r, i) => r.map((_, j) => steps.some(({ B }) => B[i]?.[j] !== 0)))
  return steps.map((_, t) =>
    steps.slice(0, t + 1).reduce<Matrix>((M, { J, B }, s) => {
      const grown = B.map((r, i) =>
        r.map(
          (x, j) =>
            (has(t, s) ? x : 0) +
            (M.length === 0 ? 0 : (J[i] as Row).reduce((all, y, k) => all + y * (M[k]?.[j] ?? 0), 0)),
        ),
      )
      return masked ? grown.map((r, i) => r.map((x, j) => (kept?.[i]?.[j] ? x : 0))) : grown
    }, []),
  )
}

/** Folds a run. */
export const fold = (run: LinearRun): Folded => {
  if (!run.masked) return paired(run)
  const byLoss = influences(run).map((M, t) => timesRow((run.steps[t] as LinearStep).q, M))
  return { byLoss, byUse: null, total: sum(byLoss, byLoss[0]?.length ?? 0) }
}

/** δ_t, what every step's state is worth to its own loss and to all to come. */
export const credits = ({ steps }: LinearRun): readonly Row[] => {
  const found: Row[] = []
  let next: Row | null = null
  for (const { q, J } of steps.toReversed()) {
    const δ: Row = next ? q.map((x, i) => x + ((next as Row)[i] as number)) : q
    found.push(δ)
    next = timesRow(δ, J)
  }
  return found.toReversed()
}
