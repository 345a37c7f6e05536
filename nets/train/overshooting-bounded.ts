import { ranges } from '../../ad/require.ts'
import { item } from '../../ad/value.ts'
import type { ErrorAndTrace } from '../run/rule.ts'
import { blank, gradientOf, numbersOf, type Optimiser } from './optimiser.ts'
import { type LearningRate, rateOf, requireOptions, requireUsual } from './optimiser-options.ts'

export interface ObgdOptions {
  /** 1 by default. */
  readonly lr?: LearningRate
  /** κ, above 0: how far below 1 a step is kept; 2 by default. */
  readonly kappa?: number
}

/** ‖z‖₁. */
const sumOfMagnitudes = (z: Float64Array): number => z.reduce((sum, x) => sum + Math.abs(x), 0)

/** g made so long that its magnitudes sum up to `bound`: what an update past it comes to, also where M is too large for a double. */
const atBound = (g: Float64Array, bound: number): Float64Array => {
  const largest = g.reduce((most, x) => Math.max(most, Math.abs(x)), 0)
  if (largest === 0) return blank(g)
  const unit = g.map(x => x / largest)
  const sum = sumOfMagnitudes(unit)
  return unit.map(x => x * (bound / sum))
}

/** lr/max(1, M)·g, as long as there is an M. */
const bounded = (g: Float64Array, lr: number, kappa: number, { delta, trace }: ErrorAndTrace): Float64Array => {
  const δ = Math.abs(item(delta))
  const M = lr * kappa * Math.max(δ, 1) * sumOfMagnitudes(numbersOf(trace))
  return M === Infinity ? atBound(g, Math.min(1, δ) / kappa) : g.map(x => (lr / Math.max(1, M)) * x)
}

/**
 * Overshooting-bounded gradient descent: lr/max(1, M) · (-δ z), M = lr κ max(|δ|, 1) ‖z‖₁, δ the error of a prediction and z its
 * trace, over all parameters together. The magnitudes of an update sum up to at most 1/κ. Elsayed, Vasan & Mahmood 2024. Needs
 * δ and z apart, so `train` refuses it with a rule that has no trace. It remembers how many updates there were.
 */
export const obgd = (options: ObgdOptions = {}): Optimiser<number> => {
  requireOptions('obgd', options, ['lr', 'kappa'])
  const { lr = 1, kappa = 2 } = options
  requireUsual('obgd', 'kappa', kappa, ranges.positive)
  const rate = rateOf('obgd', lr)
  return {
    needs: 'trace',
    init: () => 0,
    step: (count, gradient, _, errorAndTrace) => {
      const [g, α] = [numbersOf(gradient), rate(count)]
      const update = errorAndTrace ? bounded(g, α, kappa, errorAndTrace) : g.map(x => α * x)
      return [gradientOf(update), count + 1]
    },
  }
}
