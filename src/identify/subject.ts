/** A case as what is identified: its run in plain numbers, what variants need, and gradients by the names of the file. */

import { engineOf } from '../../ad/compiler/engine.ts'
import { toMatrix } from '../../ad/linear/apply.ts'
import { asCotangent, unflattenLike } from '../../ad/linear/space.ts'
import { nested, type Tensor, tensorOf, zeros } from '../../ad/tensor.ts'
import { leavesOf } from '../../ad/tree.ts'
import { item } from '../../ad/value.ts'
import { isWholeRun } from '../../nets/loss.ts'
import type { Theta } from '../../nets/network.ts'
import { noNoise, type Param, timestep } from '../../nets/run/timestep.ts'
import type { Case } from '../cases/case.ts'
import { type Arrays, namedBy, treeAt } from '../cases/models/places.ts'
import type { Problem } from '../cases/solve.ts'
import { type Folded, fold, type LinearRun, type LinearStep, linearRun } from './linear-run.ts'
import { type Matrix, norm, type Row, row, timesColumn } from './matrix.ts'
import type { Context } from './variants/index.ts'

/** Gradients by the names of the file, flat. */
export type Blocks = Readonly<Record<string, Row>>

/** What is identified. */
export interface Subject {
  readonly problem: Problem
  readonly run: LinearRun
  /** Which entries of a flat gradient each name has. */
  readonly columns: Blocks
  readonly context: Context
  /** What a whole run's loss multiplies the sum over steps by; else 1. */
  readonly scale: number
}

const rows = (x: unknown): Matrix => nested(x as Tensor) as unknown as Matrix

/** Which entries of a flat gradient of the cell and the start each name has. */
const columnsOf = ({ run, places, θ: { cell, start } }: Problem): Blocks => {
  const { from } = (run[0] as Problem['run'][0]).immediate
  const numbered = asCotangent(
    from,
    tensorOf(
      [from.size],
      Float64Array.from({ length: from.size }, (_, i) => i),
    ),
  )
  return flatAll(namedBy(places, unflattenLike({ cell, start } as Param, numbered)))
}

/** Gradients by name of a flat gradient of the cell and the start. */
export const named = ({ columns }: Pick<Subject, 'columns'>, flat: Row): Blocks =>
  Object.fromEntries(Object.entries(columns).map(([name, at]) => [name, at.map(i => flat[i] as number)]))

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
  const scaled = Object.entries(all).map(([name, xs]) => [name, xs.map(x => subject.scale * x)] as const)
  return { ...Object.fromEntries(scaled), ...folded.learned }
}

/** What each loss is off by at each step, in these outputs, with its weight. */
const departures = ({ given }: Problem, factor: number, outputs: readonly Row[]): readonly Row[] => {
  const [targets, weights] = [rows(given.targets), given.loss_weights.data]
  return outputs.map((y, t) => y.map((x, k) => factor * (weights[t] as number) * (x - (targets[t]?.[k] as number))))
}

/** What the readout gives before its function. */
const logitsOf = ({ given }: Problem, { steps }: LinearRun): readonly Row[] => {
  const [W, b] = [rows(given.params.W_out), [...(given.params.b_out as Tensor).data]]
  return steps.slice(1).map(({ seen }) => timesColumn(W, seen).map((x, k) => x + (b[k] as number)))
}

/** ε with the logits in the place of the outputs, where there is a function between them. */
const withLogits = (problem: Problem, run: LinearRun): readonly Row[] | null => {
  const factor = { half_mse: 1, sse: 2, softmax_ce: 1 }[problem.given.loss as string]
  const { output } = problem.given
  return factor === undefined || output === 'identity' ? null : departures(problem, factor, logitsOf(problem, run))
}

/** W √(Σ w (y - y*)² / (m W)), W = Σ w: what a root over the run divides by beside m; null for a loss without a root. */
const rootOf = ({ given, loss }: Problem): number | null =>
  given.loss === 'rmse_seq' ? given.loss_weights.data.reduce((a, b) => a + b, 0) * item(loss) : null

/** ε of Σ √(Σ (y - y*)² / m): each step by its own root, where the loss has one root for the run. */
const byRoots = (problem: Problem, { steps }: LinearRun): readonly Row[] | null => {
  const root = rootOf(problem)
  if (root === null) return null
  const outputs = problem.outputs.map(y => [...(y as Tensor).data])
  return departures(problem, 1, outputs).map((off, t) => {
    const own = norm(off) / Math.sqrt(off.length)
    return (steps[t + 1] as LinearStep).ε.map(x => (x * root) / own)
  })
}

