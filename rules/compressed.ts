/**
 * An influence of which only the entries of a pattern are kept and formed. Rows that no column has two of are pulled
 * together, as one colour (Curtis, Powell & Reid 1974); no product of matrices is formed.
 */
import { type Linear, type Sparse, sparse } from '../ad/arrow.ts'
import { add, mul } from '../ad/elementwise.ts'
import { bracket, ShapeError } from '../ad/errors.ts'
import { pull } from '../ad/follow.ts'
import { reshape, slice } from '../ad/layout.ts'
import type { Pattern } from '../ad/pattern.ts'
import { asCotangent, numbers } from '../ad/space.ts'
import { taken } from '../ad/sparse.ts'
import { type Shape, type Tensor, tensorOf, zeros } from '../ad/tensor.ts'
import type { Value } from '../ad/value.ts'
import type { Remember } from './rtrl.ts'

/** Where J, B and what is kept of M may be other than 0. */
export interface Kept {
  readonly recurrent: Pattern
  readonly immediate: Pattern
  readonly influence: Pattern
}

/** Colours of rows, by their numbers: two rows of one column never share one. */
const coloured = ({ rows, columns }: Pattern): { readonly of: readonly number[]; readonly count: number } => {
  const foes: Set<number>[] = Array.from({ length: rows }, () => new Set())
  for (const list of new Map(columns.map(list => [list.join(), list])).values())
    for (const one of list) for (const other of list) if (one !== other) foes[one]?.add(other)
  const of: number[] = []
  for (const others of foes) {
    const taken = new Set([...others].map(row => of[row]))
    let colour = 0
    while (taken.has(colour)) colour++
    of.push(colour)
  }
  return { of, count: Math.max(1, ...of.map(colour => colour + 1)) }
}

/** How the entries of an arrow of a known pattern are found: a pull for each colour, then every entry by its place. */
interface Probe {
  readonly colours: Tensor
  /** Where an entry is found among what was pulled; null where there is none. */
  readonly place: (row: number, column: number) => Place
}

const probeOf = (pattern: Pattern): Probe => {
  const { of, count } = coloured(pattern)
  const block = new Float64Array(count * pattern.rows)
  for (const [row, colour] of of.entries()) block[colour * pattern.rows + row] = 1
  const sets = pattern.columns.map(list => new Set(list))
  return {
    colours: tensorOf(count === 1 ? [pattern.rows] : [count, pattern.rows], block),
    place: (row, column) => (sets[column]?.has(row) ? (of[row] as number) * pattern.columns.length + column : null),
  }
}

/** Numbers to be taken by their places; `valid` is 0 where there is none to take, null where there always is. */
interface Taking {
  readonly places: Float64Array
  readonly valid: Tensor | null
}

type Place = number | null
const takingOf = (places: readonly Place[], shape: Shape): Taking | null => {
  if (places.every(place => place === null)) return null
  const valid = tensorOf(
    shape,
    Float64Array.from(places, place => (place === null ? 0 : 1)),
  )
  return { places: Float64Array.from(places, place => place ?? 0), valid: places.includes(null) ? valid : null }
}

const take = (from: Value, { places, valid }: Taking, shape: Shape): Value => {
  const found = reshape(taken(from, places), shape)
  return valid ? mul(valid, found) : found
}

/** What a kept influence is made of, worked out once: its slots, and where what goes into them is found. */
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
  const [J, B] = [probeOf(recurrent), probeOf(immediate)]
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
    direct: takingOf(each(B.place), shape),
    carried: Array.from({ length: slots }, (_, slot) => takingOf(each(through(slot)), shape)),
  }
}
type Plan = ReturnType<typeof planOf>

const sumOf = (terms: readonly (Value | null)[]): Value | null =>
  terms.reduce((total, term) => (total && term ? add(total, term) : (total ?? term)), null)

/** The entries of an arrow by a pull for each colour. */
const probed = <A, B>(f: Linear<A, B>, { colours }: Probe): Value => numbers(pull(f, asCotangent(f.to, colours)))

/** J M on the pattern: for each slot of M the entries of J that lead from it. */
const carriedOn = <A, B, C>(J: Linear<B, C>, { entries }: Sparse<A, B>, plan: Plan): Value | null => {
  const found = probed(J, plan.J)
  return sumOf(
    plan.carried.map((taking, slot) => taking && mul(take(found, taking, plan.shape), slice(entries, slot, slot + 1))),
  )
}

/** The entries of an arrow on the pattern; null where all of them are 0. */
const entriesOf = <A, B>(f: Linear<A, B>, plan: Plan): Value | null => {
  if (f.tag === 'Zero') return null
  if (f.tag === 'Sum') return sumOf(f.terms.map(term => entriesOf(term, plan)))
  if (f.tag === 'Compose' && f.inner.tag === 'Zero') return null
  if (f.tag === 'Compose' && f.inner.tag === 'Sparse')
    return f.outer.tag === 'Zero' ? null : carriedOn(f.outer, f.inner, plan)
  return plan.direct && take(probed(f, plan.B), plan.direct, plan.shape)
}

const check = (given: Pattern, [rows, columns]: readonly [number, number]): void => {
  if (given.rows === rows && given.columns.length === columns) return
  throw new ShapeError({
    who: 'compressed',
    given: `a pattern ${bracket([given.rows, given.columns.length])} for an influence of ${bracket([rows, columns])}`,
    wanted: 'one of its shape: states by parameters, those of the start among them',
    remedy: 'Take it from wiring(task), of the task that is learned',
  })
}

/**
 * Keeps the entries of M that a pattern names and forms no others. For RFLO on the leaky net that is two pulls of a vector of
 * ones a step, O(d²); memory is a number for each entry kept. Throws a ShapeError for a pattern of another network.
 */
export const compressed = (kept: Kept): Remember => {
  const plan = planOf(kept)
  return total => {
    check(kept.influence, [total.to.size, total.from.size])
    return sparse(total.from, total.to, plan.rows, entriesOf(total, plan) ?? zeros(plan.shape))
  }
}
