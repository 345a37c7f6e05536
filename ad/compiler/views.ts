/** Values as strided views of places in memory, so that layouts cost nothing until someone needs a copy. */
import { stridesOf } from '../primitives/strided.ts'
import { type Shape, sizeOf, type Tensor } from '../tensor.ts'
import type { Ref } from './plan.ts'

/** A place of so many numbers; where it lies is settled when every operation is known. */
export interface Store {
  readonly size: number
  readonly constant?: Tensor
  /** The port it is, or is in the end written to. */
  ref?: Ref
  /** The place it is a stretch of. */
  within?: { readonly store: Store; readonly at: number }
  /** The last operation that writes it; -1 before them all. */
  made: number
  /** Whether it is made inside a loop, and so in registers there. */
  readonly lane?: boolean
  /** Whether anyone reads it from memory. */
  stored: boolean
  /** Its place among the numbers of a stage, once settled. */
  at?: number
}

/** Numbers of a store, read from `at` on with these strides. */
export interface View {
  readonly store: Store
  readonly at: number
  readonly shape: Shape
  readonly strides: readonly number[]
}

export const wholeOf = (store: Store, shape: Shape): View => ({ store, at: 0, shape, strides: stridesOf(shape) })

/** Whether the numbers lie one after the other. */
export const isPlain = ({ shape, strides }: View): boolean => {
  const own = stridesOf(shape)
  return sizeOf(shape) === 0 || shape.every((n, i) => n === 1 || strides[i] === own[i])
}

/** Whether a view is all of its store, in order. */
export const isWhole = (view: View): boolean => view.at === 0 && sizeOf(view.shape) === view.store.size && isPlain(view)

interface Axis {
  readonly n: number
  readonly strides: readonly number[]
}

/** The fewest axes that several sets of strides over one shape share. */
export const collapsed = (shape: Shape, strides: readonly (readonly number[])[]): readonly Axis[] => {
  const axes: Axis[] = []
  shape.forEach((n, i) => {
    if (n === 1) return
    const own = strides.map(list => list[i]!)
    const last = axes.at(-1)
    if (last?.strides.every((stride, k) => stride === own[k]! * n))
      axes[axes.length - 1] = { n: last.n * n, strides: own }
    else axes.push({ n, strides: own })
  })
  return axes
}

/** Strides of one axis of n numbers with this stride, as several. */
const shared = (sizes: readonly number[], stride: number): readonly number[] => stridesOf(sizes).map(s => s * stride)

/** The view in another shape, without a copy; null where there is none. */
export const reshaped = (view: View, shape: Shape): View | null => {
  if (isPlain(view)) return { ...view, shape, strides: stridesOf(shape) }
  const axes = [...collapsed(view.shape, [view.strides])]
  const strides: number[] = []
  let sizes: number[] = []
  for (const n of shape) {
    sizes.push(n)
    const [axis] = axes
    const size = sizeOf(sizes)
    if (size !== (axis?.n ?? 1)) continue
    strides.push(...shared(sizes, axis?.strides[0] ?? 1))
    if (axis && size > 1) axes.shift()
    sizes = []
  }
  return sizes.length === 0 && axes.length === 0 ? { ...view, shape, strides } : null
}

/** Repeated over a larger shape, aligned at the last axis. */
export const spreadTo = (view: View, shape: Shape): View => {
  const extra = shape.length - view.shape.length
  const strides = shape.map((n, i) => (i < extra || view.shape[i - extra] !== n ? 0 : view.strides[i - extra]!))
  return { ...view, shape, strides }
}

export const transposed = (view: View, axes: readonly number[]): View => ({
  ...view,
  shape: axes.map(axis => view.shape[axis]!),
  strides: axes.map(axis => view.strides[axis]!),
})

/** The entries from start to end along an axis counted from the end. */
export const sliced = (view: View, start: number, end: number, axis: number): View => {
  const at = view.shape.length + axis
  return { ...view, at: view.at + start * view.strides[at]!, shape: view.shape.with(at, end - start) }
}
