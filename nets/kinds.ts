/** What a value is that was given in place of another: one of the things that nets/ makes, by parts that it alone has. */
import { describe, hasMethod } from '../ad/describe.ts'

type Parts = { readonly [name: string]: unknown }

const kinds = [
  ['a learning rule', given => 'faces' in given && (hasMethod(given, 'step') || hasMethod(given, 'on'))],
  ['a cell', given => 'zeroState' in given],
  ['a network', given => 'sizes' in given && given.causal === true],
  ['a bidirectional network', given => 'sizes' in given && given.causal === false],
  ['parameters', given => 'readout' in given],
] as const satisfies readonly (readonly [kind: string, is: (given: Parts) => boolean])[]

export type Kind = (typeof kinds)[number][0]

/** Which of them it is; null where it is none. */
export const kindOf = (given: unknown): Kind | null =>
  typeof given === 'object' && given !== null ? (kinds.find(([, is]) => is(given as Parts))?.[0] ?? null) : null

/** What was given, in a few words. */
export const describeKind = (given: unknown): string => kindOf(given) ?? describe(given)
