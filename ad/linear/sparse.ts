/** Linear maps with few entries in a column, followed: what is 0 is neither kept nor multiplied. */

import { mul } from '../primitives/elementwise.ts'
import { gather, scatter } from '../primitives/indexing.ts'
import { reshape, sum } from '../primitives/layout.ts'
import { tensorOf } from '../tensor.ts'
import type { Value } from '../value.ts'
import type { Sparse } from './linear.ts'

type Carry = (vector: Value) => Value

/** Entries of a value by their places, [places.length]; as they are where they are all of them in order. */
export const select = (x: Value, places: Float64Array): Value => {
  const size = x.shape.reduce((a, b) => a * b, 1)
  if (places.length === size && places.every((place, i) => place === i)) return reshape(x, [size])
  return reshape(gather(reshape(x, [size, 1]), tensorOf([places.length], places)), [places.length])
}

/** Numbers added up in their places, [size]. */
const put = (x: Value, places: Float64Array, size: number): Value =>
  reshape(scatter(reshape(x, [places.length, 1]), tensorOf([places.length], places), size), [size])

/** t [A.size] → [B.size]: every entry times its column's, added up in its row. */
export const sparsePush =
  <A, B>({ entries, rows, to }: Sparse<A, B>): Carry =>
  t =>
    put(mul(entries, t), rows, to.size)

/** c [B.size] → [A.size]: every entry times its row's, added up in its column. */
export const sparsePull =
  <A, B>({ entries, rows }: Sparse<A, B>): Carry =>
  c =>
    sum(mul(entries, reshape(select(c, rows), entries.shape)), 0)

/** The matrix [B.size, A.size]. */
export const toDense = <A, B>({ entries, rows, from, to }: Sparse<A, B>): Value => {
  const places = rows.map((row, i) => row * from.size + (i % from.size))
  return reshape(put(entries, places, to.size * from.size), [to.size, from.size])
}
