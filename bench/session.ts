/** Where this project's engines come from: the one file that knows how one is named, and found. */

import type { Engine } from '../ad/compiler/engine.ts'
import type { Absent } from './engine.ts'
import { firstLine } from './packages.ts'
import type { Dtype } from './problem.ts'

/** What finds OpenBLAS and gives an engine, or says why not. */
interface Finder {
  openblas?(options: { readonly dtype: Dtype }): Promise<Engine | string>
}

/** The module that looks for OpenBLAS, named by its built path: where it is missing, so is the engine. */
const finder = async (): Promise<Finder> => {
  const name = new URL('../src/blas.js', import.meta.url).href
  return (await import(name).catch(() => ({}))) as Finder
}

const overBlas = async (dtype: Dtype): Promise<Engine | Absent> => {
  const { openblas } = await finder()
  if (!openblas) return { absent: 'compiled-blas is not in this build' }
  const found = await openblas({ dtype }).catch(firstLine)
  return typeof found === 'string' ? { absent: found } : { ...found, dtype }
}

/** An engine by name and precision, or why it is not here. */
export const engineBy = async (name: string, dtype: Dtype): Promise<Engine | Absent> => {
  if (name === 'eager' && dtype === 'f32') return { absent: 'eager computes in f64 only' }
  return name === 'compiled-blas' ? overBlas(dtype) : { name: name as Engine['name'], dtype }
}
