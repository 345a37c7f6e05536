/**
 * The native matrix product, where this machine has one: native/ built here, or the package of this platform. It is looked for when
 * it is first asked for, tried before it is trusted, and never needed. The variable JANUS_NATIVE=off leaves it alone; a path in
 * it is the only place that is looked at.
 */
import { scratchBytes } from './kernels.ts'
import { type LargeProduct, type Library, type Memory, works } from './library.ts'
import type { Dtype } from './plan.ts'

/** What native/addon.c gives: products on a memory whose first words are their arguments. */
type Addon = { readonly level?: string } & Readonly<Record<Dtype, (memory: ArrayBuffer) => void>>

interface Modules {
  createRequire(from: string): (name: string) => unknown
}

/** What is used of Node, where there is one: a page has none. */
interface Host {
  readonly process?: {
    readonly env: Readonly<Record<string, string | undefined>>
    readonly platform: string
    readonly arch: string
    getBuiltinModule?(name: 'node:module'): Modules | undefined
  }
}

const [words, smallest] = [12, 4]

/** The product on a memory; of few rows or columns it would sum in another order than our kernel, which has them then. */
const gemmOver = (product: (memory: ArrayBuffer) => void, memory: Memory): LargeProduct => {
  let given = new Int32Array(memory.buffer, 0, words)
  return (out, a, b, m, k, n, rsa, csa, rsb, csb, rso, adds) => {
    if (m! < smallest || n! < smallest || k! < 2) return false
    if (given.length === 0) given = new Int32Array(memory.buffer, 0, words)
    given[0] = out!
    given[1] = a!
    given[2] = b!
    given[3] = m!
    given[4] = k!
    given[5] = n!
    given[6] = rsa!
    given[7] = csa!
    given[8] = rsb!
    given[9] = csb!
    given[10] = rso!
    given[11] = adds!
    product(given.buffer)
    return true
  }
}

/** An addon as a library. It writes the scratch of the kernels, whose place in the memory it takes. */
export const libraryOf = (addon: Addon): Library => ({
  name: `native code (${addon.level})`,
  least: { gemm: 2 * 16 ** 3 },
  over: (dtype, memory) => ({ gemm: gemmOver(addon[dtype], memory) }),
})

/** Where the addon may lie, as `require` takes it. */
const places = ({ env, platform, arch }: NonNullable<Host['process']>): readonly string[] => {
  const given = env.JANUS_NATIVE
  if (given === 'off') return []
  return given ? [given] : ['../../../native/build/gemm.node', `@janusgrad/gemm-${platform}-${arch}`]
}

const loaded = (place: string, require: (name: string) => unknown): Library | null => {
  try {
    const addon = require(place) as Addon
    if (addon.level === undefined) return null
    const library = libraryOf(addon)
    return works(library, scratchBytes) ? library : null
  } catch {
    return null
  }
}

const find = (): Library | null => {
  const { process } = globalThis as Host
  const modules = process?.getBuiltinModule?.('node:module')
  if (!process || !modules) return null
  try {
    const require = modules.createRequire(import.meta.url)
    return places(process).reduce<Library | null>((found, place) => found ?? loaded(place, require), null)
  } catch {
    return null
  }
}

let found: Library | null | undefined

/** The native products of this machine; null where there are none. */
export const native = (): Library | null => {
  if (found === undefined) found = find()
  return found
}
