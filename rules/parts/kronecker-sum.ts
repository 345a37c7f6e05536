/** A sum of r + 1 products of vectors as one of r, of the same mean and the least variance (Benzing et al. 2019). */

type Vector = Float64Array
/** Σ_l left_l ⊗ right_l. */
export interface Products {
  readonly left: readonly Vector[]
  readonly right: readonly Vector[]
}

const dot = (a: Vector, b: Vector): number => a.reduce((sum, x, i) => sum + x * (b[i] as number), 0)
const scaled = (v: Vector, k: number): Vector => v.map(x => k * x)
const norm = (v: Vector): number => Math.sqrt(dot(v, v))

/** Σ_i weights_i v_i. */
const mixed = (vectors: readonly Vector[], weights: readonly number[]): Vector =>
  (vectors[0] as Vector).map((_, at) =>
    vectors.reduce((sum, v, i) => sum + (weights[i] as number) * (v[at] as number), 0),
  )

const [tolerance, sweeps] = [1e-15, 60]

/** The tangent of the Jacobi rotation that makes a and b orthogonal; 0 where they are (Hestenes 1958). */
const slope = (a: Vector, b: Vector): number => {
  const [α, β, γ] = [dot(a, a), dot(b, b), dot(a, b)]
  if (Math.abs(γ) <= tolerance * Math.sqrt(α * β)) return 0
  const ζ = (β - α) / (2 * γ)
  return (ζ < 0 ? -1 : 1) / (Math.abs(ζ) + Math.hypot(1, ζ))
}

/** Rows rotated among themselves until they are orthogonal, and others with them: Σ row ⊗ other does not change. */
const orthogonal = (
  rows: readonly Vector[],
  others: readonly Vector[],
): readonly [readonly Vector[], readonly Vector[]] => {
  const [a, b] = [[...rows], [...others]]
  const turn = (list: Vector[], i: number, j: number, c: number, s: number): void => {
    const [p, q] = [list[i] as Vector, list[j] as Vector]
    list[i] = mixed([p, q], [c, -s])
    list[j] = mixed([p, q], [s, c])
  }
  for (let sweep = 0, again = true; again && sweep < sweeps; sweep++) {
    again = false
    for (let i = 0; i < a.length; i++)
      for (let j = i + 1; j < a.length; j++) {
        const t = slope(a[i] as Vector, a[j] as Vector)
        if (t === 0) continue
        again = true
        const c = 1 / Math.hypot(1, t)
        for (const list of [a, b]) turn(list, i, j, c, c * t)
      }
  }
  return [a, b]
}

/** Singular values, the largest first, with their left and right vectors; a value that is 0 up to rounding is 0. */
const singular = ({ left, right }: Products) => {
  const [v, u] = orthogonal(right, left)
  const lengths = v.map(norm)
  const unit = (x: Vector, length: number): Vector => scaled(x, length > 0 ? 1 / length : 0)
  const [su, w] = orthogonal(
    u.map((x, i) => scaled(x, lengths[i] as number)),
    v.map((x, i) => unit(x, lengths[i] as number)),
  )
  const σ = su.map(norm)
  const none = 1e-14 * Math.max(...σ)
  const order = [...σ.keys()].sort((i, j) => (σ[j] as number) - (σ[i] as number))
  return {
    values: order.map(i => ((σ[i] as number) > none ? (σ[i] as number) : 0)),
    left: order.map(i => unit(su[i] as Vector, σ[i] as number)),
    right: order.map(i => w[i] as Vector),
  }
}

/**
 * X [n, n - 1] with mean X Xᵀ = diag(σ): X = √(s/(n - 1)) diag(signs) Z, s = Σ σ, Z an orthonormal complement of
 * z_i = √(1 - σ_i (n - 1)/s), made by the reflection of the last axis onto z.
 */
const tailed = (σ: readonly number[], signs: readonly number[]): readonly (readonly number[])[] => {
  const [s, k] = [σ.reduce((a, b) => a + b, 0), σ.length - 1]
  if (s === 0) return Array.from({ length: k }, () => σ.map(() => 0))
  const z = σ.map(x => Math.sqrt(Math.max(0, 1 - (x * k) / s)))
  const v = z.map((x, i) => x + (i === k ? 1 : 0))
  const reach = v.reduce((sum, x) => sum + x * x, 0) / 2
  const size = Math.sqrt(s / k)
  return Array.from({ length: k }, (_, c) =>
    z.map((_, i) => size * (signs[i] as number) * ((i === c ? 1 : 0) - ((v[i] as number) * (v[c] as number)) / reach)),
  )
}

/** How many of the largest are kept as they are: while (r - m) σ_{m+1} exceeds what is left. */
const keptOf = (σ: readonly number[], r: number): number => {
  const m = σ.findIndex((x, i) => (r - i) * x <= σ.slice(i).reduce((a, b) => a + b, 0))
  return m < 0 ? r : m
}

/** r + 1 products as r, by r + 1 random signs: the largest stay, the rest are mixed. Exact where only r are not 0. */
export const reduced = (products: Products, signs: readonly number[]): Products => {
  const { values, left, right } = singular(products)
  const m = keptOf(values, values.length - 1)
  const columns = [
    ...values.slice(0, m).map((σ, i) => values.map((_, j) => (i === j ? Math.sqrt(σ) : 0))),
    ...tailed(values.slice(m), signs.slice(m)).map(x => [...values.slice(0, m).map(() => 0), ...x]),
  ]
  return { left: columns.map(x => mixed(left, x)), right: columns.map(x => mixed(right, x)) }
}
