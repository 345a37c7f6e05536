/** The records of a run as tables: parameters and states, timesteps, runs. */

import { bracket } from '../../ad/errors.ts'
import { digits, row } from '../../ad/format.ts'
import { toMatrix } from '../../ad/linear/apply.ts'
import type { Linear } from '../../ad/linear/linear.ts'
import { toValue } from '../../ad/linear/space.ts'
import type { Tensor } from '../../ad/tensor.ts'
import type { Branch } from '../../ad/tree.ts'
import type { Value } from '../../ad/value.ts'
import { error, type Run, type Timestep } from '../../nets/run/timestep.ts'
import { isTensor } from './guards.ts'
import { structure } from './linear.ts'
import type { Table } from './table.ts'

/** ‖x‖ of all the numbers of a tensor, measured against the largest so that no square overflows. */
export const norm = ({ data }: Tensor): number => {
  const largest = data.reduce((most, x) => Math.max(most, Math.abs(x)), 0)
  const unit = largest > 0 && largest < Number.POSITIVE_INFINITY ? largest : 1
  return unit * Math.sqrt(data.reduce((sum, x) => sum + (x / unit) ** 2, 0))
}

/** The numbers of a value in so many columns. */
export const brief = (x: Value, width: number): string => {
  if (!isTensor(x)) return 'inside a derivative'
  return x.shape.length === 0 ? digits(x.data[0] as number) : row(x.data, width)
}

const normOf = (x: Value): string => (isTensor(x) ? digits(norm(x)) : '')

/** The leaves of a tree with their paths: cell.W_rec, … */
export const named = (tree: Branch, path = ''): readonly (readonly [path: string, leaf: Tensor])[] =>
  Object.entries(tree).flatMap(([name, part]) =>
    isTensor(part) ? [[`${path}${name}`, part] as const] : named(part as Branch, `${path}${name}.`),
  )

/** Parameters, states, gradients: a line a tensor. */
export const branchTable = (tree: Branch): Table => {
  const leaves = named(tree)
  const count = leaves.reduce((sum, [, leaf]) => sum + leaf.data.length, 0)
  return {
    title: `${count} numbers`,
    head: ['name', 'shape', 'norm', 'entries'],
    rows: leaves.map(([path, leaf]) => [path, bracket(leaf.shape), normOf(leaf), brief(leaf, 36)]),
  }
}

/** The norm of a linear map is of its matrix, made only where that is quick. */
const quick = 1e5
const mapRow = <A, B>(name: string, what: string, f: Linear<A, B>): readonly string[] => {
  const small = f.from.size * f.to.size <= quick
  return [name, what, `${f.from.size} → ${f.to.size}`, small ? normOf(toMatrix(f)) : '', structure(f, 3)]
}
const valueRow = (name: string, what: string, x: Value): readonly string[] => [
  name,
  what,
  bracket(x.shape),
  normOf(x),
  brief(x, 26),
]
/** One timestep: its linear maps, its cotangents, its states. */
export const timestepTable = (now: Timestep): Table => ({
  title: 'a timestep',
  head: ['part', 'is', 'shape', 'norm', ''],
  rows: [
    mapRow('jacobian', 'J = ∂s/∂s₋', now.jacobian),
    mapRow('immediate', 'B = ∂s/∂θ', now.immediate),
    mapRow('readoutMap', '∂v/∂s', now.readoutMap),
    mapRow('outputMap', '∂o/∂s', now.outputMap),
    valueRow('logitError', 'ε = ∂ℓ/∂v', toValue(now.logitError)),
    valueRow('readoutGradient', '∂ℓ/∂readout', toValue(now.readoutGradient)),
    ...named(now.before as Branch).map(([name, leaf]) => valueRow(`before.${name}`, 's₋', leaf)),
    ...named(now.after as Branch).map(([name, leaf]) => valueRow(`after.${name}`, 's', leaf)),
    valueRow('x', 'input', now.x),
    valueRow('prediction', 'y = g(v)', now.prediction),
    valueRow('target', 'y*', now.target),
    valueRow('loss', 'ℓ', now.loss),
  ],
})

const most = 12

const timestepLine = (now: Timestep, t: number): readonly string[] => [
  String(t),
  brief(now.loss, 10),
  normOf(toValue(error(now))),
  brief(now.x, 12),
  brief(now.target, 12),
  brief(Object.values(now.after)[0] as Value, 28),
]

/** A run: a line a timestep; of a long one the first, and the last. */
export const runTable = (run: Run): Table => {
  const { from, to } = run[0].immediate
  const last = run.length - 1
  const long = run.length > most
  const lines = (long ? run.slice(0, most - 2) : run).map(timestepLine)
  return {
    title: `a run of ${last} steps: state [${to.size}], |θ| = ${from.size}; timestep 0 is the start`,
    head: ['t', 'loss', '|∂ℓ/∂s|', 'x', 'target', 'state'],
    rows: long ? [...lines, ['…'], timestepLine(run[last] as Timestep, last)] : lines,
  }
}
