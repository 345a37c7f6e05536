/**
 * Optimisers map a gradient to a gradient, with a memory. What they return is what θ is moved against, so it keeps the sign of
 * the gradient and has the step size in it: sgd returns +lr·v, adam +lr·m̂/(√v̂ + ε). `train` alone crosses from cotangents to
 * tangents, by the metric: θ ← θ - update. So they compose: chain(clipByNorm(1), adam({ lr: 0.001 })).
 *
 * Laws (proofs/nets/optimisers.ts):
 * 1. chain(a, b) is a, then b on what a returned
 * 2. chain(chain(a, b), c) = chain(a, b, c) = chain(a, chain(b, c)), and chain() changes nothing
 * 3. adamw({ lr, decay }) = chain(adam({ lr }), weightDecay({ decay, lr })): θ shrinks by lr·decay, and adam sees nothing of it
 * 4. ‖clipByNorm(limit)(g)‖ ≤ limit, in the direction of g
 * 5. the first update of adam is lr·g/(|g| + ε), at most lr; with a tiny ε no update depends on the scale of the gradients
 */
import { DomainError, KindError, NameError, NonFiniteError, ShapeError } from '../../ad/errors.ts'
import { type Cotangent, flatten, toValue, zerosLike } from '../../ad/linear/space.ts'
import { requireNames } from '../../ad/require.ts'
import { type Tensor, tensorOf } from '../../ad/tensor.ts'
import { leavesOf } from '../../ad/tree.ts'
import type { Theta } from '../network.ts'
import type { Schedule } from './schedules.ts'

type Gradient = Cotangent<Theta>

/** A map from gradients to gradients that may remember earlier ones. No memory is changed in place. */
export interface Optimiser<M = unknown> {
  /** What is remembered before the first update; of the gradient only the size counts. */
  init(gradient: Gradient): M
  step(memory: M, gradient: Gradient, θ: Theta): readonly [update: Gradient, memory: M]
}

/** A step size, at least 0, or one for each update. */
export type LearningRate = number | Schedule

const numbersOf = (gradient: Gradient): Float64Array => (toValue(gradient) as Tensor).data
const blank = ({ length }: Float64Array): Float64Array => new Float64Array(length)
const gradientOf = (data: Float64Array): Gradient => tensorOf([data.length], data) as unknown as Gradient

/** Numbers as many as there are in the gradient. Throws a ShapeError. */
const requireSize = (who: string, what: string, size: number, wanted: number): void => {
  if (size === wanted) return
  throw new ShapeError({
    who,
    given: `${what} of ${size} numbers and a gradient of ${wanted}`,
    wanted: 'as many of each',
    remedy: 'Give the θ and the memory that belong to the gradient',
  })
}

/** What is remembered, as numbers beside those of the gradient. */
const remembered = (who: string, memory: Gradient, { length }: Float64Array): Float64Array => {
  const numbers = numbersOf(memory)
  requireSize(who, 'a memory', numbers.length, length)
  return numbers
}

interface Range {
  readonly wanted: string
  has(x: number): boolean
}
const fraction: Range = { wanted: 'in [0, 1)', has: x => x >= 0 && x < 1 }
const positive: Range = { wanted: 'above 0, and finite', has: x => x > 0 && x < Infinity }
const atLeast0: Range = { wanted: 'a finite number of at least 0', has: x => x >= 0 && x < Infinity }

const usual = 'Usual values: lr 0.01, momentum and beta1 0.9, beta2 0.999, epsilon 1e-8, decay 0.01'

const requireRange = (who: string, name: string, x: unknown, { has, wanted }: Range, remedy = usual): void => {
  if (typeof x === 'number' && has(x)) return
  const given = `${name} = ${typeof x === 'string' ? `'${x}'` : String(x)}`
  throw new DomainError({ who, given, wanted: `${name} ${wanted}`, remedy })
}

const meant = (name: string): string => `Did you mean ${name}?`
const apart = 'Weight decay is a part of its own: chain(sgd({ lr }), weightDecay({ decay, lr })), or adamw'
const rateNames = { learning_rate: meant('lr'), learningRate: meant('lr') }
const names = { ...rateNames, decay: apart, weight_decay: apart, weightDecay: apart }
const betaNames = { b1: meant('beta1'), b2: meant('beta2'), betas: 'Say beta1 and beta2', eps: meant('epsilon') }
const decayNames = { weight_decay: meant('decay'), weightDecay: meant('decay') }
const smoothing = meant('decay')
const smoothingNames = { alpha: smoothing, rho: smoothing, smoothing, eps: meant('epsilon') }

