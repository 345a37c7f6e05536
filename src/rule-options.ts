/** The options of a rule as they are typed: uoro(normalize=false), three-factor(sigma=0.1, beta=null). */
import * as E from 'fp-ts/lib/Either.js'
import { pipe } from 'fp-ts/lib/function.js'
import * as RA from 'fp-ts/lib/ReadonlyArray.js'
import { nearest } from '../ad/did-you-mean.ts'
import { DomainError, NameError } from '../ad/errors.ts'
import type { OptionFacts } from '../rules/index.ts'
import type { Checked } from './options.ts'

/** What can be typed: a number, a word, true, false, null. Matrices and functions are given in code. */
export type RuleOptions = Readonly<Record<string, number | string | boolean | null>>

type Value = RuleOptions[string]
type Known = Readonly<Record<string, OptionFacts>>

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

/** A rule as it is written with its own options: three-factor(sigma=0.1). */
export const callOf = ({ name, options }: { readonly name: string; readonly options: RuleOptions }): string => {
  const given = Object.entries(options).map(([option, value]) => `${option}=${value}`)
  return given.length === 0 ? name : `${name}(${given.join(', ')})`
}

const refused = (who: string, rule: string, given: string, wanted: string, remedy: string): Checked<never> =>
  E.left([new DomainError({ who, given: `--rule ${rule}(${given})`, wanted, remedy })])

const unknown = (who: string, rule: string, known: Known, given: string, name: string): Checked<never> => {
  const names = Object.keys(known)
  const near = nearest(name, names)
  const wanted = names.length === 0 ? 'no options: it has none' : `an option of ${rule}: ${names.join(', ')}`
  const remedy = near ? `Did you mean \`${near}\`?` : `Write --rule ${rule}`
  return E.left([new NameError({ who, given: `--rule ${rule}(${given})`, wanted, remedy })])
}

const readOne =
  (who: string, rule: string, known: Known) =>
  (given: string): Checked<readonly [string, Value]> => {
    const [, name = '', text = ''] = /^\s*([^=\s]*)\s*=\s*(.*?)\s*$/.exec(given) ?? []
    if (name === '')
      return refused(who, rule, given.trim(), 'options as name=value', `Try --rule '${rule}(name=value)'`)
    if (!Object.hasOwn(known, name)) return unknown(who, rule, known, given.trim(), name)
    const facts = known[name] as OptionFacts
    if (!canBeTyped(facts))
      return refused(who, rule, given.trim(), `${name} to be given in code: ${facts.range}`, 'See docs/own-rule.md')
    const value = parsed(facts.range, text)
    return value === undefined
      ? refused(who, rule, given.trim(), `${name} ${facts.range}`, `The default is ${facts.default}`)
      : E.right([name, value])
  }

const twice = (names: readonly string[]): string | undefined => names.find((name, i) => names.indexOf(name) !== i)

/** Reads what stands in the parentheses of a rule. Left: the first option that it does not have, twice has, or cannot be. */
export const readRuleOptions = (who: string, rule: string, known: Known, inside: string): Checked<RuleOptions> =>
  inside.trim() === ''
    ? E.right({})
    : pipe(
        inside.split(','),
        RA.traverse(E.Applicative)(readOne(who, rule, known)),
        E.chain((pairs): Checked<RuleOptions> => {
          const again = twice(pairs.map(([name]) => name))
          return again === undefined
            ? E.right(Object.fromEntries(pairs))
            : refused(who, rule, inside, `${again} once`, 'Leave one of the two out')
        }),
      )
