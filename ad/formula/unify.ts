/** Shapes that are not known yet: which ranks are still possible, and sizes by name that come to be the same. */
import { internal } from '../errors.ts'

/** A size of an axis: by name (d units, n inputs, m outputs) once anything says so. */
export interface Size {
  name?: string
  same?: Size
}

/** What is known of a shape: bit r of `ranks` is set while rank r is possible; a vector is as long as its rows. */
export interface Box {
  ranks: number
  readonly rows: Size
  readonly columns: Size
}

export type Rank = 0 | 1 | 2
/** Ranks of several shapes that go together. */
export type Ranks = readonly Rank[]

/** A shape of which these ranks are possible, with sizes where they are known. */
export const box = (ranks: Ranks, rows?: string, columns?: string): Box => ({
  ranks: ranks.reduce<number>((bits, rank) => bits | (1 << rank), 0),
  rows: rows === undefined ? {} : { name: rows },
  columns: columns === undefined ? {} : { name: columns },
})

/** The size that stands for all that are the same. */
export const root = (size: Size): Size => {
  let at = size
  while (at.same) at = at.same
  return at
}

/** The rank, where only one is left. */
export const rankOf = ({ ranks }: Box): Rank | undefined => ([undefined, 0, 1, undefined, 2] as const)[ranks]

export const possible = ({ ranks }: Box, rank: Rank): boolean => (ranks & (1 << rank)) !== 0

/** Makes two sizes one; false where they have different names. */
export const united = (pair: readonly [Size, Size]): boolean => {
  const [left, right] = pair.map(root) as [Size, Size]
  if (left === right) return true
  if (left.name !== undefined && right.name !== undefined) return left.name === right.name
  const [from, to] = left.name === undefined ? [left, right] : [right, left]
  from.same = to
  return true
}

/** Keeps only ranks that go together with ranks of the others. Nothing where none do. */
export const narrowed = (boxes: readonly Box[], together: readonly Ranks[]): boolean | undefined => {
  const fitting = together.filter(ranks => ranks.every((rank, i) => possible(boxes[i] as Box, rank)))
  if (fitting.length === 0) return undefined
  let changed = false
  boxes.forEach((one, i) => {
    const ranks = fitting.reduce((bits, triple) => bits | (1 << (triple[i] as Rank)), 0) & one.ranks
    changed ||= ranks !== one.ranks
    one.ranks = ranks
  })
  return changed
}

/** A shape in the names of its sizes, where its rank is known. */
export const shapeOf = (one: Box): readonly string[] => {
  const rank = rankOf(one)
  if (rank === undefined) throw internal('a shape of no rank yet')
  return [one.rows, one.columns].slice(0, rank).map(size => root(size).name ?? '?')
}

/** A shape as messages print it: [d, n], a number, or [?] where it is open. */
export const shown = (one: Box): string => {
  const rank = rankOf(one)
  if (rank === undefined) return 'of no known shape'
  return rank === 0 ? 'a number' : `[${shapeOf(one).join(', ')}]`
}
