/** Products as calls of kernels: strides say how each matrix lies, so that a transpose costs nothing. */
import { type Shape, sizeOf } from '../tensor.ts'
import type { Repeat } from './operations.ts'
import { reshaped, type View } from './views.ts'

/** A kernel and its arguments after the place it writes; `plain` ones must lie one number after the other. */
export interface Contraction {
  readonly shape: Shape
  readonly kernel: string
  readonly args: readonly (View | { readonly plain: View } | number)[]
  readonly repeats: readonly Repeat[]
}

const isRowMajor = ({ shape: [, n], strides: [row, column] }: View): boolean => row === n && (column === 1 || n === 1)
const isColumnMajor = ({ shape: [m], strides: [row, column] }: View): boolean => column === m && (row === 1 || m === 1)

/** W x, by rows as they lie, or by columns where W lies transposed. */
const matvec = (w: View, x: View, shape: Shape): Contraction => {
  const [m, n] = w.shape as readonly [number, number]
  const call = (kernel: string, args: Contraction['args']): Contraction => ({ shape, kernel, args, repeats: [] })
  if (!isRowMajor(w) && isColumnMajor(w)) return call('vecmat', [{ plain: x }, w, n, m])
  return call('matvec', [{ plain: w }, { plain: x }, m, n])
}

const isVector = (view: View): boolean => view.strides.at(-1) === 1 || view.shape.at(-1) === 1

/** The kernel for one pair of matrices [m, k] [k, n], written into rows with a stride of `row` numbers. */
export const onePair = (
  a: View,
  b: View,
  row: number,
  adds: boolean,
): { readonly kernel: string; readonly args: readonly (View | number)[] } => {
  const [m, k] = a.shape.slice(-2) as [number, number]
  const n = b.shape.at(-1)!
  const [[rsa, csa], [rsb, csb]] = [a.strides.slice(-2), b.strides.slice(-2)] as [[number, number], [number, number]]
  if (k === 1 && (rsa === 1 || m === 1) && isVector(b)) return { kernel: 'outer', args: [a, b, m, n, row, +adds] }
  if (!adds && m === 1 && csa === 1 && csb === 1 && rsb === n) return { kernel: 'vecmat', args: [a, b, k, n] }
  if (!adds && n === 1 && row === 1 && csa === 1 && rsa === k && rsb === 1)
    return { kernel: 'matvec', args: [a, b, m, k] }
  return { kernel: 'gemm', args: [a, b, m, k, n, rsa, csa, rsb, csb, row, +adds] }
}

const matmul = (a: View, b: View, shape: Shape): Contraction => {
  const lead = shape.slice(0, -2)
  const repeats = lead.map((count, i) => ({
    count,
    steps: [sizeOf(shape.slice(i + 1)), a.strides[i]!, b.strides[i]!],
  }))
  return { shape, ...onePair(a, b, shape.at(-1)!, false), repeats: repeats.filter(({ count }) => count > 1) }
}

const column = (x: View): View => reshaped(x, [...x.shape, 1])!
const row = (x: View): View => reshaped(x, [1, ...x.shape])!

/** The matrices whose product a matmul or an outer product is. */
export const factors = (name: string, [a, b]: readonly View[]): readonly [View, View] =>
  name === 'outer' ? [column(a!), row(b!)] : [a!, b!]

/** A contraction as a call; null for one without a kernel. */
export const contraction = (name: string, args: readonly View[], shape: Shape): Contraction | null => {
  const [a, b] = args as [View, View]
  if (name === 'matvec') return matvec(a, b, shape)
  if (name === 'matmul' || name === 'outer') return matmul(...factors(name, args), shape)
  if (name === 'dot') return { shape, kernel: 'dot', args: [{ plain: a }, { plain: b }, a.shape[0]!], repeats: [] }
  return null
}
