/** What a block of a foreign gradient is: the readings that fit it with the fewest changes, and those that fit every block. */
import type { Candidate } from './candidates.ts'
import type { Scales } from './factors.ts'
import { type Match, matchOf } from './match.ts'
import type { Row } from './matrix.ts'
import type { Blocks } from './subject.ts'

/** `silent`: the gradient of the block is 0, and so is the foreign one; `absent`: the file does not have it. */
export type Verdict = 'same' | 'rounding' | 'variant' | 'unknown' | 'undecided' | 'silent' | 'absent'

/** One way to have a block. */
export interface Reading {
  readonly ids: readonly string[]
  readonly says: readonly string[]
  readonly match: Match
  /** How much is changed: variants, and a factor as one more. */
  readonly changes: number
}

/** What a block is. */
export interface BlockFinding {
  readonly name: string
  readonly verdict: Verdict
  /** All that fit with as few changes. */
  readonly readings: readonly Reading[]
  /** The nearest, where none fits. */
  readonly nearest: Reading | null
}

/** Gaps that rounding explains, by the precision of the foreign program. */
export const tolerances = { f64: 1e-9, f32: 2e-5, f16: 2e-2, bf16: 5e-2 } as const
export const negligible = 1e-12

export const isZero = (xs: Row): boolean => xs.every(x => Math.abs(x) <= negligible)

const readingOf = ({ ids, says }: Candidate, match: Match): Reading => ({
  ids,
  says,
  match,
  changes: ids.length + (match.words === '' ? 0 : 1),
})

const readings = (name: string, block: Row, list: readonly Candidate[], tolerance: number, scales: Scales) =>
  list.flatMap(one => {
    const own = one.blocks[name]
    return own ? [readingOf(one, matchOf(block, own, tolerance, scales))] : []
  })

const fits = ({ match }: Reading, tolerance: number): boolean => match.gap <= tolerance && match.words !== null

const fewest = (list: readonly Reading[]): readonly Reading[] => {
  const least = Math.min(...list.map(({ changes }) => changes))
  return list.filter(({ changes }) => changes === least)
}

/** Gaps that are rounding are as good as each other. */
const far = ({ match }: Reading): number => Math.max(tolerances.f64, match.gap)
const nearer = (a: Reading, b: Reading): number => far(a) - far(b) || a.changes - b.changes

/** What blocks are held to. */
export interface Asked {
  readonly list: readonly Candidate[]
  readonly tolerance: number
  readonly scales: Scales
  /** Whether the precision is not known. */
  readonly vague: boolean
}

const verdictOf = ([best]: readonly Reading[], { vague }: Asked): Verdict => {
  if (!best) return 'unknown'
  if (vague && best.match.gap > tolerances.f64) return 'undecided'
  if (best.changes > 0) return 'variant'
  return best.match.gap === 0 ? 'same' : 'rounding'
}

/** What one block is. */
export const finding = (name: string, foreign: Blocks, asked: Asked): BlockFinding => {
  const block = foreign[name]
  const exact = asked.list[0]?.blocks[name] ?? []
  if (!block) return { name, verdict: 'absent', readings: [], nearest: null }
  if (isZero(exact) && isZero(block)) return { name, verdict: 'silent', readings: [], nearest: null }
  const all = readings(name, block, asked.list, asked.tolerance, asked.scales)
  const good = fewest(all.filter(one => fits(one, asked.tolerance)))
  const nearest = good.length > 0 ? null : (all.toSorted(nearer)[0] ?? null)
  return { name, verdict: verdictOf(good, asked), readings: good, nearest }
}

/** Readings that explain every block that says anything: by the same variants, each block by a factor of its own. */
export const wholeOf = (blocks: readonly BlockFinding[], foreign: Blocks, asked: Asked): readonly Reading[] | null => {
  const names = blocks.filter(({ verdict }) => verdict !== 'absent' && verdict !== 'silent').map(({ name }) => name)
  if (names.length === 0) return null
  const { list, tolerance, scales } = asked
  const found = list.flatMap(one => {
    if (names.some(name => one.blocks[name] === undefined)) return []
    const each = names.map(name =>
      readingOf(one, matchOf(foreign[name] as Row, one.blocks[name] ?? [], tolerance, scales)),
    )
    if (!each.every(reading => fits(reading, tolerance))) return []
    const words = [...new Set(each.map(({ match }) => match.words))].filter(word => word !== '')
    const worst = each.toSorted((a, b) => b.changes - a.changes || b.match.gap - a.match.gap)[0] as Reading
    return [{ ...worst, changes: one.ids.length + words.length }]
  })
  return found.length === 0 ? null : fewest(found)
}
