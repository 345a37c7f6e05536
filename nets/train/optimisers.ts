/**
 * Optimisers: a gradient in, a gradient out, with a memory. What comes out is what θ is moved against: `train` alone crosses from
 * cotangents to tangents by the metric, θ ← θ - update. So optimisers compose: `chain(clipByNorm(1), adam({ lr: 0.001 }))`.
 */
import { DomainError, KindError } from '../../ad/errors.ts'
import { asCotangent, type Cotangent, flatten, spaceOf, toValue } from '../../ad/linear/space.ts'
import { requireNames } from '../../ad/require.ts'
import { type Tensor, tensorOf } from '../../ad/tensor.ts'
import { leavesOf } from '../../ad/tree.ts'
import type { Theta } from '../network.ts'

type Gradient = Cotangent<Theta>
type Numbers = Float64Array

/** One way to change a gradient before θ is moved against it. */
export interface Optimiser<M = unknown> {
  init(gradient: Gradient): M
  step(memory: M, gradient: Gradient, θ: Theta): readonly [update: Gradient, memory: M]
}

/** A step size, or one for each update, counted from 0. */
export type Rate = number | ((count: number) => number)

const numbersOf = (x: Gradient): Numbers => (toValue(x) as Tensor).data as Numbers

/** A gradient made entry by entry of others. */
const made = (like: Gradient, entry: (i: number) => number): Gradient => {
  const { length } = numbersOf(like)
  const data = new Float64Array(length)
  for (let i = 0; i < length; i++) data[i] = entry(i)
  return tensorOf([length], data) as unknown as Gradient
}
const zeros = (like: Gradient): Gradient => made(like, () => 0)

const requireRange = (who: string, name: string, x: unknown, fits: (x: number) => boolean, wanted: string): void => {
  if (typeof x === 'number' && fits(x)) return
  throw new DomainError({
    who,
    given: `${name} = ${String(x)}`,
    wanted: `${name} ${wanted}`,
    remedy: 'Usual values: lr 0.01, momentum and beta1 0.9, beta2 0.999, epsilon 1e-8',
  })
}

const isFraction = (x: number): boolean => x >= 0 && x < 1
const isPositive = (x: number): boolean => x > 0 && Number.isFinite(x)
const isRate = (x: number): boolean => x >= 0 && Number.isFinite(x)

/** Refuses options that are none, or that another library would have. */
const requireOptions = (who: string, options: unknown, names: readonly string[]): void => {
  if (typeof options !== 'object' || options === null)
    throw new KindError({
      who,
      given: `options ${String(options)}`,
      wanted: `{ ${names.join(', ')} }`,
      remedy: `${who}({ lr: 0.01 })`,
    })
  requireNames(who, options, names)
}

/** The step size of an update. Throws a DomainError where it is below 0 or not finite. */
const rateOf = (who: string, lr: Rate): ((count: number) => number) => {
  if (typeof lr !== 'function') requireRange(who, 'lr', lr, isRate, 'of at least 0, or a schedule')
  return count => {
    const rate = typeof lr === 'function' ? lr(count) : lr
    requireRange(who, `lr(${count})`, rate, isRate, 'of at least 0')
    return rate
  }
}

/** What is remembered of the updates so far. */
export interface Counted<M> {
  readonly count: number
  readonly memory: M
}

/** An optimiser whose last factor is its step size. */
const scaled = <M>(who: string, lr: Rate, inner: Optimiser<M>): Optimiser<Counted<M>> => {
  const rate = rateOf(who, lr)
  return {
    init: gradient => ({ count: 0, memory: inner.init(gradient) }),
    step: ({ count, memory }, gradient, θ) => {
      const [update, next] = inner.step(memory, gradient, θ)
      const [η, u] = [rate(count), numbersOf(update)]
      return [made(update, i => η * (u[i] as number)), { count: count + 1, memory: next }]
    },
  }
}

