/** OpenBLAS, where a machine has it: found at run time, tried once, never needed. */
import { readFileSync } from 'node:fs'
import { type Engine, engineOf } from '../ad/compiler/engine.ts'
import { type Library as Products, works } from '../ad/compiler/library.ts'
import type { Dtype } from '../ad/compiler/plan.ts'

/** What is used of koffi: foreign functions, and where a view lies in the process's memory. */
export interface Koffi {
  load(path: string): { func(signature: string): (...args: readonly number[]) => unknown }
  address(view: ArrayBufferView): bigint
}
type Library = ReturnType<Koffi['load']>

const files = [
  'libopenblas.so.0',
  'libopenblas.so',
  'libopenblas.dylib',
  '/opt/homebrew/opt/openblas/lib/libopenblas.dylib',
  'libopenblas.dll',
]

/** A library older than the processor takes it for the oldest there is, unless OPENBLAS_CORETYPE says what it can do. */
const tellProcessor = (): void => {
  try {
    const facts = readFileSync('/proc/cpuinfo', 'utf8')
    if (facts.includes('avx512vl')) process.env.OPENBLAS_CORETYPE ??= 'SkylakeX'
    else if (facts.includes('avx2')) process.env.OPENBLAS_CORETYPE ??= 'Haswell'
  } catch {}
}

const [rowMajor, straight, turned] = [101, 111, 112]

const functionsOf = (library: Library, dtype: Dtype) => {
  const [letter, real] = dtype === 'f64' ? ['d', 'double'] : ['s', 'float']
  const matrix = 'uintptr_t a, int lda'
  return {
    gemv: library.func(
      `void cblas_${letter}gemv(int order, int trans, int m, int n, ${real} alpha, ${matrix}, uintptr_t x, int incx, ${real} beta, uintptr_t y, int incy)`,
    ),
    gemm: library.func(
      `void cblas_${letter}gemm(int order, int transa, int transb, int m, int n, int k, ${real} alpha, ${matrix}, uintptr_t b, int ldb, ${real} beta, uintptr_t c, int ldc)`,
    ),
  }
}

/** How a matrix of `width` columns lies for BLAS: in rows, or turned over; null where neither axis is contiguous. */
const lying = (
  height: number,
  width: number,
  row: number,
  column: number,
): readonly [turn: number, lead: number] | null => {
  if (column === 1 || width === 1) return [straight, Math.max(row, width)]
  return row === 1 || height === 1 ? [turned, Math.max(column, height)] : null
}

/** How many operations a product needs to make up for a call. */
const least = { gemm: 2 * 32 ** 3, matvec: 2 * 96 ** 2, vecmat: 2 * 96 ** 2 }

/** The kernels' products by a library: addresses are counted from where the memory begins. */
const productsOf = (koffi: Koffi, library: Library): Products => ({
  name: 'OpenBLAS',
  least,
  over: (dtype, memory) => {
    const { gemv, gemm } = functionsOf(library, dtype)
    const base = Number(koffi.address(new Uint8Array(memory.buffer)))
    const by = (turn: number, m: number, n: number, w: number, x: number, out: number): boolean => {
      gemv(rowMajor, turn, m, n, 1, base + w, n, base + x, 1, 0, base + out, 1)
      return true
    }
    return {
      matvec: (...[out, w, x, m, n]: number[]) =>
        by(straight, m as number, n as number, w as number, x as number, out as number),
      vecmat: (...[out, x, w, m, n]: number[]) =>
        by(turned, m as number, n as number, w as number, x as number, out as number),
      gemm: (...args) => {
        const [out, a, b, m, k, n, rsa, csa, rsb, csb, rso, adds] = args as Twelve
        const [left, right] = [lying(m, k, rsa, csa), lying(k, n, rsb, csb)]
        if (!left || !right) return false
        gemm(rowMajor, left[0], right[0], m, n, k, 1, base + a, left[1], base + b, right[1], adds, base + out, rso)
        return true
      },
    }
  },
})

type Twelve = [number, number, number, number, number, number, number, number, number, number, number, number]

const firstLine = (thrown: unknown): string =>
  (thrown instanceof Error ? thrown.message : String(thrown)).split('\n')[0] ?? ''

/** koffi, if it is installed: the name is no literal, so that nothing else asks for it. */
const koffiOf = async (name = 'koffi'): Promise<Koffi> => {
  const found = (await import(name)) as Koffi & { readonly default?: Koffi }
  return found.default ?? found
}

const loaded = (koffi: Koffi, names: readonly string[]): Library | string => {
  let reason = ''
  for (const name of names)
    try {
      return koffi.load(name)
    } catch (thrown) {
      reason = firstLine(thrown)
    }
  return reason
}

/** Where to look for the library, instead of the usual places: the variable JANUS_OPENBLAS. */
const namesOf = (): readonly string[] => (process.env.JANUS_OPENBLAS ? [process.env.JANUS_OPENBLAS] : files)

const missing = (thrown: unknown): string =>
  (thrown as { code?: string }).code === 'ERR_MODULE_NOT_FOUND'
    ? 'OpenBLAS needs the package koffi (npm install koffi)'
    : `OpenBLAS cannot be used (${firstLine(thrown)})`

export interface Looking {
  readonly dtype?: Dtype
  /** The package koffi, where it is not installed beside this one. */
  readonly koffi?: Koffi
}

/**
 * The engine that leaves large products to OpenBLAS, or in one line why there is none. Needs the package koffi and the
 * library; it is tried on a small product before it is trusted.
 */
export const openblas = async ({ dtype = 'f64', koffi: given }: Looking = {}): Promise<Engine | string> => {
  try {
    const koffi = given ?? (await koffiOf())
    tellProcessor()
    const library = loaded(koffi, namesOf())
    if (typeof library === 'string') return `OpenBLAS cannot be loaded (${library})`
    const products = productsOf(koffi, library)
    return works(products)
      ? engineOf({ name: 'compiled-blas', dtype, library: products })
      : 'OpenBLAS gives wrong products'
  } catch (thrown) {
    return missing(thrown)
  }
}
