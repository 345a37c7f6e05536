/** A case as what is identified: its run in plain numbers, what variants need, and gradients by the names of the file. */

import { engineOf } from '../../ad/compiler/engine.ts'
import { toMatrix } from '../../ad/linear/apply.ts'
import { asCotangent, unflattenLike } from '../../ad/linear/space.ts'
import { nested, type Tensor, tensorOf } from '../../ad/tensor.ts'
import { leavesOf } from '../../ad/tree.ts'
import { isWholeRun } from '../../nets/loss.ts'
import type { Theta } from '../../nets/network.ts'
import { noNoise, type Param, timestep } from '../../nets/run/timestep.ts'
import type { Case } from '../cases/case.ts'
import { type Arrays, namedBy, treeAt } from '../cases/models/places.ts'
import type { Problem } from '../cases/solve.ts'
import { type Folded, fold, type LinearRun, linearRun } from './linear-run.ts'
import { type Matrix, type Row, row } from './matrix.ts'
import type { Context } from './variants/index.ts'

/** Gradients by the names of the file, flat. */
export type Blocks = Readonly<Record<string, Row>>

/** What is identified. */
export interface Subject {
  readonly problem: Problem
  readonly run: LinearRun
  readonly context: Context
  /** What a whole run's loss multiplies the sum over steps by; else 1. */
  readonly scale: number
}

const rows = (x: unknown): Matrix => nested(x as Tensor) as unknown as Matrix

/** Gradients by name of a flat gradient of the cell and the start. */
export const named = ({ problem }: Pick<Subject, 'problem'>, flat: Row): Blocks => {
  const { run, places, θ } = problem
  const { cell, start } = θ
  const all = asCotangent(
    (run[0] as Problem['run'][0]).immediate.from,
    tensorOf([flat.length], Float64Array.from(flat)),
  )
  return flatAll(namedBy(places, unflattenLike({ cell, start } as Param, all)))
}

export const flatAll = (arrays: Arrays): Blocks =>
  Object.fromEntries(Object.entries(arrays).map(([name, { data }]) => [name, [...data]]))

/** What the errors of the outputs charge the readout. */
const ofReadout = ({ steps }: LinearRun): Blocks => {
  const last = steps.at(-1)
  const [m, d] = [last?.ε.length ?? 0, last?.seen.length ?? 0]
  const W_out = row(m * d).map((_, i) =>
    steps.reduce((sum, { ε, seen }) => sum + (ε[Math.floor(i / d)] as number) * (seen[i % d] as number), 0),
  )
  return { W_out, b_out: row(m).map((_, k) => steps.reduce((sum, { ε }) => sum + (ε[k] as number), 0)) }
}

/** All blocks of a changed run. */
export const blocksOf = (subject: Subject, run: LinearRun, folded: Folded = fold(run)): Blocks => {
  const total = folded.total.map((x, i) => x + (run.direct?.[i] ?? 0))
  const all = { ...named(subject, total), ...ofReadout(run) }
  return Object.fromEntries(Object.entries(all).map(([name, xs]) => [name, xs.map(x => subject.scale * x)]))
}

/** ε by other derivatives of the output, of losses of squares. */
const errors = ({ given, outputs }: Problem) => {
  const factor = { half_mse: 1, sse: 2 }[given.loss as string]
  if (factor === undefined || given.output === 'identity') return { elementwise: null, underived: null }
  const [targets, weights] = [rows(given.targets), [...given.loss_weights.data]]
  const raw = outputs.map((y, t) => {
    const wanted = targets[t] as Row
    return [...(y as Tensor).data].map((x, k) => factor * (weights[t] as number) * (x - (wanted[k] as number)))
  })
  const slopes = raw.map((ε, t) =>
    ε.map((e, k) => {
      const y = (outputs[t] as Tensor).data[k] as number
      return e * y * (1 - y)
    }),
  )
  return { elementwise: given.output === 'softmax' ? slopes : null, underived: raw }
}

/** The layer of each entry of a stack's state. */
const layersOf = ({ given, run }: Problem): readonly number[] | null => {
  if (given.model !== 'stack') return null
  return leavesOf((run[0] as Problem['run'][0]).after).flatMap(({ shape }, l) =>
    Array.from({ length: shape[0] ?? 0 }, () => l),
  )
}

/** J at each step by the parameters of the step before, along the same states. */
const staleOf = ({ given, places, net, run, sequence }: Problem): readonly Matrix[] | null => {
  const { theta_t: times } = given
  if (!times) return null
  return run.map((now, t) => {
    const θ = treeAt(places, times[Math.max(0, t - 2)] as Arrays) as unknown as Theta
    const data = sequence[t - 1]
    if (!data) return rows(toMatrix(now.jacobian))
    return rows(toMatrix(timestep(net)(θ, now.before, { ...data, noise: noNoise, isLast: now.isLast }).jacobian))
  })
}

/** W_rec at each step; at the start that of the first. */
const weightsOf = ({ given, run }: Problem): readonly Matrix[] =>
  run.map((_, t) => rows((given.theta_t?.[Math.max(0, t - 1)] ?? given.params).W_rec))

const contextOf = (problem: Problem): Context => {
  const { given } = problem
  const { alpha } = given as { readonly alpha?: number }
  const { W_out } = given.params
  return {
    leaky: given.model === 'leaky' && alpha !== undefined ? { α: alpha, W: weightsOf(problem) } : null,
    F: given.feedback ? rows(given.feedback) : null,
    readout: rows(W_out),
    stale: staleOf(problem),
    ...errors(problem),
    layers: layersOf(problem),
  }
}

/** The run itself; of parameters that change, that of theta_t. */
const exactRun = ({ given, places, net, run, sequence }: Problem): Problem['run'] => {
  const { theta_t: times } = given
  if (!times) return run
  let before = run[0].after
  const steps = sequence.map((data, t) => {
    const θ = treeAt(places, times[t] as Arrays) as unknown as Theta
    const now = timestep(net)(θ, before, { ...data, noise: noNoise, isLast: (run[t + 1] as (typeof run)[0]).isLast })
    before = now.after
    return now
  })
  return Object.assign([run[0], ...steps], { net }) as unknown as Problem['run']
}

/** A case to be identified; or why it cannot be: its model has no causal run. */
export const subjectOf = ({ given, model }: Case): Subject | string => {
  const solved = model.solve(given, engineOf('eager'))
  if (!('run' in solved)) return `${given.model} has no run in order of time; wanted a causal model`
  const first = solved as Problem
  const problem = { ...first, run: exactRun(first) }
  const run = linearRun(problem.run, problem.θ.cell)
  const bare: Subject = { problem, run, context: contextOf(problem), scale: 1 }
  return isWholeRun(problem.net.loss) ? { ...bare, scale: scaleOf(bare) } : bare
}

const scaleOf = (subject: Subject): number => {
  const [sum, exact] = [blocksOf(subject, subject.run).b_out ?? [], subject.problem.grads.b_out?.data ?? []]
  const at = sum.findIndex(x => Math.abs(x) === Math.max(...sum.map(Math.abs)))
  return (exact[at] as number) / (sum[at] as number)
}
