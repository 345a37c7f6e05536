/** Weights in and out: files of arrays that numpy and PyTorch read, and PyTorch's names for them. */
export { readArrays, readMetadata, type WriteOptions, writeArrays } from './files.ts'
export { type FromTorchOptions, fromTorch } from './fromTorch.ts'
export { type LinearOptions, readoutFromTorch, readoutToTorch } from './linear.ts'
export type { Arrays, Dtype } from './numbers.ts'
export type { Metadata } from './safetensors.ts'
export { type ToTorchOptions, toTorch } from './toTorch.ts'
export type { TorchCell, TorchParams } from './wiring.ts'
