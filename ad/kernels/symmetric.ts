// The leading eigenvectors of a symmetric matrix, in double precision whatever the element type: ../primitives/symmetric.ts says how.
import { at } from './simd'

const WIDE: usize = 8

/** a b + c. */
@inline
function fused(a: v128, b: v128, c: v128): v128 {
  if (ASC_FEATURE_RELAXED_SIMD) return v128.relaxed_madd<f64>(a, b, c)
  return f64x2.add(f64x2.mul(a, b), c)
}

@inline
function place(base: usize, i: i32): usize {
  return base + <usize>i * WIDE
}

@inline
function both(v: v128): f64 {
  return f64x2.extract_lane(v, 0) + f64x2.extract_lane(v, 1)
}

/** Σ a[k] b[k]. */
function inner(a: usize, b: usize, n: i32): f64 {
  let s0 = f64x2.splat(0)
  let s1 = s0
  const end = place(a, n)
  for (; a + 32 <= end; a += 32, b += 32) {
    s0 = fused(v128.load(a), v128.load(b), s0)
    s1 = fused(v128.load(a, 16), v128.load(b, 16), s1)
  }
  let sum = both(f64x2.add(s0, s1))
  for (; a < end; a += WIDE, b += WIDE) sum += load<f64>(a) * load<f64>(b)
  return sum
}

/** y[k] += factor x[k]. */
function along(y: usize, x: usize, factor: f64, n: i32): void {
  const all = f64x2.splat(factor)
  const end = place(y, n)
  for (; y + 16 <= end; y += 16, x += 16) v128.store(y, fused(all, v128.load(x), v128.load(y)))
  for (; y < end; y += WIDE, x += WIDE) store<f64>(y, load<f64>(y) + factor * load<f64>(x))
}

/** The sum of row[k] v[k], and p[k] += vj row[k] on the way. */
function across(row: usize, v: usize, p: usize, vj: f64, n: i32): f64 {
  const all = f64x2.splat(vj)
  let sums = f64x2.splat(0)
  const end = place(row, n)
  for (; row + 16 <= end; row += 16, v += 16, p += 16) {
    const a = v128.load(row)
    sums = fused(a, v128.load(v), sums)
    v128.store(p, fused(a, all, v128.load(p)))
  }
  let sum = both(sums)
  for (; row < end; row += WIDE, v += WIDE, p += WIDE) {
    const a = load<f64>(row)
    sum += a * load<f64>(v)
    store<f64>(p, load<f64>(p) + a * vj)
  }
  return sum
}

/** row[k] -= vj w[k] + wj v[k]. */
function less(row: usize, v: usize, w: usize, vj: f64, wj: f64, n: i32): void {
  const first = f64x2.splat(-vj)
  const second = f64x2.splat(-wj)
  const end = place(row, n)
  for (; row + 16 <= end; row += 16, v += 16, w += 16)
    v128.store(row, fused(first, v128.load(w), fused(second, v128.load(v), v128.load(row))))
  for (; row < end; row += WIDE, v += WIDE, w += WIDE)
    store<f64>(row, load<f64>(row) - vj * load<f64>(w) - wj * load<f64>(v))
}

/** A [n, n] in tridiagonal form: the diagonal, what stands beside it, h of each reflection, whose vectors stay in A. */
function tridiagonal(A: usize, n: i32, diagonal: usize, beside: usize, h: usize, p: usize): void {
  for (let i = n - 1; i >= 0; i--) {
    const v = place(A, i * n)
    store<f64>(place(diagonal, i), load<f64>(place(v, i)))
    store<f64>(place(h, i), 0)
    store<f64>(place(beside, i), 0)
    if (i == 0) break
    const last = load<f64>(place(v, i - 1))
    const rest = inner(v, v, i - 1)
    store<f64>(place(beside, i), last)
    if (rest == 0) continue
    const left = (last > 0 ? -1 : 1) * Math.sqrt(rest + last * last)
    const length = left * left - last * left
    store<f64>(place(v, i - 1), last - left)
    store<f64>(place(beside, i), left)
    store<f64>(place(h, i), length)
    memory.fill(p, 0, <usize>i * WIDE)
    for (let j = 0; j < i; j++) {
      const row = place(A, j * n)
      const vj = load<f64>(place(v, j))
      const sum = across(row, v, p, vj, j)
      store<f64>(place(p, j), load<f64>(place(p, j)) + sum + load<f64>(place(row, j)) * vj)
    }
    const half = inner(p, v, i) / (2 * length * length)
    for (let j = 0; j < i; j++)
      store<f64>(place(p, j), load<f64>(place(p, j)) / length - half * load<f64>(place(v, j)))
    for (let j = 0; j < i; j++)
      less(place(A, j * n), v, p, load<f64>(place(v, j)), load<f64>(place(p, j)), j + 1)
  }
}

