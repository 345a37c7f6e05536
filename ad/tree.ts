import { described, hasMethod } from './describe.ts'
import { KindError, ShapeError } from './errors.ts'
import { isValue, type Like, lift, type Value } from './value.ts'

/** Values kept under names or in lists, to any depth. */
export type Tree = Value | { readonly [name: string]: Tree } | readonly Tree[]
/** What a function may be handed: a tree whose leaves may also be plain numbers. */
export type Loose = Like | { readonly [name: string]: Loose } | readonly Loose[]
/** A record of tensors, layers keyed by name. */
export type Branch = { readonly [name: string]: Value | Branch }

const isLeaf = (tree: unknown): tree is Like => typeof tree === 'number' || isValue(tree)

/** What looks like a record and is none: a promise, a Map, a Set, a generator. It would be taken for a tree without leaves. */
const isContainer = (tree: object): boolean =>
  !Array.isArray(tree) && !ArrayBuffer.isView(tree) && (Symbol.iterator in tree || hasMethod(tree, 'then'))

/** The branches of a tree. Throws a KindError for what is neither a value nor a record or list of them. */
const branchesOf = (tree: Exclude<Loose, Like>): readonly (readonly [string, Loose])[] => {
  if (typeof tree === 'object' && tree !== null && !isContainer(tree)) return Object.entries(tree)
  throw new KindError({
    who: 'tree',
    given: `${typeof tree === 'string' ? JSON.stringify(tree) : described(tree)} where a value should be`,
    wanted: 'values, plain numbers, or records and lists of them',
    remedy: 'Make values of numbers with tensor',
  })
}

const gather = (tree: Loose, into: Value[]): void => {
  if (isLeaf(tree)) into.push(lift(tree))
  else if (Array.isArray(tree)) for (const child of tree) gather(child, into)
  else if (typeof tree === 'object' && tree !== null && !isContainer(tree))
    for (const name of Object.keys(tree)) gather((tree as Named)[name]!, into)
  else branchesOf(tree)
}

/** The leaves in declaration order, plain numbers lifted to scalars. Throws a KindError for what is no tree of values. */
export const leavesOf = (tree: Loose): readonly Value[] => {
  const leaves: Value[] = []
  gather(tree, leaves)
  return leaves
}

/** The leaves of a tree in the order of another that has the same names. Throws a ShapeError where the names differ. */
export const leavesLike = (like: Loose, tree: Loose, who: string): readonly Value[] => {
  if (isLeaf(like) && isLeaf(tree)) return [lift(tree)]
  const [wanted, given] = [like, tree].map(one => (isLeaf(one) ? null : branchesOf(one).map(([name]) => name)))
  if (wanted && given && wanted.length === given.length && wanted.every(name => given.includes(name)))
    return wanted.flatMap(name => leavesLike((like as Named)[name]!, (tree as Named)[name]!, who))
  const show = (names: readonly string[] | null | undefined): string =>
    names ? `{ ${names.join(', ')} }` : 'a single value'
  throw new ShapeError({
    who,
    given: show(given),
    wanted: show(wanted),
    remedy: 'A tangent or cotangent is a tree with the names of what it belongs to',
  })
}

type Named = { readonly [name: string]: Loose }

/** The same tree with other leaves, taken in declaration order. */
export const rebuild = <T extends Loose>(tree: T, leaves: readonly Value[]): T => {
  let at = 0
  const build = (node: Loose): Loose => {
    if (isLeaf(node)) return leaves[at++]!
    if (Array.isArray(node)) return node.map(build)
    const made: Record<string, Loose> = {}
    for (const name of Object.keys(node)) made[name] = build((node as Named)[name]!)
    return made
  }
  return build(tree) as T
}

export const mapTree = <T extends Loose>(tree: T, f: (leaf: Value, index: number) => Value): T =>
  rebuild(tree, leavesOf(tree).map(f))

/** Whether two trees have the same names and lists all the way down, whatever their leaves; `same` compares those. */
export const alike = (a: Loose, b: Loose, same: (a: Like, b: Like) => boolean): boolean => {
  if (isLeaf(a) || isLeaf(b)) return isLeaf(a) && isLeaf(b) && same(a, b)
  if (Array.isArray(a) !== Array.isArray(b)) return false
  const [one, other] = [a as Named, b as Named]
  let names = 0
  for (const name in one) {
    if (!(name in other) || !alike(one[name]!, other[name]!, same)) return false
    names++
  }
  for (const _ in other) names--
  return names === 0
}