/** Several optimisers in a row: the first changes the gradient first; each remembers for itself. */
export const chain = (...parts: readonly Optimiser[]): Optimiser<readonly unknown[]> => ({
  init: gradient => parts.map(part => part.init(gradient)),
  step: (memories, gradient, θ) => {
    let update = gradient
    const next = parts.map((part, i) => {
      const [out, memory] = part.step(memories[i], update, θ)
      update = out
      return memory
    })
    return [update, next]
  },
})

export interface SgdOptions {
  /** Step size, at least 0, or a schedule. */
  readonly lr: Rate
  /** In [0, 1); 0 by default. */
  readonly momentum?: number
}

/** Gradient descent: lr·v, v = momentum·v + g. Throws a DomainError for an lr below 0 or a momentum outside [0, 1). */
export const sgd = (options: SgdOptions): Optimiser<Counted<Gradient | null>> => {
  requireOptions('sgd', options, ['lr', 'momentum'])
  const { lr, momentum = 0 } = options
  requireRange('sgd', 'momentum', momentum, isFraction, 'in [0, 1)')
  if (momentum === 0) return scaled('sgd', lr, { init: () => null, step: (_, g) => [g, null] })
  return scaled<Gradient | null>('sgd', lr, {
    init: zeros,
    step: (velocity, gradient) => {
      const [v, g] = [numbersOf(velocity as Gradient), numbersOf(gradient)]
      const next = made(gradient, i => momentum * (v[i] as number) + (g[i] as number))
      return [next, next]
    },
  })
}

/** Means of the gradient and of its square, and of how many. */
export interface Moments {
  readonly first: Gradient
  readonly second: Gradient
  readonly count: number
}

export interface AdamOptions {
  readonly lr: Rate
  /** Decay of the mean of gradients, in [0, 1); 0.9 by default. */
  readonly beta1?: number
  /** Decay of the mean of squares, in [0, 1); 0.999 by default. */
  readonly beta2?: number
  /** Above 0; 1e-8 by default. */
  readonly epsilon?: number
}

const adamNames = ['lr', 'beta1', 'beta2', 'epsilon'] as const

/** m̂/(√v̂ + ε): the gradient over the root of its mean square, both means corrected for their zero start. */
const normalised = (who: string, { beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8 }: AdamOptions): Optimiser<Moments> => {
  requireRange(who, 'beta1', beta1, isFraction, 'in [0, 1)')
  requireRange(who, 'beta2', beta2, isFraction, 'in [0, 1)')
  requireRange(who, 'epsilon', epsilon, isPositive, 'above 0')
  return {
    init: g => ({ first: zeros(g), second: zeros(g), count: 0 }),
    step: (memory, gradient) => {
      const [m, r, g] = [memory.first, memory.second, gradient].map(numbersOf) as [Numbers, Numbers, Numbers]
      const count = memory.count + 1
      const [once, twice] = [1 - beta1 ** count, 1 - beta2 ** count]
      const first = made(gradient, i => beta1 * (m[i] as number) + (1 - beta1) * (g[i] as number))
      const second = made(gradient, i => rootMeanSquare(beta2, r[i] as number, g[i] as number))
      const [mean, root] = [numbersOf(first), numbersOf(second)]
      const update = made(
        gradient,
        i => (mean[i] as number) / once / ((root[i] as number) / Math.sqrt(twice) + epsilon),
      )
      return [update, { first, second, count }]
    },
  }
}

/** √(β r² + (1 - β) g²), from the root r so far: a square that overflows is never formed. */
const rootMeanSquare = (beta: number, r: number, g: number): number =>
  Math.hypot(Math.sqrt(beta) * r, Math.sqrt(1 - beta) * g)

/** Adam: lr·m̂/(√v̂ + ε), with the bias of both means corrected. Kingma & Ba 2015. Throws a DomainError outside the ranges. */
export const adam = (options: AdamOptions): Optimiser<Counted<Moments>> => {
  requireOptions('adam', options, adamNames)
  return scaled('adam', options.lr, normalised('adam', options))
}

/** Adam with decoupled weight decay: lr·(m̂/(√v̂ + ε) + decay·θ). Loshchilov & Hutter 2019. decay at least 0, 0.01 by default. */
export const adamw = (options: AdamOptions & { readonly decay?: number }): Optimiser<Counted<readonly unknown[]>> => {
  requireOptions('adamw', options, [...adamNames, 'decay'])
  const { decay = 0.01, lr } = options
  return scaled('adamw', lr, chain(normalised('adamw', options) as Optimiser, weightDecay({ decay }) as Optimiser))
}

