// The matrix product: panels of both matrices packed into scratch, and a tile of four rows by two vectors in registers.
import { at, LANES, madd, SCRATCH, STEP } from './simd'
import { columns, rows, scaled } from './vectors'

/** Rows of a tile. */
const MR: i32 = 4
/** Columns of a tile. */
const NR: i32 = 2 * LANES
/** Terms packed at a time. */
const KC: i32 = 256
/** Rows packed at a time. */
const MC: i32 = 96
/** Columns packed at a time. */
const NC: i32 = 2 * NR
/** Where the tile of an edge is put together: 128 bytes. */
const EDGE: usize = 0
const PACKED_A: usize = 128
const PACKED_B: usize = PACKED_A + <usize>(MC * KC) * STEP

/** Packs `count` of `width` lines of `k` terms term by term, with zeros for the lines that are missing. */
function pack(to: usize, from: usize, count: i32, width: i32, k: i32, next: usize, along: usize): void {
  const step = <usize>width * STEP
  if (count == width && next == STEP) {
    if (step == 16) for (let l = 0; l < k; l++, to += step, from += along) v128.store(to, v128.load(from))
    else
      for (let l = 0; l < k; l++, to += step, from += along) {
        v128.store(to, v128.load(from))
        v128.store(to, v128.load(from, 16), 16)
      }
    return
  }
  const end = to + <usize>k * step
  for (let i = 0; i < width; i += 4, to += 4 * STEP, from += 4 * next) {
    if (i + 4 <= count) packFour(to, from, end, step, next, along)
    else packSome(to, from, max(count - i, 0), end, step, next, along)
  }
}

/** Packs four lines. */
function packFour(to: usize, from: usize, end: usize, step: usize, next: usize, along: usize): void {
  let x0 = from
  let x1 = x0 + next
  let x2 = x1 + next
  let x3 = x2 + next
  if (sizeof<Real>() == 8 && along == STEP) {
    for (; to + step < end; to += 2 * step) {
      const v0 = v128.load(x0)
      const v1 = v128.load(x1)
      const v2 = v128.load(x2)
      const v3 = v128.load(x3)
      v128.store(to, v128.shuffle<f64>(v0, v1, 0, 2))
      v128.store(to, v128.shuffle<f64>(v2, v3, 0, 2), 16)
      v128.store(to + step, v128.shuffle<f64>(v0, v1, 1, 3))
      v128.store(to + step, v128.shuffle<f64>(v2, v3, 1, 3), 16)
      x0 += 16
      x1 += 16
      x2 += 16
      x3 += 16
    }
  }
  if (sizeof<Real>() == 4 && along == STEP) {
    for (; to + 3 * step < end; to += 4 * step) {
      const v0 = v128.load(x0)
      const v1 = v128.load(x1)
      const v2 = v128.load(x2)
      const v3 = v128.load(x3)
      const a = v128.shuffle<f32>(v0, v1, 0, 4, 1, 5)
      const b = v128.shuffle<f32>(v2, v3, 0, 4, 1, 5)
      const c = v128.shuffle<f32>(v0, v1, 2, 6, 3, 7)
      const d = v128.shuffle<f32>(v2, v3, 2, 6, 3, 7)
      v128.store(to, v128.shuffle<f64>(a, b, 0, 2))
      v128.store(to + step, v128.shuffle<f64>(a, b, 1, 3))
      v128.store(to + 2 * step, v128.shuffle<f64>(c, d, 0, 2))
      v128.store(to + 3 * step, v128.shuffle<f64>(c, d, 1, 3))
      x0 += 16
      x1 += 16
      x2 += 16
      x3 += 16
    }
  }
  for (; to < end; to += step) {
    store<Real>(to, load<Real>(x0))
    store<Real>(to, load<Real>(x1), STEP)
    store<Real>(to, load<Real>(x2), 2 * STEP)
    store<Real>(to, load<Real>(x3), 3 * STEP)
    x0 += along
    x1 += along
    x2 += along
    x3 += along
  }
}

/** Packs fewer than four lines, and zeros. */
function packSome(to: usize, from: usize, count: i32, end: usize, step: usize, next: usize, along: usize): void {
  for (; to < end; to += step, from += along) {
    for (let i = 0; i < count; i++) store<Real>(at(to, i), load<Real>(from + <usize>i * next))
    for (let i = count; i < 4; i++) store<Real>(at(to, i), 0)
  }
}

