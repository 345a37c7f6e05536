// What every kernel is built from. AssemblyScript: `Real` is f64 or f32, given by the build.

/** Bytes of one element. */
export const STEP: usize = sizeof<Real>()
/** Elements of one vector. */
export const LANES: i32 = 16 / sizeof<Real>()
/** Bytes at the start of memory that the kernels write; their constants follow, up to 256 KiB. */
export const SCRATCH: usize = 261120

/** a b + c, in one rounding where the build has fused multiply-add. */
@inline
export function madd(a: v128, b: v128, c: v128): v128 {
  if (ASC_FEATURE_RELAXED_SIMD) return v128.relaxed_madd<Real>(a, b, c)
  return v128.add<Real>(v128.mul<Real>(a, b), c)
}

/** c - a b, likewise. */
@inline
export function nmadd(a: v128, b: v128, c: v128): v128 {
  if (ASC_FEATURE_RELAXED_SIMD) return v128.relaxed_nmadd<Real>(a, b, c)
  return v128.sub<Real>(c, v128.mul<Real>(a, b))
}

/** The address of element i. */
@inline
export function at(base: usize, i: i32): usize {
  return base + <usize>i * STEP
}

/** The first lane. */
@inline
export function first(v: v128): Real {
  return v128.extract_lane<Real>(v, 0)
}

/** The sum of the lanes. */
@inline
export function across(v: v128): Real {
  if (sizeof<Real>() == 8) return <Real>(f64x2.extract_lane(v, 0) + f64x2.extract_lane(v, 1))
  const half = f32x4.add(v, v128.shuffle<i32>(v, v, 2, 3, 0, 1))
  return <Real>(f32x4.extract_lane(half, 0) + f32x4.extract_lane(half, 1))
}

/** The largest lane. */
@inline
export function highest(v: v128): Real {
  let top = v128.extract_lane<Real>(v, 0)
  const second = v128.extract_lane<Real>(v, 1)
  if (second > top) top = second
  if (sizeof<Real>() == 4) {
    const third = f32x4.extract_lane(v, 2)
    if (third > <f32>top) top = <Real>third
    const fourth = f32x4.extract_lane(v, 3)
    if (fourth > <f32>top) top = <Real>fourth
  }
  return top
}
