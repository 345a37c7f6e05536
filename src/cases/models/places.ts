/** Where the parameters of a file are in θ: one table a model, read both ways. */
import type { Shape, Tensor } from '../../../ad/tensor.ts'
import type { Branch } from '../../../ad/tree.ts'
import type { Value } from '../../../ad/value.ts'
import type { Shapes } from '../arrays.ts'

/** A parameter's path in θ, and its shape. */
export interface Place {
  readonly path: readonly string[]
  readonly shape: Shape
}

/** Places by the names of the file, in the order in which θ declares them. */
export type Places = { readonly [name: string]: Place }
export type Arrays = { readonly [name: string]: Tensor }

/** A place by its dotted path: `place('start.h', d)`. */
export const place = (path: string, ...shape: Shape): Place => ({ path: path.split('.'), shape })

/** Parameters that the file calls as the cell does. */
export const within = (branch: string, shapes: Shapes): Places =>
  Object.fromEntries(Object.entries(shapes).map(([name, shape]) => [name, { path: [branch, name], shape }]))

/** W_out [m, seen] and b_out [m]. */
export const readout = (m: number, seen: number): Places => within('readout', { W_out: [m, seen], b_out: [m] })

/** The shapes of all parameters, by name. */
export const shapesOf = (places: Places): Shapes =>
  Object.fromEntries(Object.entries(places).map(([name, { shape }]) => [name, shape]))

/** The places under a branch of θ, or all the others. */
export const under = (places: Places, branch: string, are = true): Places =>
  Object.fromEntries(Object.entries(places).filter(([, { path }]) => (path[0] === branch) === are))

/** The arrays of a file as a tree, each in its place. */
export const treeAt = (places: Places, arrays: Arrays): Branch => {
  const tree: { [name: string]: unknown } = {}
  for (const [name, { path }] of Object.entries(places)) {
    let at = tree
    for (const key of path.slice(0, -1)) {
      at[key] ??= {}
      at = at[key] as typeof tree
    }
    at[path.at(-1) as string] = arrays[name]
  }
  return tree as Branch
}

const leafAt = (tree: unknown, path: readonly string[]): Value | undefined =>
  path.reduce((at: unknown, key) => (at as { readonly [key: string]: unknown } | undefined)?.[key], tree) as
    | Value
    | undefined

/** The arrays that a tree holds in their places, or some of them, under the names of the file. */
export const namedBy = (places: Places, tree: object): Arrays =>
  Object.fromEntries(
    Object.entries(places).flatMap(([name, { path }]) => {
      const leaf = leafAt(tree, path)
      return leaf ? [[name, leaf as Tensor] as const] : []
    }),
  )
