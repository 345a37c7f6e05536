/**
 * An influence of which only the entries of a pattern are kept and formed. Columns of J that share no row are pushed together,
 * as one colour (Curtis, Powell & Reid 1974); no product of matrices is formed.
 */

import { bracket, ShapeError } from '../../ad/errors.ts'
import { pull, push, toMatrix } from '../../ad/linear/apply.ts'
import { compose, type Linear, type Sparse, sparse } from '../../ad/linear/linear.ts'
import { asCotangent, asTangent, toValue } from '../../ad/linear/space.ts'
import { select } from '../../ad/linear/sparse.ts'
import type { Pattern } from '../../ad/linear/sparsity.ts'
import { add, mul } from '../../ad/primitives/elementwise.ts'
import { reshape, slice } from '../../ad/primitives/layout.ts'
import { type Shape, type Tensor, tensorOf, zeros } from '../../ad/tensor.ts'
import type { Value } from '../../ad/value.ts'
import type { Keep } from './influence.ts'

/** Where J, B and what is kept of M may be other than 0. */
export interface Kept {
  readonly recurrent: Pattern
  readonly immediate: Pattern
  readonly influence: Pattern
}

/** Colours of rows, by their numbers: two rows of one column never share one. */
const coloured = ({ rows, columns }: Pattern): { readonly of: readonly number[]; readonly count: number } => {
  const neighbours: Set<number>[] = Array.from({ length: rows }, () => new Set())
  for (const list of new Map(columns.map(list => [list.join(), list])).values())
    for (const one of list) for (const other of list) if (one !== other) neighbours[one]?.add(other)
  const of: number[] = []
  for (const others of neighbours) {
    const used = new Set([...others].map(row => of[row]))
    let colour = 0
    while (used.has(colour)) colour++
    of.push(colour)
  }
  return { of, count: Math.max(1, ...of.map(colour => colour + 1)) }
}

/** How the entries of a linear map of a known pattern are found: by one product for each colour, then every entry by its place. */
interface Probe {
  readonly find: <A, B>(f: Linear<A, B>) => Value
  /** Where an entry is found among what was found; null where there is none. */
  readonly place: (row: number, column: number) => Place
}

/** The rows of each column as the columns of each row. */
const transposed = ({ rows, columns }: Pattern): Pattern => {
  const across: number[][] = Array.from({ length: rows }, () => [])
  for (const [column, list] of columns.entries()) for (const row of list) across[row]?.push(column)
  return { rows: columns.length, columns: across }
}

/** A 0 or 1 for every row of a pattern, a vector for each colour: [rows], or a block of them [colours, rows]. */
const seedsOf = ({ rows }: Pattern, { of, count }: ReturnType<typeof coloured>): Tensor => {
  const block = new Float64Array(count * rows)
  for (const [row, colour] of of.entries()) block[colour * rows + row] = 1
  return tensorOf(count === 1 ? [rows] : [count, rows], block)
}

/** Where the entry of a row and a column stands, the colours being those of rows. */
const placeIn = ({ columns }: Pattern, { of }: ReturnType<typeof coloured>) => {
  const sets = columns.map(list => new Set(list))
  return (row: number, column: number): Place =>
    sets[column]?.has(row) ? (of[row] as number) * columns.length + column : null
}

/** J crosses a timestep: its columns are pushed. */
const byPushes = (pattern: Pattern): Probe => {
  const across = transposed(pattern)
  const colours = coloured(across)
  const [seeds, place] = [seedsOf(across, colours), placeIn(across, colours)]
  return { find: f => toValue(push(f, asTangent(f.from, seeds))), place: (row, column) => place(column, row) }
}

/** B belongs to one timestep and has few rows: they are pulled. Its columns would take nine colours where its rows take one. */
const byPulls = (pattern: Pattern): Probe => {
  const colours = coloured(pattern)
  const seeds = seedsOf(pattern, colours)
  return { find: f => toValue(pull(f, asCotangent(f.to, seeds))), place: placeIn(pattern, colours) }
}

/** Which numbers to gather, by their places; `valid` is 0 where there is none, null where there always is one. */
interface Gather {
  readonly places: Float64Array
  readonly valid: Tensor | null
}

type Place = number | null
const gatherOf = (places: readonly Place[], shape: Shape): Gather | null => {
  if (places.every(place => place === null)) return null
  const valid = tensorOf(
    shape,
    Float64Array.from(places, place => (place === null ? 0 : 1)),
  )
  return { places: Float64Array.from(places, place => place ?? 0), valid: places.includes(null) ? valid : null }
}

const take = (from: Value, { places, valid }: Gather, shape: Shape): Value => {
  const found = reshape(select(from, places), shape)
  return valid ? mul(valid, found) : found
}

/**
 * The index tables of M ← J M + B on a pattern, worked out once. M is kept as entries [K, P], column p with its kept rows in K
 * slots. `rows` [K, P] is the row of each slot; `direct` [K, P] the place of its entry among those found of B; `carried[k]`
 * [K, P] that of the entry of J which leads to it from slot k of the same column; `all` [K, P] its place in a matrix [S, P].
 *
 * Example: J lower triangular [2, 2] and one column with both rows kept. K = 2, rows = [0, 1]; carried[0] has the places
 * of J₀₀ and J₁₀, carried[1] none and that of J₁₁: M₀ ← J₀₀ M₀ + B₀, M₁ ← J₁₀ M₀ + J₁₁ M₁ + B₁.
 */
