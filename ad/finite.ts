import { NonFiniteError } from './errors.ts'
import { type Branch, leavesOf, type Tree } from './tree.ts'
import { isValue, type Value } from './value.ts'

/** Whether every number is one; a loop, since it is asked at every timestep. */
export const isFiniteAll = (numbers: ArrayLike<number>): boolean => {
  for (let i = 0; i < numbers.length; i++) if (!Number.isFinite(numbers[i])) return false
  return true
}

/** Whether every number of a tree is finite; values of an interpreter pass. */
export const treeIsFinite = (tree: Tree): boolean =>
  leavesOf(tree).every(leaf => leaf.interpreter || isFiniteAll(leaf.data))

/** Throws a NonFiniteError that says where the number is. */
export const refuseNonFinite = (
  who: string,
  where: string,
  remedy = 'Lower the step size, or clip the gradient',
): never => {
  throw new NonFiniteError({
    who,
    given: `a number that is not finite in the ${where}`,
    wanted: 'finite numbers',
    remedy,
  })
}

/** Stops at the first quantity that is not finite. Throws a NonFiniteError naming the step and the quantity. */
export const checkFinite = (who: string, step: number, quantities: { readonly [name: string]: Tree }): void => {
  for (const [name, quantity] of Object.entries(quantities))
    if (!treeIsFinite(quantity)) refuseNonFinite(who, `${name} at step ${step}`)
}

const named = (tree: Branch, path: string): readonly (readonly [path: string, leaf: Value])[] =>
  Object.entries(tree).flatMap(([name, leaf]) =>
    isValue(leaf) ? [[`${path}.${name}`, leaf] as const] : named(leaf, `${path}.${name}`),
  )

/** Refuses parameters that are no numbers to begin with, by their names. Throws a NonFiniteError. */
export const checkParameters = (who: string, θ: Branch): void => {
  if (treeIsFinite(θ)) return
  for (const [name, leaf] of named(θ, 'θ'))
    if (!treeIsFinite(leaf))
      throw new NonFiniteError({
        who,
        given: `a number that is not finite in ${name}`,
        wanted: 'finite parameters to begin with',
        remedy: 'Look at how they were made, or at the model they were read from',
      })
}
