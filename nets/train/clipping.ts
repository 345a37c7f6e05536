/** Norms of gradients, and gradients clipped to one. */

import { NonFiniteError } from '../../ad/errors.ts'
import { type Cotangent, flatten, toValue } from '../../ad/linear/space.ts'
import { type Range, requireRange } from '../../ad/require.ts'
import type { Tensor } from '../../ad/tensor.ts'
import { leavesOf } from '../../ad/tree.ts'
import type { Theta } from '../network.ts'
import { blank, type Gradient, gradientOf, numbersOf, type Optimiser } from './optimiser.ts'

/** The largest |g_i|, and ‖g‖ / max |g_i|, by which no square overflows or underflows. */
const magnitude = (data: Float64Array): readonly [largest: number, ratio: number] => {
  let largest = 0
  for (let i = 0; i < data.length; i++) largest = Math.max(largest, Math.abs(data[i] as number))
  if (largest === 0 || !Number.isFinite(largest)) return [largest, 1]
  let sum = 0
  for (let i = 0; i < data.length; i++) sum += ((data[i] as number) / largest) ** 2
  return [largest, Math.sqrt(sum)]
}

/** ‖g‖ over all parameters together; Infinity only where no double is as large. */
export const normOf = <A>(gradient: Cotangent<A>): number => {
  const [largest, ratio] = magnitude((toValue(gradient) as Tensor).data)
  return largest * ratio
}

/** The same of a gradient as a tree. */
export const normOfTree = (tree: Theta): number => normOf<Theta>(flatten(leavesOf(tree)) as unknown as Gradient)

const limits: Range = { wanted: 'above 0', has: x => x > 0 }
const requireLimit = (who: string, limit: number): void =>
  requireRange(who, 'limit', limit, limits, `${who}(1) is usual; leave it out not to clip`)

/** Throws a NonFiniteError: clipping would hide an infinity. */
const requireFinite = (who: string, largest: number): void => {
  if (Number.isFinite(largest)) return
  const remedy = 'Look for where it comes from: clipping it would hide it'
  throw new NonFiniteError({ who, given: `a gradient with ${largest} in it`, wanted: 'finite numbers', remedy })
}

/** g·min(1, limit/‖g‖): no longer than limit, and of the same direction. Pascanu et al. 2013. */
export const clipByNorm = (limit: number): Optimiser<null> => {
  requireLimit('clipByNorm', limit)
  return {
    init: () => null,
    step: (_, gradient) => {
      const g = numbersOf(gradient)
      const [largest, ratio] = magnitude(g)
      requireFinite('clipByNorm', largest)
      if (largest * ratio <= limit) return [gradient, null]
      const out = blank(g)
      for (let i = 0; i < g.length; i++) out[i] = ((g[i] as number) / largest) * (limit / ratio)
      return [gradientOf(out), null]
    },
  }
}

/** Every entry held to [-limit, limit]: unlike clipByNorm, it changes the direction of the gradient. */
export const clipByValue = (limit: number): Optimiser<null> => {
  requireLimit('clipByValue', limit)
  return {
    init: () => null,
    step: (_, gradient) => {
      const g = numbersOf(gradient)
      requireFinite('clipByValue', magnitude(g)[0])
      const out = blank(g)
      for (let i = 0; i < g.length; i++) out[i] = Math.min(limit, Math.max(-limit, g[i] as number))
      return [gradientOf(out), null]
    },
  }
}
