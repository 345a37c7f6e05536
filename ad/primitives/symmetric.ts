/** The leading eigenvectors of a symmetric matrix, on plain numbers: brought to tridiagonal form, bisected, iterated inversely. */

type Numbers = Float64Array

/** A = Q T Qᵀ: T by its diagonal and what stands beside it (`beside[i]` in row i, from 1 on), Q by its reflections. */
interface Tridiagonal {
  readonly diagonal: Numbers
  readonly beside: Numbers
  /** Row i, up to column i - 1, is the vector v of the reflection 1 - v vᵀ/h[i]; h[i] = 0 where there was nothing to reflect. */
  readonly vectors: Numbers
  readonly h: Numbers
}

/** Σ a[i + k] b[j + k] for k < n. */
const dot = (a: Numbers, i: number, b: Numbers, j: number, n: number): number => {
  let sum = 0
  for (let k = 0; k < n; k++) sum += a[i + k]! * b[j + k]!
  return sum
}

/** The reflection that leaves of the first i numbers of row i the last alone, put in their place; its h. */
const reflected = (A: Numbers, at: number, i: number): readonly [h: number, left: number] => {
  const last = A[at + i - 1]!
  const rest = dot(A, at, A, at, i - 1)
  if (rest === 0) return [0, last]
  const left = (last > 0 ? -1 : 1) * Math.sqrt(rest + last * last)
  A[at + i - 1] = last - left
  return [left * left - last * left, left]
}

/** p = A v/h, A [i, i] by its lower half. */
const applied = (A: Numbers, n: number, v: number, i: number, h: number, p: Numbers): void => {
  p.fill(0, 0, i)
  for (let j = 0; j < i; j++) {
    const [row, vj] = [j * n, A[v + j]!]
    let sum = A[row + j]! * vj
    for (let k = 0; k < j; k++) {
      const a = A[row + k]!
      sum += a * A[v + k]!
      p[k]! += a * vj
    }
    p[j]! += sum
  }
  for (let j = 0; j < i; j++) p[j]! /= h
}

/** A [n, n], whose lower half alone is read and which is written over, in tridiagonal form (Householder 1958). */
const tridiagonal = (A: Numbers, n: number): Tridiagonal => {
  const [diagonal, beside, h, p] = [n, n, n, n].map(size => new Float64Array(size)) as [
    Numbers,
    Numbers,
    Numbers,
    Numbers,
  ]
  for (let i = n - 1; i >= 0; i--) {
    const v = i * n
    diagonal[i] = A[v + i]!
    if (i === 0) break
    const [length, left] = reflected(A, v, i)
    h[i] = length
    beside[i] = left
    if (length === 0) continue
    applied(A, n, v, i, length, p)
    const half = dot(p, 0, A, v, i) / (2 * length)
    for (let j = 0; j < i; j++) p[j]! -= half * A[v + j]!
    for (let j = 0; j < i; j++) {
      const [row, vj, wj] = [j * n, A[v + j]!, p[j]!]
      for (let k = 0; k <= j; k++) A[row + k]! -= vj * p[k]! + wj * A[v + k]!
    }
  }
  return { diagonal, beside, vectors: A, h }
}

/** How many eigenvalues are above x: the pivots of T - x that are positive (Sylvester). */
const countAbove = ({ diagonal, beside }: Tridiagonal, x: number, least: number): number => {
  let [count, pivot] = [0, 1]
  for (let i = 0; i < diagonal.length; i++) {
    const e = beside[i]!
    pivot = diagonal[i]! - x - (e * e) / pivot
    if (Math.abs(pivot) < least) pivot = -least
    if (pivot > 0) count++
  }
  return count
}

/** An interval that holds all eigenvalues (Gershgorin). */
const boundsOf = ({ diagonal, beside }: Tridiagonal): readonly [low: number, high: number] => {
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]
  for (let i = 0; i < diagonal.length; i++) {
    const around = Math.abs(beside[i]!) + Math.abs(beside[i + 1] ?? 0)
    low = Math.min(low, diagonal[i]! - around)
    high = Math.max(high, diagonal[i]! + around)
  }
  return [low, high]
}

/** Halvings of the interval in which an eigenvalue lies: what is left is rounding. */
const halvings = 52

/** The r largest eigenvalues, the largest first. */
const largest = (T: Tridiagonal, r: number, least: number): readonly number[] => {
  const [bottom, top] = boundsOf(T)
  const found: number[] = []
  for (let k = 0; k < r; k++) {
    let [low, high] = [bottom, found.at(-1) ?? top]
    for (let i = 0; i < halvings; i++) {
      const middle = (low + high) / 2
      if (countAbove(T, middle, least) > k) low = middle
      else high = middle
    }
    found.push((low + high) / 2)
  }
  return found
}

/** Rows of an upper triangle with two entries beside the diagonal, [n, 3]. */
const put = (U: Numbers, i: number, a: number, b: number, c: number): void => {
  U[3 * i] = a
  U[3 * i + 1] = b
  U[3 * i + 2] = c
}

