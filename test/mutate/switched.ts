/** All mutants of a program in one: each behind a switch, so that nothing is compiled again. */
import type { Change } from './mutants.ts'

/** A text put in at a place; of those at one place the lower order comes first. */
interface Insertion {
  readonly at: number
  readonly order: number
  readonly text: string
}

const insert = (source: string, insertions: readonly Insertion[]): string => {
  const sorted = insertions.toSorted((a, b) => a.at - b.at || a.order - b.order)
  const pieces = sorted.map(({ at, text }, i) => source.slice(sorted[i - 1]?.at ?? 0, at) + text)
  return [...pieces, source.slice(sorted.at(-1)?.at ?? 0)].join('')
}

/** The program with each of its mutants as `(__on(first + i) ? mutated : original)`; the module at `on` exports the switch. */
export const switched = (source: string, changes: readonly Change[], first: number, on: string): string => {
  // what closes stands before what opens; of what opens, the outer stands before the inner
  const insertions = changes.flatMap(({ start, end, mutated }, i) => [
    { at: start, order: -end, text: `(__on(${first + i}) ? (${mutated}) : ` },
    { at: end, order: Number.NEGATIVE_INFINITY, text: ')' },
  ])
  return `import { on as __on } from ${JSON.stringify(on)};${insert(source, insertions)}`
}
