/** Weights in and out: files of arrays that numpy and PyTorch read, and the names and layouts of PyTorch, Keras and Flax. */

export type { Arrays, Dtype } from './dtype.ts'
export { type ReadOptions, readArrays, readMetadata, type WriteOptions, writeArrays } from './files.ts'
export { fromFlax } from './from-flax.ts'
export { fromKeras, type KerasCell, type KerasParams } from './from-keras.ts'
export { fromLru, type LruParams } from './from-lru.ts'
export { type FromTorchOptions, fromTorch } from './from-torch.ts'
export type { TorchCell, TorchParams } from './gates.ts'
export {
  type LinearOptions,
  type ReadoutOptions,
  readoutFromDense,
  readoutFromTorch,
  readoutToTorch,
} from './linear.ts'
export type { LayoutOptions } from './modules.ts'
export type { Metadata } from './safetensors.ts'
export { type ToTorchOptions, toTorch } from './to-torch.ts'
