/** A sum of r + 1 products of vectors as one of r, of the same mean and the least variance (Benzing et al. 2019). */
import { matmul, matvec, outer } from '../../ad/primitives/contraction.ts'
import { add, div, greater, max, mul, sqrt, sub, where } from '../../ad/primitives/elementwise.ts'
import { reshape, slice, sum } from '../../ad/primitives/layout.ts'
import { singularTriplets } from '../../ad/primitives/spectral.ts'
import { eye, type Tensor, tensorOf } from '../../ad/tensor.ts'
import type { Value } from '../../ad/value.ts'

/** Σ_l left_l ⊗ right_l: [k, a] and [k, b]. */
export interface Products {
  readonly left: Value
  readonly right: Value
}

const matrixOf = (k: number, entry: (i: number, j: number) => number): Tensor =>
  tensorOf(
    [k, k],
    Float64Array.from({ length: k * k }, (_, at) => entry(Math.floor(at / k), at % k)),
  )

const numbered = (k: number, entry: (i: number) => number): Tensor =>
  tensorOf(
    [k],
    Float64Array.from({ length: k }, (_, i) => entry(i)),
  )

/** a / b; 0 where b is not above 0. */
const ratio = (a: Value, b: Value): Value => where(greater(b, 0), div(a, where(greater(b, 0), b, 1)), 0)

/** Which of the k = r + 1 largest are kept as they are, 1 or 0 each: while (r - i) σ_i exceeds what is left from i on. */
const keptOf = (σ: Value, k: number): Value => {
  const left = matvec(
    matrixOf(k, (i, j) => (j >= i ? 1 : 0)),
    σ,
  )
  const exceeds = greater(
    mul(
      numbered(k, i => k - 1 - i),
      σ,
    ),
    left,
  )
  const inARow = matvec(
    matrixOf(k, (i, j) => (j <= i ? 1 : 0)),
    exceeds,
  )
  return greater(
    inARow,
    numbered(k, i => i + 0.5),
  )
}

/**
 * X [r + 1, r + 1], whose first r rows have the mean X Xᵀ = diag(σ). Of what is kept a row is √σ; of the tail, n numbers,
 * X = √(s/(n - 1)) diag(signs) Z, s = Σ σ, Z an orthonormal complement of z_i = √(1 - σ_i (n - 1)/s), made by the reflection
 * of the last axis onto z.
 */
const mixing = (σ: Value, signs: Value, k: number): Value => {
  const kept = keptOf(σ, k)
  const tail = sub(1, kept)
  const [s, n] = [sum(mul(tail, σ)), sub(sum(tail), 1)]
  const z = mul(tail, sqrt(max(0, sub(1, ratio(mul(σ, n), s)))))
  const v = add(
    z,
    numbered(k, i => (i === k - 1 ? 1 : 0)),
  )
  const reach = div(sum(mul(v, v)), 2)
  const size = sqrt(ratio(s, n))
  const reflected = mul(mul(size, signs), sub(eye(k), div(outer(v, v), reach)))
  return where(reshape(kept, [k, 1]), mul(eye(k), sqrt(σ)), mul(tail, reflected))
}

/** r + 1 products as r, by r + 1 random signs [r + 1]: the largest stay, the rest are mixed. Exact where only r are not 0. */
export const reduced = ({ left, right }: Products, signs: Value): Products => {
  const [k, a, b] = [left.shape[0] as number, left.shape[1] as number, right.shape[1] as number]
  const triplets = singularTriplets(left, right)
  const σ = reshape(slice(triplets, 0, 1, -1), [k])
  const rows = slice(mixing(σ, signs, k), 0, k - 1)
  return {
    left: matmul(rows, slice(triplets, 1, 1 + a, -1)),
    right: matmul(rows, slice(triplets, 1 + a, 1 + a + b, -1)),
  }
}
