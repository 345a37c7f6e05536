/** Optimisers are machines: a gradient in, a change of the parameters out. They cross from cotangent to tangent by the metric. */

import { DomainError } from '../../ad/errors.ts'
import { plus } from '../../ad/linear/linear.ts'
import {
  type Cotangent,
  entrywise,
  negativeGradient,
  type Tangent,
  times,
  toValue,
  zerosLike,
} from '../../ad/linear/space.ts'
import { add, clip, div, mul, sqrt } from '../../ad/primitives/elementwise.ts'
import { sum } from '../../ad/primitives/layout.ts'
import { item } from '../../ad/value.ts'
import type { Theta } from '../network.ts'
import type { Machine } from '../run/scan.ts'

type Gradient = Cotangent<Theta>
export type Optimiser<M> = Machine<M, Gradient, Tangent<Theta>>

const inRange = (who: string, name: string, x: number, low: number, high: number): void => {
  if (x >= low && x < high) return
  throw new DomainError({
    who,
    given: `${name} = ${x}`,
    wanted: `${name} in [${low}, ${high})`,
    remedy: 'Usual values: lr 0.01, momentum and beta1 0.9, beta2 0.999',
  })
}

/** Gradient descent: Δ = -lr·v, v = momentum·v + g. lr ≥ 0, momentum in [0, 1). Throws a DomainError outside. */
export const sgd = ({ lr, momentum = 0 }: { readonly lr: number; readonly momentum?: number }): Optimiser<Gradient> => {
  inRange('sgd', 'lr', lr, 0, Number.POSITIVE_INFINITY)
  inRange('sgd', 'momentum', momentum, 0, 1)
  return {
    init: first => zerosLike(first),
    step: (velocity, g) => {
      const next = plus(times(momentum, velocity), g)
      return [times(lr, negativeGradient(next)), next]
    },
  }
}

export interface AdamOptions {
  readonly lr: number
  readonly beta1?: number
  readonly beta2?: number
  readonly epsilon?: number
}
interface AdamMemory {
  readonly first: Gradient
  readonly second: Gradient
  readonly count: number
}

/** Adam: Δ = -lr·m̂/(√v̂ + ε), with the bias of both means corrected. Kingma & Ba 2015. lr ≥ 0, betas in [0, 1). */
export const adam = ({ lr, beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8 }: AdamOptions): Optimiser<AdamMemory> => {
  inRange('adam', 'lr', lr, 0, Number.POSITIVE_INFINITY)
  inRange('adam', 'beta1', beta1, 0, 1)
  inRange('adam', 'beta2', beta2, 0, 1)
  return {
    init: g => ({ first: zerosLike(g), second: zerosLike(g), count: 0 }),
    step: (memory, g) => {
      const count = memory.count + 1
      const first = plus(times(beta1, memory.first), times(1 - beta1, g))
      const second = plus(
        times(beta2, memory.second),
        times(
          1 - beta2,
          entrywise(x => mul(x, x), g),
        ),
      )
      const step = entrywise(
        (m, v) => div(div(m, 1 - beta1 ** count), add(sqrt(div(v, 1 - beta2 ** count)), epsilon)),
        first,
        second,
      )
      return [times(lr, negativeGradient(step)), { first, second, count }]
    },
  }
}

/** The length of a gradient over all parameters together. */
export const normOf = <A>(g: Cotangent<A>): number => Math.sqrt(item(sum(mul(toValue(g), toValue(g)))))

/** g·min(1, limit/‖g‖): the direction is kept. limit > 0. Pascanu et al. 2013. */
export const clipByNorm = (limit: number) => {
  checkLimit(limit)
  return <A>(g: Cotangent<A>): Cotangent<A> => {
    const norm = normOf(g)
    return norm > limit ? times(limit / norm, g) : g
  }
}

const checkLimit = (limit: number): void => {
  if (limit > 0) return
  throw new DomainError({
    who: 'clip',
    given: `${limit}`,
    wanted: 'a limit above 0',
    remedy: 'Leave it out not to clip',
  })
}

/** Every entry held to [-limit, limit]: unlike clipping by the norm it turns the gradient. Throws a DomainError at 0 and below. */
export const clipByValue = (limit: number) => {
  checkLimit(limit)
  return <A>(g: Cotangent<A>): Cotangent<A> => entrywise(x => clip(x, -limit, limit), g)
}
