// Matrices on vectors, and sums.
import { across, at, madd, STEP } from './simd'

/** Writes a total, onto what is there if asked. */
@inline
function put(out: usize, value: Real, add: i32): void {
  store<Real>(out, add ? load<Real>(out) + value : value)
}

/** s + a x + b y, the products added first where they cannot be fused: a shorter chain through s. */
@inline
function two(a: v128, x: v128, b: v128, y: v128, s: v128): v128 {
  if (ASC_FEATURE_RELAXED_SIMD) return madd(b, y, madd(a, x, s))
  return v128.add<Real>(s, v128.add<Real>(v128.mul<Real>(a, x), v128.mul<Real>(b, y)))
}

/** The sum of a[l] b[l]. */
export function product(a: usize, b: usize, n: i32): Real {
  let s0 = v128.splat<Real>(0)
  let s1 = s0
  let s2 = s0
  let s3 = s0
  const end = at(a, n)
  while (a + 64 <= end) {
    s0 = madd(v128.load(a), v128.load(b), s0)
    s1 = madd(v128.load(a, 16), v128.load(b, 16), s1)
    s2 = madd(v128.load(a, 32), v128.load(b, 32), s2)
    s3 = madd(v128.load(a, 48), v128.load(b, 48), s3)
    a += 64
    b += 64
  }
  while (a + 16 <= end) {
    s0 = madd(v128.load(a), v128.load(b), s0)
    a += 16
    b += 16
  }
  let sum = across(v128.add<Real>(v128.add<Real>(s0, s1), v128.add<Real>(s2, s3)))
  for (; a < end; a += STEP, b += STEP) sum += load<Real>(a) * load<Real>(b)
  return sum
}

/** The sum of x[l]. */
export function sum(x: usize, n: i32): Real {
  let s0 = v128.splat<Real>(0)
  let s1 = s0
  let s2 = s0
  let s3 = s0
  const end = at(x, n)
  while (x + 64 <= end) {
    s0 = v128.add<Real>(s0, v128.load(x))
    s1 = v128.add<Real>(s1, v128.load(x, 16))
    s2 = v128.add<Real>(s2, v128.load(x, 32))
    s3 = v128.add<Real>(s3, v128.load(x, 48))
    x += 64
  }
  while (x + 16 <= end) {
    s0 = v128.add<Real>(s0, v128.load(x))
    x += 16
  }
  let value = across(v128.add<Real>(v128.add<Real>(s0, s1), v128.add<Real>(s2, s3)))
  for (; x < end; x += STEP) value += load<Real>(x)
  return value
}

/** out[i ro] (+)= sum over j of w[i rw + j] x[j]: four rows at a time, two vectors of each. */
export function rows(out: usize, w: usize, x: usize, m: i32, n: i32, rw: i32, ro: i32, add: i32): void {
  const row = <usize>rw * STEP
  const next = <usize>ro * STEP
  const xEnd = at(x, n)
  let i = 0
  for (; i + 4 <= m; i += 4) {
    let a0 = v128.splat<Real>(0)
    let a1 = a0
    let a2 = a0
    let a3 = a0
    let b0 = a0
    let b1 = a0
    let b2 = a0
    let b3 = a0
    let w0 = w
    let w1 = w + row
    let w2 = w1 + row
    let w3 = w2 + row
    let v = x
    while (v + 32 <= xEnd) {
      const left = v128.load(v)
      const right = v128.load(v, 16)
      if (ASC_FEATURE_RELAXED_SIMD) {
        a0 = madd(v128.load(w0), left, a0)
        a1 = madd(v128.load(w1), left, a1)
        a2 = madd(v128.load(w2), left, a2)
        a3 = madd(v128.load(w3), left, a3)
        b0 = madd(v128.load(w0, 16), right, b0)
        b1 = madd(v128.load(w1, 16), right, b1)
        b2 = madd(v128.load(w2, 16), right, b2)
        b3 = madd(v128.load(w3, 16), right, b3)
      } else {
        a0 = two(v128.load(w0), left, v128.load(w0, 16), right, a0)
        a1 = two(v128.load(w1), left, v128.load(w1, 16), right, a1)
        a2 = two(v128.load(w2), left, v128.load(w2, 16), right, a2)
        a3 = two(v128.load(w3), left, v128.load(w3, 16), right, a3)
      }
      v += 32
      w0 += 32
      w1 += 32
      w2 += 32
      w3 += 32
    }
    let t0 = across(v128.add<Real>(a0, b0))
    let t1 = across(v128.add<Real>(a1, b1))
    let t2 = across(v128.add<Real>(a2, b2))
    let t3 = across(v128.add<Real>(a3, b3))
    while (v < xEnd) {
      const factor = load<Real>(v)
      t0 += load<Real>(w0) * factor
      t1 += load<Real>(w1) * factor
      t2 += load<Real>(w2) * factor
      t3 += load<Real>(w3) * factor
      v += STEP
      w0 += STEP
      w1 += STEP
      w2 += STEP
      w3 += STEP
    }
    put(out, t0, add)
    put(out + next, t1, add)
    put(out + 2 * next, t2, add)
    put(out + 3 * next, t3, add)
    out += 4 * next
    w += 4 * row
  }
  for (; i < m; i++) {
    put(out, product(w, x, n), add)
    out += next
    w += row
  }
}

