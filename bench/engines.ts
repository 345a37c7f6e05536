/** All engines: ours, the hand-written references, and peers. */

import type { Engine } from './engine.ts'
import { onlineWorks, type Work } from './problem.ts'

const gradients: readonly Work[] = ['bptt', 'rtrl']
const products: readonly Work[] = ['matvec', 'gemm']
const byHand = [...gradients, ...products]
const all: readonly Work[] = [...byHand, 'gru']
const fused: readonly Work[] = ['lstm', 'gru-pytorch']
const own: readonly Work[] = [...all, ...fused, ...onlineWorks, 'fpbptt', 'rflo', 'snap', 'sketch']

const ours = (name: string, reference: string): Engine => ({
  name,
  works: own,
  reference,
  load: async () => (await import('./ours.ts')).ours(name),
})

/** The default engine with its work shared out: over one worker, blocks in turn, and over two. */
const shared = (name: 'one-worker' | 'two-workers', workers: number): Engine => ({
  name,
  works: gradients,
  reference: 'compiled-native',
  load: async () => (await import('./ours.ts')).ours('compiled', workers),
})

const byLibrary = (name: string, engine: 'compiled-native' | 'compiled-blas'): Engine => ({
  name,
  works: byHand,
  load: async () => (await import('./hand/library.ts')).byLibraryOf(engine),
})

/** The same in Node 24, whose WebAssembly fuses multiply-add. */
const inNode24 = (name: 'compiled-wasm' | 'compiled-native'): Engine => ({
  ...{
    name: `node24-${name.slice('compiled-'.length)}`,
    works: [...gradients, ...fused, ...onlineWorks],
    reference: name,
    node: 24,
  },
  load: async () => (await import('./ours.ts')).ours(name),
})

/** All engines, in the order in which they are shown. */
export const engines: readonly Engine[] = [
  ours('eager', 'hand-js'),
  ours('compiled-js', 'hand-js'),
  ours('compiled-wasm', 'hand-wasm'),
  ours('compiled-native', 'hand-native'),
  ours('compiled-blas', 'hand-blas'),
  inNode24('compiled-wasm'),
  inNode24('compiled-native'),
  shared('one-worker', 1),
  shared('two-workers', 2),
  { name: 'hand-js', works: byHand, load: async () => (await import('./hand/js.ts')).js },
  { name: 'hand-wasm', works: byHand, load: async () => (await import('./hand/wasm.ts')).wasm },
  byLibrary('hand-native', 'compiled-native'),
  byLibrary('hand-blas', 'compiled-blas'),
  {
    name: 'jax-js',
    works: byHand,
    reference: 'hand-wasm',
    only: 'f32',
    load: async () => (await import('./peers/jax.ts')).jaxJs,
  },
  {
    name: 'tfjs',
    works: byHand,
    reference: 'hand-wasm',
    only: 'f32',
    load: async () => (await import('./peers/tfjs.ts')).tfjs,
  },
  { name: 'numpy', works: [...byHand, ...onlineWorks], reference: 'hand-wasm' },
  { name: 'numpy-2', peer: 'numpy', threads: 2, works: gradients, reference: 'numpy' },
  { name: 'pytorch', works: ['bptt', 'gru', ...fused, 'matvec', 'gemm'], reference: 'hand-wasm' },
  { name: 'jax', works: all, reference: 'hand-wasm' },
  { name: 'jax-2', peer: 'jax', threads: 2, works: gradients, reference: 'jax' },
  { name: 'jax-f32', peer: 'jax', only: 'f32', works: [...gradients, 'gru'], reference: 'jax' },
]