/** Refuses options that are no record, of names not known, or by the names that other libraries give to these. */
const requireOptions = (who: string, options: unknown, known: readonly string[], more: object = {}): void => {
  const elsewhere: Readonly<Record<string, string>> = { ...names, ...more }
  const foreign = Object.keys(options ?? {}).find(name => !known.includes(name) && Object.hasOwn(elsewhere, name))
  const remedy = foreign && elsewhere[foreign]
  if (remedy) throw new NameError({ who, given: `an option ${foreign}`, wanted: known.join(', '), remedy })
  requireNames(who, options, known)
}

/** The step size of each update. Throws a DomainError for one below 0 or not finite: of a number now, of a schedule then. */
const rateOf = (who: string, lr: LearningRate): Schedule => {
  if (typeof lr !== 'function') {
    requireRange(who, 'lr', lr, { ...atLeast0, wanted: `${atLeast0.wanted}, or a schedule` })
    return () => lr
  }
  return count => {
    const rate = lr(count)
    requireRange(who, `lr(${count})`, rate, atLeast0, 'A schedule gives a step size for every count from 0')
    return rate
  }
}

const requireOptimiser = (part: unknown, i: number): void => {
  if (typeof (part as Optimiser | null | undefined)?.step === 'function') return
  const given = typeof part === 'function' ? 'an optimiser that was not called' : String(part)
  const remedy = 'chain(clipByNorm(1), sgd({ lr: 0.01 }))'
  throw new KindError({ who: 'chain', given: `${given} in place ${i + 1}`, wanted: 'optimisers', remedy })
}

/** What each of some optimisers remembers. */
export type Memories<Parts extends readonly Optimiser[]> = {
  readonly [K in keyof Parts]: Parts[K] extends Optimiser<infer M> ? M : never
}

/** Several optimisers in a row: the first takes the gradient, the last gives the update, and each remembers for itself. */
export const chain = <const Parts extends readonly Optimiser[]>(...parts: Parts): Optimiser<Memories<Parts>> => {
  parts.forEach(requireOptimiser)
  return {
    init: gradient => parts.map(part => part.init(gradient)) as unknown as Memories<Parts>,
    step: (memories, gradient, θ) => {
      let update = gradient
      const next = parts.map((part, i) => {
        const [changed, memory] = part.step(memories[i], update, θ)
        update = changed
        return memory
      })
      return [update, next as unknown as Memories<Parts>]
    },
  }
}

export interface SgdOptions {
  readonly lr: LearningRate
  /** In [0, 1); 0 by default. */
  readonly momentum?: number
}

/** How many updates there were, and the velocity v, null where momentum is 0. */
export interface SgdMemory {
  readonly count: number
  readonly velocity: Gradient | null
}

/** momentum·v + g; without a v, g itself. */
const accelerated = (who: string, momentum: number, velocity: Gradient | null, g: Float64Array): Float64Array => {
  if (velocity === null) return g
  const [v, next] = [remembered(who, velocity, g), blank(g)]
  for (let i = 0; i < g.length; i++) next[i] = momentum * (v[i] as number) + (g[i] as number)
  return next
}

const scaled = (k: number, g: Float64Array): Gradient => {
  const out = blank(g)
  for (let i = 0; i < g.length; i++) out[i] = k * (g[i] as number)
  return gradientOf(out)
}

const sgdFor = (who: string, { lr, momentum = 0 }: SgdOptions): Optimiser<SgdMemory> => {
  requireRange(who, 'momentum', momentum, fraction)
  const rate = rateOf(who, lr)
  return {
    init: gradient => ({ count: 0, velocity: momentum === 0 ? null : zerosLike(gradient) }),
    step: ({ count, velocity }, gradient) => {
      const v = accelerated(who, momentum, velocity, numbersOf(gradient))
      return [scaled(rate(count), v), { count: count + 1, velocity: velocity && gradientOf(v) }]
    },
  }
}

