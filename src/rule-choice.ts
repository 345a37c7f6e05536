/** The rule that a command is asked for: by a name of the registry, or in a file of the user's own. */
import * as E from 'fp-ts/lib/Either.js'
import { pipe } from 'fp-ts/lib/function.js'
import type { Network } from '../nets/network.ts'
import { exampleParameters } from '../nets/run/parameters.ts'
import { type AnyRule, requireRule, resolved } from '../nets/run/rule.ts'
import { initialTimestep } from '../nets/run/timestep.ts'
import { alignedTo } from '../nets/run/windows.ts'
import { type Entry, ruleOf } from '../rules/index.ts'
import { chunked } from '../rules/tbptt.ts'
import type { Checked } from './options.ts'
import { isPath, ownFile, type Wanted } from './own-file.ts'
import { type AskedAs, namedRule, type RuleChoice } from './rule-named.ts'

const ownRule: Wanted<AnyRule> = {
  what: 'rule',
  is: (x): x is AnyRule => typeof x === 'object' && x !== null && ('step' in x || 'on' in x) && 'faces' in x,
  example: "export const mine = rule({ name: 'mine', faces: 'past', init, step })",
  docs: 'docs/own-rule.md',
}

const ruleIn = async (path: string): Promise<Checked<RuleChoice>> =>
  pipe(
    await ownFile(ownRule, path, found => requireRule('rule', found)),
    E.map(({ value, digest }) => ({ name: path, facts: value, entry: value, options: {}, digest })),
  )

/** The rule of a name or a path. Left: a name that is not known, or what is wrong with the file. */
export const chooseRule = (given: string, as: AskedAs = {}): Promise<Checked<RuleChoice>> =>
  isPath(given) ? ruleIn(given) : Promise.resolve(namedRule(given, as))

/** The rule as it trains: with its own options and the number that it counts, in windows where it faces the future, its windows ending with the updates. */
export const trainedRule = (
  { entry, facts, options = {} }: Pick<RuleChoice, 'entry' | 'facts'> & Partial<Pick<RuleChoice, 'options'>>,
  { window, k }: { readonly window: number; readonly k: number | null },
): AnyRule<unknown, 'past'> => {
  const count = facts.count && k !== null ? { [facts.count.option]: k } : {}
  const rule = ruleOf(entry as Entry, { ...options, ...count })
  return rule.faces === 'future'
    ? chunked({ k: window })(rule as AnyRule<unknown, 'future'>)
    : alignedTo(window)(rule as AnyRule<unknown, 'past'>)
}

/** Refuses a rule that does not serve a network, before anything is printed or written. Throws the rule's own error. */
export const requireServes = (rule: AnyRule, net: Network): void => {
  resolved(rule, net).init(initialTimestep(net)(exampleParameters(net)))
}
