/** The options of a rule or a task as they are typed: uoro(normalize=false), copy(delay=20, symbols=8). */
import * as E from 'fp-ts/lib/Either.js'
import { pipe } from 'fp-ts/lib/function.js'
import * as RA from 'fp-ts/lib/ReadonlyArray.js'
import { nearest } from '../ad/did-you-mean.ts'
import { DomainError, type JanusError, NameError } from '../ad/errors.ts'
import type { OptionFacts } from '../rules/index.ts'
import type { Checked } from './options.ts'

/** What can be typed: a number, a word, true, false, null. Matrices and functions are given in code. */
export type CallOptions = Readonly<Record<string, number | string | boolean | null>>

type Value = CallOptions[string]
/** An option that is known, and where it says so whether a value can be it. */
type Known = Readonly<Record<string, OptionFacts & { fits?(x: unknown): boolean }>>

/** What has options, and how it was asked for: --rule uoro, --task copy, --data digits, or the rule of `janus audit`. */
export interface What {
  readonly what: 'rule' | 'task' | 'data'
  readonly who?: string
  readonly option?: string
}

const asked = ({ what, who = 'train', option = `--${what}` }: What) => ({ who, option })

/** A name with what stands in parentheses after it, nothing where there are none: copy(delay=20). */
export const callParts = (given: string): readonly [name: string, inside: string] => {
  const [, name = given, inside = ''] = /^([^()]*)\((.*)\)\s*$/s.exec(given) ?? []
  return [name.trim(), inside]
}

/** A name with options as they are typed. */
export const callText = (name: string, options: CallOptions): string => {
  const given = Object.entries(options).map(([option, value]) => `${option}=${value}`)
  return given.length === 0 ? name : `${name}(${given.join(', ')})`
}

const constants = new Map<string, Value>([
  ['true', true],
  ['false', false],
  ['null', null],
  ['Infinity', Number.POSITIVE_INFINITY],
])

/** The words that stand in a range: "true or false", "'unit', 'strict' or a matrix", "(0, 1] or null". */
const wordsOf = (range: string): ReadonlyMap<string, Value> =>
  new Map([
    ...[...constants].filter(([word]) => new RegExp(`(?<!with normalize )\\b${word}\\b`).test(range)),
    ...[...range.matchAll(/'([^']+)'/g)].map(([, word = '']): [string, Value] => [word, word]),
  ])

const isNumeric = (range: string): boolean => /^(whole number|[[(]\d|[≥>] ?\d)/.test(range)

const parsed = (range: string, text: string): Value | undefined => {
  const found = wordsOf(range).get(text.replace(/^(['"])(.*)\1$/, '$2'))
  if (found !== undefined || text === '' || !isNumeric(range)) return found
  return Number.isNaN(Number(text)) ? undefined : Number(text)
}

const canBeTyped = ({ range }: OptionFacts): boolean => isNumeric(range) || wordsOf(range).size > 0

const refused = (what: What, call: string, wanted: string, remedy: string): Checked<never> =>
  E.left([new DomainError({ who: asked(what).who, given: `${asked(what).option} ${call}`, wanted, remedy })])

const unknown = (what: What, name: string, known: Known, given: string, option: string): Checked<never> => {
  const names = Object.keys(known)
  const near = nearest(option, names)
  const wanted = names.length === 0 ? 'no options: it has none' : `an option of ${name}: ${names.join(', ')}`
  const { who, option: asIs } = asked(what)
  const remedy = near ? `Did you mean \`${near}\`?` : `Write ${asIs} ${name}`
  return E.left([new NameError({ who, given: `${asIs} ${name}(${given})`, wanted, remedy })])
}

const readOne =
  (what: What, name: string, known: Known) =>
  (given: string): Checked<readonly [string, Value]> => {
    const [, option = '', text = ''] = /^\s*([^=\s]*)\s*=\s*(.*?)\s*$/.exec(given) ?? []
    const call = `${name}(${given.trim()})`
    if (option === '')
      return refused(what, call, 'options as name=value', `Try ${asked(what).option} '${name}(name=value)'`)
    if (!Object.hasOwn(known, option)) return unknown(what, name, known, given.trim(), option)
    const facts = known[option] as Known[string]
    if (!canBeTyped(facts))
      return refused(what, call, `${option} to be given in code: ${facts.range}`, `See docs/own-${what.what}.md`)
    const value = parsed(facts.range, text)
    return value === undefined || facts.fits?.(value) === false
      ? refused(what, call, `${option} ${facts.range}`, `The default is ${facts.default}`)
      : E.right([option, value])
  }

const twice = (names: readonly string[]): string | undefined => names.find((name, i) => names.indexOf(name) !== i)

const everyProblem = E.getApplicativeValidation(RA.getSemigroup<JanusError>())

/** Reads what stands in the parentheses of a rule or a task. Left: every option that it does not have, twice has, or cannot be. */
export const readCallOptions = (what: What, name: string, known: Known, inside: string): Checked<CallOptions> =>
  inside.trim() === ''
    ? E.right({})
    : pipe(
        inside.split(','),
        RA.traverse(everyProblem)(readOne(what, name, known)),
        E.chain((pairs): Checked<CallOptions> => {
          const again = twice(pairs.map(([option]) => option))
          return again === undefined
            ? E.right(Object.fromEntries(pairs))
            : refused(what, `${name}(${inside})`, `${again} once`, 'Leave one of the two out')
        }),
      )
