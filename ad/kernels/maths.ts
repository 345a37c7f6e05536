// Exponentials and logarithms, one vector at a time.
//
// e^r = (q + p) / (q - p) on |r| <= log(2) / 2, with p odd and q even in r (the rational function of Cephes in f64,
// Pade's in f32). With s = 2^n and y = n log(2) + r everything built on e^y is one quotient of s, p and q, and keeps
// its relative accuracy where n = 0:
//   tanh(y / 2) = (q (s - 1) + p (s + 1)) / (q (s + 1) + p (s - 1)),   e^y - 1 = (q (s - 1) + p (s + 1)) / (q - p),
//   1 / (1 + e^-y) = s (q + p) / (s (q + p) + (q - p)).
import { at, LANES, madd, nmadd, STEP } from './simd'

// The constants lie in memory, at the end of scratch: engines rebuild a constant vector with three instructions at each
// use, and load one with a single instruction.
const TABLE: usize =
  sizeof<Real>() == 8
    ? memory.data<f64>([
        1.4426950408889634,
        6.93145751953125e-1,
        1.42860682030941723212e-6,
        6755399441056767.0,
        6755399441056766.0,
        6755399441056765.0,
        1.26177193074810590878e-4,
        3.029944077074419613e-2,
        9.9999999999999999991e-1,
        3.00198505138664455042e-6,
        2.52448340349684104192e-3,
        2.27265548208155028766e-1,
        0,
        0.25,
        0.5,
        1,
        2,
        4,
        -0.0,
        Infinity,
        44,
        709.79,
        -708.03,
        -40,
        40,
        -708.396,
        2.2250738585072014e-308,
        18014398509481984.0,
        54,
        1.90821492927058770002e-10,
        6.9314718036912381649e-1,
        4503599627371519.0,
        1.479819860511658591e-1,
        1.531383769920937332e-1,
        1.818357216161805012e-1,
        2.222219843214978396e-1,
        2.857142874366239149e-1,
        3.999999999940941908e-1,
        6.66666666666673513e-1,
        1e-17,
        -746,
        1.1102230246251565e-16,
      ])
    : memory.data<f32>([
        1.4426950408889634,
        0.693359375,
        -2.1219444e-4,
        12583039.0,
        12583038.0,
        12583037.0,
        0,
        0.016666666666666666,
        1,
        0,
        0,
        0.2,
        0,
        0.25,
        0.5,
        1,
        2,
        4,
        -0.0,
        Infinity,
        20,
        88.73,
        -86.98,
        -20,
        20,
        -87.3365,
        1.17549435e-38,
        33554432.0,
        25,
        9.0580006145e-6,
        6.9313812256e-1,
        127,
        0,
        0,
        0,
        0.24279078841,
        0.28498786688,
        0.40000972152,
        0.66666662693,
        1e-9,
        -104,
        5.960464477539063e-8,
      ])

/** 1 / log(2), and log(2) in two parts, the first of few bits. */
const INVERSE = 0
const LOG2 = 1
const LOG2_REST = 2
/** Added to a small number, each leaves it rounded in the lowest bits, with the bias of the exponent, less 0, 1 or 2. */
const MAGIC = 3
const MAGIC_HALF = 4
const MAGIC_QUARTER = 5
/** The odd and the even polynomial, highest power first; the even one ends in 2. */
const ODD = 6
const EVEN = 9
const ZERO = 12
const QUARTER = 13
const HALF = 14
const ONE = 15
const TWO = 16
const FOUR = 17
const SIGN = 18
const INFINITY = 19
/** Where each function has reached its limit. */
const TANH_TOP = 20
const EXP_TOP = 21
const EXP_LEAST = 22
const EXPM1_LEAST = 23
const SIGMOID_TOP = 24
const SIGMOID_LEAST = 25
/** The smallest normal number, a power of two that lifts what is smaller, and its exponent. */
const NORMAL = 26
const LIFT = 27
const LIFTED = 28
/** log(2) in two parts, for the logarithm. */
const LOW = 29
const HIGH = 30
/** What the biased exponent, read as a number, is over. */
const BIAS = 31
/** The series of the logarithm, highest power first. */
const SERIES = 32
/** Below this log(1 + x) is x. */
const TINY = 39
/** Below this e^x is 0. */
const EXP_FLOOR = 40
/** Twice the inverse of the lift. */
const TWICE_UNLIFTED = 41

