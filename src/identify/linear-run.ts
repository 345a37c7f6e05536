/** A run as plain matrices, and what is folded of them: the sum over pairs (t, s) of q_t J_t … J_{s+1} B_s. */
import { toMatrix } from '../../ad/linear/apply.ts'
import { plus as plusMaps } from '../../ad/linear/linear.ts'
import { own } from '../../ad/linear/own.ts'
import { toValue } from '../../ad/linear/space.ts'
import { nested, type Tensor } from '../../ad/tensor.ts'
import type { Branch } from '../../ad/tree.ts'
import type { Value } from '../../ad/value.ts'
import { kronecker } from '../../nets/run/kronecker.ts'
import { error, type Run, type Timestep } from '../../nets/run/timestep.ts'
import { type Matrix, plus, product, type Row, row, scaled, timesRow } from './matrix.ts'

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

/** Steps 0 (the start) to T, and how they are summed. */
export interface LinearRun {
  readonly steps: readonly LinearStep[]
  /** How often the pair of a loss time t and a parameter time s counts: once; 0 where it is left out. */
  readonly has: (t: number, s: number) => number
  /** What is kept of the influence at step t before it is carried on; null where it is kept in full. */
  readonly keep: ((M: Matrix, t: number) => Matrix) | null
  /** Another way to carry than by the influence or by pairs; null where it is one of these. */
  readonly carried: ((run: LinearRun) => Folded) | null
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
    has: () => 1,
    keep: null,
    carried: null,
    direct: direct.length > 0 ? numbers(toValue(direct.reduce((a, b) => plusMaps(a, b)))) : null,
  }
}

/** What a fold gives: at each t what the past-facing sum emits, at each s the future-facing one, and the sum of all. */
export interface Folded {
  readonly byLoss: readonly Row[]
  /** Null where there are no pairs: entries are dropped on the way, or something else is carried. */
  readonly byUse: readonly Row[] | null
  readonly total: Row
  /** What was learned on the way, by its name in a file: A_final, c_final. */
  readonly learned?: Readonly<Record<string, Row>>
}

/** What is emitted step by step, from the start on, with its sum. */
export const emitting = (byLoss: readonly Row[], learned: Folded['learned'] = {}): Folded => ({
  byLoss,
  byUse: null,
  total: sum(byLoss, byLoss[0]?.length ?? 0),
  learned,
})

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
      const times = has(t, s)
      if (times > 0)
        timesRow(credit, B).forEach((x, i) => {
          own[i] = (own[i] as number) + times * x
          const use = byUse[s] as Float64Array
          use[i] = (use[i] as number) + times * x
        })
      credit = timesRow(credit, J)
    }
    return [...own]
  })
  return { byLoss, byUse: byUse.map(use => [...use]), total: sum(byLoss, width) }
}

/** The influence at each step: M = J M₋ + B of the pairs that count, and what is kept of it. */
export const influences = ({ steps, has, keep }: LinearRun): readonly Matrix[] =>
  steps.map((_, t) =>
    steps.slice(0, t + 1).reduce<Matrix>((M, { J, B }, s) => {
      const grown = M.length === 0 ? scaled(has(t, s), B) : plus(scaled(has(t, s), B), product(J, M))
      return keep ? keep(grown, s) : grown
    }, []),
  )

/** What influences emit. */
export const emittedBy = ({ steps }: LinearRun, all: readonly Matrix[]): Folded =>
  emitting(all.map((M, t) => timesRow((steps[t] as LinearStep).q, M)))

/** Folds a run. */
export const fold = (run: LinearRun): Folded => {
  if (run.carried) return run.carried(run)
  return run.keep ? emittedBy(run, influences(run)) : paired(run)
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
