/** Where this project's engines come from: the one file that knows how one is named, and found. */

import { type Engine, engineOf } from '../ad/compiler/engine.ts'
import { native } from '../ad/compiler/native.ts'
import { type Koffi, openblas } from '../src/blas.ts'
import type { Absent } from './engine.ts'
import { packaged } from './packages.ts'
import type { Dtype } from './problem.ts'

const overBlas = async (dtype: Dtype): Promise<Engine | Absent> => {
  const koffi = packaged<Koffi>('koffi')
  if ('absent' in koffi) return koffi
  const found = await openblas({ dtype, koffi })
  return typeof found === 'string' ? { absent: found } : found
}

/** An engine by name and precision, or why it is not here. */
export const engineBy = async (name: string, dtype: Dtype): Promise<Engine | Absent> => {
  if (name === 'eager' && dtype === 'f32') return { absent: 'eager computes in f64 only' }
  if (name === 'compiled-native' && !native()) return { absent: 'no native product was found (npm run native)' }
  return name === 'compiled-blas' ? overBlas(dtype) : engineOf({ name: name as 'compiled', dtype })
}