/** One row of a finished tile: two vectors. */
@inline
function finish(out: usize, left: v128, right: v128, add: i32): void {
  v128.store(out, add ? v128.add<Real>(v128.load(out), left) : left)
  v128.store(out, add ? v128.add<Real>(v128.load(out, 16), right) : right, 16)
}

/** One tile of the product of two packed panels. */
function tile(a: usize, b: usize, k: i32, out: usize, row: usize, add: i32): void {
  let l0 = v128.splat<Real>(0)
  let l1 = l0
  let l2 = l0
  let l3 = l0
  let r0 = l0
  let r1 = l0
  let r2 = l0
  let r3 = l0
  const end = b + <usize>k * 32
  const twice = b + <usize>(k - (k % 2)) * 32
  // Unrolled only with fused multiply-add: elsewhere the loads of two terms need more registers than there are.
  while (ASC_FEATURE_RELAXED_SIMD && b < twice) {
    let left = v128.load(b)
    let right = v128.load(b, 16)
    let f = v128.load_splat<Real>(a)
    l0 = madd(f, left, l0)
    r0 = madd(f, right, r0)
    f = v128.load_splat<Real>(a, STEP)
    l1 = madd(f, left, l1)
    r1 = madd(f, right, r1)
    f = v128.load_splat<Real>(a, 2 * STEP)
    l2 = madd(f, left, l2)
    r2 = madd(f, right, r2)
    f = v128.load_splat<Real>(a, 3 * STEP)
    l3 = madd(f, left, l3)
    r3 = madd(f, right, r3)
    left = v128.load(b, 32)
    right = v128.load(b, 48)
    f = v128.load_splat<Real>(a, 4 * STEP)
    l0 = madd(f, left, l0)
    r0 = madd(f, right, r0)
    f = v128.load_splat<Real>(a, 5 * STEP)
    l1 = madd(f, left, l1)
    r1 = madd(f, right, r1)
    f = v128.load_splat<Real>(a, 6 * STEP)
    l2 = madd(f, left, l2)
    r2 = madd(f, right, r2)
    f = v128.load_splat<Real>(a, 7 * STEP)
    l3 = madd(f, left, l3)
    r3 = madd(f, right, r3)
    a += 8 * STEP
    b += 64
  }
  while (b < end) {
    const left = v128.load(b)
    const right = v128.load(b, 16)
    let f = v128.load_splat<Real>(a)
    l0 = madd(f, left, l0)
    r0 = madd(f, right, r0)
    f = v128.load_splat<Real>(a, STEP)
    l1 = madd(f, left, l1)
    r1 = madd(f, right, r1)
    f = v128.load_splat<Real>(a, 2 * STEP)
    l2 = madd(f, left, l2)
    r2 = madd(f, right, r2)
    f = v128.load_splat<Real>(a, 3 * STEP)
    l3 = madd(f, left, l3)
    r3 = madd(f, right, r3)
    a += 4 * STEP
    b += 32
  }
  finish(out, l0, r0, add)
  finish(out + row, l1, r1, add)
  finish(out + 2 * row, l2, r2, add)
  finish(out + 3 * row, l3, r3, add)
}

/** Copies the part of a tile that lies inside the product. */
function edge(out: usize, row: usize, m: i32, n: i32, add: i32): void {
  for (let i = 0; i < m; i++, out += row) {
    const from = EDGE + <usize>i * 32
    for (let j = 0; j < n; j++) {
      const value = load<Real>(at(from, j))
      store<Real>(at(out, j), add ? load<Real>(at(out, j)) + value : value)
    }
  }
}

/** The tiles of the packed block of a and the packed columns of b. */
function tiles(out: usize, m: i32, k: i32, n: i32, row: usize, add: i32): void {
  const panelA = <usize>(MR * k) * STEP
  const panelB = <usize>(NR * k) * STEP
  let a = PACKED_A
  for (let i = 0; i < m; i += MR, a += panelA, out += <usize>MR * row) {
    let b = PACKED_B
    for (let j = 0; j < n; j += NR, b += panelB) {
      const to = at(out, j)
      if (i + MR <= m && j + NR <= n) tile(a, b, k, to, row, add)
      else {
        tile(a, b, k, EDGE, 32, 0)
        edge(to, row, min(m - i, MR), min(n - j, NR), add)
      }
    }
  }
}

