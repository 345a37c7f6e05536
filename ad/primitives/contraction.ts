/** What mixes units: products of vectors and matrices. */

import { bracket, ShapeError } from '../errors.ts'
import { type Operation, operation } from '../operation.ts'
import { type Shape, sameShape, sizeOf } from '../tensor.ts'
import { type Like, lift, type Primitive, run, type Specimen, type Value } from '../value.ts'
import { mul } from './elementwise.ts'
import { broadcastTo, reshape, sum, transpose } from './layout.ts'
import { multiply } from './matmul.ts'

type Two = readonly [Value, Value]
type Binary = Operation<(a: Like, b: Like) => Value>

const misfit = (who: string, given: string, wanted: string, remedy: string): never => {
  throw new ShapeError({ who, given, wanted, remedy })
}

const products = (...pairs: readonly (readonly Shape[])[]): readonly Specimen<undefined>[] =>
  pairs.map(shapes => ({ shapes }))

/** Swaps the last two axes. */
const flip = (x: Value): Value => {
  const rank = x.shape.length
  const axes = x.shape.map((_, i) => i)
  return transpose(x, [...axes.slice(0, -2), rank - 1, rank - 2])
}

const matmulRow: Primitive<Two, undefined> = {
  name: 'matmul',
  operations: ([a, b]) => 2 * sizeOf(a!) * b!.at(-1)!,
  kind: 'contraction',
  shape: ([a, b]) => {
    const fits =
      a!.length >= 2 &&
      a!.length === b!.length &&
      a!.at(-1) === b!.at(-2) &&
      sameShape(a!.slice(0, -2), b!.slice(0, -2))
    if (fits) return [...a!.slice(0, -1), b!.at(-1)!]
    return misfit(
      'matmul',
      `A ${bracket(a!)} times B ${bracket(b!)}`,
      'A [m, k] and B [k, n]',
      'Transpose one of them, or use matvec for a vector',
    )
  },
  write: (out, [a, b], _, shape) => {
    const [m, k, n] = [a.shape.at(-2)!, a.shape.at(-1)!, b.shape.at(-1)!] as const
    out.fill(0)
    const count = sizeOf(shape.slice(0, -2))
    for (let i = 0; i < count; i++) multiply([m, k, n], [a.data, i * m * k], [b.data, i * k * n], [out, i * m * n])
  },
  push: [(t, [, b]) => matmul(t, b), (t, [a]) => matmul(a, t)],
  pull: [(c, [, b]) => matmul(c, flip(b)), (c, [a]) => matmul(flip(a), c)],
  batch: ([a, b], [batchedA, batchedB], size) =>
    batchedB || b.shape.length > 2 ? matmul(levelled(a, batchedA, size), levelled(b, batchedB, size)) : matmul(a, b),
  specimens: products(
    [
      [2, 3],
      [3, 2],
    ],
    [
      [1, 2],
      [2, 3],
    ],
    [
      [3, 1],
      [1, 2],
    ],
    [
      [2, 3],
      [3, 1],
    ],
    [
      [0, 2],
      [2, 3],
    ],
    [
      [2, 0],
      [0, 3],
    ],
    [
      [2, 3],
      [3, 0],
    ],
    [
      [2, 1, 3],
      [2, 3, 2],
    ],
    [
      [2, 1, 2, 1],
      [2, 1, 1, 2],
    ],
    [
      [5, 9],
      [9, 5],
    ],
  ),
}

/** With the leading axis: as it is where it has it, repeated where it has not. */
const levelled = (x: Value, batched: boolean | undefined, size: number): Value =>
  batched ? x : broadcastTo(x, [size, ...x.shape])

/** The matrix product: A [m, k], B [k, n] → [m, n]; leading axes of A and B go in pairs, and one matrix B serves them all. */
export const matmul: Binary = operation(matmulRow, (a: Like, b: Like): Value => {
  const [left, right] = [lift(a), lift(b)]
  if (left.shape.length <= 2 || right.shape.length !== 2) return run(matmulRow, [left, right])
  const lead = left.shape.slice(0, -1)
  const flat = run(matmulRow, [reshape(left, [sizeOf(lead), left.shape.at(-1)!]), right])
  return reshape(flat, [...lead, right.shape[1]!])
})

/** A vector through a matrix from the left, c W: a product of one row, so that W is not turned over. */
const vecmat = (c: Value, w: Value): Value => reshape(matmul(reshape(c, [1, c.shape[0]!]), w), [w.shape[1]!])

