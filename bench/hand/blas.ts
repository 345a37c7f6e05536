/** The reference over OpenBLAS: that over WebAssembly, with the products it pays for handed to cblas on the same memory. */

import { readFileSync } from 'node:fs'
import type { Absent, Prepare } from '../engine.ts'
import { packaged } from '../packages.ts'
import type { Dtype, Floats } from '../problem.ts'
import { wasmArena } from './arena.ts'
import { over } from './wasm.ts'
import type { Kernels, Lay } from './wasm-net.ts'

type Foreign = (...args: readonly number[]) => unknown

/** What is used of koffi. */
interface Koffi {
  load(path: string): { func(signature: string): Foreign }
  address(view: Floats | Uint8Array): bigint
}
interface Blas {
  readonly koffi: Koffi
  readonly library: ReturnType<Koffi['load']>
}

const files = ['libopenblas.so.0', 'libopenblas.so', 'libopenblas.dylib', 'libopenblas.dll']

/** An OpenBLAS older than the processor takes it for the oldest there is, unless it is told what it can do. */
const tellProcessor = (): void => {
  try {
    const facts = readFileSync('/proc/cpuinfo', 'utf8')
    if (facts.includes('avx512vl')) process.env.OPENBLAS_CORETYPE ??= 'SkylakeX'
    else if (facts.includes('avx2')) process.env.OPENBLAS_CORETYPE ??= 'Haswell'
  } catch {}
}

const loaded = (): Blas | Absent => {
  const koffi = packaged<Koffi>('koffi')
  if ('absent' in koffi) return koffi
  tellProcessor()
  for (const file of files)
    try {
      return { koffi, library: koffi.load(file) }
    } catch {}
  return { absent: 'OpenBLAS is not installed: on Debian, apt-get install libopenblas0' }
}

/** Below these sizes a call costs more than it saves. */
const [leastMatvec, leastGemm] = [96 * 96, 32 * 32 * 32]
const [rowMajor, plain, transposed] = [101, 111, 112]

const functions = ({ library }: Blas, dtype: Dtype) => {
  const [letter, type] = dtype === 'f64' ? ['d', 'double'] : ['s', 'float']
  const matrix = 'uintptr_t a, int lda'
  return {
    gemv: library.func(
      `void cblas_${letter}gemv(int order, int trans, int m, int n, ${type} alpha, ${matrix}, uintptr_t x, int incx, ${type} beta, uintptr_t y, int incy)`,
    ),
    gemm: library.func(
      `void cblas_${letter}gemm(int order, int transa, int transb, int m, int n, int k, ${type} alpha, ${matrix}, uintptr_t b, int ldb, ${type} beta, uintptr_t c, int ldc)`,
    ),
  }
}

/** Kernels whose large products are BLAS's, on a memory that starts at an address. */
const withBlas = (wasm: Kernels, { gemv, gemm }: ReturnType<typeof functions>, base: number): Kernels => ({
  tanh: wasm.tanh,
  sumRows: wasm.sumRows,
  matvec: (out, w, x, m, n) => {
    if (m * n < leastMatvec) wasm.matvec(out, w, x, m, n)
    else gemv(rowMajor, plain, m, n, 1, base + w, n, base + x, 1, 0, base + out, 1)
  },
  vecmat: (out, x, w, m, n) => {
    if (m * n < leastMatvec) wasm.vecmat(out, x, w, m, n)
    else gemv(rowMajor, transposed, m, n, 1, base + w, n, base + x, 1, 0, base + out, 1)
  },
  gemm: (out, a, b, m, k, n, rsa, csa, rsb, csb, rso, add) => {
    if (m * k * n < leastGemm) return wasm.gemm(out, a, b, m, k, n, rsa, csa, rsb, csb, rso, add)
    const [ta, tb] = [csa === 1 ? plain : transposed, csb === 1 ? plain : transposed]
    // A matrix of one row may have any stride between rows, but BLAS wants one of at least a row.
    const [lda, ldb] = [
      ta === plain ? Math.max(rsa, k) : Math.max(csa, m),
      tb === plain ? Math.max(rsb, n) : Math.max(csb, k),
    ]
    gemm(rowMajor, ta, tb, m, n, k, 1, base + a, lda, base + b, ldb, add, base + out, rso)
  },
})

const blasArena =
  (blas: Blas): Lay =>
  async (dtype, lengths) => {
    const arena = await wasmArena(dtype, lengths)
    const view = arena.views[0]!
    const base = Number(blas.koffi.address(view)) - arena.at[0]!
    return { ...arena, kernels: withBlas(arena.kernels, functions(blas, dtype), base) }
  }

/** The works by hand over OpenBLAS, where it is installed. */
export const blas: Prepare = async given => {
  const found = loaded()
  return 'absent' in found ? found : over(blasArena(found))(given)
}
