/**
 * Which numbers of a network must not be 0 for two results to differ: the fewest. Results of smooth programs that differ where some
 * numbers are free differ where more are, but for chance values; so a number without which all the others do not make them
 * differ is needed by every answer, and the search adds to those that are needed one, two, … of the rest until they differ.
 */
import { drawing } from './quarters.ts'
import type { Numbers } from './specimen.ts'

/** Whether two results differ on some numbers. */
export type Test = (numbers: Numbers) => boolean

/** The numbers found; `proven` where every smaller choice was tried too. */
export interface Smallest {
  readonly numbers: Numbers
  readonly proven: boolean
  readonly tried: number
}

/** Draws of values to a choice of numbers that are not 0. */
const draws = 4
/** Choices that are tried at most. */
const budget = 1500

/** All choices of k of a list, in order. */
function* choices<A>(list: readonly A[], k: number): Generator<readonly A[]> {
  if (k === 0) return yield []
  for (const [i, first] of list.entries()) for (const rest of choices(list.slice(i + 1), k - 1)) yield [first, ...rest]
}

const on = (numbers: Numbers, kept: ReadonlySet<number>): Numbers => numbers.map((x, i) => (kept.has(i) ? x : 0))

/** Simpler values for what is left, one number at a time. */
const simplest = (numbers: Numbers, test: Test): Numbers =>
  numbers.reduce<Numbers>((now, x, i) => {
    if (x === 0) return now
    const found = [1, -1, 0.5, -0.5, 2, -2].map(y => now.with(i, y)).find(test)
    return found ?? now
  }, numbers)

/** Fewer numbers by leaving out one after the other. */
const greedily = (numbers: Numbers, differing: (kept: ReadonlySet<number>) => Numbers | undefined): Numbers =>
  numbers.reduce<Numbers>((now, x, i) => {
    if (x === 0) return now
    const kept = new Set(now.flatMap((y, j) => (y !== 0 && j !== i ? [j] : [])))
    return differing(kept) ?? now
  }, numbers)

/** The fewest numbers of these that make two results differ, and simple values for them. */
export const smallestSupport = (numbers: Numbers, test: Test, seed: number): Smallest => {
  const draw = drawing(seed)
  let tried = 0
  const differing = (kept: ReadonlySet<number>): Numbers | undefined => {
    tried++
    const all = [numbers, ...Array.from({ length: draws - 1 }, () => numbers.map(() => draw()))]
    return all.map(values => on(values, kept)).find(test)
  }
  const everything = numbers.map((_, i) => i)
  const needed = everything.filter(i => differing(new Set(everything.filter(j => j !== i))) === undefined)
  const free = everything.filter(i => !needed.includes(i))
  for (let more = 0; more <= free.length; more++)
    for (const chosen of choices(free, more)) {
      const found = differing(new Set([...needed, ...chosen]))
      if (found) return { numbers: simplest(found, test), proven: true, tried }
      if (tried > budget) return { numbers: simplest(greedily(numbers, differing), test), proven: false, tried }
    }
  return { numbers, proven: false, tried }
}