const matvecRow: Primitive<Two, undefined> = {
  name: 'matvec',
  operations: ([w]) => 2 * sizeOf(w!),
  kind: 'contraction',
  shape: ([w, x]) => {
    if (w!.length === 2 && x!.length === 1 && w![1] === x![0]) return [w![0]!]
    if (w!.length !== 2)
      return misfit(
        'matvec',
        `W ${bracket(w!)} cannot act on x ${bracket(x!)}`,
        'a matrix W [m, n]',
        'Use dot for two vectors',
      )
    return misfit(
      'matvec',
      `W ${bracket(w!)} cannot act on x ${bracket(x!)}`,
      `x [${w![1]}]`,
      'Transpose W if its rows and columns are swapped',
    )
  },
  write: (out, [w, x]) => {
    const [m, n] = w.shape as readonly [number, number]
    for (let i = 0; i < m; i++) {
      let total = 0
      for (let j = 0; j < n; j++) total += w.data[i * n + j]! * x.data[j]!
      out[i] = total
    }
  },
  push: [(t, [, x]) => matvec(t, x), (t, [w]) => matvec(w, t)],
  pull: [(c, [, x]) => outer(c, x), (c, [w]) => vecmat(c, w)],
  batch: ([w, x], [batchedW, batchedX], size) => {
    if (!batchedW) return matmul(x, transpose(w))
    const column = reshape(levelled(x, batchedX, size), [size, x.shape.at(-1)!, 1])
    return reshape(matmul(w, column), [size, w.shape[1]!])
  },
  specimens: products([[2, 3], [3]], [[3, 1], [1]], [[1, 3], [3]], [[0, 2], [2]], [[2, 0], [0]]),
}

/** A matrix on a vector: W [m, n], x [n] → [m]. */
export const matvec: Binary = operation(matvecRow, (w: Like, x: Like) => run(matvecRow, [lift(w), lift(x)]))

const outerRow: Primitive<Two, undefined> = {
  name: 'outer',
  kind: 'contraction',
  shape: ([a, b]) => {
    if (a!.length === 1 && b!.length === 1) return [a![0]!, b![0]!]
    return misfit('outer', `${bracket(a!)} and ${bracket(b!)}`, 'two vectors', 'Reshape them to rank 1')
  },
  write: (out, [a, b], _, shape) => {
    const [m, n] = shape as readonly [number, number]
    for (let i = 0; i < m; i++) for (let j = 0; j < n; j++) out[i * n + j] = a.data[i]! * b.data[j]!
  },
  push: [(t, [, b]) => outer(t, b), (t, [a]) => outer(a, t)],
  pull: [(c, [, b]) => matvec(c, b), (c, [a]) => vecmat(a, c)],
  batch: ([a, b], [batchedA, batchedB], size) => {
    if (batchedA && !batchedB) return reshape(outer(reshape(a, [sizeOf(a.shape)]), b), [size, a.shape[1]!, b.shape[0]!])
    const column = reshape(levelled(a, batchedA, size), [size, a.shape.at(-1)!, 1])
    return matmul(column, reshape(b, [size, 1, b.shape[1]!]))
  },
  specimens: products([[2], [3]], [[1], [2]], [[2], [1]], [[0], [2]], [[2], [0]]),
}

/** The outer product a bᵀ: a [m], b [n] → [m, n]. */
export const outer: Binary = operation(outerRow, (a: Like, b: Like) => run(outerRow, [lift(a), lift(b)]))

const dotRow: Primitive<Two, undefined> = {
  name: 'dot',
  operations: ([a]) => 2 * sizeOf(a!),
  kind: 'contraction',
  shape: ([a, b]) => {
    if (a!.length === 1 && sameShape(a!, b!)) return []
    return misfit(
      'dot',
      `${bracket(a!)} and ${bracket(b!)}`,
      'two vectors of one length',
      'Reshape them to [n], or use matvec for a matrix',
    )
  },
  write: (out, [a, b]) => {
    out[0] = a.data.reduce((total, x, i) => total + x * b.data[i]!, 0)
  },
  push: [(t, [, b]) => dot(t, b), (t, [a]) => dot(a, t)],
  pull: [(c, [, b]) => mul(c, b), (c, [a]) => mul(a, c)],
  batch: ([a, b], [batchedA, batchedB]) => {
    if (batchedA && batchedB) return sum(mul(a, b), 1)
    return batchedA ? matvec(a, b) : matvec(b, a)
  },
  specimens: products([[3], [3]], [[1], [1]], [[0], [0]]),
}

/** The sum of products of two vectors: [n], [n] → []. */
export const dot: Binary = operation(dotRow, (a: Like, b: Like) => run(dotRow, [lift(a), lift(b)]))