/** Writes a vector, onto what is there if asked. */
@inline
function putVector(out: usize, value: v128, add: i32): void {
  v128.store(out, add ? v128.add<Real>(v128.load(out), value) : value)
}

/** Bytes of a stretch of columns that is read at a time from a matrix far away, and from how many on a matrix is that. */
const STRETCH: usize = 4096
const FAR: usize = 1 << 20
/** Columns whose sums take their rows in order, one after the other or pair after pair. */
const IN_ORDER: i32 = ASC_FEATURE_RELAXED_SIMD ? 128 / <i32>STEP : 64 / <i32>STEP

/**
 * The sums of `columns` in the same order, for a matrix that no cache holds: held in memory over a stretch of columns, and the rows
 * read along it. A few columns down all rows would be a new page of memory at every number.
 */
function streamed(out: usize, x: usize, w: usize, m: i32, n: i32, row: usize): void {
  const xEnd = at(x, m)
  for (const last = at(out, n); out < last; out += STRETCH, w += STRETCH) {
    const end = min(out + STRETCH, last)
    memory.fill(out, 0, end - out)
    let from = w
    let v = x
    for (; v + 4 * STEP <= xEnd; v += 4 * STEP, from += 4 * row) {
      const f0 = v128.load_splat<Real>(v)
      const f1 = v128.load_splat<Real>(v, STEP)
      const f2 = v128.load_splat<Real>(v + 2 * STEP)
      const f3 = v128.load_splat<Real>(v + 3 * STEP)
      let w0 = from
      let w1 = w0 + row
      let w2 = w1 + row
      let w3 = w2 + row
      for (let to = out; to < end; to += 16, w0 += 16, w1 += 16, w2 += 16, w3 += 16) {
        let sum = v128.load(to)
        if (ASC_FEATURE_RELAXED_SIMD) {
          sum = madd(v128.load(w0), f0, sum)
          sum = madd(v128.load(w1), f1, sum)
          sum = madd(v128.load(w2), f2, sum)
          sum = madd(v128.load(w3), f3, sum)
        } else {
          sum = two(v128.load(w0), f0, v128.load(w1), f1, sum)
          sum = two(v128.load(w2), f2, v128.load(w3), f3, sum)
        }
        v128.store(to, sum)
      }
    }
    for (; v + 2 * STEP <= xEnd; v += 2 * STEP, from += 2 * row) {
      const f0 = v128.load_splat<Real>(v)
      const f1 = v128.load_splat<Real>(v, STEP)
      for (let to = out, w0 = from; to < end; to += 16, w0 += 16) {
        if (ASC_FEATURE_RELAXED_SIMD) v128.store(to, madd(v128.load(w0 + row), f1, madd(v128.load(w0), f0, v128.load(to))))
        else v128.store(to, two(v128.load(w0), f0, v128.load(w0 + row), f1, v128.load(to)))
      }
    }
    if (v < xEnd) {
      const factor = v128.load_splat<Real>(v)
      for (let to = out, w0 = from; to < end; to += 16, w0 += 16) v128.store(to, madd(v128.load(w0), factor, v128.load(to)))
    }
  }
}

