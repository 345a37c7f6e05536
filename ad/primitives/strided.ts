import type { Shape } from '../tensor.ts'

/** Steps between neighbours along each axis of a row-major array. */
export const stridesOf = (shape: Shape): number[] => {
  const strides = new Array<number>(shape.length).fill(1)
  for (let i = shape.length - 2; i >= 0; i--) strides[i] = strides[i + 1]! * shape[i + 1]!
  return strides
}

/** The step that each axis would have if everything from it on lay side by side; none where it does not. */
const sourceStrides = (shape: Shape, strides: readonly number[]): readonly (number | undefined)[] => {
  const own = stridesOf(shape)
  let side = true
  return shape
    .map((_, i) => shape.length - 1 - i)
    .map(axis => {
      side &&= strides[axis] === own[axis]
      return side ? own[axis] : undefined
    })
    .reverse()
}

/** Reads `source` through strides into a row-major array of `shape`: spreads, transposes and slices alike. */
export const gather = (
  out: Float64Array,
  shape: Shape,
  strides: readonly number[],
  source: Float64Array,
  start = 0,
): void => {
  const contiguous = sourceStrides(shape, strides)
  let at = 0
  const read = (axis: number, from: number): void => {
    if (axis === shape.length) {
      out[at++] = source[from]!
      return
    }
    const n = shape[axis]!
    const step = strides[axis]!
    if (contiguous[axis] === step) {
      out.set(source.subarray(from, from + n * step), at)
      at += n * step
    } else if (axis < shape.length - 1) for (let i = 0; i < n; i++) read(axis + 1, from + i * step)
    else for (let i = 0; i < n; i++) out[at++] = source[from + i * step]!
  }
  if (out.length > 0) read(0, start)
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
  if (source.length > 0) add(0, 0)
}
