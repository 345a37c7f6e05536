/** A rule by its name of the registry, with options of its own. */
import * as E from 'fp-ts/lib/Either.js'
import { pipe } from 'fp-ts/lib/function.js'
import type { AnyRule, Facts } from '../nets/run/rule.ts'
import { type Entry, factsOf, formerNames, type RuleFacts, registry, ruleNames } from '../rules/index.ts'
import { type CallOptions, callParts, callText, readCallOptions } from './call-options.ts'
import { type Checked, reader } from './options.ts'

/** A rule, what is known of it, and the digest of its file if it has one. */
export interface RuleChoice {
  /** A name of the registry, or the path that was given. */
  readonly name: string
  readonly facts: Facts & Partial<RuleFacts>
  readonly entry: Entry | AnyRule
  /** What was given of its own options: uoro(normalize=false). */
  readonly options: CallOptions
  /** SHA-256 of its file, its first 12 digits. */
  readonly digest: string | null
}

/** A rule as it is written with its own options: three-factor(sigma=0.1). */
export const callOf = ({ name, options }: Pick<RuleChoice, 'name' | 'options'>): string => callText(name, options)

/** The rules that take a number of their own by --k. */
export const counting = ruleNames.filter(name => factsOf(registry[name]).count)

/** How a rule was asked for, as errors say it: the command, and the option before the name, or what the name is of. */
export interface AskedAs {
  readonly who?: string
  readonly option?: string
}

/** A rule of the registry, with options of its own in parentheses; the words of version 0.1.0 are read too. */
export const namedRule = (given: string, { who = 'train', option = '--rule' }: AskedAs = {}): Checked<RuleChoice> => {
  const [word, inside] = callParts(given)
  return pipe(
    reader(who).oneOf('rule', ruleNames, formerNames[word] ?? word, option),
    E.chain(name => {
      const facts = factsOf(registry[name])
      return pipe(
        readCallOptions({ what: 'rule', who, option }, name, facts.options, inside),
        E.map(options => ({ name, facts, entry: registry[name] as Entry, options, digest: null })),
      )
    }),
  )
}