/** out[j] (+)= sum over i of x[i] w[i rw + j]: a block of columns at a time, held in registers down all rows. */
export function columns(out: usize, x: usize, w: usize, m: i32, n: i32, rw: i32, add: i32): void {
  const row = <usize>rw * STEP
  const far = row >= STRETCH && row * <usize>m >= FAR
  if (far && !add) {
    const whole = n - (n % IN_ORDER)
    streamed(out, x, w, m, whole, row)
    out = at(out, whole)
    w = at(w, whole)
    n -= whole
  }
  const xEnd = at(x, m)
  const end = at(out, n)
  // Eight accumulators need fused multiply-add to leave registers for what is loaded.
  for (; ASC_FEATURE_RELAXED_SIMD && out + 128 <= end; out += 128, w += 128) {
    let s0 = v128.splat<Real>(0)
    let s1 = s0
    let s2 = s0
    let s3 = s0
    let s4 = s0
    let s5 = s0
    let s6 = s0
    let s7 = s0
    let from = w
    for (let v = x; v < xEnd; v += STEP, from += row) {
      const factor = v128.load_splat<Real>(v)
      s0 = madd(v128.load(from), factor, s0)
      s1 = madd(v128.load(from, 16), factor, s1)
      s2 = madd(v128.load(from, 32), factor, s2)
      s3 = madd(v128.load(from, 48), factor, s3)
      s4 = madd(v128.load(from, 64), factor, s4)
      s5 = madd(v128.load(from, 80), factor, s5)
      s6 = madd(v128.load(from, 96), factor, s6)
      s7 = madd(v128.load(from, 112), factor, s7)
    }
    putVector(out, s0, add)
    putVector(out + 16, s1, add)
    putVector(out + 32, s2, add)
    putVector(out + 48, s3, add)
    putVector(out + 64, s4, add)
    putVector(out + 80, s5, add)
    putVector(out + 96, s6, add)
    putVector(out + 112, s7, add)
  }
  narrow(out, x, w, m, <i32>((end - out) / STEP), row, add)
}

/** The columns that are left: four vectors, then one, at a time, two rows in turn; then single columns. */
function narrow(out: usize, x: usize, w: usize, m: i32, n: i32, row: usize, add: i32): void {
  const xEnd = at(x, m)
  const pairs = at(x, m - (m % 2))
  const end = at(out, n)
  for (; out + 64 <= end; out += 64, w += 64) {
    let s0 = v128.splat<Real>(0)
    let s1 = s0
    let s2 = s0
    let s3 = s0
    let t0 = s0
    let t1 = s0
    let t2 = s0
    let t3 = s0
    let from = w
    let v = x
    for (; v < pairs; v += 2 * STEP, from += 2 * row) {
      const factor = v128.load_splat<Real>(v)
      const other = v128.load_splat<Real>(v, STEP)
      const under = from + row
      if (ASC_FEATURE_RELAXED_SIMD) {
        s0 = madd(v128.load(from), factor, s0)
        s1 = madd(v128.load(from, 16), factor, s1)
        s2 = madd(v128.load(from, 32), factor, s2)
        s3 = madd(v128.load(from, 48), factor, s3)
        t0 = madd(v128.load(under), other, t0)
        t1 = madd(v128.load(under, 16), other, t1)
        t2 = madd(v128.load(under, 32), other, t2)
        t3 = madd(v128.load(under, 48), other, t3)
      } else {
        s0 = two(v128.load(from), factor, v128.load(under), other, s0)
        s1 = two(v128.load(from, 16), factor, v128.load(under, 16), other, s1)
        s2 = two(v128.load(from, 32), factor, v128.load(under, 32), other, s2)
        s3 = two(v128.load(from, 48), factor, v128.load(under, 48), other, s3)
      }
    }
    if (v < xEnd) {
      const factor = v128.load_splat<Real>(v)
      s0 = madd(v128.load(from), factor, s0)
      s1 = madd(v128.load(from, 16), factor, s1)
      s2 = madd(v128.load(from, 32), factor, s2)
      s3 = madd(v128.load(from, 48), factor, s3)
    }
    putVector(out, v128.add<Real>(s0, t0), add)
    putVector(out + 16, v128.add<Real>(s1, t1), add)
    putVector(out + 32, v128.add<Real>(s2, t2), add)
    putVector(out + 48, v128.add<Real>(s3, t3), add)
  }
  for (; out + 16 <= end; out += 16, w += 16) {
    let s0 = v128.splat<Real>(0)
    let t0 = s0
    let from = w
    let v = x
    for (; v < pairs; v += 2 * STEP, from += 2 * row) {
      s0 = madd(v128.load(from), v128.load_splat<Real>(v), s0)
      t0 = madd(v128.load(from + row), v128.load_splat<Real>(v, STEP), t0)
    }
    if (v < xEnd) s0 = madd(v128.load(from), v128.load_splat<Real>(v), s0)
    putVector(out, v128.add<Real>(s0, t0), add)
  }
  for (; out < end; out += STEP, w += STEP) {
    let total: Real = 0
    let from = w
    for (let v = x; v < xEnd; v += STEP, from += row) total += load<Real>(v) * load<Real>(from)
    put(out, total, add)
  }
}

/** out[m] = w[m, n] x[n]. */
export function matvec(out: usize, w: usize, x: usize, m: i32, n: i32): void {
  rows(out, w, x, m, n, n, 1, 0)
}

/** out[n] = x[m] on the left of w[m, n]. */
export function vecmat(out: usize, x: usize, w: usize, m: i32, n: i32): void {
  columns(out, x, w, m, n, n, 0)
}

