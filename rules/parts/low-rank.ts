/** A sum of products, some of few entries and some of low rank, as one product of low rank: the nearest there is. */
import { pull, push } from '../../ad/linear/apply.ts'
import { type Linear, matrix, type Sparse } from '../../ad/linear/linear.ts'
import { asCotangent, asTangent, type Space, spaceOf, toValue } from '../../ad/linear/space.ts'
import { toDense } from '../../ad/linear/sparse.ts'
import { matmul } from '../../ad/primitives/contraction.ts'
import { add, max, mul, sqrt, sub } from '../../ad/primitives/elementwise.ts'
import { scatter } from '../../ad/primitives/indexing.ts'
import { concat, reshape, slice, sum, transpose } from '../../ad/primitives/layout.ts'
import { leadingEigenvectors } from '../../ad/primitives/spectral.ts'
import { tensorOf, zeros } from '../../ad/tensor.ts'
import type { Value } from '../../ad/value.ts'

/** left [N, k] times a linear map from P numbers to k: its rows, a matrix or a map of few entries. */
export interface Product<P> {
  readonly left: Value
  readonly rows: Linear<P, unknown>
}

/** left [N, k] times a linear map to k numbers. */
export const product = <P, K>(left: Value, rows: Linear<P, K>): Product<P> => ({
  left,
  rows: rows as unknown as Linear<P, unknown>,
})

/** left [N, k] times right [k, P]. */
export const ofMatrices = <P>(from: Space<P>, { left, right }: Pick<LowRank, 'left' | 'right'>): Product<P> =>
  product(left, matrix(from, spaceOf(zeros([right.shape[0] as number])), right))

/** x Z Wᵀ [N, k] of x [N, j] and the rows Z [j, P], W [k, P] of two products. */
type Crossed = (x: Value) => Value

/** Numbers added up in their places, [size]. */
const placed = (x: Value, places: Float64Array, size: number): Value =>
  reshape(scatter(reshape(x, [places.length, 1]), tensorOf([places.length], places), size), [size])

/** S Sᵀ [k, k] by the pairs of entries of a column. */
const byPairs = <A, B>({ entries, rows, from: { size: P }, to: { size: k } }: Sparse<A, B>): Value => {
  const slots = [...Array(entries.shape[0]).keys()]
  const pairs = slots.flatMap(i => slots.map(j => [i, j] as const))
  const products = pairs.map(([i, j]) => mul(slice(entries, i, i + 1), slice(entries, j, j + 1)))
  const places = pairs.flatMap(([i, j]) =>
    Array.from({ length: P }, (_, p) => (rows[i * P + p] as number) * k + (rows[j * P + p] as number)),
  )
  return reshape(placed(concat(products), Float64Array.from(places), k * k), [k, k])
}

/** x S Sᵀ of few entries in a column: of one, the rows of S are orthogonal, and their lengths are all there is. */
const alone = <A, B>(S: Sparse<A, B>): Crossed => {
  const { entries, rows, to } = S
  const [slots, k] = [entries.shape[0] as number, to.size]
  if (slots === 1) {
    const squares = placed(mul(entries, entries), rows, k)
    return x => mul(x, squares)
  }
  const dense = toDense(S)
  const gram = slots ** 2 <= k ? byPairs(S) : matmul(dense, transpose(dense))
  return x => matmul(x, gram)
}

/** x Z Wᵀ: the rows of a matrix, whichever of the two is one, are pushed through the other. */
const crossed = <P>(Z: Linear<P, unknown>, W: Linear<P, unknown>): Crossed => {
  const pushed = (f: Linear<P, unknown>, rows: Value) => toValue(push(f, asTangent(f.from, rows)))
  if (Z.tag === 'Sparse' && W.tag === 'Sparse') return alone(Z)
  const gram = Z.tag === 'Dense' ? pushed(W, Z.matrix) : transpose(pushed(Z, (W as { readonly matrix: Value }).matrix))
  return x => matmul(x, gram)
}

const total = (terms: readonly Value[]): Value => terms.reduce((a, b) => add(a, b))

/** left · right over the products, each left on its own: Σ_k left_k Z_k Z_lᵀ for every l. */
type Gram = (lefts: readonly Value[]) => readonly Value[]

const gramOf = <P>(products: readonly Product<P>[]): Gram => {
  const all = products.map(({ rows: W }) => products.map(({ rows: Z }) => crossed(Z, W)))
  return lefts => all.map(row => total(row.map((times, k) => times(lefts[k] as Value))))
}

/** A product of rank r, and the Frobenius norm of what it leaves out of a sum. */
export interface LowRank {
  readonly left: Value
  readonly right: Value
  readonly cut: Value
}

/**
 * X = Σ left_k Z_k as the nearest product of rank r (Eckart & Young 1936): U Uᵀ X, U [N, r] the leading eigenvectors of
 * X Xᵀ = Σ left_k Z_k Z_lᵀ left_lᵀ, so that no matrix of N by P is formed: O(N³ + r² P). What is left out is found of (1 - U Uᵀ) X itself;
 * of all N directions nothing is. r at most N.
 */
export const nearest = <P>(r: number, products: readonly [Product<P>, ...Product<P>[]]): LowRank => {
  const lefts = products.map(({ left }) => left)
  const gram = gramOf(products)
  const against = (some: readonly Value[]): readonly (readonly [Value, Value])[] =>
    gram(some).map((x, l) => [x, some[l] as Value])
  const N = (lefts[0] as Value).shape[0] as number
  const XXᵀ = () => total(against(lefts).map(([x, left]) => matmul(x, transpose(left))))
  const Uᵀ = r > 0 ? leadingEigenvectors(XXᵀ(), r) : zeros([0, N])
  const U = transpose(Uᵀ)
  const inside = lefts.map(left => matmul(Uᵀ, left))
  const outside = lefts.map((left, k) => sub(left, matmul(U, inside[k] as Value)))
  const square = total(against(outside).map(([x, left]) => sum(mul(x, left))))
  const right = products.map(({ rows }, k) => toValue(pull(rows, asCotangent(rows.to, inside[k] as Value))))
  return { left: U, right: total(right), cut: sqrt(max(0, mul(r < N ? 1 : 0, square))) }
}
