/** What a run was computed on: the last digits of its numbers depend on it. */
import { arch, cpus } from 'node:os'
import { build } from '../../ad/compiler/kernels.ts'
import type { TrainOptions } from './options.ts'

export interface Machine {
  /** The version of Node, which brings the functions of Math. */
  readonly node: string
  readonly platform: string
  readonly processor: string
  /** The build of the WebAssembly kernels; null where the engine has none. */
  readonly simd: ReturnType<typeof build>
}

/** This machine, as a run with these options uses it. */
export const machineFor = ({ engine, dtype }: Pick<TrainOptions, 'engine' | 'dtype'>): Machine => ({
  node: process.version,
  platform: `${process.platform} ${arch()}`,
  processor: cpus()[0]?.model.trim() ?? 'unknown',
  simd: engine === 'eager' || engine === 'compiled-js' ? null : build(dtype),
})
