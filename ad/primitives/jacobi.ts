/** Singular values of a sum of products by one-sided rotations, on plain numbers (Hestenes 1958). */

type Vector = Float64Array

const dot = (a: Vector, b: Vector): number => a.reduce((sum, x, i) => sum + x * b[i]!, 0)
const scaled = (v: Vector, k: number): Vector => v.map(x => k * x)
const norm = (v: Vector): number => Math.sqrt(dot(v, v))

const [tolerance, sweeps] = [1e-15, 60]

/** The tangent of the Jacobi rotation that makes a and b orthogonal; 0 where they are. */
const slope = (a: Vector, b: Vector): number => {
  const [α, β, γ] = [dot(a, a), dot(b, b), dot(a, b)]
  if (Math.abs(γ) <= tolerance * Math.sqrt(α * β)) return 0
  const ζ = (β - α) / (2 * γ)
  return (ζ < 0 ? -1 : 1) / (Math.abs(ζ) + Math.hypot(1, ζ))
}

/** Turns vectors i and j of a list by the angle of this cosine and sine. */
const turn = (list: Vector[], i: number, j: number, c: number, s: number): void => {
  const [p, q] = [list[i]!, list[j]!]
  list[i] = p.map((x, at) => c * x - s * q[at]!)
  list[j] = p.map((x, at) => s * x + c * q[at]!)
}

/** Rows rotated among themselves until they are orthogonal, and others with them: Σ row ⊗ other does not change. */
const orthogonal = (rows: readonly Vector[], others: readonly Vector[]) => {
  const [a, b] = [[...rows], [...others]]
  for (let sweep = 0, again = true; again && sweep < sweeps; sweep++) {
    again = false
    for (let i = 0; i < a.length; i++)
      for (let j = i + 1; j < a.length; j++) {
        const t = slope(a[i]!, a[j]!)
        if (t === 0) continue
        again = true
        const c = 1 / Math.hypot(1, t)
        for (const list of [a, b]) turn(list, i, j, c, c * t)
      }
  }
  return [a, b] as const
}

/** A singular value with its two vectors. */
export interface Triplet {
  readonly σ: number
  readonly left: Vector
  readonly right: Vector
}

/** The singular values of Σ_l left_l ⊗ right_l, the largest first, with their vectors; a value that is 0 up to rounding is 0. */
export const triplets = (left: readonly Vector[], right: readonly Vector[]): readonly Triplet[] => {
  const [v, u] = orthogonal(right, left)
  const lengths = v.map(norm)
  const unit = (x: Vector, length: number): Vector => scaled(x, length > 0 ? 1 / length : 0)
  const [su, w] = orthogonal(
    u.map((x, i) => scaled(x, lengths[i]!)),
    v.map((x, i) => unit(x, lengths[i]!)),
  )
  const σ = su.map(norm)
  const none = 1e-14 * Math.max(...σ)
  const order = [...σ.keys()].sort((i, j) => σ[j]! - σ[i]!)
  return order.map(i => ({ σ: σ[i]! > none ? σ[i]! : 0, left: unit(su[i]!, σ[i]!), right: w[i]! }))
}