/** One pivot of T - x after another, of two x. */
@inline
function pivot(d: v128, x: v128, e: v128, before: v128, least: v128): v128 {
  const next = f64x2.sub(f64x2.sub(d, x), f64x2.div(e, before))
  return v128.bitselect(f64x2.neg(least), next, f64x2.lt(f64x2.abs(next), least))
}

/** How many eigenvalues are above each of four x, four numbers: as many as there are pivots above 0. */
function countAbove(diagonal: usize, beside: usize, n: i32, x: usize, counts: usize, smallest: f64): void {
  const least = f64x2.splat(smallest)
  const none = f64x2.splat(0)
  const x0 = v128.load(x)
  const x1 = v128.load(x, 16)
  let p0 = f64x2.splat(1)
  let p1 = p0
  let c0 = i64x2.splat(0)
  let c1 = c0
  for (let i = 0; i < n; i++) {
    const d = v128.load64_splat(place(diagonal, i))
    const b = v128.load64_splat(place(beside, i))
    const e = f64x2.mul(b, b)
    p0 = pivot(d, x0, e, p0, least)
    p1 = pivot(d, x1, e, p1, least)
    c0 = i64x2.sub(c0, f64x2.gt(p0, none))
    c1 = i64x2.sub(c1, f64x2.gt(p1, none))
  }
  v128.store(counts, c0)
  v128.store(counts, c1, 16)
}

/** The r largest eigenvalues in `found`, four at a time. `work` has room for 16 numbers. */
function largest(
  diagonal: usize,
  beside: usize,
  n: i32,
  r: i32,
  low: f64,
  high: f64,
  smallest: f64,
  found: usize,
  work: usize,
): void {
  const tops = place(work, 4)
  const middles = place(work, 8)
  const counts = place(work, 12)
  for (let k = 0; k < r; k += 4) {
    for (let i = 0; i < 4; i++) {
      store<f64>(place(work, i), low)
      store<f64>(place(tops, i), high)
    }
    for (let step = 0; step < 52; step++) {
      for (let i = 0; i < 4; i++)
        store<f64>(place(middles, i), (load<f64>(place(work, i)) + load<f64>(place(tops, i))) / 2)
      countAbove(diagonal, beside, n, middles, counts, smallest)
      for (let i = 0; i < 4; i++) {
        const end = load<i64>(place(counts, i)) > k + i ? work : tops
        store<f64>(place(end, i), load<f64>(place(middles, i)))
      }
    }
    for (let i = 0; i < 4 && k + i < r; i++)
      store<f64>(place(found, k + i), (load<f64>(place(work, i)) + load<f64>(place(tops, i))) / 2)
  }
}

@inline
function put(U: usize, i: i32, a: f64, b: f64, c: f64): void {
  store<f64>(place(U, 3 * i), a)
  store<f64>(place(U, 3 * i), b, WIDE)
  store<f64>(place(U, 3 * i), c, 2 * WIDE)
}

/** y ← (T - λ)⁻¹ y, by elimination with exchanges of rows. */
function solve(diagonal: usize, beside: usize, n: i32, λ: f64, least: f64, y: usize, U: usize): void {
  let a = load<f64>(diagonal) - λ
  let b = n > 1 ? load<f64>(beside, WIDE) : 0
  for (let i = 0; i + 1 < n; i++) {
    const e = load<f64>(place(beside, i + 1))
    const d = load<f64>(place(diagonal, i + 1)) - λ
    const f = i + 2 < n ? load<f64>(place(beside, i + 2)) : 0
    const here = place(y, i)
    const above = load<f64>(here)
    if (Math.abs(a) >= Math.abs(e)) {
      if (Math.abs(a) < least) a = least
      const m = e / a
      put(U, i, a, b, 0)
      store<f64>(here, load<f64>(here, WIDE) - m * above, WIDE)
      a = d - m * b
      b = f
    } else {
      const m = a / e
      put(U, i, e, d, f)
      const under = load<f64>(here, WIDE)
      store<f64>(here, under)
      store<f64>(here, above - m * under, WIDE)
      a = b - m * d
      b = -m * f
    }
  }
  put(U, n - 1, Math.abs(a) < least ? least : a, 0, 0)
  let y1: f64 = 0
  let y2: f64 = 0
  for (let i = n - 1; i >= 0; i--) {
    const row = place(U, 3 * i)
    const value = (load<f64>(place(y, i)) - load<f64>(row, WIDE) * y1 - load<f64>(row, 2 * WIDE) * y2) / load<f64>(row)
    store<f64>(place(y, i), value)
    y2 = y1
    y1 = value
  }
}

/** Takes out of a row [n] of V what lies along those before it, twice, and makes it as long as 1. */
function orthonormal(V: usize, row: i32, n: i32): void {
  const y = place(V, row * n)
  for (let pass = 0; pass < 2; pass++)
    for (let before = V; before < y; before = place(before, n)) along(y, before, -inner(before, y, n), n)
  const length = Math.sqrt(inner(y, y, n))
  for (let k = 0; k < n; k++) store<f64>(place(y, k), load<f64>(place(y, k)) / length)
}

