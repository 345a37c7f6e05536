// The strided copy.
import { at, STEP } from './simd'
import { addTo, copy, fill, sum } from './vectors'

/** Where the axes that are left are written: of each its size, its strides in out and in x, and the count over it. */
const AXES: usize = 0
/** Bytes of one axis there. */
const AXIS: usize = 16
/** The side of a tile of a transpose. */
const SIDE: i32 = 16

@inline
function size(axis: usize): i32 {
  return load<i32>(axis)
}

@inline
function outStride(axis: usize): i32 {
  return load<i32>(axis, 4)
}

@inline
function inStride(axis: usize): i32 {
  return load<i32>(axis, 8)
}

/** Drops axes of one entry and joins axes that run on; the number left, or -1 where there is nothing to copy. */
function simplify(rank: i32, desc: usize): i32 {
  let kept = 0
  for (let i = 0; i < rank; i++) {
    const n = load<i32>(desc + <usize>i * 4)
    const so = load<i32>(desc + <usize>(rank + i) * 4)
    const si = load<i32>(desc + <usize>(2 * rank + i) * 4)
    if (n <= 0) return -1
    if (n == 1) continue
    const last = AXES + <usize>(kept - 1) * AXIS
    if (kept > 0 && outStride(last) == so * n && inStride(last) == si * n) {
      store<i32>(last, size(last) * n)
      store<i32>(last, so, 4)
      store<i32>(last, si, 8)
    } else {
      const next = AXES + <usize>kept * AXIS
      store<i32>(next, n)
      store<i32>(next, so, 4)
      store<i32>(next, si, 8)
      store<i32>(next, 0, 12)
      kept++
    }
  }
  return kept
}

/** One line, whatever its strides. */
function strided(out: usize, x: usize, n: i32, so: usize, si: usize, add: i32): void {
  if (add) for (; n > 0; n--, out += so, x += si) store<Real>(out, load<Real>(out) + load<Real>(x))
  else {
    for (; n >= 4; n -= 4, out += 4 * so, x += 4 * si) {
      store<Real>(out, load<Real>(x))
      store<Real>(out + so, load<Real>(x + si))
      store<Real>(out + 2 * so, load<Real>(x + 2 * si))
      store<Real>(out + 3 * so, load<Real>(x + 3 * si))
    }
    for (; n > 0; n--, out += so, x += si) store<Real>(out, load<Real>(x))
  }
}

/** out[j] += value. */
function raise(out: usize, value: Real, n: i32): void {
  const all = v128.splat<Real>(value)
  const end = at(out, n)
  for (; out + 16 <= end; out += 16) v128.store(out, v128.add<Real>(v128.load(out), all))
  for (; out < end; out += STEP) store<Real>(out, load<Real>(out) + value)
}

/** One line. */
@inline
function line(out: usize, x: usize, n: i32, so: i32, si: i32, add: i32): void {
  if (so == 1 && si == 1) {
    if (add) addTo(out, x, n)
    else copy(out, x, n)
  } else if (so == 1 && si == 0) {
    if (add) raise(out, load<Real>(x), n)
    else fill(out, n, load<Real>(x))
  } else if (so == 0 && si == 1 && add) store<Real>(out, load<Real>(out) + sum(x, n))
  else strided(out, x, n, <usize>so * STEP, <usize>si * STEP, add)
}

/** Two axes that are swapped, out[i so + j] = x[j si + i]: tile by tile, so that both sides stay in cache. */
function swapped(out: usize, x: usize, m: i32, n: i32, so: i32, si: i32, add: i32): void {
  for (let i = 0; i < m; i += SIDE) {
    const tall = min(m - i, SIDE)
    for (let j = 0; j < n; j += SIDE) {
      const wide = min(n - j, SIDE)
      for (let r = 0; r < tall; r++)
        strided(at(out, (i + r) * so + j), at(x, j * si + i + r), wide, STEP, <usize>si * STEP, add)
    }
  }
}

/** The two innermost axes. */
function plane(out: usize, x: usize, outer: usize, inner: usize, add: i32): void {
  const m = size(outer)
  const n = size(inner)
  const so = outStride(inner)
  const si = inStride(inner)
  const downOut = outStride(outer)
  const downIn = inStride(outer)
  if (so == 1 && downIn == 1 && si != 0) return swapped(out, x, m, n, downOut, si, add)
  if (si == 1 && downOut == 1 && so != 0) return swapped(out, x, n, m, so, downIn, add)
  for (let i = 0; i < m; i++) line(at(out, i * downOut), at(x, i * downIn), n, so, si, add)
}

/** out[o] (+)= x[i] over all indices of sizes[rank], strides of out[rank] and strides of x[rank], read at `desc`. */
export function move(out: usize, x: usize, rank: i32, desc: usize, add: i32): void {
  const kept = simplify(rank, desc)
  if (kept < 0) return
  if (kept == 0) return strided(out, x, 1, 0, 0, add)
  const inner = AXES + <usize>(kept - 1) * AXIS
  if (kept == 1) return line(out, x, size(inner), outStride(inner), inStride(inner), add)
  const outer = inner - AXIS
  while (true) {
    plane(out, x, outer, inner, add)
    let axis = outer
    while (true) {
      if (axis == AXES) return
      axis -= AXIS
      out = at(out, outStride(axis))
      x = at(x, inStride(axis))
      const count = load<i32>(axis, 12) + 1
      store<i32>(axis, count, 12)
      if (count < size(axis)) break
      out = at(out, -outStride(axis) * size(axis))
      x = at(x, -inStride(axis) * size(axis))
      store<i32>(axis, 0, 12)
    }
  }
}
