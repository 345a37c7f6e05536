/** The slopes that stand in for that of a spike: heights and widths are in units of the threshold. */

import { NameError } from '../../ad/errors.ts'
import { add, div, mul, stopGradient, sub } from '../../ad/primitives/elementwise.ts'
import { arctanSpike, fastSigmoidSpike, triangularSpike } from '../../ad/primitives/spikes.ts'
import { ranges, requireRange } from '../../ad/require.ts'
import type { Like, Value } from '../../ad/value.ts'

/** The shapes of ψ with the height and the width that their papers give them: γ = 0.3, a slope of 25, α = 2. */
const surrogates = {
  triangular: { spike: triangularSpike, height: 0.3, width: 1 },
  'fast-sigmoid': { spike: fastSigmoidSpike, height: 1, width: 1 / 25 },
  arctan: { spike: arctanSpike, height: 1, width: 1 / Math.PI },
} as const

export type SurrogateName = keyof typeof surrogates
export const surrogateNames = Object.keys(surrogates) as readonly SurrogateName[]

/** ψ(v) = height/θ · shape((v - A)/(width θ)), θ the threshold that A begins at. */
export interface SurrogateOptions {
  /** The shape of ψ: max(0, 1 - |u|), 1/(1 + |u|)² or 1/(1 + u²); triangular by default. */
  readonly surrogate?: SurrogateName
  /** ψ at the threshold, times θ; above 0. 0.3 for triangular, else 1. */
  readonly height?: number
  /** How far from the threshold ψ has shape(1), over θ; above 0. 1 for triangular, 1/25 for fast-sigmoid, 1/π for arctan. */
  readonly width?: number
}

/** 1 where v ≥ A, else 0: z(v, A), with ψ for its slope. Throws a NameError for another shape, a DomainError for a height or a width not above 0. */
export const spikeOf = (who: string, threshold: number, options: SurrogateOptions): ((v: Value, A: Like) => Value) => {
  const { surrogate = 'triangular' } = options
  if (!surrogateNames.includes(surrogate))
    throw new NameError({
      who,
      given: `surrogate '${surrogate}'`,
      wanted: `one of ${surrogateNames.join(', ')}`,
      remedy: "Leave it out for 'triangular'",
    })
  const { spike, ...usual } = surrogates[surrogate]
  const { height = usual.height, width = usual.width } = options
  for (const [name, x] of Object.entries({ height, width }))
    requireRange(who, name, x, ranges.positive, `Leave it out for ${usual[name as 'height' | 'width']}`)
  return (v, A) => {
    const z = spike(div(sub(v, A), width * threshold))
    const fixed = stopGradient(z)
    return height * width === 1 ? z : add(fixed, mul(height * width, sub(z, fixed)))
  }
}
