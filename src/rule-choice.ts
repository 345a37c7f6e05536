/** The rule that a command is asked for: by a name of the registry, or in a file of the user's own. */
import { createHash } from 'node:crypto'
import { statSync } from 'node:fs'
import { register } from 'node:module'
import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import * as E from 'fp-ts/lib/Either.js'
import { DomainError, JanusError, KindError } from '../ad/errors.ts'
import type { Network } from '../nets/network.ts'
import { exampleParameters } from '../nets/run/parameters.ts'
import { type AnyRule, requireRule, resolved } from '../nets/run/rule.ts'
import { initialTimestep } from '../nets/run/timestep.ts'
import { alignedTo } from '../nets/run/windows.ts'
import { type Entry, ruleOf } from '../rules/index.ts'
import { chunked } from '../rules/tbptt.ts'
import { bytesOf, longestText } from './bytes.ts'
import type { Checked } from './options.ts'
import { namedRule, type RuleChoice } from './rule-named.ts'

const isPath = (given: string): boolean => /[/\\]|\.[mc]?[jt]s$/.test(given)

const refuseFile = (path: string, given: string, remedy: string): E.Either<readonly JanusError[], never> =>
  E.left([
    new DomainError({ who: 'rule', given: `'${path}': ${given}`, wanted: 'a file that exports one rule', remedy }),
  ])

let hooked = false
/** From here on 'janusgrad' is this copy of it, wherever it is imported from: two copies would not know each other's values. */
const shareThisCopy = (): void => {
  if (hooked) return
  hooked = true
  const home = import.meta.resolve('janusgrad/package.json')
  const hook = `export const resolve = (name, context, next) =>
    next(name, /^janusgrad(\\/|$)/.test(name) ? { ...context, parentURL: ${JSON.stringify(home)} } : context)`
  register(`data:text/javascript,${encodeURIComponent(hook)}`)
}

const isRule = (x: unknown): x is AnyRule =>
  typeof x === 'object' && x !== null && ('step' in x || 'on' in x) && 'faces' in x

/** What a module exports as its rule: a rule, or a function that is given all of janusgrad and returns one. */
const exported = async (module: Readonly<Record<string, unknown>>): Promise<AnyRule> => {
  const found = Object.values(module)
  const rules = found.filter(isRule)
  if (rules[0] && rules.length === 1) return rules[0]
  const made = typeof found[0] === 'function' && found.length === 1 ? await found[0](await import('janusgrad')) : null
  if (isRule(made)) return made
  throw new KindError({
    who: 'rule',
    given: `exports ${Object.keys(module).join(', ') || 'nothing'}`,
    wanted: 'one rule, or one function janus => rule',
    remedy: "export const mine = rule({ name: 'mine', faces: 'past', init, step })",
  })
}

/** The bytes of a file. It is read twice, once as a module, so that neither a device nor a pipe will do. */
const sourceIn = (path: string, file: string): E.Either<readonly JanusError[], Buffer> => {
  const refused = (given: string) => refuseFile(path, given, 'Name a file, as ./my-rule.js, or a rule of `janus rules`')
  try {
    const stat = statSync(file)
    if (stat.isDirectory()) return refused('a folder, not a file')
    return stat.isFile() ? E.right(bytesOf(file, longestText)) : refused('a device or a pipe, not a file')
  } catch (thrown) {
    const { code } = thrown as NodeJS.ErrnoException
    return refused(code === 'ENOENT' || code === 'ENOTDIR' ? 'no such file' : `not readable (${code})`)
  }
}

const ruleIn = async (path: string): Promise<Checked<RuleChoice>> => {
  const file = resolve(path)
  const source = sourceIn(path, file)
  if (E.isLeft(source)) return source
  try {
    shareThisCopy()
    const entry = await exported(await import(pathToFileURL(file).href))
    requireRule('rule', entry)
    const digest = createHash('sha256').update(source.right).digest('hex').slice(0, 12)
    return E.right({ name: path, facts: entry, entry, options: {}, digest })
  } catch (thrown) {
    if (thrown instanceof JanusError) return E.left([thrown])
    const said = thrown instanceof Error ? `${thrown.name}: ${thrown.message}` : String(thrown)
    return refuseFile(path, said, 'Correct the file; docs/own-rule.md has an example')
  }
}

/** The rule of a name or a path. Left: a name that is not known, or what is wrong with the file. */
export const chooseRule = (given: string): Promise<Checked<RuleChoice>> =>
  isPath(given) ? ruleIn(given) : Promise.resolve(namedRule(given))

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
