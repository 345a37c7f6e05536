/** What a task is judged by: a loss, and the unit of its mean. */
import { crossEntropy, halfSquaredError, type PerStep } from '../../../nets/loss.ts'

/** The loss of a task, and what its mean over the steps that count is multiplied by to be read. */
export interface Measure {
  readonly loss: PerStep
  readonly title: string
  readonly unit: string
  readonly scale: number
}

/** Cross-entropy in nats a counted step. */
export const nats: Measure = { loss: crossEntropy, title: 'cross-entropy', unit: 'nats a step', scale: 1 }

/** Cross-entropy in bits a symbol. */
export const bits: Measure = { loss: crossEntropy, title: 'cross-entropy', unit: 'bits a symbol', scale: 1 / Math.LN2 }

/** Mean squared error ‖y - y*‖²/m; of targets of variance 1 the normalised one. */
export const meanSquare = (m: number): Measure => ({
  loss: halfSquaredError(),
  title: 'mean squared error',
  unit: 'squared error',
  scale: 2 / m,
})
