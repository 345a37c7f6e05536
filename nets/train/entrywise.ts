/** Optimisers as programs over Values, for parameters that stay in the memory of a compiled program. */
import type { Value } from '../../ad/value.ts'
import type { Update } from '../compiled/update.ts'
import type { Gradient, Optimiser } from './optimiser.ts'

/**
 * An optimiser as a program, entry by entry. What depends on the count of updates alone is worked out outside and given as
 * numbers. Its results are those of the optimiser's `step`, bit for bit (proofs/nets/optimisers.ts).
 */
export interface Entrywise<M> extends Update {
  /** What the program is called: those of one name are one program, whatever their options. */
  readonly program: string
  /** The numbers of the next update: step sizes, corrections, constants. */
  numbersOf(memory: M): readonly number[]
  /** The vectors [|θ|] in a memory. */
  heldIn(memory: M): readonly Gradient[]
  /** The memory one update later, its vectors aside. */
  counted(memory: M): M
  /** A memory with other vectors in it. */
  holding(memory: M, held: readonly Gradient[]): M
}

type WithProgram<M> = Optimiser<M>['step'] & { readonly entrywise?: Entrywise<M> }

/** An optimiser that is also given as a program. It goes with `step`: whoever replaces the one does without the other. */
export const entrywise = <M>(optimiser: Optimiser<M>, program: Entrywise<M>): Optimiser<M> => {
  const step: Optimiser<M>['step'] = (...args) => optimiser.step(...args)
  return { ...optimiser, step: Object.assign(step, { entrywise: program }) }
}

/** The program of an optimiser; null where it has none. */
export const entrywiseOf = <M>({ step }: Pick<Optimiser<M>, 'step'>): Entrywise<M> | null =>
  (step as WithProgram<M>).entrywise ?? null

/** A list that belongs to several, cut by how much each has. */
const cut = <T>(list: readonly T[], sizes: readonly number[]): readonly (readonly T[])[] => {
  let at = 0
  return sizes.map(size => {
    at += size
    return list.slice(at - size, at)
  })
}

const sum = (xs: readonly number[]): number => xs.reduce((a, b) => a + b, 0)

/** Parts in a row as one program; null where one part has none. */
export const inARow = (parts: readonly Optimiser[]): Entrywise<readonly unknown[]> | null => {
  const all = parts.flatMap(part => entrywiseOf(part) ?? [])
  if (all.length < parts.length) return null
  const [numbers, held] = [all.map(part => part.numbers), all.map(part => part.held)]
  return {
    program: `chain(${all.map(({ program }) => program).join(', ')})`,
    numbers: sum(numbers),
    held: sum(held),
    numbersOf: memories => all.flatMap((part, i) => part.numbersOf(memories[i])),
    heldIn: memories => all.flatMap((part, i) => part.heldIn(memories[i])),
    counted: memories => all.map((part, i) => part.counted(memories[i])),
    holding: (memories, vectors) => {
      const own = cut(vectors, held)
      return all.map((part, i) => part.holding(memories[i], own[i] as readonly Gradient[]))
    },
    step: (given, vectors, gradient, θ) => {
      const [ownNumbers, own] = [cut(given, numbers), cut(vectors, held)]
      let update = gradient
      const after = all.flatMap((part, i) => {
        const [changed, next] = part.step(ownNumbers[i] as readonly Value[], own[i] as readonly Value[], update, θ)
        update = changed
        return next
      })
      return [update, after]
    },
  }
}
