/** A WebAssembly memory with the project's kernels on it, and arrays laid out one after another. */

import { kernelsOver, scratchBytes } from '../../ad/compiler/kernels.ts'
import type { Floats } from '../problem.ts'
import type { Lay } from './wasm-net.ts'

const page = 65536
/** Arrays start on cache lines. */
const aligned = (bytes: number): number => Math.ceil(bytes / 64) * 64

/** An arena in a new WebAssembly memory, behind the kernels' own bytes. */
export const wasmArena: Lay = async (dtype, lengths) => {
  const width = dtype === 'f64' ? 8 : 4
  const at: number[] = []
  let end = aligned(scratchBytes)
  for (const length of lengths) {
    at.push(end)
    end += aligned(length * width)
  }
  const memory = new WebAssembly.Memory({ initial: Math.ceil(end / page) })
  const kernels = kernelsOver(dtype, memory)
  const View = dtype === 'f64' ? Float64Array : Float32Array
  const views: Floats[] = at.map((place, i) => new View(memory.buffer, place, lengths[i]!))
  return { kernels, bytes: memory.buffer.byteLength, width, at, views }
}
