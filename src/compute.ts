/** What a case of the leaky network asks for, recomputed. */
import { Matrix, SingularValueDecomposition } from 'ml-matrix'
import type { Engine } from '../ad/compiler/engine.ts'
import { dense, matrixOf } from '../ad/follow.ts'
import { stack } from '../ad/layout.ts'
import { type Cotangent, numbers, treeOf } from '../ad/space.ts'
import { type Nested, nested, type Tensor, tensor, tensorOf } from '../ad/tensor.ts'
import type { Value } from '../ad/value.ts'
import { gradientBy } from '../nets/by.ts'
import { momentBy } from '../nets/compiled/moments.ts'
import { type LeakyParams, type LeakyState, leaky } from '../nets/leaky.ts'
import { isWholeRun } from '../nets/loss.ts'
import { walk } from '../nets/machine.ts'
import type { Moment, Param, Run } from '../nets/moment.ts'
import { activations, lossNamed } from '../nets/named.ts'
import { lossOf, unroll } from '../nets/run.ts'
import { type Datum, datum, type Task, type Theta, task } from '../nets/task.ts'
import { credit } from '../rules/bptt.ts'
import { deltas } from '../rules/deltas.ts'
import { type Influence, influence } from '../rules/rtrl.ts'
import type { LeakyCase } from './case.ts'

/** Quantities by name: arrays, null where one has no meaning, and records or lists of them. */
export type Found = Tensor | null | readonly Found[] | { readonly [name: string]: Found }
export type Computed = { readonly [name: string]: Found }

export type LeakyTask = Task<LeakyParams, LeakyState>
/** All parameters, the initial state among them. */
export type LeakyTheta = Theta<LeakyParams> & { readonly start: LeakyState }

/** A case made runnable, and its run with exact gradients. */
export interface Problem {
  readonly given: LeakyCase
  readonly task: LeakyTask
  readonly θ: LeakyTheta
  readonly sequence: readonly Datum[]
  readonly run: Run
  readonly engine: Engine
  /** Exact gradients, that of the start among them. */
  readonly grads: { readonly [name: string]: Tensor }
}

/** Rows of a matrix as tensors. */
const rowsOf = ({ shape, data }: Tensor): readonly Tensor[] => {
  const [rows = 0, width = 0] = shape
  return Array.from({ length: rows }, (_, i) => tensorOf([width], data.slice(i * width, (i + 1) * width)))
}

/** The data of a case, with its weights or with those given. */
export const sequenceOf = (
  { inputs, targets, loss_weights }: LeakyCase,
  weight: (t: number) => number = t => loss_weights.data[t] ?? Number.NaN,
): readonly Datum[] => {
  const wanted = rowsOf(targets)
  return rowsOf(inputs).map((x, t) => datum(x, wanted[t] ?? x, weight(t)))
}

const numbered = (value: Value): Tensor => value as Tensor
const over = (values: readonly Value[]): Tensor => numbered(stack(values))

/** A gradient of the cell's parameters and, where it holds them, of the rest, under the names of the file. */
export const named = ({ cell, readout, start }: Partial<LeakyTheta>): Record<string, Tensor> => ({
  ...(cell as Record<string, Tensor> | undefined),
  ...(readout as Record<string, Tensor> | undefined),
  ...(start ? { h0: numbered(start.h) } : {}),
})

const thetaOf = ({ params }: LeakyCase): LeakyTheta => {
  const { W_rec, W_in, b_rec, W_out, b_out, h0 } = params
  return { cell: { W_rec, W_in, b_rec }, start: { h: h0 }, readout: { W_out, b_out } }
}

