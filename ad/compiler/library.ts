/** Products of large matrices by a library outside: which it is given, and how it stands in for the kernels of their names. */
import type { Kernel, Kernels } from './kernels.ts'
import type { Dtype } from './plan.ts'

/** The products that a library may take over. */
export const products = ['gemm', 'matvec', 'vecmat'] as const
export type Product = (typeof products)[number]

/** A product by a library, with the arguments of the kernel of its name; false where it does not take these. */
export type LargeProduct = (...args: number[]) => boolean

/** The buffer of a program's memory. One that grows has another afterwards, so it is looked up at each call. */
export interface Memory {
  readonly buffer: ArrayBuffer
}

/** A library of products. */
export interface Library {
  /** What it is, in the log of a run. */
  readonly name: string
  /** How many operations a product needs to make up for a call; one that is missing is not given to it. */
  readonly least: Partial<Readonly<Record<Product, number>>>
  /** Its products on a memory of a dtype. */
  over(dtype: Dtype, memory: Memory): Partial<Readonly<Record<Product, LargeProduct>>>
}

/** Whether a call of so many operations goes to the library. */
export const isLarge = (library: Library | undefined, kernel: string, operations: number): boolean =>
  operations >= (library?.least[kernel as Product] ?? Number.POSITIVE_INFINITY)

/** A kernel by the library where it takes the arguments, by ours where not. The three addresses come signed. */
const either =
  (by: LargeProduct, own: Kernel): Kernel =>
  (out, a, b, m, k, n, rsa, csa, rsb, csb, rso, adds) => {
    const [o, x, y] = [+out! >>> 0, +a! >>> 0, +b! >>> 0]
    if (!by(o, x, y, +m!, +k!, +n!, +rsa!, +csa!, +rsb!, +csb!, +rso!, +adds!))
      own(out!, a!, b!, m!, k!, n!, rsa!, csa!, rsb!, csb!, rso!, adds!)
  }

/** The kernels with the products that the library takes over. */
export const largeBy = (
  library: Library | undefined,
  kernels: Kernels,
  dtype: Dtype,
  memory: Memory,
): Readonly<Record<Product, Kernel>> => {
  const found = library?.over(dtype, memory) ?? {}
  const of = (name: Product): Kernel => {
    const by = found[name]
    return by ? either(by, kernels[name]) : kernels[name]
  }
  return { gemm: of('gemm'), matvec: of('matvec'), vecmat: of('vecmat') }
}

/** [m, k] and [k, n] of small whole numbers, of which every sum is exact. */
const [m, k, n] = [6, 5, 9]
const whole = (size: number, by: number): readonly number[] =>
  Array.from({ length: size }, (_, i) => ((i * by) % 7) - 3)

/** Whether a library multiplies as it should: two matrices, one of them turned over, added to what is there. */
export const works = (library: Library, scratch = 0): boolean =>
  (['f64', 'f32'] as const).every(dtype => {
    const room = scratch / (dtype === 'f64' ? 8 : 4) + m * k + k * n + m * n
    const memory = dtype === 'f64' ? new Float64Array(room) : new Float32Array(room)
    const bytes = memory.BYTES_PER_ELEMENT
    const [a, b] = [whole(m * k, 3), whole(k * n, 5)]
    const [x, y] = [memory.length - m * k - k * n - m * n, memory.length - k * n - m * n]
    const out = y + k * n
    memory.set(a, x)
    memory.set(b, y)
    memory.fill(1, out)
    const gemm = library.over(dtype, memory).gemm
    const places = [out, x, y].map(at => at * bytes) as [number, number, number]
    if (!gemm?.(...places, m, k, n, k, 1, 1, k, n, 1)) return false
    return memory.subarray(out).every((sum, at) => {
      const [i, j] = [Math.floor(at / n), at % n]
      return sum === a.slice(i * k, i * k + k).reduce((total, left, l) => total + left * b[l + j * k]!, 1)
    })
  })
