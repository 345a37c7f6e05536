/** The reference over OpenBLAS: that over WebAssembly, with the products it pays for handed to the library on the same memory. */

import type { Blas } from '../../ad/compiler/wasm.ts'
import type { Prepare } from '../engine.ts'
import { engineBy } from '../session.ts'
import { wasmArena } from './arena.ts'
import { over } from './wasm.ts'
import type { Kernels, Lay } from './wasm-net.ts'

/** Below these sizes a call costs more than it saves. */
const [leastMatvec, leastGemm] = [96 * 96, 32 * 32 * 32]

/** Kernels whose large products are the library's. */
const withBlas = (wasm: Kernels, library: ReturnType<Blas>): Kernels => ({
  tanh: wasm.tanh,
  sumRows: wasm.sumRows,
  matvec: (...args) => {
    const [, , , m, n] = args
    if (m * n < leastMatvec || !library.matvec(...args)) wasm.matvec(...args)
  },
  vecmat: (...args) => {
    const [, , , m, n] = args
    if (m * n < leastMatvec || !library.vecmat(...args)) wasm.vecmat(...args)
  },
  gemm: (...args) => {
    const [, , , m, k, n] = args
    if (m * k * n < leastGemm || !library.gemm(...args)) wasm.gemm(...args)
  },
})

const blasArena =
  (blas: Blas): Lay =>
  async (dtype, lengths) => {
    const arena = await wasmArena(dtype, lengths)
    return { ...arena, kernels: withBlas(arena.kernels, blas(dtype, arena.views[0]!.buffer as ArrayBuffer)) }
  }

/** The works by hand over OpenBLAS, where it is installed. */
export const blas: Prepare = async given => {
  const found = await engineBy('compiled-blas', given.dtype)
  if ('absent' in found) return found
  return found.blas ? over(blasArena(found.blas))(given) : { absent: 'OpenBLAS was not found' }
}