/** Unrolls a case by an engine; the initial state counts as learned. */
export const problemOf = (given: LeakyCase, engine: Engine): Problem => {
  const cell = leaky({ alpha: given.alpha, f: activations[given.activation] })
  const { d, n, m } = given.sizes
  const net = task(cell, { d, n, m }, lossNamed(given.loss, given.output), 'learned')
  const θ = thetaOf(given)
  const sequence = sequenceOf(given)
  const run = unroll(net, { by: momentBy(engine) })(θ, sequence)
  const grads = named(treeOf(θ, gradientBy(engine, credit)(net)(θ, sequence).gradient))
  return { given, task: net, θ, sequence, run, engine, grads }
}

/** What a rule says of the parameters of the state, as the cell's arrays. */
export const cellOf = ({ θ: { cell, start } }: Problem, g: Cotangent<Param>): Record<string, Tensor> =>
  named({ cell: treeOf({ cell, start }, g).cell })

/** ∂h_T/∂W with W = [W_rec | W_in | b_rec], from the flat [d, …] of RTRL's memory. */
const arranged = ({ data, shape }: Tensor, { d, n }: LeakyCase['sizes']): Tensor => {
  const width = shape[1] ?? 0
  const column = (a: number, j: number): number =>
    j < d ? a * d + j : j < d + n ? d * d + a * n + (j - d) : d * d + d * n + a
  const entry = (k: number, a: number, j: number): number => data[k * width + column(a, j)] ?? Number.NaN
  const list = (length: number, f: (i: number) => Nested): Nested[] => Array.from({ length }, (_, i) => f(i))
  return tensor(list(d, k => list(d, a => list(d + n + 1, j => entry(k, a, j)))))
}

/** RTRL's outputs at each t from 0 on, and the influence at the end; memories in between are let go. */
const pushed = (run: Run): { readonly outs: readonly Cotangent<Param>[]; readonly end: Influence | null } => {
  const outs: Cotangent<Param>[] = []
  let end: Influence | null = null
  for (const [out, memory] of walk(influence(dense))(run)) {
    outs.push(out)
    end = memory
  }
  return { outs, end }
}

/** Descending singular values of J_T … J_1. */
const singularValues = (run: Run): Tensor => {
  const matrices = run
    .slice(1)
    .map((now: Moment) => new Matrix(nested(numbered(matrixOf(now.recurrent))) as number[][]))
  const product = matrices.reduce((after, J) => J.mmul(after))
  return tensor(new SingularValueDecomposition(product, { autoTranspose: true }).diagonal)
}

/** ∂h_T/∂W is large: wanted up to 4 units of a loss over time, unless the file says otherwise. */
const wantsInfluence = ({ expected, sizes }: LeakyCase, summed: boolean): boolean =>
  expected?.P_T === undefined ? sizes.d <= 4 && summed : expected.P_T !== null

/** What only the past-facing sum gives: its terms at the times asked for, and what became of the parameters' influence. */
const fromThePast = (problem: Problem, summed: boolean): Computed => {
  const { given, run } = problem
  const times = summed ? given.per_step_t : undefined
  const asked = wantsInfluence(given, summed)
  if (!times && !asked) return { per_step_grads: null, P_T: null }
  const { outs, end } = pushed(run)
  return {
    per_step_grads: times?.map(t => cellOf(problem, outs[t] as Cotangent<Param>)) ?? null,
    P_T: asked && end ? arranged(numbered(matrixOf(end)), given.sizes) : null,
  }
}

/** Everything a leaky case can be asked about itself. Null: per-step quantities of a loss of the whole run. */
export const computed = (problem: Problem): Computed => {
  const { run, sequence, grads } = problem
  const net = problem.task
  const moments = run.slice(1)
  const summed = !isWholeRun(net.loss)
  return {
    loss: numbered(lossOf(net, sequence, run)),
    loss_t: summed ? over(moments.map(now => now.loss)) : null,
    h: over(moments.map(now => (now.after as LeakyState).h)),
    y: over(moments.map(now => now.output)),
    grads,
    delta: over(deltas(run).slice(1).map(numbers)),
    ...fromThePast(problem, summed),
    jac_product_singular_values: singularValues(run),
  }
}
