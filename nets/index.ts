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
export * from './closed.ts'
export { momentBy } from './compiled/moments.ts'
export * from './diagonal.ts'
export * from './gru.ts'
export * from './instant.ts'
export { type LeakyParams, type LeakyState, leaky, type Rate } from './leaky.ts'
export * from './learn.ts'
export * from './loss.ts'
export * from './lstm.ts'
export * from './machine.ts'
export * from './membrane.ts'
export * from './moment.ts'
export * from './named.ts'
export * from './optimise.ts'
export * from './random.ts'
export * from './recomputed.ts'
export * from './run.ts'
export * from './stacked.ts'
export * from './task.ts'
export * from './windowed.ts'
