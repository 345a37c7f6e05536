/** What was given in place of what was wanted: one of the things that nets/ is about, by what it has, or whatever it is. */
import { describe } from '../ad/describe.ts'

const kinds = [
  ['a learning rule', 'faces'],
  ['a cell', 'zeroState'],
  ['a bidirectional network', 'backward'],
  ['a network', 'sizes'],
  ['parameters', 'readout'],
] as const

export type Kind = (typeof kinds)[number][0]

/** Which of them it is, if it is one. */
export const kindOf = (given: unknown): Kind | null =>
  typeof given === 'object' && given !== null ? (kinds.find(([, part]) => part in given)?.[0] ?? null) : null

/** In a few words. */
export const describeKind = (given: unknown): string => kindOf(given) ?? describe(given)