/** Gradient descent: lr·v with v ← momentum·v + g. Polyak 1964. Throws a DomainError for what is out of range, as all of these do. */
export const sgd = (options: SgdOptions): Optimiser<SgdMemory> => {
  requireOptions('sgd', options, ['lr', 'momentum'])
  return sgdFor('sgd', options)
}

/**
 * √(β r² + (1 - β) g²), from the root r so far. Since the root is kept and not its square, no g is too large for it; where a
 * square would not fit or would vanish, the larger of both is taken out first.
 */
const rootMeanSquare = (β: number, r: number, g: number): number => {
  const square = β * r * r + (1 - β) * g * g
  if (square > 1e-280 && square < Infinity) return Math.sqrt(square)
  const largest = Math.max(r, Math.abs(g))
  if (largest === 0) return 0
  const [ρ, γ] = [r / largest, g / largest]
  return largest * Math.sqrt(β * ρ * ρ + (1 - β) * γ * γ)
}

export interface AdamOptions {
  readonly lr: LearningRate
  /** Decay of the mean of gradients, in [0, 1); 0.9 by default. */
  readonly beta1?: number
  /** Decay of the mean of their squares, in [0, 1); 0.999 by default. */
  readonly beta2?: number
  /** Above 0; 1e-8 by default. */
  readonly epsilon?: number
}

/** How many updates there were, the mean m of gradients and the root √v of the mean of squares, both from 0. */
export interface AdamMemory {
  readonly count: number
  readonly mean: Gradient
  readonly root: Gradient
}

const adamNames = ['lr', 'beta1', 'beta2', 'epsilon'] as const

const adamFor = (who: string, options: AdamOptions): Optimiser<AdamMemory> => {
  const { lr, beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8 } = options
  requireRange(who, 'beta1', beta1, fraction)
  requireRange(who, 'beta2', beta2, fraction)
  requireRange(who, 'epsilon', epsilon, positive)
  const rate = rateOf(who, lr)
  return {
    init: gradient => ({ count: 0, mean: zerosLike(gradient), root: zerosLike(gradient) }),
    step: (memory, gradient) => {
      const g = numbersOf(gradient)
      const [m, r] = [remembered(who, memory.mean, g), remembered(who, memory.root, g)]
      const [mean, root, update] = [blank(g), blank(g), blank(g)]
      const [step, count] = [rate(memory.count), memory.count + 1]
      const [once, twice] = [1 - beta1 ** count, Math.sqrt(1 - beta2 ** count)]
      for (let i = 0; i < g.length; i++) {
        const first = beta1 * (m[i] as number) + (1 - beta1) * (g[i] as number)
        const second = rootMeanSquare(beta2, r[i] as number, g[i] as number)
        mean[i] = first
        root[i] = second
        update[i] = (step * (first / once)) / (second / twice + epsilon)
      }
      return [gradientOf(update), { count, mean: gradientOf(mean), root: gradientOf(root) }]
    },
  }
}

/**
 * Adam: lr·m̂/(√v̂ + ε), the mean of gradients over the root of the mean of their squares, both corrected for their start at 0.
 * Kingma & Ba 2015. A gradient k times as large as the rest makes the steps after it small, for 2·log(k)/(1 - beta2) updates; clip it.
 */
export const adam = (options: AdamOptions): Optimiser<AdamMemory> => {
  requireOptions('adam', options, adamNames, betaNames)
  return adamFor('adam', options)
}

export interface AdamwOptions extends AdamOptions {
  /** At least 0; 0.01 by default. */
  readonly decay?: number
}

/** Adam with decoupled weight decay: lr·(m̂/(√v̂ + ε) + decay·θ). Loshchilov & Hutter 2019. */
export const adamw = (options: AdamwOptions): Optimiser<readonly [AdamMemory, number]> => {
  requireOptions('adamw', options, [...adamNames, 'decay'], { ...betaNames, ...decayNames })
  const { decay = 0.01, lr, ...rest } = options
  requireRange('adamw', 'decay', decay, atLeast0)
  return chain(adamFor('adamw', { lr, ...rest }), weightDecay({ decay, lr }))
}

export interface WeightDecayOptions {
  /** At least 0. */
  readonly decay: number
  /** What decay is multiplied by; 1 by default. Decoupled decay has the lr of the optimiser before it. */
  readonly lr?: LearningRate
}

