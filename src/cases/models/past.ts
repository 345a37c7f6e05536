/** What only the past-facing sum of a leaky case gives, and what becomes of its start. */

import { Matrix, SingularValueDecomposition } from 'ml-matrix'
import { toMatrix } from '../../../ad/linear/apply.ts'
import type { Cotangent } from '../../../ad/linear/space.ts'
import { type Nested, nested, type Tensor, tensor } from '../../../ad/tensor.ts'
import { scan } from '../../../nets/run/scan.ts'
import type { Param, Run } from '../../../nets/run/timestep.ts'
import type { Influence } from '../../../rules/parts/influence.ts'
import { rtrl } from '../../../rules/rtrl.ts'
import type { Computed } from '../compare.ts'
import { cellOf, type Problem, stepsOf } from '../solve.ts'
import type { Given, Sizes } from './model.ts'

/** Rows of numbers per parameter as [rows, d, d + n + 1], W = [W_rec | W_in | b_rec]: ∂h_T/∂W from the flat [d, …] of RTRL's memory. */
export const arranged = ({ data, shape }: Tensor, { d, n }: Sizes): Tensor => {
  const [rows = 0, width = 0] = shape
  const column = (a: number, j: number): number =>
    j < d ? a * d + j : j < d + n ? d * d + a * n + (j - d) : d * d + d * n + a
  const entry = (k: number, a: number, j: number): number => data[k * width + column(a, j)] ?? Number.NaN
  const list = (length: number, f: (i: number) => Nested): Nested[] => Array.from({ length }, (_, i) => f(i))
  return tensor(list(rows, k => list(d, a => list(d + n + 1, j => entry(k, a, j)))))
}

/** RTRL's outputs at each t from 0 on, and the influence at the end; memories in between are let go. */
const pushed = (run: Run): { readonly outs: readonly Cotangent<Param>[]; readonly end: Influence | null } => {
  const outs: Cotangent<Param>[] = []
  let end: Influence | null = null
  for (const [out, memory] of scan(rtrl)(run)) {
    outs.push(out)
    end = memory
  }
  return { outs, end }
}

/** Descending singular values of J_T … J_1. */
export const singularValues = ({ run }: Problem): Tensor => {
  const matrices = stepsOf(run).map(now => new Matrix(nested(toMatrix(now.jacobian) as Tensor) as number[][]))
  const product = matrices.reduce((after, J) => J.mmul(after))
  return tensor(new SingularValueDecomposition(product, { autoTranspose: true }).diagonal)
}

/** ∂h_T/∂W is large: wanted up to 4 units of a loss over time, unless the file says otherwise. */
const wantsInfluence = ({ expected, sizes }: Given, summed: boolean): boolean =>
  expected?.P_T === undefined ? sizes.d <= 4 && summed : expected.P_T !== null

/** The past's terms at the times asked for, and what became of the parameters' influence. */
export const fromThePast = (problem: Problem, chosen: readonly number[] | undefined): Computed => {
  const { given, losses, run } = problem
  const times = losses ? chosen : undefined
  const wanted = wantsInfluence(given, losses !== null)
  if (!times && !wanted) return { per_step_grads: null, P_T: null }
  const { outs, end } = pushed(run)
  return {
    per_step_grads: times?.map(t => cellOf(problem, outs[t] as Cotangent<Param>)) ?? null,
    P_T: wanted && end ? arranged(toMatrix(end) as Tensor, given.sizes) : null,
  }
}
