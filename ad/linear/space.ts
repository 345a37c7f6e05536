/**
 * Tangents and cotangents: flat vectors over the leaves of a tree, in declaration order, each row-major. At run time
 * they are Values, so every interpreter sees through them; the types keep the two spaces, and whose they are, distinct.
 */

import { describe } from '../describe.ts'
import { bracket, KindError, ShapeError } from '../errors.ts'
import { add, mul, neg } from '../primitives/elementwise.ts'
import { concat, reshape, slice } from '../primitives/layout.ts'
import { type Shape, sizeOf, type Tensor, tensorOf, zeros } from '../tensor.ts'
import { leavesOf, rebuild, type Tree } from '../tree.ts'
import { isValue, type Like, type Value } from '../value.ts'

declare const tangent: unique symbol
declare const cotangent: unique symbol

/** A change of an A: rank 1, or a block of k with a leading axis. Pushed forwards. */
export interface Tangent<in out A> {
  readonly [tangent]: (a: A) => A
}
/** What a change of an A would cost: rank 1, or a block of k with a leading axis. Pulled backwards. */
export interface Cotangent<in out A> {
  readonly [cotangent]: (a: A) => A
}

/** Where the (co)tangents of an A live: the shapes of its leaves, and how many numbers they hold together. */
export interface Space<in out A> {
  readonly shapes: readonly Shape[]
  readonly size: number
  readonly '~of'?: (a: A) => A
}

export const spaceOf = <A extends Tree>(tree: A): Space<A> => {
  const shapes = leavesOf(tree).map(leaf => leaf.shape)
  return { shapes, size: shapes.reduce((total, shape) => total + sizeOf(shape), 0) }
}

/** A flat vector [size] as the leaves of a space. */
export const unflatten = <A>(space: Space<A>, flatVector: Value): readonly Value[] => {
  let at = 0
  return space.shapes.map(shape => {
    const from = at
    at += sizeOf(shape)
    return reshape(slice(flatVector, from, at), shape)
  })
}

/** Leaves as one flat vector. */
export const flatten = (leaves: readonly Value[]): Value =>
  leaves.length === 0 ? zeros([0]) : concat(leaves.map(leaf => reshape(leaf, [sizeOf(leaf.shape)])))

const checked = <A>(space: Space<A>, value: Value, who: string): Value => {
  if (!isValue(value))
    throw new KindError({
      who,
      given: describe(value),
      wanted: `a flat value [${space.size}], or a block [k, ${space.size}]`,
      remedy: 'pull takes a cotangent, such as error(now); push a tangent',
    })
  if (value.shape.length <= 2 && value.shape.at(-1) === space.size) return value
  throw new ShapeError({
    who,
    given: `a value of shape ${bracket(value.shape)}`,
    wanted: `[${space.size}], or a block [k, ${space.size}]`,
    remedy: 'Flatten the leaves in declaration order',
  })
}

/** Reads a flat Value as a tangent of the space. Throws a ShapeError when it does not fit. */
export const asTangent = <A>(space: Space<A>, value: Value): Tangent<A> =>
  checked(space, value, 'tangent') as unknown as Tangent<A>

/** Reads a flat Value as a cotangent of the space. Throws a ShapeError when it does not fit. */
export const asCotangent = <A>(space: Space<A>, value: Value): Cotangent<A> =>
  checked(space, value, 'cotangent') as unknown as Cotangent<A>

/** The numbers of a tangent or cotangent, [size] or [k, size]. */
export const toValue = <A>(x: Tangent<A> | Cotangent<A>): Value => x as unknown as Value

/** A (co)tangent [size] as a tree like the one it belongs to: a gradient as people read it. */
export const unflattenLike = <T extends Tree, A>(like: T, x: Tangent<A> | Cotangent<A>): T => {
  const space = spaceOf(like)
  return rebuild(like, unflatten(space, checked(space, toValue(x), 'treeOf')))
}

/** A (co)tangent of tensors [size] as a tree like the one it belongs to, without a copy: its leaves are views. */
export const viewLike = <T extends Tree, A>(like: T, x: Tangent<A> | Cotangent<A>): T => {
  const { data } = toValue(x) as Tensor
  let at = 0
  const views = leavesOf(like).map(({ shape }) => {
    const from = at
    at += sizeOf(shape)
    return tensorOf(shape, data.subarray(from, at) as Float64Array)
  })
  return rebuild(like, views)
}

/** The zero cotangent. */
export const zeroCotangent = <A extends Tree>(at: A): Cotangent<A> => zeroCotangentIn(spaceOf(at))

/** The zero cotangent of a space. */
export const zeroCotangentIn = <A>(space: Space<A>): Cotangent<A> => asCotangent(space, zeros([space.size]))

interface Scales {
  <A>(k: Like, x: Cotangent<A>): Cotangent<A>
  <A>(k: Like, x: Tangent<A>): Tangent<A>
}
/** A (co)tangent times a scalar. */
export const times = ((k: Like, x: never) => mul(k, toValue(x))) as unknown as Scales

/** A tangent read as a cotangent by the Euclidean metric: the musical isomorphism ♭. */
export const asRow = <A>(x: Tangent<A>): Cotangent<A> => x as unknown as Cotangent<A>
/** A cotangent read as a tangent, ♯: what gradient descent does. */
export const asColumn = <A>(x: Cotangent<A>): Tangent<A> => x as unknown as Tangent<A>

/** The direction of steepest descent: minus the gradient, crossed by the metric. */
export const negativeGradient = <A>(gradient: Cotangent<A>): Tangent<A> =>
  neg(toValue(asColumn(gradient))) as unknown as Tangent<A>

/** A tree moved along a tangent. */
export const applyUpdate = <A extends Tree>(tree: A, by: Tangent<A>): A => {
  const steps = unflatten(spaceOf(tree), toValue(by))
  return rebuild(
    tree,
    leavesOf(tree).map((leaf, i) => add(leaf, steps[i]!)),
  )
}

/** A tree of tensors moved against a gradient: applyUpdate(tree, negativeGradient(update)) in one pass, its leaves views of one array. */
export const descended = <A extends Tree>(tree: A, update: Cotangent<A>): A => {
  const { data } = toValue(update) as Tensor
  const moved = new Float64Array(data.length)
  let at = 0
  const leaves = (leavesOf(tree) as readonly Tensor[]).map(({ shape, data: from }) => {
    const start = at
    for (let i = 0; i < from.length; i++, at++) moved[at] = from[i]! - data[at]!
    return tensorOf(shape, moved.subarray(start, at))
  })
  return rebuild(tree, leaves)
}

/** Zeros in the place of a (co)tangent. */
export const zerosLike = <A>(x: Cotangent<A>): Cotangent<A> => zeros(toValue(x).shape) as unknown as Cotangent<A>

/** The cotangent of two things together, from those of each: first the one, then the other. */
export const concatenate = <A, B, C>(a: Cotangent<A>, b: Cotangent<B>): Cotangent<C> =>
  flatten([toValue(a), toValue(b)]) as unknown as Cotangent<C>

/** A cotangent made entry by entry from others of its space. */
export const entrywise = <A>(f: (...entries: Value[]) => Value, ...xs: Cotangent<A>[]): Cotangent<A> =>
  f(...xs.map(toValue)) as unknown as Cotangent<A>