/** A constant in every lane. */
@inline
function known(index: i32): v128 {
  return v128.load_splat<Real>(TABLE + <usize>index * STEP)
}

const WORDS: usize =
  sizeof<Real>() == 8
    ? memory.data<u64>([0x00095f619980c433, 0x4330000000000000, 0x000fffffffffffff, 0x3fe6a09e667f3bcd])
    : memory.data<u32>([0x004afb0d, 0, 0x007fffff, 0x3f3504f3])

/** The bits of 1 less those of the square root of a half, of 2^52, of all fractions, and of that root. */
const ONE_LESS_ROOT = 0
const NUMERAL = 1
const FRACTION = 2
const ROOT = 3

/** A word in every lane. */
@inline
function word(index: i32): v128 {
  return v128.load_splat<Real>(WORDS + <usize>index * STEP)
}

/** y / log(2) rounded, still offset by one of the magic numbers. */
@inline
function whole(y: v128, magic: v128): v128 {
  return madd(y, known(INVERSE), magic)
}

/** y - n log(2). */
@inline
function rest(y: v128, offset: v128, magic: v128): v128 {
  const n = v128.sub<Real>(offset, magic)
  return nmadd(n, known(LOG2_REST), nmadd(n, known(LOG2), y))
}

/** 2^n of an n that is still offset. */
@inline
function power(offset: v128): v128 {
  return sizeof<Real>() == 8 ? i64x2.shl(offset, 52) : i32x4.shl(offset, 23)
}

/** The odd part. */
@inline
function odd(r: v128, square: v128): v128 {
  const last = sizeof<Real>() == 8 ? madd(known(ODD), square, known(ODD + 1)) : known(ODD + 1)
  return v128.mul<Real>(r, madd(last, square, known(ODD + 2)))
}

/** The even part. */
@inline
function even(square: v128): v128 {
  if (sizeof<Real>() == 4) return madd(square, known(EVEN + 2), known(TWO))
  return madd(madd(madd(known(EVEN), square, known(EVEN + 1)), square, known(EVEN + 2)), square, known(TWO))
}

/** tanh: one quotient, of the magnitude, with the sign put back. */
@inline
function tanhOf(x: v128): v128 {
  const sign = known(SIGN)
  const magic = known(MAGIC)
  const y = v128.pmin<Real>(v128.andnot(v128.add<Real>(x, x), sign), known(TANH_TOP))
  const offset = whole(y, magic)
  const r = rest(y, offset, magic)
  const square = v128.mul<Real>(r, r)
  const p = odd(r, square)
  const q = even(square)
  const s = power(offset)
  const one = known(ONE)
  const less = v128.sub<Real>(s, one)
  const more = v128.add<Real>(s, one)
  const above = madd(q, less, v128.mul<Real>(p, more))
  const below = madd(q, more, v128.mul<Real>(p, less))
  return v128.or(v128.div<Real>(above, below), v128.and(x, sign))
}

/** e^x: infinite above the range, 0 below the smallest number. Near and below the smallest normal one, 2^n is lifted and taken down again. */
@inline
export function expOf(x: v128): v128 {
  const small = v128.lt<Real>(x, known(EXP_LEAST))
  const magic = known(MAGIC_HALF)
  const y = v128.pmin<Real>(v128.pmax<Real>(x, known(EXP_FLOOR)), known(EXP_TOP))
  const offset = whole(y, magic)
  const r = rest(y, offset, magic)
  const square = v128.mul<Real>(r, r)
  const p = odd(r, square)
  const ratio = v128.div<Real>(p, v128.sub<Real>(even(square), p))
  const two = known(TWO)
  const half = madd(two, ratio, known(ONE))
  const lifted = v128.add<Real>(offset, v128.and(small, known(LIFTED)))
  const scale = v128.bitselect(known(TWICE_UNLIFTED), two, small)
  return v128.mul<Real>(v128.mul<Real>(half, power(lifted)), scale)
}