/**
 * Adds lr·decay·θ to what it is given. Before an optimiser it is L2 regularisation, the gradient of ½ decay ‖θ‖²:
 * chain(weightDecay({ decay }), sgd({ lr, momentum })). After it, with the same lr, it is decoupled decay, which neither momentum nor
 * a mean of squares sees: chain(sgd({ lr, momentum }), weightDecay({ decay, lr })). It remembers how many updates there were.
 */
export const weightDecay = (options: WeightDecayOptions): Optimiser<number> => {
  requireOptions('weightDecay', options, ['decay', 'lr'], decayNames)
  const { decay, lr = 1 } = options
  requireRange('weightDecay', 'decay', decay, atLeast0)
  const rate = rateOf('weightDecay', lr)
  return {
    init: () => 0,
    step: (count, gradient, θ) => {
      const [k, out] = [rate(count) * decay, numbersOf(gradient).slice()]
      const { data } = flatten(leavesOf(θ)) as Tensor
      requireSize('weightDecay', 'a θ', data.length, out.length)
      for (let i = 0; i < out.length; i++) out[i] = (out[i] as number) + k * (data[i] as number)
      return [gradientOf(out), count + 1]
    },
  }
}

export interface RmspropOptions extends SgdOptions {
  /** Smoothing of the mean of squares, in [0, 1); 0.9 by default. It decays no weights. */
  readonly decay?: number
  /** Above 0; 1e-8 by default. */
  readonly epsilon?: number
}

/** What sgd remembers, and the root √v of the mean of squares, from 0. */
export interface RmspropMemory extends SgdMemory {
  readonly root: Gradient
}

/** RMSprop: lr·u with u ← momentum·u + g/(√v + ε) and v ← decay·v + (1 - decay)·g². Tieleman & Hinton 2012. */
export const rmsprop = (options: RmspropOptions): Optimiser<RmspropMemory> => {
  requireOptions('rmsprop', options, ['lr', 'decay', 'epsilon', 'momentum'], smoothingNames)
  const { decay = 0.9, epsilon = 1e-8, ...rest } = options
  requireRange('rmsprop', 'decay', decay, fraction)
  requireRange('rmsprop', 'epsilon', epsilon, positive)
  const descent = sgdFor('rmsprop', rest)
  return {
    init: gradient => ({ ...descent.init(gradient), root: zerosLike(gradient) }),
    step: ({ root: before, ...memory }, gradient, θ) => {
      const g = numbersOf(gradient)
      const [r, root, u] = [remembered('rmsprop', before, g), blank(g), blank(g)]
      for (let i = 0; i < g.length; i++) {
        const next = rootMeanSquare(decay, r[i] as number, g[i] as number)
        root[i] = next
        u[i] = (g[i] as number) / (next + epsilon)
      }
      const [update, after] = descent.step(memory, gradientOf(u), θ)
      return [update, { ...after, root: gradientOf(root) }]
    },
  }
}

/** The largest |g_i|, and ‖g‖ over it: no square of an entry is too large for a number, nor too small. */
const magnitude = (data: Float64Array): readonly [largest: number, ratio: number] => {
  let largest = 0
  for (let i = 0; i < data.length; i++) largest = Math.max(largest, Math.abs(data[i] as number))
  if (largest === 0 || !Number.isFinite(largest)) return [largest, 1]
  let sum = 0
  for (let i = 0; i < data.length; i++) sum += ((data[i] as number) / largest) ** 2
  return [largest, Math.sqrt(sum)]
}

/** ‖g‖ over all parameters together; Infinity only where no number is as large. */
export const normOf = <A>(gradient: Cotangent<A>): number => {
  const [largest, ratio] = magnitude((toValue(gradient) as Tensor).data)
  return largest * ratio
}

/** The same of a gradient as a tree. */
export const normOfTree = (tree: Theta): number => normOf<Theta>(flatten(leavesOf(tree)) as unknown as Gradient)

const limits: Range = { wanted: 'above 0', has: x => x > 0 }
const requireLimit = (who: string, limit: number): void =>
  requireRange(who, 'limit', limit, limits, `${who}(1) is usual; leave it out not to clip`)

/** A clipped infinity would look like any number. Throws a NonFiniteError. */
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

/** Every entry held to [-limit, limit]: unlike clipByNorm, it turns the gradient. */
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
