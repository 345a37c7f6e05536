/** The timestep that a stepper is at, as a table. */

import { bracket } from '../../ad/errors.ts'
import { course, digits, spark } from '../../ad/format.ts'
import { toMatrix } from '../../ad/linear/apply.ts'
import { type Cotangent, toValue } from '../../ad/linear/space.ts'
import type { Tensor } from '../../ad/tensor.ts'
import type { Branch } from '../../ad/tree.ts'
import { item } from '../../ad/value.ts'
import type { Param, State, Timestep } from '../../nets/run/timestep.ts'
import type { Influence } from '../../rules/parts/influence.ts'
import { brief, named, norm } from './run-tables.ts'
import type { Table } from './table.ts'

/** A timestep of a run, and all that is known of it. */
export interface Instant {
  /** Which timestep, 0 being the start. */
  readonly t: number
  /** The last one. */
  readonly last: number
  readonly now: Timestep
  /** q = ∂ℓ/∂s, of this step's own loss. */
  readonly error: Cotangent<State>
  /** c = δ₊ J₊, the credit of later losses. */
  readonly credit: Cotangent<State>
  /** δ = c + q = ∂L/∂s; the sum that faces the future. */
  readonly delta: Cotangent<State>
  /** M = J M₋ + B = ∂s/∂θ; the sum that faces the past. */
  readonly influence: Influence
  /** The sum of what each rule emits at timesteps 0 … t. */
  readonly gradient: { readonly [rule: string]: Cotangent<Param> }
  /** The same of BPTT, whichever rules are followed: at the end the gradient. */
  readonly exact: Cotangent<Param>
  /** c M, the gradient of later losses through the influence so far: in BPTT's sum already, in RTRL's not yet. */
  readonly later: Cotangent<Param>
}

const tensorOf = <A>(c: Cotangent<A>): Tensor => toValue(c) as Tensor

const line = (name: string, what: string, x: Tensor): readonly string[] => [
  name,
  what,
  bracket(x.shape),
  digits(norm(x)),
  brief(x, 40),
]

/** The norms of the columns of a matrix, one a parameter. */
const columnNorms = ({ shape: [rows = 0, columns = 0], data }: Tensor): readonly number[] =>
  Array.from({ length: columns }, (_, j) =>
    Math.hypot(...Array.from({ length: rows }, (_, i) => data[i * columns + j] ?? Number.NaN)),
  )

const influenceLine = (influence: Influence): readonly string[] => {
  const matrix = toMatrix(influence) as Tensor
  const bars = spark(columnNorms(matrix), course)
  return ['influence', 'M = ∂s/∂θ', bracket(matrix.shape), digits(norm(matrix)), `${bars} a column each`]
}

const difference = (a: Tensor, b: Tensor): number =>
  Math.hypot(...Array.from(a.data, (x, i) => x - (b.data[i] ?? Number.NaN)))

/** How far the rules are from BPTT. */
const distances = ({ gradient, exact }: Instant): readonly string[] =>
  Object.entries(gradient)
    .filter(([name]) => name !== 'bptt')
    .map(([name, g]) => `|${name} - bptt| = ${digits(difference(tensorOf(g), tensorOf(exact)))}`)

/** Loss, input and target of a step; timestep 0 has none. */
const headOf = ({ t, now }: Instant): string =>
  t === 0 ? 'the start' : `loss ${digits(item(now.loss))}   x ${brief(now.x, 20)}   target ${brief(now.target, 20)}`

/** The difference of BPTT's sum and RTRL's so far, where both are followed. */
const laterLines = ({ gradient, later }: Instant): readonly (readonly string[])[] =>
  'bptt' in gradient && 'rtrl' in gradient ? [line('later', 'c M', tensorOf(later))] : []

/** The timestep in a table, at most 80 columns wide. */
export const instantTable = (instant: Instant): Table => ({
  title: `t = ${instant.t} of ${instant.last}   ${headOf(instant)}`,
  head: ['', 'is', 'shape', 'norm', 'entries'],
  rows: [
    ...named(instant.now.after as Branch).map(([name, leaf]) => line(name, 'state s', leaf)),
    line('error', 'q = ∂ℓ/∂s', tensorOf(instant.error)),
    line('delta', 'δ = c + q', tensorOf(instant.delta)),
    influenceLine(instant.influence),
    ...Object.entries(instant.gradient).map(([name, g]) => line(name, 'Σ so far', tensorOf(g))),
    ...laterLines(instant),
  ],
  notes: [['so far', ...distances(instant)].join('   '), ...(instant.t === instant.last ? ['the run ends here'] : [])],
})
