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

import { describe } from '../../ad/describe.ts'
import { KindError, ShapeError } from '../../ad/errors.ts'
import { type Cotangent, toValue } from '../../ad/linear/space.ts'
import { requireMethod } from '../../ad/require.ts'
import { type Tensor, tensorOf } from '../../ad/tensor.ts'
import type { Theta } from '../network.ts'
import type { ErrorAndTrace } from '../run/rule.ts'

export type Gradient = Cotangent<Theta>

/**
 * What an optimiser needs beside a gradient: 'step', that it is of one step of one sequence; 'trace', that too, and the error and
 * the trace it is the product of, which only a rule of temporal differences has.
 */
export type Need = 'step' | 'trace'

/** A map from gradients to gradients that may remember earlier ones. No memory is changed in place. */
export interface Optimiser<M = unknown> {
  readonly needs?: Need
  /** What is remembered before the first update; of the gradient only the size counts. */
  init(gradient: Gradient): M
  /** `errorAndTrace` is there where the rule has it: the gradient is then -delta·trace. */
  step(memory: M, gradient: Gradient, θ: Theta, errorAndTrace?: ErrorAndTrace): readonly [update: Gradient, memory: M]
}

/** Refuses an optimiser that needs more of a rule, or of how it is run, than there is. Throws a KindError. */
export const requireNeeds = (
  { needs }: Pick<Optimiser, 'needs'>,
  rule: { readonly name: string; readonly errorAndTrace?: unknown },
  { every, batch }: { readonly every: number; readonly batch: number | null },
): void => {
  const refuse = (given: string, wanted: string, remedy: string): never => {
    throw new KindError({ who: 'train', given, wanted, remedy })
  }
  if (needs === 'trace' && !rule.errorAndTrace)
    refuse(
      `the rule ${rule.name} with an optimiser that needs its error and its trace apart`,
      'a rule of temporal differences, such as td()',
      'Take sgd or adam for a rule whose gradient is all it has',
    )
  const several = every > 1 ? `the mean gradient of ${every} steps` : `the mean gradient of ${batch} sequences`
  if (needs && (every > 1 || (batch ?? 1) > 1))
    refuse(`${several}, with an optimiser that needs one`, 'every: 1 and one sequence', 'Train on one step at a time')
}

/** Refuses a gradient that is no vector of numbers, such as the tree that `gradient` gives. Throws a KindError. */
export const numbersOf = (gradient: Gradient): Float64Array => {
  const data = (toValue(gradient) as Tensor | undefined)?.data
  if (data instanceof Float64Array) return data
  throw new KindError({
    who: 'optimiser',
    given: `${describe(gradient)} in place of a gradient`,
    wanted: 'all of it as one vector [|θ|]',
    remedy: 'Flatten a tree by tensor(entries(gradient)); unflattenLike(θ, update) is the way back',
  })
}
export const blank = ({ length }: Float64Array): Float64Array => new Float64Array(length)
export const gradientOf = (data: Float64Array): Gradient => tensorOf([data.length], data) as unknown as Gradient

/** What an optimiser's step gives. Throws a KindError where it is no pair. */
export const updated = <M>(pair: readonly [Gradient, M]): readonly [Gradient, M] => {
  if (Array.isArray(pair) && pair.length === 2) return pair
  throw new KindError({
    who: 'optimiser',
    given: `a step that returns ${describe(pair)}`,
    wanted: '[update, memory]: what θ is moved against, and what the next step is given',
    remedy: 'Return both: [gradient, memory]',
  })
}

/** Numbers as many as there are in the gradient. Throws a ShapeError. */
export const requireSize = (who: string, what: string, size: number, wanted: number): void => {
  if (size === wanted) return
  throw new ShapeError({
    who,
    given: `${what} of ${size} numbers and a gradient of ${wanted}`,
    wanted: 'as many of each',
    remedy: 'Give the θ and the memory that belong to the gradient',
  })
}

/** What is remembered, as numbers beside those of the gradient. */
export const remembered = (who: string, memory: Gradient, { length }: Float64Array): Float64Array => {
  const numbers = numbersOf(memory)
  requireSize(who, 'a memory', numbers.length, length)
  return numbers
}

/** A rule has an `init` and a `step` too. */
const refuseRule = (who: string, given: unknown, remedy: string): void => {
  if (typeof given !== 'object' || given === null || !('faces' in given)) return
  throw new KindError({ who, given: 'a learning rule as the optimiser', wanted: 'how a gradient moves θ', remedy })
}

/** Refuses what does not say how parameters move. Throws a KindError. */
export const requireOptimiser = (who: string, given: unknown, usage: string, where?: string): void => {
  refuseRule(who, given, usage)
  for (const method of ['step', 'init'])
    requireMethod(who, given, method, 'an optimiser, called: sgd({ lr: 0.01 }), adam({ lr: 0.001 })', usage, where)
}
