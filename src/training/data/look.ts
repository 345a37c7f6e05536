/** How much of the held-out data is evaluated while a run goes on: all of it at the end, before that only what a run can spare. */
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

/** Steps of one long sequence to go through: the first `lead` for the state only, the rest evaluated. */
export interface Span {
  readonly from: number
  readonly lead: number
  readonly to: number
}

/** Steps before the tail from which its state comes, at most; and those of a stretch of it: for the state only, and evaluated. */
const [longest, warm, evaluated] = [1024, 64, 192] as const

/** So many stretches, spread evenly over the steps from `cut` to `end`. */
const spread = (count: number, cut: number, end: number): readonly Span[] =>
  Array.from({ length: count }, (_, i) => {
    const at = cut + Math.floor((i * (end - cut - evaluated)) / Math.max(1, count - 1))
    const lead = Math.min(at, warm)
    return { from: at - lead, lead, to: at + evaluated }
  })

/**
 * The spans of a sequence of `end` steps, those from `cut` on held out: all of them, with at most 1024 before; where that is more
 * than `most` steps, fewer before, or stretches of 256 of which the first 64 are for the state only. `most` is at least 256.
 */
export const spansOf = (cut: number, end: number, most = Number.POSITIVE_INFINITY): readonly Span[] => {
  const lead = Math.min(cut, longest, most - (end - cut))
  if (lead >= Math.min(cut, warm)) return [{ from: cut - lead, lead, to: end }]
  return spread(Math.floor(most / (warm + evaluated)), cut, end)
}

/** How many steps are evaluated. */
export const evaluatedIn = (spans: readonly Span[]): number =>
  spans.reduce((sum, { from, lead, to }) => sum + to - from - lead, 0)

/** How a sequence is evaluated, in words. */
export const wordsOfLooks = (cut: number, end: number, most: number, items: string): string => {
  const [spans, held] = [spansOf(cut, end, most), end - cut]
  const begun = cut > longest ? `; the state begins ${longest} ${items} before the tail` : ''
  const part = evaluatedIn(spans)
  if (part === held) return begun
  return `${begun}. Looks before the last evaluate ${part} of the ${held} ${items}, in ${spans.length} stretches spread evenly`
}
