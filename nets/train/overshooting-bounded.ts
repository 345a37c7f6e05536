import { ranges } from '../../ad/require.ts'
import { item } from '../../ad/value.ts'
import { blank, gradientOf, numbersOf, type Optimiser } from './optimiser.ts'
import { type LearningRate, rateOf, requireOptions, requireUsual } from './optimiser-options.ts'

export interface ObgdOptions {
  /** 1 by default. */
  readonly lr?: LearningRate
  /** κ, above 0: how far below 1 a step is kept; 2 by default. */
  readonly kappa?: number
}

/** g made so long that its magnitudes sum up to `bound`: what an update past it comes to, also where M is too large for a double. */
const atBound = (g: Float64Array, bound: number): Float64Array => {
  const largest = g.reduce((most, x) => Math.max(most, Math.abs(x)), 0)
  if (largest === 0) return blank(g)
  const sum = g.reduce((sum, x) => sum + Math.abs(x / largest), 0)
  return g.map(x => (x / largest) * (bound / sum))
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
      const δ = errorAndTrace ? item(errorAndTrace.delta) : 0
      const length = errorAndTrace ? numbersOf(errorAndTrace.trace).reduce((sum, z) => sum + Math.abs(z), 0) : 0
      const M = α * kappa * Math.max(Math.abs(δ), 1) * length
      const out = blank(g)
      if (M === Infinity) return [gradientOf(atBound(g, Math.min(1, Math.abs(δ)) / kappa)), count + 1]
      for (let i = 0; i < g.length; i++) out[i] = (α / Math.max(1, M)) * (g[i] as number)
      return [gradientOf(out), count + 1]
    },
  }
}
