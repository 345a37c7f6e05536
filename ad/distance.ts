/** How far two trees of tensors are from each other, over all their entries: gradients beside each other. */
import { bracket, KindError, ShapeError } from './errors.ts'
import { sameShape, type Tensor } from './tensor.ts'
import { leavesLike, leavesOf, type Tree } from './tree.ts'

/** The entries of a tree in order, [size]. */
export const entries = (tree: Tree): readonly number[] => leavesOf(tree).flatMap(leaf => [...numbersOf(leaf as Tensor)])

const numbersOf = (leaf: Tensor): Float64Array => {
  if (leaf.data !== undefined) return leaf.data
  throw new KindError({
    who: 'entries',
    given: 'a value inside a derivative, a batch or a trace',
    wanted: 'a tree of tensors',
    remedy: 'Compare what a derivative returns, outside of it',
  })
}

/** The entries of two trees of the same names, in the order of the first. */
const pairs = (who: string, a: Tree, b: Tree): readonly [readonly number[], readonly number[]] => {
  const [ours, theirs] = [leavesOf(a), leavesLike(a, b, who)]
  ours.forEach(({ shape }, i) => {
    const other = (theirs[i] as Tensor).shape
    if (sameShape(shape, other)) return
    throw new ShapeError({
      who,
      given: `${bracket(shape)} and ${bracket(other)} under one name`,
      wanted: 'trees of the same names and shapes',
      remedy: 'Compare gradients of one network',
    })
  })
  return [entries(ours), entries(theirs)]
}

/** The largest absolute difference over all entries. Throws a ShapeError for trees of other names or shapes. */
export const distance = (a: Tree, b: Tree): number => {
  const [left, right] = pairs('distance', a, b)
  return left.reduce((far, x, i) => Math.max(far, Math.abs(x - (right[i] as number))), 0)
}

/** The cosine of the angle between two trees over all entries, in [-1, 1]; NaN where one is 0. Throws a ShapeError for trees of other names or shapes. */
export const alignment = (a: Tree, b: Tree): number => {
  const [left, right] = pairs('alignment', a, b).map(scaled) as [readonly number[], readonly number[]]
  const dot = (x: readonly number[], y: readonly number[]): number =>
    x.reduce((sum, v, i) => sum + v * (y[i] as number), 0)
  return dot(left, right) / Math.sqrt(dot(left, left) * dot(right, right))
}

/** A vector whose largest entry is 1, so that its norm neither overflows nor underflows. */
const scaled = (x: readonly number[]): readonly number[] => {
  const largest = x.reduce((most, v) => Math.max(most, Math.abs(v)), 0)
  return x.map(v => v / largest)
}