/** Numbers from 1/2 to 3/2 that differ from row to row. */
@inline
function beginning(i: i32): f64 {
  const x = <f64>i * 0.6180339887498949
  return 0.5 + (x - Math.floor(x))
}

/** Rows of V from `above` to `whole` span the eigenvectors of one value: of all of them, those nearest to the vectors that a search begins with. */
function nearest(V: usize, above: i32, whole: i32, r: i32, n: i32, wanted: usize): void {
  const span = place(V, above * n)
  const copy = place(V, whole * n)
  memory.copy(copy, span, <usize>((whole - above) * n) * WIDE)
  for (let row = above; row < r; row++) {
    const y = place(V, row * n)
    memory.fill(y, 0, <usize>n * WIDE)
    for (let k = 0; k < n; k++) store<f64>(place(wanted, k), beginning(row * n + k + 1))
    for (let i = 0; i < whole - above; i++) {
      const v = place(copy, i * n)
      along(y, v, inner(v, wanted, n), n)
    }
    orthonormal(V, row, n)
  }
}

/** The entry of largest size made positive, and put in its place. */
function finish(out: usize, v: usize, n: i32): void {
  let most: f64 = 0
  for (let k = 0; k < n; k++) {
    const x = load<f64>(place(v, k))
    if (Math.abs(x) > Math.abs(most)) most = x
  }
  const sign: f64 = most < 0 ? -1 : 1
  for (let k = 0; k < n; k++) store<Real>(at(out, k), <Real>(sign * load<f64>(place(v, k))))
}

/** How many eigenvalues there are with all that are one with the last of r, where it is not 0 up to rounding. */
function withAlike(diagonal: usize, beside: usize, n: i32, r: i32, values: usize, least: f64, work: usize): i32 {
  const near = 1e-13 * Math.abs(load<f64>(values))
  const last = load<f64>(place(values, r - 1))
  if (!(last > near)) return r
  for (let i = 0; i < 4; i++) store<f64>(place(work, i), last - near)
  countAbove(diagonal, beside, n, work, place(work, 4), least)
  return max(r, <i32>load<i64>(place(work, 4)))
}

/**
 * out[r, n] = the eigenvectors of matrix[n, n] for its r largest eigenvalues. It works on 3 n (n + 3) + 16 numbers of double precision in scratch.
 */
export function leadingEigenvectors(out: usize, matrix: usize, n: i32, r: i32): void {
  const A: usize = 0
  const diagonal = place(A, n * n)
  const beside = place(diagonal, n)
  const h = place(beside, n)
  const p = place(h, n)
  const U = place(p, n)
  const values = place(U, 3 * n)
  const work = place(values, n)
  const V = place(work, 16)
  for (let i = 0; i < n * n; i++) store<f64>(place(A, i), <f64>load<Real>(at(matrix, i)))
  tridiagonal(A, n, diagonal, beside, h, p)
  let low = f64.POSITIVE_INFINITY
  let high = f64.NEGATIVE_INFINITY
  for (let i = 0; i < n; i++) {
    const next = i + 1 < n ? Math.abs(load<f64>(place(beside, i + 1))) : 0
    const around = Math.abs(load<f64>(place(beside, i))) + next
    low = Math.min(low, load<f64>(place(diagonal, i)) - around)
    high = Math.max(high, load<f64>(place(diagonal, i)) + around)
  }
  const least = Math.max(f64.EPSILON * Math.max(Math.abs(low), Math.abs(high)), 1e-140)
  largest(diagonal, beside, n, r, low, high, least, values, work)
  const whole = withAlike(diagonal, beside, n, r, values, least, work)
  for (let row = 0; row < whole; row++) {
    const y = place(V, row * n)
    for (let k = 0; k < n; k++) store<f64>(place(y, k), beginning(row * n + k + 1))
    for (let step = 0; step < 3; step++) {
      orthonormal(V, row, n)
      solve(diagonal, beside, n, load<f64>(place(values, min(row, r - 1))), least, y, U)
    }
    orthonormal(V, row, n)
  }
  for (let row = 0; row < whole; row++) {
    const y = place(V, row * n)
    for (let i = 1; i < n; i++) {
      const length = load<f64>(place(h, i))
      const v = place(A, i * n)
      if (length != 0) along(y, v, -inner(v, y, i) / length, i)
    }
  }
  if (whole > r) {
    const near = 1e-13 * Math.abs(load<f64>(values))
    let above = 0
    while (load<f64>(place(values, above)) > load<f64>(place(values, r - 1)) + near) above++
    nearest(V, above, whole, r, n, p)
  }
  for (let row = 0; row < r; row++) finish(at(out, row * n), place(V, row * n), n)
}