/** y ← (T - λ)⁻¹ y, by elimination with exchanges of rows; a pivot below `least` is taken as that. */
const solve = ({ diagonal, beside }: Tridiagonal, λ: number, least: number, y: Numbers, U: Numbers): void => {
  const n = diagonal.length
  let [a, b] = [diagonal[0]! - λ, beside[1] ?? 0]
  for (let i = 0; i + 1 < n; i++) {
    const [e, d, f] = [beside[i + 1]!, diagonal[i + 1]! - λ, beside[i + 2] ?? 0]
    if (Math.abs(a) >= Math.abs(e)) {
      if (Math.abs(a) < least) a = least
      const m = e / a
      put(U, i, a, b, 0)
      y[i + 1]! -= m * y[i]!
      a = d - m * b
      b = f
    } else {
      const m = a / e
      const above = y[i]!
      put(U, i, e, d, f)
      y[i] = y[i + 1]!
      y[i + 1] = above - m * y[i]!
      a = b - m * d
      b = -m * f
    }
  }
  put(U, n - 1, Math.abs(a) < least ? least : a, 0, 0)
  for (let i = n - 1; i >= 0; i--)
    y[i] = (y[i]! - U[3 * i + 1]! * (y[i + 1] ?? 0) - U[3 * i + 2]! * (y[i + 2] ?? 0)) / U[3 * i]!
}

/** Takes out of a row [n] of V what lies along those before it, twice, and makes it as long as 1. */
const orthonormal = (V: Numbers, row: number, n: number): void => {
  const at = row * n
  for (let pass = 0; pass < 2; pass++)
    for (let before = 0; before < at; before += n) {
      const along = dot(V, before, V, at, n)
      for (let k = 0; k < n; k++) V[at + k]! -= along * V[before + k]!
    }
  const length = Math.sqrt(dot(V, at, V, at, n))
  for (let k = 0; k < n; k++) V[at + k]! /= length
}

/** Numbers from 1/2 to 3/2 that differ from row to row: what an inverse iteration begins with. */
const beginning = (i: number): number => 0.5 + ((i * 0.6180339887498949) % 1)

/** The least that a pivot is taken as: the square of its inverse is still a number. */
const smallest = 1e-140

/** Eigenvalues that differ by less than this of the largest are one. */
const oneValue = 1e-13

/** How many eigenvalues are above the last of those given, the largest; and how many there are with all that are one with it, where it is not 0 up to rounding. */
const alike = (T: Tridiagonal, values: readonly number[], least: number): readonly [above: number, whole: number] => {
  const [first = 0, last = 0] = [values[0], values.at(-1)]
  const near = oneValue * Math.abs(first)
  const above = values.filter(λ => λ > last + near).length
  return [above, last > near ? Math.max(values.length, countAbove(T, last - near, least)) : values.length]
}

/** Rows of V from `above` on span the eigenvectors of one value: of all of them those nearest to the vectors that a search begins with. */
const nearestOf = (V: Numbers, above: number, whole: number, r: number, n: number): void => {
  const span = V.slice(above * n, whole * n)
  for (let row = above; row < r; row++) {
    const at = row * n
    V.fill(0, at, at + n)
    const wanted = Float64Array.from({ length: n }, (_, k) => beginning(at + k + 1))
    for (let i = 0; i < span.length; i += n) {
      const along = dot(span, i, wanted, 0, n)
      for (let k = 0; k < n; k++) V[at + k]! += along * span[i + k]!
    }
    orthonormal(V, row, n)
  }
}

/** The eigenvectors of T for its r largest eigenvalues, [r, n], by three steps of inverse iteration each (Wielandt 1944); with all that have the last value. */
const vectorsOf = (T: Tridiagonal, r: number) => {
  const n = T.diagonal.length
  const [low, high] = boundsOf(T)
  const least = Math.max(Number.EPSILON * Math.max(Math.abs(low), Math.abs(high)), smallest)
  const values = largest(T, r, least)
  const [above, whole] = alike(T, values, least)
  const [V, U] = [new Float64Array(whole * n), new Float64Array(3 * n)]
  for (let row = 0; row < whole; row++) {
    const λ = values[Math.min(row, r - 1)]!
    const y = V.subarray(row * n, (row + 1) * n)
    for (let k = 0; k < n; k++) y[k] = beginning(row * n + k + 1)
    for (let step = 0; step < 3; step++) {
      orthonormal(V, row, n)
      solve(T, λ, least, y, U)
    }
    orthonormal(V, row, n)
  }
  return { V, above, whole }
}

/** v ← Q v for each row of V. */
const turnedBack = ({ vectors, h }: Tridiagonal, V: Numbers, n: number): void => {
  for (let at = 0; at < V.length; at += n)
    for (let i = 1; i < n; i++) {
      if (h[i] === 0) continue
      const along = dot(vectors, i * n, V, at, i) / h[i]!
      for (let k = 0; k < i; k++) V[at + k]! -= along * vectors[i * n + k]!
    }
}

/** The entry of largest size made positive: the sign of a vector is free. */
const signed = (v: Numbers): void => {
  let most = 0
  for (const x of v) if (Math.abs(x) > Math.abs(most)) most = x
  if (most < 0) for (let k = 0; k < v.length; k++) v[k] = -v[k]!
}

/**
 * Orthonormal eigenvectors [r, n], one a row, of a symmetric matrix [n, n] for its r ≤ n largest eigenvalues. Errors are relative to
 * the largest: eigenvalues that differ by less than 10⁻¹³ of it are one, and where not all of its vectors are wanted, which are given is
 * not left to rounding. 2 n³/3 products.
 */
export const leadingVectors = (matrix: ArrayLike<number>, n: number, r: number): Numbers => {
  const T = tridiagonal(Float64Array.from(matrix), n)
  const { V, above, whole } = vectorsOf(T, r)
  turnedBack(T, V, n)
  if (whole > r) nearestOf(V, above, whole, r, n)
  for (let row = 0; row < r; row++) signed(V.subarray(row * n, (row + 1) * n))
  return V.subarray(0, r * n)
}
