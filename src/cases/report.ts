/** What `janus check` says of each file, to people and to programs. */
import { basename } from 'node:path'
import * as E from 'fp-ts/lib/Either.js'
import { type Nested, nested } from '../../ad/tensor.ts'
import { visible } from '../../ad/visible.ts'
import { type Computed, differs, type Found, type Gap, isTensor, worstOf } from './compare.ts'

/** A rule of a case with what was computed; null where it is not supported. */
export interface Ruled {
  readonly rule: string
  readonly args: unknown
  readonly computed: Computed | null
}

/** What became of a file that could be read. */
export interface Report {
  readonly id: string
  readonly computed: Computed
  readonly rules: readonly Ruled[]
  readonly unsupported: readonly string[]
  readonly gaps: readonly Gap[]
}

/** A file that could not be used, and why. */
export interface Unusable {
  readonly file: string
  readonly error: string
}

export type Outcome = E.Either<Unusable, Report>
type Json = Nested | null | string | readonly Json[] | { readonly [name: string]: Json }

const jsonOf = (found: Found): Json => {
  if (found === null) return null
  if (Array.isArray(found)) return found.map(jsonOf)
  if (isTensor(found)) return nested(found)
  return Object.fromEntries(Object.entries(found as Computed).map(([name, value]) => [name, jsonOf(value)]))
}

/** JSON has no infinity: the largest number stands for it. */
const finiteOf = (x: number | null): number | null => (x === null ? null : Math.min(x, Number.MAX_VALUE))

const writtenOut = (c: string): string => `\\u${(c.codePointAt(0) as number).toString(16).padStart(4, '0')}`

/** JSON in a line, with those control characters written out that JSON lets stand. */
const oneLine = (value: object): string => JSON.stringify(value).replace(/[\p{Cc}\p{Bidi_Control}]/gu, writtenOut)

/** An outcome as one line of JSON, numbers in full. */
export const line = (outcome: Outcome): string => {
  if (E.isLeft(outcome)) {
    const { file, error } = outcome.left
    return oneLine({ id: basename(file), error, computed: null, rules: [], unsupported: [], worst: null })
  }
  const { id, computed: found, rules, unsupported, gaps: list } = outcome.right
  return oneLine({
    id,
    computed: jsonOf(found),
    rules: rules.map(ruled => ({ ...ruled, computed: jsonOf(ruled.computed) })),
    unsupported,
    worst: finiteOf(worstOf(list)),
  })
}

const cut = (text: string, width: number): string => (text.length > width ? `${text.slice(0, width - 1)}…` : text)
const exponent = (x: number | null): string => (x === null ? '-' : x.toExponential(1))

const verdictOf = (list: readonly Gap[]): string => {
  if (list.length === 0) return 'nothing compared'
  const figures = `${String(list.length).padStart(3)} within ${exponent(worstOf(list)).padEnd(8)}`
  return `${figures} ${list.some(differs) ? 'DIFFERS' : 'OK'}`
}

/** Who it is, how many quantities were compared, the worst gap, the verdict, and what is not supported: 80 columns. */
const summary = ({ id, gaps: list, unsupported }: Report): string => {
  const lacks = unsupported.length > 0 ? `lacks ${unsupported.length}: ${unsupported.join(', ')}` : ''
  return cut(`${cut(id, 24).padEnd(24)} ${verdictOf(list).padEnd(27)} ${lacks}`.trimEnd(), 80)
}

const off = ({ name, gap }: Gap): string =>
  Number.isFinite(gap) ? `  ${name} is off by ${exponent(gap)}` : `  ${name} was not computed`

/** An outcome for people: a line, and those quantities that differ below it. What could not be used goes to stderr. */
export const printed = (outcome: Outcome): void => {
  if (E.isLeft(outcome)) console.error(visible(outcome.left.error))
  else console.log(visible([summary(outcome.right), ...outcome.right.gaps.filter(differs).map(off)].join('\n')))
}
