/** Optimisers one after the other. */
import { KindError } from '../../ad/errors.ts'
import { type Entrywise, entrywise, inARow } from './entrywise.ts'
import { type Optimiser, requireOptimiser } from './optimiser.ts'

/** What each of some optimisers remembers. */
export type Memories<Parts extends readonly Optimiser[]> = {
  readonly [K in keyof Parts]: Parts[K] extends Optimiser<infer M> ? M : never
}

/** Several optimisers in a row: the first takes the gradient, the last gives the update, and each remembers for itself. */
export const chain = <const Parts extends readonly Optimiser[]>(...parts: Parts): Optimiser<Memories<Parts>> => {
  parts.forEach((part, i) => {
    requireOptimiser('chain', part, 'chain(clipByNorm(1), sgd({ lr: 0.01 }))', ` in place ${i + 1}`)
  })
  const late = parts.findIndex(({ needs }, i) => i > 0 && needs)
  if (late !== -1)
    throw new KindError({
      who: 'chain',
      given: `an optimiser in place ${late + 1} that needs what a rule emits`,
      wanted: 'it first: the others change what they are given',
      remedy: 'Put it first',
    })
  const [first] = parts
  const made: Optimiser<Memories<Parts>> = {
    ...(first?.needs && { needs: first.needs }),
    init: gradient => parts.map(part => part.init(gradient)) as unknown as Memories<Parts>,
    step: (memories, gradient, θ, errorAndTrace) => {
      let update = gradient
      const next = parts.map((part, i) => {
        const [changed, memory] = part.step(memories[i], update, θ, i === 0 ? errorAndTrace : undefined)
        update = changed
        return memory
      })
      return [update, next as unknown as Memories<Parts>]
    },
  }
  const program = inARow(parts)
  return program ? entrywise(made, program as unknown as Entrywise<Memories<Parts>>) : made
}
