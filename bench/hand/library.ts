/** The reference over a library of products: that over WebAssembly, with the products it pays for handed to the library on the same memory. */

import { isLarge, type Library } from '../../ad/compiler/library.ts'
import type { Prepare } from '../engine.ts'
import { engineBy } from '../session.ts'
import { wasmArena } from './arena.ts'
import { over } from './wasm.ts'
import type { Arena, Kernels, Lay } from './wasm-net.ts'

/** Kernels whose large products are the library's. */
const withLibrary = (library: Library, by: ReturnType<Library['over']>, wasm: Kernels): Kernels => ({
  tanh: wasm.tanh,
  sumRows: wasm.sumRows,
  matvec: (...args) => {
    const [, , , m, n] = args
    if (!isLarge(library, 'matvec', 2 * m * n) || !by.matvec?.(...args)) wasm.matvec(...args)
  },
  vecmat: (...args) => {
    const [, , , m, n] = args
    if (!isLarge(library, 'vecmat', 2 * m * n) || !by.vecmat?.(...args)) wasm.vecmat(...args)
  },
  gemm: (...args) => {
    const [, , , m, k, n] = args
    if (!isLarge(library, 'gemm', 2 * m * k * n) || !by.gemm?.(...args)) wasm.gemm(...args)
  },
})

const arenaOf =
  (library: Library): Lay =>
  async (dtype, lengths): Promise<Arena> => {
    const arena = await wasmArena(dtype, lengths)
    const by = library.over(dtype, { buffer: arena.views[0]!.buffer as ArrayBuffer })
    return { ...arena, kernels: withLibrary(library, by, arena.kernels) }
  }

/** The works by hand over the library of an engine, where it is there. */
export const byLibraryOf =
  (name: 'compiled-native' | 'compiled-blas'): Prepare =>
  async given => {
    const found = await engineBy(name, given.dtype)
    if ('absent' in found) return found
    return found.library ? over(arenaOf(found.library))(given) : { absent: `${name} has no library` }
  }