/** All columns of the product with one packed block of a. */
function block(out: usize, b: usize, m: i32, k: i32, n: i32, down: usize, right: usize, row: usize, add: i32): void {
  for (let j = 0; j < n; j += NC) {
    const wide = min(n - j, NC)
    for (let c = 0; c < wide; c += NR)
      pack(PACKED_B + <usize>(c * k) * STEP, b + <usize>(j + c) * right, min(wide - c, NR), NR, k, right, down)
    tiles(at(out, j), m, k, wide, row, add)
  }
}

/** out = a vector on a matrix, for a product of one row (or, transposed, one column). */
function single(
  out: usize,
  x: usize,
  w: usize,
  k: i32,
  n: i32,
  along: i32,
  down: i32,
  right: i32,
  ro: i32,
  add: i32,
): void {
  const most = <i32>(SCRATCH / STEP)
  for (let l = 0; l < k; l += most) {
    const terms = min(k - l, most)
    let vector = at(x, l * along)
    if (along != 1) {
      for (let t = 0; t < terms; t++) store<Real>(at(0, t), load<Real>(at(vector, t * along)))
      vector = 0
    }
    const from = at(w, l * down)
    const more = add | i32(l > 0)
    if (right == 1 && ro == 1) columns(out, vector, from, terms, n, down, more)
    else if (down == 1) rows(out, from, vector, n, terms, right, ro, more)
    else plain(out, vector, from, terms, n, down, right, ro, more)
  }
}

/** The same in a matrix with no contiguous axis. */
function plain(out: usize, x: usize, w: usize, k: i32, n: i32, down: i32, right: i32, ro: i32, add: i32): void {
  for (let j = 0; j < n; j++) {
    let value: Real = 0
    for (let l = 0; l < k; l++) value += load<Real>(at(x, l)) * load<Real>(at(w, l * down + j * right))
    const to = at(out, j * ro)
    store<Real>(to, add ? load<Real>(to) + value : value)
  }
}

/** Fewer terms than packing is worth, or none, with the rows of b contiguous. */
function thin(
  out: usize,
  a: usize,
  b: usize,
  m: i32,
  k: i32,
  n: i32,
  rsa: i32,
  csa: i32,
  rsb: i32,
  rso: i32,
  add: i32,
): void {
  for (let i = 0; i < m; i++) {
    const to = at(out, i * rso)
    if (k == 0 && !add) memory.fill(to, 0, <usize>n * STEP)
    for (let l = 0; l < k; l++) scaled(to, at(b, l * rsb), load<Real>(at(a, i * rsa + l * csa)), n, add | i32(l > 0))
  }
}

/** n in equal parts of at most `most`: the size of one, a multiple of four. */
@inline
function part(n: i32, most: i32): i32 {
  const parts = (n + most - 1) / most
  return ((n + parts - 1) / parts + 3) & ~3
}

/** out[i rso + j] (+)= the sum over l of a[i rsa + l csa] b[l rsb + j csb]. */
export function gemm(
  out: usize,
  a: usize,
  b: usize,
  m: i32,
  k: i32,
  n: i32,
  rsa: i32,
  csa: i32,
  rsb: i32,
  csb: i32,
  rso: i32,
  add: i32,
): void {
  if (m <= 0 || n <= 0) return
  if (k <= 0 || (k == 1 && csb == 1)) return thin(out, a, b, m, k, n, rsa, csa, rsb, rso, add)
  if (m == 1 || (m < MR && (csb == 1 || rsb == 1))) {
    for (let i = 0; i < m; i++) single(at(out, i * rso), at(a, i * rsa), b, k, n, csa, rsb, csb, 1, add)
    return
  }
  if (n == 1 || (n < 4 && csa == 1)) {
    for (let j = 0; j < n; j++) single(at(out, j), at(b, j * csb), a, k, m, rsb, csa, rsa, rso, add)
    return
  }
  const row = <usize>rso * STEP
  const long = part(k, KC)
  const high = part(m, MC)
  for (let l = 0; l < k; l += long) {
    const terms = min(k - l, long)
    const more = add | i32(l > 0)
    for (let i = 0; i < m; i += high) {
      const tall = min(m - i, high)
      for (let r = 0; r < tall; r += MR) {
        const from = at(a, (i + r) * rsa + l * csa)
        const to = PACKED_A + <usize>(r * terms) * STEP
        pack(to, from, min(tall - r, MR), MR, terms, <usize>rsa * STEP, <usize>csa * STEP)
      }
      block(out + <usize>i * row, at(b, l * rsb), tall, terms, n, <usize>rsb * STEP, <usize>csb * STEP, row, more)
    }
  }
}
