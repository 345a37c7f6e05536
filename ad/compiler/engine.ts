/** Which engine runs what is compiled, and in which precision. */

import { DomainError } from '../errors.ts'
import { requireNames } from '../require.ts'
import { interpreted } from './interpret.ts'
import type { Library } from './library.ts'
import { native } from './native.ts'
import type { Dtype, Machine, Plan } from './plan.ts'
import { assembled, hasWasm } from './wasm.ts'

export const engineNames = ['eager', 'compiled-js', 'compiled-wasm', 'compiled-native', 'compiled-blas'] as const
export type EngineName = (typeof engineNames)[number]

/** An engine by what it is made of. `eager` is the reference: doubles, one operation at a time, nothing kept. */
export interface Engine {
  readonly name: EngineName
  readonly dtype: Dtype
  /** Who multiplies large matrices, for compiled-native and compiled-blas. */
  readonly library?: Library
  /** What has been compiled, kept for as long as what it was compiled for. */
  readonly plans: Plans
}

/** Things made once for two objects and a name. */
export interface Plans {
  get<T>(owner: object, part: object, name: string, make: () => T): T
}

const plans = (): Plans => {
  const kept = new WeakMap<object, WeakMap<object, Map<string, unknown>>>()
  return {
    get: <T>(owner: object, part: object, name: string, make: () => T): T => {
      const parts = kept.get(owner) ?? new WeakMap<object, Map<string, unknown>>()
      const names = parts.get(part) ?? new Map<string, unknown>()
      kept.set(owner, parts.set(part, names))
      if (!names.has(name)) names.set(name, make())
      return names.get(name) as T
    },
  }
}

/** The engines that have been asked for by name or by the same object: their plans are shared. */
const engines = { names: new Map<string, Engine>(), objects: new WeakMap<object, Engine>() }

/** An engine, or the name of one in double precision; `compiled` is the fastest that needs nothing installed. */
export type EngineLike =
  | (Omit<Engine, 'plans'> & { readonly plans?: Plans })
  | Exclude<EngineName, 'compiled-blas'>
  | 'compiled'
  | { readonly name: 'compiled'; readonly dtype: Dtype }

const refuse = (given: string, wanted: string, remedy: string): never => {
  throw new DomainError({ who: 'engine', given, wanted, remedy })
}

/** The fastest engine that is there and needs nothing installed. */
export const defaultEngine = (dtype: Dtype = 'f64'): Engine => {
  if (!hasWasm(dtype)) return named('compiled-js', dtype)
  return named(native() ? 'compiled-native' : 'compiled-wasm', dtype)
}

const named = (name: EngineName, dtype: Dtype): Engine => {
  const library = name === 'compiled-native' ? native() : null
  const fresh = { name, dtype, ...(library && { library }), plans: plans() }
  const engine = engines.names.get(`${name} ${dtype}`) ?? fresh
  engines.names.set(`${name} ${dtype}`, engine)
  return engine
}

const ofObject = (like: object, name: EngineName, dtype: Dtype): Engine => {
  const engine = engines.objects.get(like) ?? { plans: plans(), ...like, name, dtype }
  engines.objects.set(like, engine)
  return engine
}

/** An engine by its name, found fit for this machine. Throws a DomainError where it is not. */
export const engineOf = (like: EngineLike): Engine => {
  if (typeof like === 'object' && like !== null && ('engine' in like || 'dtype' in like) && !('name' in like))
    return refuse(
      'a record without a name',
      'an engine by its name',
      "Write compile(f, 'compiled-wasm'), or compile(f, { name: 'compiled-wasm', dtype: 'f32' })",
    )
  if (typeof like !== 'string' && typeof like?.name !== 'string')
    return refuse(
      'no engine',
      'the name of one, or what openblas() found',
      'Await openblas(), and look whether it gave a reason',
    )
  if (typeof like === 'object') requireNames('engine', like, ['name', 'dtype', 'library', 'plans'])
  const { name, dtype = 'f64' } = typeof like === 'string' ? { name: like } : like
  if (!['f64', 'f32'].includes(dtype)) return refuse(`dtype ${dtype}`, 'f64 or f32', 'Leave it out for f64')
  if (name === 'compiled') return defaultEngine(dtype)
  const library = typeof like === 'object' && 'library' in like ? like.library : undefined
  if (!engineNames.includes(name)) return refuse(`'${name}'`, engineNames.join(', '), "Say 'compiled' for the fastest")
  if (name === 'eager' && dtype !== 'f64')
    return refuse('eager in f32', 'f64', "Use engine: { name: 'compiled-wasm', dtype: 'f32' }")
  if (name === 'compiled-native' && !library && !native())
    return refuse(
      'compiled-native where no native product was found',
      'native/ built by npm run native, or the package for this platform, and not JANUS_NATIVE=off',
      "Use engine: 'compiled', the fastest that is there",
    )
  if (name === 'compiled-blas' && !library)
    return refuse('compiled-blas without a library', 'one found by openblas()', "Use engine: 'compiled'")
  if (name !== 'eager' && name !== 'compiled-js' && !hasWasm(dtype))
    return refuse(
      `${name} where WebAssembly has no SIMD, no memory or no permission`,
      'a machine or a page that runs it',
      "Use engine: 'compiled-js'",
    )
  return library ? ofObject(like as object, name, dtype) : named(name, dtype)
}

/** A plan made ready by an engine that compiles; each call gives a machine with memory for so many frames. */
export const compileFor = (plan: Plan, { name, dtype, library }: Engine): ((frames: number) => Machine) =>
  name === 'compiled-js'
    ? interpreted(plan, dtype)
    : assembled(plan, dtype, name === 'compiled-wasm' ? undefined : library)
