/** Folds over timesteps: every output with the memory after it, in the direction that the fold faces. */
import { internal } from '../../ad/errors.ts'
import { plus } from '../../ad/linear/linear.ts'
import type { Cotangent } from '../../ad/linear/space.ts'
import type { Fold } from './rule.ts'
import type { Timestep } from './timestep.ts'

type Lazy<T> = Iterable<T>
const lazily = <T>(generate: () => Iterator<T>): Lazy<T> => ({ [Symbol.iterator]: generate })

/** Every output of a fold with the memory after it, one at a time, in the order given. */
export const steps =
  <M, I, O>(fold: Fold<M, I, O>) =>
  (inputs: Iterable<I>): Lazy<readonly [O, M]> =>
    lazily(function* () {
      let held: { readonly memory: M } | undefined
      for (const now of inputs) {
        const [out, memory] = fold.step(held ? held.memory : fold.init(now), now)
        held = { memory }
        yield [out, memory] as const
      }
    })

/** The outputs alone. */
export const outputs = <O, M>(pairs: Iterable<readonly [O, M]>): Lazy<O> =>
  lazily(function* () {
    for (const [out] of pairs) yield out
  })

/** A fold over timesteps in its own direction: a left fold from the past, or a right fold from the future. */
export const folded =
  <M, O>(fold: Fold<M, Timestep, O>) =>
  (timesteps: readonly Timestep[]): Lazy<readonly [O, M]> =>
    steps(fold)(fold.faces === 'future' ? timesteps.toReversed() : timesteps)

/** The sum of cotangents, at least one, added as they come. */
export const sumOf = <A>(outs: Iterable<Cotangent<A>>): Cotangent<A> => {
  let total: Cotangent<A> | undefined
  for (const out of outs) total = total ? plus(total, out) : out
  if (!total) throw internal('a run has at least timestep 0')
  return total
}

/** A change to a timestep: a map replaced, an error set to 0. */
export type StepTransform = (now: Timestep) => Timestep

/** Several transforms as one, applied from the first to the last. */
export const composed =
  (...list: readonly StepTransform[]): StepTransform =>
  now =>
    list.reduce((changed, transform) => transform(changed), now)

/** The same rule, or fold, over the run with every timestep transformed. */
export const transformed =
  (transform: StepTransform) =>
  <M, O, R extends Fold<M, Timestep, O>>(fold: R & Fold<M, Timestep, O>): R => ({
    ...fold,
    init: (first: Timestep) => fold.init(transform(first)),
    step: (memory: M, now: Timestep) => fold.step(memory, transform(now)),
  })
