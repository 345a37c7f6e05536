import { NonFiniteError } from './errors.ts'
import { type Branch, leavesOf, type Tree } from './tree.ts'
import { isValue, type Value } from './value.ts'

/**
 * Whether every number is one: 0 x is 0 for these alone, and NaN for the rest. Asked of whole gradients and at every timestep, so the
 * sums are four, which do not wait for each other.
 */
export const isFiniteAll = (numbers: ArrayLike<number>): boolean => {
  const { length } = numbers
  let a = 0
  let b = 0
  let c = 0
  let d = 0
  let i = 0
  for (; i + 3 < length; i += 4) {
    a += 0 * (numbers[i] as number)
    b += 0 * (numbers[i + 1] as number)
    c += 0 * (numbers[i + 2] as number)
    d += 0 * (numbers[i + 3] as number)
  }
  for (; i < length; i++) a += 0 * (numbers[i] as number)
  return a + b + c + d === 0
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
