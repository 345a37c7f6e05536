/** Which engine runs what is compiled, and in which precision. */
import { DomainError } from '../errors.ts'
import { walking } from './interpret.ts'
import type { Dtype, Machine, Plan } from './plan.ts'
import { assembled, type Blas, hasWasm } from './wasm.ts'

export const engineNames = ['eager', 'compiled-js', 'compiled-wasm', 'compiled-blas'] as const
export type EngineName = (typeof engineNames)[number]

/** An engine by what it is made of. `eager` is the reference: doubles, one operation at a time, nothing kept. */
export interface Engine {
  readonly name: EngineName
  readonly dtype: Dtype
  /** Products of large matrices, for compiled-blas. */
  readonly blas?: Blas
}

/** An engine, or the name of one in double precision; `compiled` is the fastest that needs nothing installed. */
export type EngineLike =
  | Engine
  | Exclude<EngineName, 'compiled-blas'>
  | 'compiled'
  | { readonly name: 'compiled'; readonly dtype: Dtype }

const refuse = (given: string, wanted: string, remedy: string): never => {
  throw new DomainError({ who: 'engine', given, wanted, remedy })
}

/** The fastest engine that needs nothing but the machine itself. */
export const defaultEngine = (dtype: Dtype = 'f64'): Engine => ({
  name: hasWasm(dtype) ? 'compiled-wasm' : 'compiled-js',
  dtype,
})

/** An engine by its name, found fit for this machine. Throws a DomainError where it is not. */
export const engineOf = (like: EngineLike): Engine => {
  if (typeof like !== 'string' && typeof like?.name !== 'string')
    return refuse(
      'no engine',
      'the name of one, or what openblas() found',
      'Await openblas(), and look whether it gave a reason',
    )
  const { name, dtype = 'f64' } = typeof like === 'string' ? { name: like } : like
  if (!['f64', 'f32'].includes(dtype)) return refuse(`dtype ${dtype}`, 'f64 or f32', 'Leave it out for f64')
  if (name === 'compiled') return defaultEngine(dtype)
  const engine: Engine = { ...(typeof like === 'object' ? like : {}), name, dtype }
  if (!engineNames.includes(name)) return refuse(`'${name}'`, engineNames.join(', '), "Say 'compiled' for the fastest")
  if (name === 'eager' && dtype !== 'f64')
    return refuse('eager in f32', 'f64', "Use engine: { name: 'compiled-wasm', dtype: 'f32' }")
  if (name === 'compiled-blas' && !engine.blas)
    return refuse('compiled-blas without a library', 'one found by openblas()', "Use engine: 'compiled'")
  if (name !== 'eager' && name !== 'compiled-js' && !hasWasm(dtype))
    return refuse(`${name} where WebAssembly has no SIMD`, 'a machine that has it', "Use engine: 'compiled-js'")
  return engine
}

/** A plan made ready by an engine that compiles; each call gives a machine with memory for so many frames. */
export const compileFor = (plan: Plan, { name, dtype, blas }: Engine): ((frames: number) => Machine) =>
  name === 'compiled-js' ? walking(plan, dtype) : assembled(plan, dtype, name === 'compiled-blas' ? blas : undefined)