/** g + decay·θ: before an optimiser that scales, ½ decay ‖θ‖² in the loss; after it, decoupled decay. decay at least 0. */
export const weightDecay = (options: { readonly decay: number }): Optimiser<null> => {
  requireOptions('weightDecay', options, ['decay'])
  const { decay } = options
  requireRange('weightDecay', 'decay', decay, isRate, 'of at least 0')
  return {
    init: () => null,
    step: (_, gradient, θ) => {
      const [g, p] = [numbersOf(gradient), (flatten(leavesOf(θ)) as Tensor).data]
      return [made(gradient, i => (g[i] as number) + decay * (p[i] as number)), null]
    },
  }
}

export interface RmspropOptions {
  readonly lr: Rate
  /** How much of the mean square stays at an update, in [0, 1); 0.9 by default. */
  readonly smoothing?: number
  /** Above 0; 1e-8 by default. */
  readonly epsilon?: number
}

/** RMSprop: lr·g/(√v + ε), v the running mean of g². Tieleman & Hinton 2012. Throws a DomainError outside the ranges. */
export const rmsprop = (options: RmspropOptions): Optimiser<Counted<Gradient>> => {
  requireOptions('rmsprop', options, ['lr', 'smoothing', 'epsilon'])
  const { lr, smoothing = 0.9, epsilon = 1e-8 } = options
  requireRange('rmsprop', 'smoothing', smoothing, isFraction, 'in [0, 1)')
  requireRange('rmsprop', 'epsilon', epsilon, isPositive, 'above 0')
  return scaled('rmsprop', lr, {
    init: zeros,
    step: (root, gradient) => {
      const [r, g] = [numbersOf(root), numbersOf(gradient)]
      const next = made(gradient, i => rootMeanSquare(smoothing, r[i] as number, g[i] as number))
      const now = numbersOf(next)
      return [made(gradient, i => (g[i] as number) / ((now[i] as number) + epsilon)), next]
    },
  })
}

/** ‖g‖ over all parameters together, its largest entry taken out first so that no square overflows. */
export const normOf = <A>(g: Cotangent<A>): number => {
  const { data } = toValue(g) as Tensor
  let largest = 0
  for (let i = 0; i < data.length; i++) largest = Math.max(largest, Math.abs(data[i] as number))
  if (largest === 0 || !Number.isFinite(largest)) return largest
  let sum = 0
  for (let i = 0; i < data.length; i++) sum += ((data[i] as number) / largest) ** 2
  return largest * Math.sqrt(sum)
}

/** The same of a tree of tensors. */
export const normOfTree = (tree: Theta): number => normOf(asCotangent<Theta>(spaceOf(tree), flatten(leavesOf(tree))))

const requireLimit = (who: string, limit: number): void =>
  requireRange(who, 'limit', limit, x => x > 0, 'above 0; leave it out not to clip')

/** g·min(1, limit/‖g‖): the direction is kept. Pascanu et al. 2013. Throws a DomainError for a limit of 0 or below. */
export const clipByNorm = (limit: number): Optimiser<null> => {
  requireLimit('clipByNorm', limit)
  return {
    init: () => null,
    step: (_, gradient) => {
      const [norm, g] = [normOf(gradient), numbersOf(gradient)]
      return [norm > limit ? made(gradient, i => ((g[i] as number) / norm) * limit) : gradient, null]
    },
  }
}

/** Every entry held to [-limit, limit]: unlike clipping by the norm it turns the gradient. Throws a DomainError for a limit of 0 or below. */
export const clipByValue = (limit: number): Optimiser<null> => {
  requireLimit('clipByValue', limit)
  return {
    init: () => null,
    step: (_, gradient) => {
      const g = numbersOf(gradient)
      return [made(gradient, i => Math.min(limit, Math.max(-limit, g[i] as number))), null]
    },
  }
}