/** out[0] = the sum of a[i] b[i]. */
export function dot(out: usize, a: usize, b: usize, n: i32): void {
  store<Real>(out, product(a, b, n))
}

/** out[0] = the sum of x[i]. */
export function total(out: usize, x: usize, n: i32): void {
  store<Real>(out, sum(x, n))
}

/** out[j] (+)= x[j]. */
@inline
export function addTo(out: usize, x: usize, n: i32): void {
  const end = at(out, n)
  while (out + 16 <= end) {
    v128.store(out, v128.add<Real>(v128.load(out), v128.load(x)))
    out += 16
    x += 16
  }
  for (; out < end; out += STEP, x += STEP) store<Real>(out, load<Real>(out) + load<Real>(x))
}

/** Copies n elements, by hand where a call would cost more than it saves. */
@inline
export function copy(out: usize, x: usize, n: i32): void {
  if (n >= 64) {
    memory.copy(out, x, <usize>n * STEP)
    return
  }
  const end = at(out, n)
  while (out + 16 <= end) {
    v128.store(out, v128.load(x))
    out += 16
    x += 16
  }
  for (; out < end; out += STEP, x += STEP) store<Real>(out, load<Real>(x))
}

/** out[i] = value. */
export function fill(out: usize, n: i32, value: Real): void {
  const end = at(out, n)
  const all = v128.splat<Real>(value)
  for (; out + 16 <= end; out += 16) v128.store(out, all)
  for (; out < end; out += STEP) store<Real>(out, value)
}

/** out[j] (+)= the sum over i of x[m, n]. */
export function sumRows(out: usize, x: usize, m: i32, n: i32, add: i32): void {
  const row = <usize>n * STEP
  const xEnd = x + <usize>m * row
  const end = at(out, n)
  for (; out + 64 <= end; out += 64, x += 64) {
    let s0 = v128.splat<Real>(0)
    let s1 = s0
    let s2 = s0
    let s3 = s0
    for (let from = x; from < xEnd; from += row) {
      s0 = v128.add<Real>(s0, v128.load(from))
      s1 = v128.add<Real>(s1, v128.load(from, 16))
      s2 = v128.add<Real>(s2, v128.load(from, 32))
      s3 = v128.add<Real>(s3, v128.load(from, 48))
    }
    putVector(out, s0, add)
    putVector(out + 16, s1, add)
    putVector(out + 32, s2, add)
    putVector(out + 48, s3, add)
  }
  for (; out + 16 <= end; out += 16, x += 16) {
    let s0 = v128.splat<Real>(0)
    for (let from = x; from < xEnd; from += row) s0 = v128.add<Real>(s0, v128.load(from))
    putVector(out, s0, add)
  }
  for (; out < end; out += STEP, x += STEP) {
    let value: Real = 0
    for (let from = x; from < xEnd; from += row) value += load<Real>(from)
    put(out, value, add)
  }
}

/** out[j] (+)= factor b[j]. */
@inline
export function scaled(out: usize, b: usize, factor: Real, n: i32, add: i32): void {
  const all = v128.splat<Real>(factor)
  const end = at(out, n)
  if (add) {
    for (; out + 64 <= end; out += 64, b += 64) {
      const v0 = madd(v128.load(b), all, v128.load(out))
      const v1 = madd(v128.load(b, 16), all, v128.load(out, 16))
      const v2 = madd(v128.load(b, 32), all, v128.load(out, 32))
      const v3 = madd(v128.load(b, 48), all, v128.load(out, 48))
      v128.store(out, v0)
      v128.store(out, v1, 16)
      v128.store(out, v2, 32)
      v128.store(out, v3, 48)
    }
    for (; out + 16 <= end; out += 16, b += 16) v128.store(out, madd(v128.load(b), all, v128.load(out)))
    for (; out < end; out += STEP, b += STEP) store<Real>(out, load<Real>(out) + factor * load<Real>(b))
    return
  }
  for (; out + 16 <= end; out += 16, b += 16) v128.store(out, v128.mul<Real>(v128.load(b), all))
  for (; out < end; out += STEP, b += STEP) store<Real>(out, factor * load<Real>(b))
}

/** out[i ro + j] (+)= a[i] b[j]; where it adds, rows of a zero a[i] are left alone. */
export function outer(out: usize, a: usize, b: usize, m: i32, n: i32, ro: i32, add: i32): void {
  for (let i = 0; i < m; i++) {
    const factor = load<Real>(at(a, i))
    if (add && factor == 0) continue
    scaled(out + <usize>i * <usize>ro * STEP, b, factor, n, add)
  }
}
