/** Similarity of two gradients, over all parameters and group by group. */
import { alignment, entries } from '../../ad/distance.ts'
import { rootMeanSquare } from '../../ad/moments.ts'
import { requireRecord } from '../../ad/require.ts'
import type { Branch, Tree } from '../../ad/tree.ts'
import { isValue } from '../../ad/value.ts'

/** A gradient beside another over the entries of one group of parameters. */
export interface Similarity {
  /** 'all', or a leaf by its path: cell.W_rec. */
  readonly group: string
  /** The cosine of the angle between them, in [-1, 1]; NaN where one is 0. */
  readonly cosine: number
  /** ‖the first‖ / ‖the second‖; NaN where both are 0. */
  readonly ratio: number
  /** The share of entries that have the same sign, in [0, 1]; 0 agrees with 0 alone. */
  readonly signs: number
}

const branchOf = (tree: Branch): Branch => {
  requireRecord(
    'similarity',
    tree,
    'two gradients, trees of one network',
    'Take both from gradient(rule, net)(θ, data)',
  )
  return tree
}

/** The leaves of a tree by their paths. */
const leavesByPath = (tree: Branch, path = ''): readonly (readonly [string, Tree])[] =>
  Object.entries(branchOf(tree)).flatMap(([name, part]) =>
    isValue(part) ? [[`${path}${name}`, part] as const] : leavesByPath(part as Branch, `${path}${name}.`),
  )

const agreeing = (a: readonly number[], b: readonly number[]): number =>
  a.filter((x, i) => Math.sign(x) === Math.sign(b[i] as number)).length / a.length

const between = (group: string, ours: Tree, theirs: Tree): Similarity => {
  const [a, b] = [entries(ours), entries(theirs)]
  return { group, cosine: alignment(ours, theirs), ratio: rootMeanSquare(a) / rootMeanSquare(b), signs: agreeing(a, b) }
}

/** Two gradients of the same names beside each other: over all entries first, then leaf by leaf in the order of the second. */
export const similarity = (ours: Branch, theirs: Branch): readonly Similarity[] => {
  const parts = new Map(leavesByPath(ours))
  const leaves = leavesByPath(theirs).map(([path, leaf]) => between(path, parts.get(path) ?? leaf, leaf))
  return [between('all', ours, theirs), ...leaves]
}
