/** How much of what is held out a look at it takes: the last look all of it, those before only so much that a run is not spent on them. */
import type { Pace } from './kind.ts'

/** About how often a run looks. */
export const looks = 20

/** Steps of a look that every run can spare. */
const spared = 768

/**
 * The steps that a look before the last may take: all such looks together at most a twentieth of what the run learns from, where a
 * step that is learned from counts as three, on and back and the gradient; never fewer than 768.
 */
export const lookSteps = (learned: number): number => Math.max(spared, Math.floor((3 * learned) / (20 * looks)))

/** The same for a pace; without end where it has none. */
export const lookOf = ({ window, batch, steps = Infinity }: Pace): number => lookSteps(window * batch * steps)

/** Steps of one long sequence to go through: `lead` of them to come to a state, the rest to be judged. */
export interface Span {
  readonly from: number
  readonly lead: number
  readonly to: number
}

/** The most steps that the state at the tail is come to by, and those of a stretch of it: heard only, and judged. */
const [longest, warm, judged] = [1024, 64, 192] as const

/** So many stretches, spread evenly over the steps from `cut` to `end`. */
const spread = (count: number, cut: number, end: number): readonly Span[] =>
  Array.from({ length: count }, (_, i) => {
    const at = cut + Math.floor((i * (end - cut - judged)) / Math.max(1, count - 1))
    const lead = Math.min(at, warm)
    return { from: at - lead, lead, to: at + judged }
  })

/**
 * What is gone through of a sequence of `end` steps, those from `cut` on held out: all of them after at most 1024 before; where that
 * takes more than `most` steps, fewer before, or stretches of 256 of which the first 64 are not judged. `most` is at least 256.
 */
export const spansOf = (cut: number, end: number, most = Number.POSITIVE_INFINITY): readonly Span[] => {
  const lead = Math.min(cut, longest, most - (end - cut))
  if (lead >= Math.min(cut, warm)) return [{ from: cut - lead, lead, to: end }]
  return spread(Math.floor(most / (warm + judged)), cut, end)
}

/** How many steps are judged. */
export const judgedIn = (spans: readonly Span[]): number =>
  spans.reduce((sum, { from, lead, to }) => sum + to - from - lead, 0)

/** How a sequence is judged, in words. */
export const wordsOfLooks = (cut: number, end: number, most: number, items: string): string => {
  const [spans, held] = [spansOf(cut, end, most), end - cut]
  const begun = cut > longest ? `; the state begins ${longest} ${items} before the tail` : ''
  const part = judgedIn(spans)
  if (part === held) return begun
  return `${begun}. Looks before the last judge ${part} of the ${held} ${items}, in ${spans.length} stretches spread evenly`
}
