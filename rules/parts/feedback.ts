/** Feedback matrices that stand in for the transposed readout. */
import { NameError } from '../../ad/errors.ts'
import { transpose } from '../../ad/primitives/layout.ts'
import { type Tensor, tensorOf } from '../../ad/tensor.ts'
import type { Value } from '../../ad/value.ts'
import type { Network } from '../../nets/network.ts'
import { rng, streams } from '../../nets/random.ts'
import type { StepTransform } from '../../nets/run/fold.ts'
import { broadcastFeedback, broadcastSize } from '../../nets/run/transforms.ts'

export interface FeedbackOptions {
  /** F [units, m], in a stack [Σ d, m], the units of the first layer first; drawn by the seed where it is left out. */
  readonly feedback?: Value
}

/** The same, or the true readout, which reaches the last layer of a stack alone. */
export interface BroadcastOptions {
  readonly feedback?: Value | 'readout'
}

/** F [units, m] ~ N(0, 1/m), from the stream of a seed that is for constants. */
export const drawnFeedback = (units: number, m: number, seed: number): Tensor => {
  const { data } = rng(seed, streams.constants).draw({ law: 'normal', shape: [m, units] })
  return transpose(
    tensorOf(
      [m, units],
      data.map(x => x / Math.sqrt(m)),
    ),
  ) as Tensor
}

/** F for every unit of every layer. */
export const drawnBroadcast = (net: Network, seed: number): Tensor =>
  drawnFeedback(broadcastSize(net), net.sizes.m, seed)

/** What feeds the error of a step back to every unit: F, or nothing in the place of the true readout. Throws a NameError for another word, a ShapeError for an F of another shape. */
export const signalThrough = (who: string, feedback: Value | 'readout'): readonly StepTransform[] => {
  if (feedback === 'readout') return []
  if (typeof feedback !== 'string') return [broadcastFeedback(feedback)]
  const remedy = 'Leave it out for the default'
  throw new NameError({ who, given: `feedback: '${feedback}'`, wanted: "a matrix or 'readout'", remedy })
}
