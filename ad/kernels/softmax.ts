// Softmax and its kin along the last axis of [rows, n].
import { across, at, first, highest, LANES, STEP } from './simd'
import { expOf, logOf } from './maths'
import { sum } from './vectors'

/** The largest of n numbers where it is finite, else 0. */
function peak(x: usize, n: i32): Real {
  const end = at(x, n)
  let top: Real = -Infinity
  if (n >= LANES) {
    let high = v128.load(x)
    for (x += 16; x + 16 <= end; x += 16) high = v128.pmax<Real>(high, v128.load(x))
    top = highest(high)
  }
  for (; x < end; x += STEP) {
    const value = load<Real>(x)
    if (value > top) top = value
  }
  return isFinite<Real>(top) ? top : 0
}

/** e^x of one number. */
@inline
function expOne(x: Real): Real {
  return first(expOf(v128.splat<Real>(x)))
}

/** log x of one number. */
@inline
function logOne(x: Real): Real {
  return first(logOf(v128.splat<Real>(x)))
}

/** The sum of e^(x - shift), its terms written to `out` where they are to be kept. */
@inline
function exponentials(out: usize, x: usize, n: i32, shift: Real, keep: bool): Real {
  const end = at(x, n)
  const all = v128.splat<Real>(shift)
  let sums = v128.splat<Real>(0)
  for (; x + 16 <= end; x += 16, out += 16) {
    const value = expOf(v128.sub<Real>(v128.load(x), all))
    if (keep) v128.store(out, value)
    sums = v128.add<Real>(sums, value)
  }
  let value = across(sums)
  for (; x < end; x += STEP, out += STEP) {
    const one = expOne(load<Real>(x) - shift)
    if (keep) store<Real>(out, one)
    value += one
  }
  return value
}

/** out[rows, n] = softmax of each row. */
export function softmax(out: usize, x: usize, rows: i32, n: i32): void {
  for (let i = 0; i < rows; i++) {
    const total = exponentials(out, x, n, peak(x, n), true)
    const all = v128.splat<Real>(total)
    const end = at(out, n)
    for (; out + 16 <= end; out += 16) v128.store(out, v128.div<Real>(v128.load(out), all))
    for (; out < end; out += STEP) store<Real>(out, load<Real>(out) / total)
    x = at(x, n)
  }
}

/** out[rows, n] = log softmax of each row. */
export function logSoftmax(out: usize, x: usize, rows: i32, n: i32): void {
  for (let i = 0; i < rows; i++) {
    const shift = peak(x, n)
    const scale = logOne(exponentials(0, x, n, shift, false))
    const all = v128.splat<Real>(shift)
    const rest = v128.splat<Real>(scale)
    const end = at(out, n)
    for (; out + 16 <= end; out += 16, x += 16) v128.store(out, v128.sub<Real>(v128.sub<Real>(v128.load(x), all), rest))
    for (; out < end; out += STEP, x += STEP) store<Real>(out, load<Real>(x) - shift - scale)
  }
}

/** out[rows] = log of the sum of e^x over each row. */
export function logsumexp(out: usize, x: usize, rows: i32, n: i32): void {
  for (let i = 0; i < rows; i++, out += STEP) {
    const shift = peak(x, n)
    store<Real>(out, shift + logOne(exponentials(0, x, n, shift, false)))
    x = at(x, n)
  }
}
