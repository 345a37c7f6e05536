/** Networks in time: cells, losses, sequences, the timesteps of a run, rules as values, and the verbs that run them. */

export { type AffineCell, affine, type Synapses } from './cells/affine.ts'
export * from './cells/cell.ts'
export * from './cells/closed.ts'
export * from './cells/elstm.ts'
export * from './cells/embedded.ts'
export * from './cells/gru.ts'
export * from './cells/index.ts'
export * as initial from './cells/initialisers.ts'
export { withInitialisers } from './cells/initialisers.ts'
export { type LeakyParams, type LeakyState, leaky, type Rate } from './cells/leaky.ts'
export * from './cells/lif.ts'
export { type LruOptions, lru, lruOrvieto } from './cells/lru.ts'
export * from './cells/lstm.ts'
export * from './cells/membrane.ts'
export * from './cells/min-gru.ts'
export * from './cells/rtu.ts'
export * from './cells/stacked.ts'
export * from './cells/surrogates.ts'
export { timestepBy } from './compiled/timesteps.ts'
export * from './loss.ts'
export { activations, lossNamed } from './named.ts'
export * from './network.ts'
export * from './random.ts'
export {
  type Bidirectional,
  type BothRuns,
  type BothTheta,
  bidirectional,
  gradientBoth,
  unrollBoth,
} from './run/bidirectional.ts'
export {
  type BidirectionalStack,
  type BothCells,
  type BothLayersTheta,
  bidirectionalStack,
  type StackRun,
  unrollStack,
} from './run/bidirectional-stack.ts'
export * from './run/checkpointing.ts'
export * from './run/fold.ts'
export * from './run/input-gradient.ts'
export * from './run/kronecker.ts'
export { drawsFor, estimates, signsOf, withNoise } from './run/noise.ts'
export { exampleParameters, parametersOf } from './run/parameters.ts'
export { type Perturbation, type Replayable, type Rerun, replayable } from './run/rerun.ts'
export * from './run/rule.ts'
export * from './run/scan.ts'
export { byLag, type Spectrum, spectrum } from './run/spectrum.ts'
export * from './run/step.ts'
export * from './run/timestep.ts'
export * from './run/transforms.ts'
export * from './run/unroll.ts'
export * from './run/windows.ts'
export * from './sequence.ts'
export { chain, type Memories } from './train/chain.ts'
export { clipByNorm, clipByValue, normOf, normOfTree } from './train/clipping.ts'
export type { Sequences } from './train/data.ts'
export * from './train/gradient.ts'
export * from './train/online.ts'
export type { Optimiser } from './train/optimiser.ts'
export type { LearningRate } from './train/optimiser-options.ts'
export * from './train/optimisers.ts'
export { type ObgdOptions, obgd } from './train/overshooting-bounded.ts'
export * from './train/predict.ts'
export { type RlsMemory, type RlsOptions, rls } from './train/recursive-least-squares.ts'
export * as schedule from './train/schedules.ts'
export type { Shadow, Shadows } from './train/shadows.ts'
export { type Similarity, similarity } from './train/similarity.ts'
export { closeWorkers } from './workers/crew.ts'
