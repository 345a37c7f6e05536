/** The optimisers: gradient descent, Adam, AdamW, RMSprop, weight decay. */

import { KindError } from '../../ad/errors.ts'
import { flatten, zerosLike } from '../../ad/linear/space.ts'
import { abs, add, div, greater, max, mul, sqrt, where } from '../../ad/primitives/elementwise.ts'
import { ranges } from '../../ad/require.ts'
import type { Tensor } from '../../ad/tensor.ts'
import { leavesOf } from '../../ad/tree.ts'
import type { Value } from '../../ad/value.ts'
import { chain } from './chain.ts'
import { type Entrywise, entrywise, entrywiseOf } from './entrywise.ts'
import { blank, type Gradient, gradientOf, numbersOf, type Optimiser, remembered, requireSize } from './optimiser.ts'
import {
  betaNames,
  decayNames,
  type LearningRate,
  rateOf,
  requireOptions,
  requireUsual,
  smoothingNames,
} from './optimiser-options.ts'
import type { Schedule } from './schedules.ts'

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

/** The velocity of a memory. Throws a KindError for that of a descent without momentum. */
const velocityOf = (who: string, velocity: Gradient | null): Gradient => {
  if (velocity) return velocity
  throw new KindError({
    who,
    given: 'a memory without a velocity, and momentum',
    wanted: 'a memory that momentum left',
    remedy: 'Go on with the optimiser of before, or begin with θ alone',
  })
}

const scaled = (k: number, g: Float64Array): Gradient => {
  const out = blank(g)
  for (let i = 0; i < g.length; i++) out[i] = k * (g[i] as number)
  return gradientOf(out)
}

const sgdFor = (who: string, { lr, momentum = 0 }: SgdOptions): Optimiser<SgdMemory> => {
  requireUsual(who, 'momentum', momentum, ranges.from0below1)
  const rate = rateOf(who, lr)
  const made: Optimiser<SgdMemory> = {
    init: gradient => ({ count: 0, velocity: momentum === 0 ? null : zerosLike(gradient) }),
    step: ({ count, velocity }, gradient) => {
      const v = accelerated(who, momentum, momentum === 0 ? velocity : velocityOf(who, velocity), numbersOf(gradient))
      return [scaled(rate(count), v), { count: count + 1, velocity: velocity && gradientOf(v) }]
    },
  }
  return entrywise(made, descent(rate, momentum))
}

/** sgd as a program of lr and, where there is a velocity, momentum. */
const descent = (rate: Schedule, momentum: number): Entrywise<SgdMemory> => {
  const counted = ({ count, velocity }: SgdMemory): SgdMemory => ({ count: count + 1, velocity })
  if (momentum === 0)
    return {
      ...{ program: 'sgd', numbers: 1, held: 0, counted },
      numbersOf: ({ count }) => [rate(count)],
      heldIn: () => [],
      holding: memory => memory,
      step: ([lr], _, g) => [mul(lr as Value, g), []],
    }
  return {
    ...{ program: 'sgd with momentum', numbers: 2, held: 1, counted },
    numbersOf: ({ count }) => [rate(count), momentum],
    heldIn: ({ velocity }) => [velocityOf('sgd', velocity)],
    holding: ({ count }, [velocity]) => ({ count, velocity: velocity as Gradient }),
    step: ([lr, momentum], [v], g) => {
      const next = add(mul(momentum as Value, v as Value), g)
      return [mul(lr as Value, next), [next]]
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

/** The same of Values. */
const rootMeanSquareOf = (β: Value, β̄: Value, r: Value, g: Value): Value => {
  const mean = (a: Value, b: Value): Value => add(mul(mul(β, a), a), mul(mul(β̄, b), b))
  const square = mean(r, g)
  const largest = max(r, abs(g))
  const scaled = mul(largest, sqrt(mean(div(r, largest), div(g, largest))))
  const fits = mul(greater(square, 1e-280), greater(Infinity, square))
  return where(fits, sqrt(square), where(greater(largest, 0), scaled, mul(largest, 0)))
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
  requireUsual(who, 'beta1', beta1, ranges.from0below1)
  requireUsual(who, 'beta2', beta2, ranges.from0below1)
  requireUsual(who, 'epsilon', epsilon, ranges.positive)
  const rate = rateOf(who, lr)
  const made: Optimiser<AdamMemory> = {
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
  return entrywise(made, {
    ...{ program: 'adam', numbers: 8, held: 2 },
    numbersOf: memory => {
      const count = memory.count + 1
      const [once, twice] = [1 - beta1 ** count, Math.sqrt(1 - beta2 ** count)]
      return [rate(memory.count), once, twice, beta1, 1 - beta1, beta2, 1 - beta2, epsilon]
    },
    heldIn: ({ mean, root }) => [mean, root],
    counted: memory => ({ ...memory, count: memory.count + 1 }),
    holding: ({ count }, [mean, root]) => ({ count, mean: mean as Gradient, root: root as Gradient }),
    step: (numbers, [m, r], g) => {
      const [step, once, twice, β1, β̄1, β2, β̄2, ε] = numbers as readonly [
        ...[Value, Value, Value, Value, Value, Value, Value, Value],
      ]
      const mean = add(mul(β1, m as Value), mul(β̄1, g))
      const root = rootMeanSquareOf(β2, β̄2, r as Value, g)
      return [div(mul(step, div(mean, once)), add(div(root, twice), ε)), [mean, root]]
    },
  })
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
  requireUsual('adamw', 'decay', decay, ranges.atLeast0)
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
  requireUsual('weightDecay', 'decay', decay, ranges.atLeast0)
  const rate = rateOf('weightDecay', lr)
  const made: Optimiser<number> = {
    init: () => 0,
    step: (count, gradient, θ) => {
      const [k, out] = [rate(count) * decay, numbersOf(gradient).slice()]
      const { data } = flatten(leavesOf(θ)) as Tensor
      requireSize('weightDecay', 'a θ', data.length, out.length)
      for (let i = 0; i < out.length; i++) out[i] = (out[i] as number) + k * (data[i] as number)
      return [gradientOf(out), count + 1]
    },
  }
  return entrywise(made, {
    ...{ program: 'weightDecay', numbers: 1, held: 0 },
    numbersOf: count => [rate(count) * decay],
    heldIn: () => [],
    counted: count => count + 1,
    holding: count => count,
    step: ([k], _, g, θ) => [add(g, mul(k as Value, θ)), []],
  })
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
  requireUsual('rmsprop', 'decay', decay, ranges.from0below1)
  requireUsual('rmsprop', 'epsilon', epsilon, ranges.positive)
  const descent = sgdFor('rmsprop', rest)
  const made: Optimiser<RmspropMemory> = {
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
  const by = entrywiseOf(descent) as Entrywise<SgdMemory>
  return entrywise(made, {
    program: `rmsprop by ${by.program}`,
    ...{ numbers: 3 + by.numbers, held: 1 + by.held },
    numbersOf: memory => [decay, 1 - decay, epsilon, ...by.numbersOf(memory)],
    heldIn: memory => [memory.root, ...by.heldIn(memory)],
    counted: memory => ({ ...by.counted(memory), root: memory.root }),
    holding: (memory, [root, ...held]) => ({ ...by.holding(memory, held), root: root as Gradient }),
    step: ([β, β̄, ε, ...numbers], [r, ...held], g, θ) => {
      const root = rootMeanSquareOf(β as Value, β̄ as Value, r as Value, g)
      const [update, after] = by.step(numbers, held, div(g, add(root, ε as Value)), θ)
      return [update, [root, ...after]]
    },
  })
}