const planOf = ({ recurrent, immediate, influence }: Kept) => {
  const { columns } = influence
  const slots = columns.reduce((most, rows) => Math.max(most, rows.length), 1)
  const shape: Shape = [slots, columns.length]
  const each = (f: (row: number, column: number) => Place): readonly Place[] =>
    Array.from({ length: slots }, (_, i) => i).flatMap(i =>
      columns.map((rows, j) => {
        const row = rows[i]
        return row === undefined ? null : f(row, j)
      }),
    )
  const [J, B] = [byPushes(recurrent), byPulls(immediate)]
  const through = (slot: number) => (row: number, column: number) => {
    const from = columns[column]?.[slot]
    return from === undefined ? null : J.place(row, from)
  }
  return {
    ...{ shape, J, B },
    rows: Float64Array.from(
      each(row => row),
      row => row ?? 0,
    ),
    direct: gatherOf(each(B.place), shape),
    all: gatherOf(
      each((row, column) => row * columns.length + column),
      shape,
    ),
    carried: Array.from({ length: slots }, (_, slot) => gatherOf(each(through(slot)), shape)),
  }
}
type Plan = ReturnType<typeof planOf>

const sumOf = (terms: readonly (Value | null)[]): Value | null =>
  terms.reduce((total, term) => (total && term ? add(total, term) : (total ?? term)), null)

/** J M on the pattern: for each slot of M the entries of J that lead from it. */
const carriedOn = <A, B, C>(J: Linear<B, C>, { entries }: Sparse<A, B>, plan: Plan): Value | null => {
  const found = plan.J.find(J)
  return sumOf(
    plan.carried.map((places, slot) => places && mul(take(found, places, plan.shape), slice(entries, slot, slot + 1))),
  )
}

const scaled = (factor: Value, entries: Value | null): Value | null => entries && mul(factor, entries)

/** Whether a map is kept on the plan's own pattern, slot by slot. */
const isOnPattern = ({ rows }: { readonly rows: Float64Array }, plan: Plan): boolean =>
  rows === plan.rows || (rows.length === plan.rows.length && rows.every((row, i) => row === plan.rows[i]))

/** The entries of g after f. Only a kept influence is carried on; sums and multiples of one are taken apart first. */
const composedEntries = <A, B, C>(g: Linear<B, C>, f: Linear<A, B>, plan: Plan): Value | null => {
  if (g.tag === 'Zero' || f.tag === 'Zero') return null
  if (f.tag === 'Sum') return sumOf(f.terms.map(term => composedEntries(g, term, plan)))
  if (f.tag === 'Scale') return scaled(f.factor, composedEntries(g, f.arrow, plan))
  if (f.tag === 'Sparse' && isOnPattern(f, plan)) return carriedOn(g, f, plan)
  return ofMatrix(compose(g, f), plan)
}

/** The entries of a map of which nothing is known: its matrix is formed. */
const ofMatrix = <A, B>(f: Linear<A, B>, plan: Plan): Value | null =>
  plan.all && take(toMatrix(f), plan.all, plan.shape)

/** The entries of a linear map on the pattern; null where all of them are 0. A recorded map is the immediate map of its timestep, or a part of it. */
const entriesOf = <A, B>(f: Linear<A, B>, plan: Plan): Value | null => {
  switch (f.tag) {
    case 'Zero':
      return null
    case 'Sum':
      return sumOf(f.terms.map(term => entriesOf(term, plan)))
    case 'Scale':
      return scaled(f.factor, entriesOf(f.arrow, plan))
    case 'Compose':
      return composedEntries(f.outer, f.inner, plan)
    case 'Sparse':
      return isOnPattern(f, plan) ? f.entries : ofMatrix(f, plan)
    case 'Taped':
      return plan.direct && take(plan.B.find(f), plan.direct, plan.shape)
    default:
      return ofMatrix(f, plan)
  }
}

const check = (given: Pattern, [rows, columns]: readonly [number, number]): void => {
  if (given.rows === rows && given.columns.length === columns) return
  throw new ShapeError({
    who: 'keepPattern',
    given: `a pattern ${bracket([given.rows, given.columns.length])} for an influence of ${bracket([rows, columns])}`,
    wanted: 'one of its shape: states by parameters, those of the start among them',
    remedy: 'Take it from sparsity(net), of the network that is trained',
  })
}

/**
 * Keeps the entries of M that a pattern names and forms no others. For RFLO on the leaky net that is a push and a pull of a vector of
 * ones a step, O(d²); memory is a number for each entry kept. Throws a ShapeError for a pattern of another network.
 */
export const keepPattern = (kept: Kept): Keep => {
  const plan = planOf(kept)
  return total => {
    check(kept.influence, [total.to.size, total.from.size])
    return sparse(total.from, total.to, plan.rows, entriesOf(total, plan) ?? zeros(plan.shape))
  }
}
