/** Weights in and out: files of arrays that numpy and PyTorch read, and PyTorch's names for them. */

export type { Arrays, Dtype } from './dtype.ts'
export { type ReadOptions, readArrays, readMetadata, type WriteOptions, writeArrays } from './files.ts'
export { type FromTorchOptions, fromTorch } from './from-torch.ts'
export type { TorchCell, TorchParams } from './gates.ts'
export { type LinearOptions, readoutFromTorch, readoutToTorch } from './linear.ts'
export type { Metadata } from './safetensors.ts'
export { type ToTorchOptions, toTorch } from './to-torch.ts'
