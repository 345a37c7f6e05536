import { isValue, type Like, lift, type Value } from './value.ts'

/** Values kept under names or in lists, to any depth. */
export type Tree = Value | { readonly [name: string]: Tree } | readonly Tree[]
/** What a function may be handed: a tree whose leaves may also be plain numbers. */
export type Loose = Like | { readonly [name: string]: Loose } | readonly Loose[]
/** A record of tensors, layers keyed by name. */
export type Branch = { readonly [name: string]: Value | Branch }

const isLeaf = (tree: unknown): tree is Like => typeof tree === 'number' || isValue(tree)

/** The leaves in declaration order, plain numbers lifted to scalars. */
export const leavesOf = (tree: Loose): readonly Value[] =>
  isLeaf(tree) ? [lift(tree)] : Object.values(tree).flatMap(leavesOf)

/** The same tree with other leaves, taken in declaration order. */
export const rebuild = <T extends Loose>(tree: T, leaves: readonly Value[]): T => {
  let at = 0
  const build = (node: Loose): Loose => {
    if (isLeaf(node)) return leaves[at++]!
    if (Array.isArray(node)) return node.map(build)
    return Object.fromEntries(Object.entries(node).map(([name, child]) => [name, build(child)]))
  }
  return build(tree) as T
}

export const mapTree = <T extends Loose>(tree: T, f: (leaf: Value, index: number) => Value): T =>
  rebuild(tree, leavesOf(tree).map(f))