/** e^x - 1. */
@inline
function expm1Of(x: v128): v128 {
  const magic = known(MAGIC_QUARTER)
  const y = v128.pmin<Real>(v128.pmax<Real>(x, known(EXPM1_LEAST)), known(EXP_TOP))
  const offset = whole(y, magic)
  const r = rest(y, offset, magic)
  const square = v128.mul<Real>(r, r)
  const p = odd(r, square)
  const q = even(square)
  const s = power(offset)
  const quarter = known(QUARTER)
  const above = madd(q, v128.sub<Real>(s, quarter), v128.mul<Real>(p, v128.add<Real>(s, quarter)))
  return v128.mul<Real>(v128.div<Real>(above, v128.sub<Real>(q, p)), known(FOUR))
}

/** 1 / (1 + e^-x): 0 where e^x is below the normal numbers. */
@inline
function sigmoidOf(x: v128): v128 {
  const least = known(SIGMOID_LEAST)
  const magic = known(MAGIC)
  const y = v128.pmin<Real>(v128.pmax<Real>(x, least), known(SIGMOID_TOP))
  const offset = whole(y, magic)
  const r = rest(y, offset, magic)
  const square = v128.mul<Real>(r, r)
  const p = odd(r, square)
  const q = even(square)
  const above = v128.mul<Real>(power(offset), v128.add<Real>(q, p))
  const value = v128.div<Real>(above, v128.add<Real>(above, v128.sub<Real>(q, p)))
  return v128.andnot(value, v128.lt<Real>(x, least))
}

/** The exponent k in x = 2^k m, from the bits of x over the bits of the least m. */
@inline
function exponent(shifted: v128): v128 {
  const biased =
    sizeof<Real>() == 8
      ? v128.or(i64x2.shr_u(shifted, 52), word(NUMERAL))
      : f32x4.convert_i32x4_s(i32x4.shr_u(shifted, 23))
  return v128.sub<Real>(biased, known(BIAS))
}

/** m in x = 2^k m, from the root of a half to the root of two. */
@inline
function mantissa(shifted: v128): v128 {
  const fraction = v128.and(shifted, word(FRACTION))
  return sizeof<Real>() == 8 ? i64x2.add(fraction, word(ROOT)) : i32x4.add(fraction, word(ROOT))
}

/** The series of log((1 + s) / (1 - s)) / s - 2 in z = s^2. */
@inline
function series(z: v128): v128 {
  let r = known(SERIES + 3)
  if (sizeof<Real>() == 8) {
    r = madd(known(SERIES), z, known(SERIES + 1))
    r = madd(madd(r, z, known(SERIES + 2)), z, known(SERIES + 3))
  }
  r = madd(madd(r, z, known(SERIES + 4)), z, known(SERIES + 5))
  return v128.mul<Real>(z, madd(r, z, known(SERIES + 6)))
}

/** The logarithm of positive finite numbers, the way of fdlibm; of the normal ones alone where `normal`. */
@inline
function positiveLog(x: v128, normal: bool): v128 {
  const small = v128.lt<Real>(x, known(NORMAL))
  const scaled = normal ? x : v128.bitselect(v128.mul<Real>(x, known(LIFT)), x, small)
  const shifted = sizeof<Real>() == 8 ? i64x2.add(scaled, word(ONE_LESS_ROOT)) : i32x4.add(scaled, word(ONE_LESS_ROOT))
  const power = exponent(shifted)
  const k = normal ? power : v128.sub<Real>(power, v128.and(small, known(LIFTED)))
  const f = v128.sub<Real>(mantissa(shifted), known(ONE))
  const s = v128.div<Real>(f, v128.add<Real>(f, known(TWO)))
  const half = v128.mul<Real>(v128.mul<Real>(f, f), known(HALF))
  const low = v128.mul<Real>(k, known(LOW))
  const inner = madd(s, v128.add<Real>(half, series(v128.mul<Real>(s, s))), low)
  return madd(k, known(HIGH), v128.sub<Real>(f, v128.sub<Real>(half, inner)))
}

/** log: -Infinity at 0, not a number below. */
@inline
export function logOf(x: v128): v128 {
  const zero = known(ZERO)
  const infinity = known(INFINITY)
  const value = v128.bitselect(positiveLog(x, false), x, v128.lt<Real>(x, infinity))
  const bounded = v128.bitselect(v128.xor(infinity, known(SIGN)), value, v128.eq<Real>(x, zero))
  return v128.or(bounded, v128.lt<Real>(x, zero))
}

