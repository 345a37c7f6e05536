/**
 * Eigenvectors, singular values and the largest of numbers as primitives: what is searched for is found inside, so that a program
 * that asks for them is traced and compiled as any other. They are not differentiated: where two values meet there is no derivative.
 */
import { bracket, DomainError, KindError, ShapeError } from '../errors.ts'
import { type Operation, operation } from '../operation.ts'
import { sameShape, sizeOf } from '../tensor.ts'
import { type Like, lift, type Primitive, run, type Value } from '../value.ts'
import { triplets } from './jacobi.ts'
import { leadingVectors } from './symmetric.ts'

const derivative = 'a derivative of what is searched for: an eigenvector, a singular value, the largest number'

/** Whether something thrown says that a row of these was differentiated. */
export const isUndifferentiated = (thrown: unknown): boolean =>
  thrown instanceof KindError && thrown.given === derivative

/** What a derivative of such a row comes to. */
const refused = (who: string) => (): never => {
  throw new KindError({
    who,
    given: derivative,
    wanted: 'no derivative: there is none where two values meet',
    remedy: `stopGradient(${who}(stopGradient(x))) is held constant, pushed and pulled`,
  })
}

type Count = { readonly count: number }

const eigenvectorsRow: Primitive<readonly [Value], Count> = {
  name: 'leadingEigenvectors',
  kind: 'contraction',
  shape: ([matrix], { count }) => {
    const [m, n] = matrix!.slice(-2)
    if (matrix!.length < 2 || m !== n)
      throw new ShapeError({
        who: 'leadingEigenvectors',
        given: `a value of shape ${bracket(matrix!)}`,
        wanted: 'a symmetric matrix [n, n]',
        remedy: 'X Xᵀ is one',
      })
    return [...matrix!.slice(0, -2), count, n!]
  },
  write: (out, [{ data, shape }], { count }) => {
    const n = shape.at(-1)!
    for (let at = 0, to = 0; to < out.length; at += n * n, to += count * n)
      out.set(leadingVectors(data.subarray(at, at + n * n), n, count), to)
  },
  push: [refused('leadingEigenvectors')],
  pull: [refused('leadingEigenvectors')],
  operations: ([matrix], { count }) => (4 / 3) * sizeOf(matrix!) * (matrix!.at(-1)! + 3 * count),
}

/**
 * Orthonormal eigenvectors of a symmetric matrix [n, n] for its `count` largest eigenvalues, the largest first → [count, n], a row
 * each, the entry of largest size positive. The lower half is read. Eigenvalues that differ by less than 10⁻¹³ of the largest are not told
 * apart. Throws a ShapeError for another shape, a DomainError for a count that is not from 0 to n, a KindError where it is differentiated.
 */
export const leadingEigenvectors: Operation<(matrix: Like, count: number) => Value> = operation(
  eigenvectorsRow,
  (matrix: Like, count: number): Value => {
    const x = lift(matrix)
    if (Number.isInteger(count) && count >= 0 && count <= (x.shape.at(-1) ?? 0))
      return run(eigenvectorsRow, [x], { count })
    throw new DomainError({
      who: 'leadingEigenvectors',
      given: `count = ${count} of a matrix ${bracket(x.shape)}`,
      wanted: 'a whole number from 0 to its number of rows',
      remedy: 'There are as many eigenvectors as rows',
    })
  },
)

/** The rows of a matrix, among matrices that lie one after the other. */
const rowsAt = (data: Float64Array, from: number, count: number, width: number): readonly Float64Array[] =>
  Array.from({ length: count }, (_, i) => Float64Array.from(data.subarray(from + i * width, from + (i + 1) * width)))

const tripletsRow: Primitive<readonly [Value, Value], undefined> = {
  name: 'singularTriplets',
  kind: 'contraction',
  shape: ([left, right]) => {
    if (left!.length >= 2 && sameShape(left!.slice(0, -1), right!.slice(0, -1)))
      return [...left!.slice(0, -1), 1 + left!.at(-1)! + right!.at(-1)!]
    throw new ShapeError({
      who: 'singularTriplets',
      given: `factors ${bracket(left!)} and ${bracket(right!)}`,
      wanted: 'matrices [k, a] and [k, b]: k products of a row of each',
      remedy: 'Give as many rows on the left as on the right',
    })
  },
  write: (out, [left, right]) => {
    const [k, a, b] = [left.shape.at(-2)!, left.shape.at(-1)!, right.shape.at(-1)!]
    for (let i = 0, to = 0; to < out.length; i += k)
      for (const { σ, left: u, right: v } of triplets(
        rowsAt(left.data, i * a, k, a),
        rowsAt(right.data, i * b, k, b),
      )) {
        out[to] = σ
        out.set(u, to + 1)
        out.set(v, to + 1 + a)
        to += 1 + a + b
      }
  },
  push: [refused('singularTriplets'), refused('singularTriplets')],
  pull: [refused('singularTriplets'), refused('singularTriplets')],
  operations: ([left, right]) => 12 * left!.at(-2)! * (sizeOf(left!) + sizeOf(right!)),
}

/**
 * The singular values of Σ_l left_l ⊗ right_l with their vectors: left [k, a], right [k, b] → [k, 1 + a + b], rows σ, u, v, the largest
 * σ first; one that is 0 up to rounding is 0. Throws a ShapeError for other shapes, a KindError where it is differentiated.
 */
export const singularTriplets: Operation<(left: Like, right: Like) => Value> = operation(
  tripletsRow,
  (left: Like, right: Like): Value => run(tripletsRow, [lift(left), lift(right)]),
)

const largestRow: Primitive<readonly [Value], undefined> = {
  name: 'largestOf',
  kind: 'contraction',
  shape: ([x]) => {
    if (x!.length > 0 && x!.at(-1)! > 0) return x!.slice(0, -1)
    throw new ShapeError({
      who: 'largestOf',
      given: `a value of shape ${bracket(x!)}`,
      wanted: 'one number at least: [n]',
      remedy: 'Of nothing there is no largest',
    })
  },
  write: (out, [{ data, shape }]) => {
    const n = shape.at(-1)!
    for (let i = 0; i < out.length; i++) out[i] = Math.max(...data.subarray(i * n, (i + 1) * n))
  },
  push: [refused('largestOf')],
  pull: [refused('largestOf')],
}

/** The largest of the numbers along the last axis: [n] → []. Throws a ShapeError where there are none, a KindError where it is differentiated. */
export const largestOf: Operation<(x: Like) => Value> = operation(
  largestRow,
  (x: Like): Value => run(largestRow, [lift(x)]),
)
