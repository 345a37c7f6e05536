/** The numeric kernels: WebAssembly functions on addresses in one linear memory. */
import { binaries } from './binaries.ts'

/** The element type of a memory. */
export type Dtype = 'f64' | 'f32'

/** The binaries of one element type: with relaxed SIMD, so with fused multiply-add, or without. */
export type Build = 'relaxed' | 'simd'

/** The name of a kernel. */
export type KernelName =
  | 'cos'
  | 'dot'
  | 'exp'
  | 'expm1'
  | 'fill'
  | 'gather'
  | 'gemm'
  | 'leadingEigenvectors'
  | 'log'
  | 'log1p'
  | 'logSoftmax'
  | 'logsumexp'
  | 'matvec'
  | 'move'
  | 'outer'
  | 'scatter'
  | 'sigmoid'
  | 'sin'
  | 'softmax'
  | 'softplus'
  | 'sumRows'
  | 'tanh'
  | 'total'
  | 'vecmat'

/** A kernel: addresses in bytes, counts and strides in elements. */
export type Kernel = (...args: (number | boolean)[]) => void

/** The kernels over one memory, and the exports as other modules import them. */
export type Kernels = Readonly<Record<KernelName, Kernel>> & { readonly exports: WebAssembly.Exports }

/** Bytes at the start of a memory that belong to the kernels, so also the least that it holds. */
export const scratchBytes = 262144

const bytesOf = (base64: string): Uint8Array<ArrayBuffer> => {
  const letters = atob(base64)
  const bytes = new Uint8Array(letters.length)
  for (let i = 0; i < bytes.length; i++) bytes[i] = letters.charCodeAt(i)
  return bytes
}

/** What the kernels import: a memory, and JavaScript's functions for arguments too large for theirs. */
const given = (memory: WebAssembly.Memory): Record<string, Record<string, unknown>> => ({
  env: { memory, sin: Math.sin, cos: Math.cos },
})

type Compiled = { readonly build: Build; readonly module: WebAssembly.Module }

/**
 * A module where this machine runs it, has room for its memory, and lets it be compiled: a page without 'wasm-unsafe-eval' in its
 * content security policy does not.
 */
const moduleOf = (bytes: Uint8Array<ArrayBuffer>): WebAssembly.Module | null => {
  if (!WebAssembly.validate(bytes)) return null
  try {
    const module = new WebAssembly.Module(bytes)
    new WebAssembly.Instance(module, given(new WebAssembly.Memory({ initial: scratchBytes / 65536 })))
    return module
  } catch {
    return null
  }
}

const compile = (dtype: Dtype): Compiled | null => {
  if (typeof WebAssembly === 'undefined') return null
  for (const build of ['relaxed', 'simd'] as const) {
    const module = moduleOf(bytesOf(binaries[dtype][build]))
    if (module) return { build, module }
  }
  return null
}

const cache = new Map<Dtype, Compiled | null>()

const compiled = (dtype: Dtype): Compiled | null => {
  const known = cache.get(dtype)
  if (known !== undefined) return known
  const fresh = compile(dtype)
  cache.set(dtype, fresh)
  return fresh
}

/** The build that this machine runs, or null where it has no WebAssembly with SIMD. */
export const build = (dtype: Dtype = 'f64'): Build | null => compiled(dtype)?.build ?? null

/** The kernels of an element type over a memory of at least `scratchBytes`; throws where `build` is null. */
export const kernelsOver = (dtype: Dtype, memory: WebAssembly.Memory): Kernels => {
  const found = compiled(dtype)
  if (found === null) throw new Error('The kernels need WebAssembly with SIMD, which this machine does not run')
  const { exports } = new WebAssembly.Instance(found.module, given(memory))
  return { ...(exports as Record<KernelName, Kernel>), exports }
}