/** What rounding took from 1 + x, relative to u = 1 + x. */
@inline
function lost(x: v128, u: v128): v128 {
  return v128.div<Real>(v128.sub<Real>(x, v128.sub<Real>(u, known(ONE))), u)
}

/** log(1 + x). */
@inline
function log1pOf(x: v128): v128 {
  const u = v128.add<Real>(x, known(ONE))
  const inside = v128.and(v128.gt<Real>(u, known(ZERO)), v128.lt<Real>(u, known(INFINITY)))
  const value = v128.add<Real>(logOf(u), v128.and(lost(x, u), inside))
  return v128.bitselect(x, value, v128.lt<Real>(v128.andnot(x, known(SIGN)), known(TINY)))
}

/** log(1 + e^x) without overflow: the largest of x and 0, and a logarithm between 1 and 2. */
@inline
function softplusOf(x: v128): v128 {
  const e = expOf(v128.or(x, known(SIGN)))
  const u = v128.add<Real>(e, known(ONE))
  return v128.add<Real>(v128.pmax<Real>(x, known(ZERO)), v128.add<Real>(positiveLog(u, true), lost(e, u)))
}

const TANH = 0
const EXP = 1
const SIGMOID = 2
const LOG = 3
const LOG1P = 4
const EXPM1 = 5
const SOFTPLUS = 6

/** One of them, chosen when the kernels are compiled. */
@inline
function apply(op: i32, x: v128): v128 {
  if (op == TANH) return tanhOf(x)
  if (op == EXP) return expOf(x)
  if (op == SIGMOID) return sigmoidOf(x)
  if (op == LOG) return logOf(x)
  if (op == LOG1P) return log1pOf(x)
  if (op == EXPM1) return expm1Of(x)
  return softplusOf(x)
}

/** Applies one function to n elements; the last few go through the same arithmetic in a part of a vector. */
@inline
function map(op: i32, out: usize, x: usize, n: i32): void {
  const end = at(out, n - (n % LANES))
  const last = at(out, n)
  while (out < end) {
    v128.store(out, apply(op, v128.load(x)))
    out += 16
    x += 16
  }
  if (sizeof<Real>() == 8) {
    if (out < last) v128.store64_lane(out, apply(op, v128.load64_zero(x)), 0)
  } else if (out < last) tail(op, out, x, last - out)
}

/** One to three elements of f32. */
@inline
function tail(op: i32, out: usize, x: usize, bytes: usize): void {
  let v = v128.load32_zero(x)
  if (bytes > 4) v = v128.load32_lane(x, v, 1, 4)
  if (bytes > 8) v = v128.load32_lane(x, v, 2, 8)
  v = apply(op, v)
  v128.store32_lane(out, v, 0)
  if (bytes > 4) v128.store32_lane(out, v, 1, 4)
  if (bytes > 8) v128.store32_lane(out, v, 2, 8)
}

/** out[i] = tanh x[i], to five units in the last place. */
export function tanh(out: usize, x: usize, n: i32): void {
  map(TANH, out, x, n)
}

/** out[i] = e^x[i], to two. */
export function exp(out: usize, x: usize, n: i32): void {
  map(EXP, out, x, n)
}

/** out[i] = 1 / (1 + e^-x[i]), to four. */
export function sigmoid(out: usize, x: usize, n: i32): void {
  map(SIGMOID, out, x, n)
}

/** out[i] = log x[i], to one. */
export function log(out: usize, x: usize, n: i32): void {
  map(LOG, out, x, n)
}

/** out[i] = log(1 + x[i]), to two. */
export function log1p(out: usize, x: usize, n: i32): void {
  map(LOG1P, out, x, n)
}

/** out[i] = e^x[i] - 1, to four. */
export function expm1(out: usize, x: usize, n: i32): void {
  map(EXPM1, out, x, n)
}

/** out[i] = log(1 + e^x[i]), to three. */
export function softplus(out: usize, x: usize, n: i32): void {
  map(SOFTPLUS, out, x, n)
}
