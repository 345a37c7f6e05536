// Sine and cosine, two numbers at a time in double precision, for either element type.
//
// With n the whole number next to x 2/π and r = x - n π/2, of |r| <= π/4, each is ± the sine or the cosine of r: which of
// them, the last two bits of n say. π/2 is taken in three parts of 33 bits (Cody and Waite), so that n times the first
// two is exact while n has 20 bits; beyond, and where x is no number, one number at a time. The series are fdlibm's.
import { at } from './simd'

const PARTS: usize = memory.data<f64>([
  0.6366197723675814, 1.57079632673412561417, 6.07710050630396597660e-11, 2.02226624879595063154e-21,
])
/** Added to a small number it leaves it rounded in the lowest bits. */
const MAGIC: f64 = 6755399441055744
const MOST: f64 = 1e6
/** Below this the sine of r is r, and its sign. */
const TINY: f64 = 7e-9

const SINE: usize = memory.data<f64>([
  1.58969099521155010221e-10, -2.50507602534068634195e-8, 2.75573137070700676789e-6, -1.98412698298579493134e-4,
  8.33333333332248946124e-3, -1.66666666666666324348e-1,
])
const COSINE: usize = memory.data<f64>([
  -1.13596475577881948265e-11, 2.08757232129817482790e-9, -2.75573143513906633035e-7, 2.48015872894767294178e-5,
  -1.38888888888741095749e-3, 4.16666666666666019037e-2,
])

@inline
function all(value: f64): v128 {
  return f64x2.splat(value)
}

/** a b + c in double precision. */
@inline
function madd2(a: v128, b: v128, c: v128): v128 {
  return ASC_FEATURE_RELAXED_SIMD ? f64x2.relaxed_madd(a, b, c) : f64x2.add(f64x2.mul(a, b), c)
}

/** The series of six terms, highest power first. */
@inline
function series(terms: usize, z: v128): v128 {
  let sum = v128.load64_splat(terms)
  for (let i: usize = 8; i < 48; i += 8) sum = madd2(sum, z, v128.load64_splat(terms + i))
  return sum
}

/** The sine of x + quarters π/2, of two numbers of at most MOST. */
@inline
function turn(x: v128, quarters: i64): v128 {
  const offset = f64x2.add(f64x2.mul(x, v128.load64_splat(PARTS)), all(MAGIC))
  const n = f64x2.sub(offset, all(MAGIC))
  let r = f64x2.sub(x, f64x2.mul(n, v128.load64_splat(PARTS, 8)))
  r = f64x2.sub(r, f64x2.mul(n, v128.load64_splat(PARTS, 16)))
  r = f64x2.sub(r, f64x2.mul(n, v128.load64_splat(PARTS, 24)))
  const z = f64x2.mul(r, r)
  const odd = v128.bitselect(r, madd2(f64x2.mul(r, z), series(SINE, z), r), f64x2.lt(f64x2.abs(r), all(TINY)))
  const half = f64x2.mul(z, all(0.5))
  const w = f64x2.sub(all(1), half)
  const rest = f64x2.sub(f64x2.sub(all(1), w), half)
  const even = f64x2.add(w, madd2(f64x2.mul(z, z), series(COSINE, z), rest))
  const quarter = i64x2.add(offset, i64x2.splat(quarters))
  const isEven = i64x2.ne(v128.and(quarter, i64x2.splat(1)), i64x2.splat(0))
  const sign = i64x2.shl(i64x2.shr_u(quarter, 1), 63)
  return v128.xor(v128.bitselect(even, odd, isEven), sign)
}

/** Whether both are in the range of `turn`. */
@inline
function near(x: v128): bool {
  return v128.all_true<i64>(f64x2.le(f64x2.abs(x), all(MOST)))
}

@external('env', 'sin')
declare function farSin(x: f64): f64
@external('env', 'cos')
declare function farCos(x: f64): f64

/** One number, whatever it is: JavaScript's (AssemblyScript's own are wrong between 1.6 and 2 million). */
function one(x: f64, quarters: i64): f64 {
  return quarters == 0 ? farSin(x) : farCos(x)
}

/** The sine or cosine of two numbers. */
@inline
function pair(x: v128, quarters: i64): v128 {
  if (near(x)) return turn(x, quarters)
  const first = f64x2.splat(one(f64x2.extract_lane(x, 0), quarters))
  return f64x2.replace_lane(first, 1, one(f64x2.extract_lane(x, 1), quarters))
}

@inline
function last(x: f64, quarters: i64): f64 {
  return f64x2.extract_lane(pair(all(x), quarters), 0)
}

@inline
function circle(out: usize, x: usize, n: i32, quarters: i64): void {
  const end = at(x, n)
  if (sizeof<Real>() == 8) for (; x + 16 <= end; x += 16, out += 16) v128.store(out, pair(v128.load(x), quarters))
  else
    for (; x + 8 <= end; x += 8, out += 8) {
      const found = f32x4.demote_f64x2_zero(pair(f64x2.promote_low_f32x4(v128.load64_zero(x)), quarters))
      v128.store64_lane(out, found, 0)
    }
  if (x < end) store<Real>(out, <Real>last(<f64>load<Real>(x), quarters))
}

/** out[n] = sin x. */
export function sin(out: usize, x: usize, n: i32): void {
  circle(out, x, n, 0)
}

/** out[n] = cos x. */
export function cos(out: usize, x: usize, n: i32): void {
  circle(out, x, n, 1)
}