/** ε by other derivatives of the output, of losses of squares. */
const errors = (problem: Problem) => {
  const { given, outputs } = problem
  const factor = { half_mse: 1, sse: 2 }[given.loss as string]
  if (factor === undefined || given.output === 'identity') return { elementwise: null, underived: null }
  const raw = departures(
    problem,
    factor,
    outputs.map(y => [...(y as Tensor).data]),
  )
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

/** J at each step t by the parameters of another, along the same states. */
const jacobiansBy = (
  { given, places, net, run, sequence }: Problem,
  at: (t: number) => number,
): readonly Matrix[] | null => {
  const { theta_t: times } = given
  if (!times) return null
  return run.map((now, t) => {
    const θ = treeAt(places, times[Math.max(0, at(t) - 1)] as Arrays) as unknown as Theta
    const data = sequence[t - 1]
    if (!data) return rows(toMatrix(now.jacobian))
    return rows(toMatrix(timestep(net)(θ, now.before, { ...data, noise: noNoise, isLast: now.isLast }).jacobian))
  })
}

/** W_rec at each step; at the start that of the first. */
const weightsOf = ({ given, run }: Problem): readonly Matrix[] =>
  run.map((_, t) => rows((given.theta_t?.[Math.max(0, t - 1)] ?? given.params).W_rec))

/** Units with several state variables each. */
const unitsOf = ({ given, run }: Problem): number | null => {
  const width = leavesOf((run[0] as Problem['run'][0]).after).reduce((sum, { shape }) => sum + (shape[0] ?? 0), 0)
  return given.model !== 'stack' && width > given.sizes.d && width % given.sizes.d === 0 ? given.sizes.d : null
}

const rowsIf = (x: unknown): Matrix | null => (x === undefined ? null : rows(x))

/** What the file gives of what a rule was given. */
const givenOf = ({ noise, signs, feedback, synthesiser: by, dni, targets }: Problem['given']) => ({
  ...{ noise: rowsIf(noise), signs: rowsIf(signs), F: rowsIf(feedback), targets: rows(targets) },
  synthesiser: by ? { ...by, A: rows(by.A), c: [...by.c.data] } : null,
  dni: dni ? { ...dni, A: rows(dni.A) } : null,
})

/** B at each step as it would be of the input before; before the first there is none. */
const lateInputs = ({ given, places, net, run, sequence, θ }: Problem): readonly Matrix[] =>
  run.map((now, t) => {
    const data = sequence[t - 1]
    if (!data) return rows(toMatrix(now.immediate))
    const at = given.theta_t ? (treeAt(places, given.theta_t[t - 1] as Arrays) as unknown as Theta) : θ
    const x = sequence[t - 2]?.x ?? zeros([given.sizes.n])
    return rows(toMatrix(timestep(net)(at, now.before, { ...data, x, noise: noNoise, isLast: now.isLast }).immediate))
  })

const contextOf = (problem: Problem, run: LinearRun): Context => {
  const { given } = problem
  const { alpha } = given as { readonly alpha?: number }
  const { W_out } = given.params
  return {
    leaky: given.model === 'leaky' && alpha !== undefined ? { α: alpha, W: weightsOf(problem) } : null,
    readout: rows(W_out),
    lateInput: lateInputs(problem),
    stale: jacobiansBy(problem, t => t - 1),
    first: jacobiansBy(problem, () => 1),
    ...errors(problem),
    logits: withLogits(problem, run),
    roots: byRoots(problem, run),
    root: rootOf(problem),
    layers: layersOf(problem),
    units: unitsOf(problem),
    ...givenOf(given),
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
  const scale = isWholeRun(problem.net.loss) ? scaleOf(problem, run) : 1
  return { problem, run, columns: columnsOf(problem), context: contextOf(problem, run), scale }
}

const scaleOf = ({ grads }: Problem, run: LinearRun): number => {
  const [sum, exact] = [ofReadout(run).b_out ?? [], grads.b_out?.data ?? []]
  const at = sum.findIndex(x => Math.abs(x) === Math.max(...sum.map(Math.abs)))
  return (exact[at] as number) / (sum[at] as number)
}
