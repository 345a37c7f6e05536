/** A block of a foreign gradient held to a candidate: how far off, and by which factor. */
import { type Scales, wordsOf } from './factors.ts'
import type { Row } from './matrix.ts'

/** How near a block is to a candidate. */
export interface Match {
  /** Largest difference, of the larger one's largest entry; after the factor. */
  readonly gap: number
  /** What the candidate is multiplied by: one number, or one a row. */
  readonly factor: number | Row
  /** What the factor may come from; empty for 1, null where it is not known. */
  readonly words: string | null
}

const largest = (xs: Row): number => xs.reduce((most, x) => Math.max(most, Math.abs(x)), 0)

/** Largest difference of two lists, of the larger one's largest entry. */
export const gapOf = (a: Row, b: Row): number => {
  const far = a.reduce((most, x, i) => Math.max(most, Math.abs(x - (b[i] as number))), 0)
  return far === 0 ? 0 : far / Math.max(largest(a), largest(b))
}

const inner = (a: Row, b: Row): number => a.reduce((sum, x, i) => sum + x * (b[i] as number), 0)
const times = (factor: number, xs: Row): Row => xs.map(x => factor * x)

const byRow = (factors: Row, xs: Row): Row => {
  const width = xs.length / factors.length
  return xs.map((x, i) => x * (factors[Math.floor(i / width)] as number))
}

/** A block beside a candidate: as it is, by one factor, or by one of the known factors of its rows; the first that fits, else as it is. */
export const matchOf = (block: Row, candidate: Row, tolerance: number, scales: Scales): Match => {
  const plain = gapOf(block, candidate)
  const same: Match = { gap: plain, factor: 1, words: '' }
  if (plain <= tolerance || largest(candidate) === 0 || largest(block) === 0) return same
  const factor = inner(block, candidate) / inner(candidate, candidate)
  const scaled = gapOf(block, times(factor, candidate))
  if (block.length > 1 && scaled <= tolerance) return { gap: scaled, factor, words: wordsOf(factor, scales, tolerance) }
  for (const { says, values } of scales.units) {
    if (block.length % values.length !== 0) continue
    const gap = gapOf(block, byRow(values, candidate))
    if (gap <= tolerance) return { gap, factor: values, words: says }
  }
  // one number is a multiple of any other: only a factor that is known counts
  const words = block.length === 1 ? wordsOf(factor, scales, tolerance) : null
  return block.length === 1 && words ? { gap: scaled, factor, words } : same
}
