import { type Shape, sizeOf } from '../tensor.ts'

/** Steps between neighbours along each axis of a row-major array. */
export const stridesOf = (shape: Shape): number[] => {
  const strides = new Array<number>(shape.length).fill(1)
  for (let i = shape.length - 2; i >= 0; i--) strides[i] = strides[i + 1]! * shape[i + 1]!
  return strides
}

/** Reads `source` through strides into a row-major array of `shape`: spreads, transposes and slices alike. */
export const gather = (
  out: Float64Array,
  shape: Shape,
  strides: readonly number[],
  source: Float64Array,
  start = 0,
): void => {
  const own = stridesOf(shape)
  // from this axis on all lies side by side
  const side = 1 + own.findLastIndex((step, axis) => step !== strides[axis])
  const block = sizeOf(shape.slice(side))
  let at = 0
  const read = (axis: number, from: number): void => {
    if (axis === side) {
      out.set(source.subarray(from, from + block), at)
      at += block
      return
    }
    const n = shape[axis]!
    const step = strides[axis]!
    if (axis < shape.length - 1) for (let i = 0; i < n; i++) read(axis + 1, from + i * step)
    else for (let i = 0; i < n; i++) out[at++] = source[from + i * step]!
  }
  read(0, start)
}

/** Strides that repeat x [from] over [to], aligned at the last axis. */
export const spreadStrides = (from: Shape, to: Shape): number[] => {
  const own = stridesOf(from)
  const extra = to.length - from.length
  return to.map((_, i) => (i < extra || from[i - extra] === 1 ? 0 : own[i - extra]!))
}

/** Adds a row-major array of `shape` into sums, addressed through strides: the transpose of a spread. */
export const scatter = (out: Float64Array, shape: Shape, strides: readonly number[], source: Float64Array): void => {
  out.fill(0)
  let at = 0
  const add = (axis: number, to: number): void => {
    if (axis === shape.length) {
      out[to] = out[to]! + source[at++]!
      return
    }
    const n = shape[axis]!
    const step = strides[axis]!
    for (let i = 0; i < n; i++) add(axis + 1, to + i * step)
  }
  add(0, 0)
}
