/** OpenBLAS, where a machine has it, by itself or in Python's numpy or scipy: found at run time, tried once, never needed. */
import { execFileSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { type Engine, engineOf } from '../ad/compiler/engine.ts'
import { type Library as Products, works } from '../ad/compiler/library.ts'
import type { Dtype } from '../ad/compiler/plan.ts'
import { requireNames } from '../ad/require.ts'

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

/** How a library names its functions, and the integers that count. */
interface Naming {
  readonly before: string
  readonly after: string
  readonly int: 'int' | 'int64_t'
}

/** As OpenBLAS is installed; as the wheels of scipy and of numpy bring it, so that two of them in a process do not meet. */
const namings: readonly Naming[] = [
  { before: '', after: '', int: 'int' },
  { before: 'scipy_', after: '', int: 'int' },
  { before: 'scipy_', after: '64_', int: 'int64_t' },
]

const named = (library: Library, dtype: Dtype, { before, after, int }: Naming) => {
  const [letter, real] = dtype === 'f64' ? ['d', 'double'] : ['s', 'float']
  const matrix = `uintptr_t a, ${int} lda`
  const name = (product: string): string => `${before}cblas_${letter}${product}${after}`
  return {
    gemv: library.func(
      `void ${name('gemv')}(int order, int trans, ${int} m, ${int} n, ${real} alpha, ${matrix}, uintptr_t x, ${int} incx, ${real} beta, uintptr_t y, ${int} incy)`,
    ),
    gemm: library.func(
      `void ${name('gemm')}(int order, int transa, int transb, ${int} m, ${int} n, ${int} k, ${real} alpha, ${matrix}, uintptr_t b, ${int} ldb, ${real} beta, uintptr_t c, ${int} ldc)`,
    ),
  }
}

/** The functions by the first naming that the library has; else what it says of the first. */
const functionsOf = (library: Library, dtype: Dtype): ReturnType<typeof named> => {
  let missing: unknown
  for (const naming of namings)
    try {
      return named(library, dtype, naming)
    } catch (thrown) {
      missing ??= thrown
    }
  throw missing
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
const productsOf = (koffi: Koffi, { library, path }: Loaded): Products => ({
  name: `OpenBLAS (${basename(path)})`,
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

interface Loaded {
  readonly library: Library
  readonly path: string
}

const loaded = (koffi: Koffi, paths: Iterable<string>): Loaded | string => {
  let reason = ''
  for (const path of paths)
    try {
      return { library: koffi.load(path), path }
    } catch (thrown) {
      reason ||= firstLine(thrown)
    }
  return reason
}

/** Prints where packages lie, without loading them. */
const whereabouts = `
from importlib.util import find_spec
for spec in filter(None, map(find_spec, ["numpy", "scipy"])): print(spec.submodule_search_locations[0])`

/** Libraries beside a package of Python's: in a folder of the package's name on Linux and Windows, in the package on macOS. */
const beside = (folder: string): readonly string[] =>
  [`${folder}.libs`, join(folder, '.dylibs')].flatMap(place => {
    try {
      return readdirSync(place).flatMap(file => (file.includes('openblas') ? [join(place, file)] : []))
    } catch {
      return []
    }
  })

/** OpenBLAS as the wheels of numpy and scipy bring it, in the interpreter that the variable PYTHON names, else in python3. */
export const inWheels = (): readonly string[] => {
  try {
    const found = execFileSync(process.env.PYTHON ?? 'python3', ['-c', whereabouts], {
      encoding: 'utf8',
      timeout: 10_000,
      stdio: ['ignore', 'pipe', 'ignore'],
    })
    return found.split(/\r?\n/).filter(Boolean).flatMap(beside)
  } catch {
    return []
  }
}

/** Where to look for the library: where the variable JANUS_OPENBLAS says, else in the usual places, and only then in Python's. */
function* places(): Generator<string> {
  const given = process.env.JANUS_OPENBLAS
  if (given) yield given
  else {
    yield* files
    yield* inWheels()
  }
}

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
 * library; it is tried on a small product before it is trusted. Throws a NameError for an option of another name.
 */
export const openblas = async (looking: Looking = {}): Promise<Engine | string> => {
  requireNames('openblas', looking, ['dtype', 'koffi'])
  const { dtype = 'f64', koffi: given } = looking
  try {
    const koffi = given ?? (await koffiOf())
    tellProcessor()
    const found = loaded(koffi, places())
    if (typeof found === 'string') return `OpenBLAS cannot be loaded (${found})`
    const products = productsOf(koffi, found)
    return works(products)
      ? engineOf({ name: 'compiled-blas', dtype, library: products })
      : 'OpenBLAS gives wrong products'
  } catch (thrown) {
    return missing(thrown)
  }
}
