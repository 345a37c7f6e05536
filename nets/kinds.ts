/** What a value is that was given in place of another: one of the things that nets/ makes, by a part that it alone has. */
import { describe } from '../ad/describe.ts'

const kinds = [
  ['a learning rule', 'faces'],
  ['a cell', 'zeroState'],
  ['a bidirectional network', 'backward'],
  ['a network', 'sizes'],
  ['parameters', 'readout'],
] as const

export type Kind = (typeof kinds)[number][0]

/** Which of them it is; null where it is none. */
export const kindOf = (given: unknown): Kind | null =>
  typeof given === 'object' && given !== null ? (kinds.find(([, part]) => part in given)?.[0] ?? null) : null

/** What was given, in a few words. */
export const describeKind = (given: unknown): string => kindOf(given) ?? describe(given)
