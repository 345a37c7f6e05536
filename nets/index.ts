/** Networks in time: cells, losses, tasks, the moments of a run, and the machines that walk it. */

export {
  type Bidirectional,
  type BothRuns,
  type BothTheta,
  bidirectional,
  bothParams,
  gradientBoth,
  unrollBoth,
} from './bidirectional.ts'
export * from './by.ts'
export * from './cell.ts'
export * from './cells.ts'
export * from './closed.ts'
export { momentBy } from './compiled/moments.ts'
export * from './diagonal.ts'
export * from './embedded.ts'
export * from './gru.ts'
export * as initial from './initial.ts'
export { begun } from './initial.ts'
export * from './instant.ts'
export { layered, type Synapses, type SynapticCell } from './layered.ts'
export { type LeakyParams, type LeakyState, leaky, type Rate } from './leaky.ts'
export * from './learn.ts'
export * from './loss.ts'
export * from './lstm.ts'
export * from './machine.ts'
export * from './membrane.ts'
export * from './moment.ts'
export * from './named.ts'
export { estimates, fitted, hearing, signsOf } from './noise.ts'
export * from './optimise.ts'
export { outputsBy } from './outputs.ts'
export * from './random.ts'
export * from './recomputed.ts'
export { type Otherwise, type Replayable, type Rerun, replayable } from './replayable.ts'
export * from './run.ts'
export * from './shapes.ts'
export { byLag, type Spectrum, spectrum } from './spectrum.ts'
export * from './stacked.ts'
export * from './synaptic.ts'
export * from './task.ts'
export * from './views.ts'
export * from './windowed.ts'
