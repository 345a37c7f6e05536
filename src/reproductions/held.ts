/** Ways in which a figure of ours is held to a published one. */
import { decide, find } from '../../proofs/index.ts'
import { figureText, range } from '../comparison/tables.ts'
import type { Figure, Runs } from './reproduction.ts'

/** A number that is read out of runs. */
type Reading = (runs: Runs) => number | Promise<number>

/** A number in [low, high], both ends included; NaN is in no range, ∞ of a run that diverged only in one without an end. */
export const within = (
  of: string,
  theirs: string,
  [low, high]: readonly [low: number, high: number],
  reading: Reading,
): Figure => ({
  of,
  theirs,
  held: range([low, high], 4),
  found: async runs => {
    const ours = await reading(runs)
    return { ours: figureText(ours), matches: ours >= low && ours <= high }
  },
})

/** A number within a share of the published one. */
export const near = (of: string, theirs: number, share: number, reading: Reading): Figure => ({
  ...within(of, String(theirs), [theirs * (1 - share), theirs * (1 + share)], reading),
  held: `within ${share * 100} %`,
})

/** The order of several numbers, the least first; theirs is that in which they are written. */
export const ordered = (of: string, readings: Readonly<Record<string, Reading>>): Figure => {
  const theirs = Object.keys(readings).join(' < ')
  return {
    of,
    theirs,
    held: 'the same order',
    found: async runs => {
      const all = await Promise.all(
        Object.entries(readings).map(async ([name, reading]) => ({ name, value: await reading(runs) })),
      )
      const sorted = all.toSorted((a, b) => a.value - b.value || 0)
      const ours = sorted.map(({ name, value }) => `${name} ${figureText(value)}`).join(' < ')
      const order = sorted.map(({ name }) => name).join(' < ')
      return { ours, matches: order === theirs && all.every(({ value }) => !Number.isNaN(value)) }
    },
  }
}

/** A proposition of `janus prove`, which is decided anew: it holds, or has a counterexample. */
export const claimed = (claim: string): Figure => {
  const [, proposition] = find({ pattern: claim }).find(([, one]) => one.claim === claim) ?? []
  const theirs = proposition?.verdict ?? 'not among the propositions'
  return {
    of: claim,
    theirs,
    held: 'decided anew',
    found: () => {
      if (!proposition) return { ours: theirs, matches: false }
      const { passed, worst, runs } = decide(proposition, { shrink: false })
      return { ours: `${passed ? theirs : 'not so'}, ${runs} cases, worst ${worst.toExponential(0)}`, matches: passed }
    },
  }
}
