/** A stage being lowered, and the few ways to add to it. */
import { type Shape, sizeOf } from '../tensor.ts'
import type { Argument, Operation, Repeat } from './operations.ts'
import type { Stage } from './plan.ts'
import type { Contraction } from './products.ts'
import { collapsed, isPlain, type Store, type View, wholeOf } from './views.ts'

/** A stage being lowered: what is to be done so far, and where each value is. */
export interface Lowering {
  readonly stage: Stage
  readonly shapes: readonly Shape[]
  readonly operations: Operation[]
  readonly values: View[]
}

export const storeOf = (size: number, rest: Partial<Store> = {}): Store => ({ size, made: -1, stored: false, ...rest })

/** Adds an operation that writes a view. */
export const push = ({ operations }: Lowering, operation: Operation, store: Store): void => {
  operations.push(operation)
  store.stored = true
  store.made = operations.length - 1
}

/** Adds a call of a kernel; where there is nothing to write there is none. */
export const call = (
  low: Lowering,
  kernel: string,
  out: View,
  args: readonly Argument[],
  repeats: readonly Repeat[] = [],
): void => {
  if (sizeOf(out.shape) > 0) push(low, { kind: 'call', kernel, args: [out, ...args], repeats }, out.store)
}

/** Copies a view, or adds it, into another of the same shape. */
export const move = (low: Lowering, out: View, from: View, adds: boolean): void => {
  const axes = collapsed(out.shape, [out.strides, from.strides])
  const words = [axes.map(({ n }) => n), axes.map(({ strides }) => strides[0]!), axes.map(({ strides }) => strides[1]!)]
  call(low, 'move', out, [from, axes.length, words.flat(), +adds])
}

/** A place of its own. */
export const fresh = (shape: Shape): View => wholeOf(storeOf(sizeOf(shape)), shape)

/** The same numbers one after the other; copied where they do not lie so. */
export const plain = (low: Lowering, view: View): View => {
  if (isPlain(view)) return view
  const copy = fresh(view.shape)
  move(low, copy, view, false)
  return copy
}

/** A value, one number after the other. It is copied at most once. */
export const plainly = (low: Lowering, node: number): View => {
  low.values[node] = plain(low, low.values[node]!)
  return low.values[node]!
}

/** A product as a call, its result in a place of its own unless one is given. */
export const contracted = (low: Lowering, product: Contraction, out = fresh(product.shape)): View => {
  const { kernel, args, repeats } = product
  call(
    low,
    kernel,
    out,
    args.map(arg => (typeof arg === 'object' && 'plain' in arg ? plain(low, arg.plain) : arg)),
    repeats,
  )
  return out
}
