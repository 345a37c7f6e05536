/** What a run was computed on: the last digits of its numbers depend on it. */
import { createRequire } from 'node:module'
import { arch, cpus } from 'node:os'
import { build } from '../../ad/compiler/kernels.ts'
import type { TrainOptions } from './options.ts'

export interface Machine {
  /** The version of this package. */
  readonly janusgrad: string
  /** The version of Node, which brings the functions of Math. */
  readonly node: string
  readonly platform: string
  readonly processor: string
  /** The build of the WebAssembly kernels; null where the engine has none. */
  readonly simd: ReturnType<typeof build>
  readonly engine: string
}

/** The version of this package. */
export const version = (): string =>
  (createRequire(import.meta.url)('janusgrad/package.json') as { readonly version: string }).version

/** This machine, as a run with these options uses it. */
export const machineFor = ({ engine, dtype }: Pick<TrainOptions, 'engine' | 'dtype'>): Machine => ({
  janusgrad: version(),
  node: process.version,
  platform: `${process.platform} ${arch()}`,
  processor: cpus()[0]?.model.trim() ?? 'unknown',
  simd: engine === 'eager' || engine === 'compiled-js' ? null : build(dtype),
  engine,
})
