/** The engine that a command runs on: what was asked for, as far as the machine has it. */
import * as TE from 'fp-ts/lib/TaskEither.js'
import { defaultEngine, type Engine, type EngineName, engineOf } from '../ad/compiler/engine.ts'
import { build } from '../ad/compiler/kernels.ts'
import type { Dtype } from '../ad/compiler/plan.ts'
import { nearest } from '../ad/did-you-mean.ts'
import { NameError } from '../ad/errors.ts'
import { attempt, type Failure } from './failure.ts'

/** The names that `--engine` and the variable JANUS_ENGINE take; `auto` is the fastest that serves and needs nothing installed. */
export const engineChoices = [
  ...['auto', 'compiled', 'eager', 'compiled-js'],
  ...['compiled-wasm', 'compiled-native', 'compiled-blas'],
] as const
export type EngineChoice = (typeof engineChoices)[number]
export const dtypes = ['f64', 'f32'] as const

/** What was asked for on the command line, else by the variable, else the default. */
export const asked = (given: string | undefined, otherwise: EngineChoice): string =>
  given ?? (process.env.JANUS_ENGINE || otherwise)

const blas = async (dtype: Dtype): Promise<Engine> => {
  const { openblas } = await import('./blas.ts')
  const found = await openblas({ dtype })
  if (typeof found !== 'string') return found
  const engine = defaultEngine(dtype)
  process.stderr.write(`engine: ${found}; using ${engine.name}\n`)
  return engine
}

/** An engine by the name asked for. Without OpenBLAS, a line on stderr and the fastest without it. */
export const engineBy = (choice: EngineChoice, dtype: Dtype): TE.TaskEither<Failure, Engine> =>
  attempt(async () => {
    if (choice === 'compiled-blas') return blas(dtype)
    return choice === 'compiled' || choice === 'auto'
      ? defaultEngine(dtype)
      : engineOf({ name: choice satisfies EngineName, dtype })
  })

/** An engine by the name on the command line, eager where none is given; in double precision. */
export const engineNamed = (given: string | undefined): TE.TaskEither<Failure, Engine> => {
  const name = asked(given, 'eager')
  const found = engineChoices.find(known => known === name)
  if (found) return engineBy(found, 'f64')
  const near = nearest(name, engineChoices)
  const error = new NameError({
    who: 'engine',
    given: given === undefined ? `JANUS_ENGINE=${name}` : `--engine ${name}`,
    wanted: `one of ${engineChoices.join(', ')}`,
    remedy: near === undefined ? 'Try compiled' : `Did you mean \`${near}\`?`,
  })
  return TE.left({ message: error.message, code: 2 })
}

const simd = (dtype: Dtype): string => (build(dtype) === 'relaxed' ? 'relaxed SIMD' : 'SIMD')

const kindOf = ({ name, dtype, library }: Engine): string => {
  if (name === 'eager') return 'one operation at a time, the reference'
  if (name === 'compiled-js') return 'compiled, walked in JavaScript'
  return `compiled to WebAssembly, ${simd(dtype)}${library ? `, large products by ${library.name}` : ''}`
}

/** An engine in a line of a run's log. */
export const engineLine = (engine: Engine): string => `${engine.name}, ${engine.dtype}: ${kindOf(engine)}.`
