import { NonFiniteError } from '../ad/errors.ts'
import { leavesOf, type Tree } from '../ad/tree.ts'

const allFinite = (tree: Tree): boolean =>
  leavesOf(tree).every(leaf => leaf.interpreter || leaf.data.every(Number.isFinite))

/** Stops at the first quantity that is not finite. Throws a NonFiniteError naming the step and the quantity. */
export const checkFinite = (who: string, step: number, quantities: { readonly [name: string]: Tree }): void => {
  for (const [name, quantity] of Object.entries(quantities))
    if (!allFinite(quantity))
      throw new NonFiniteError({
        who,
        given: `a number that is not finite in the ${name} at step ${step}`,
        wanted: 'finite numbers',
        remedy: 'Lower the step size, or clip the gradient',
      })
}
