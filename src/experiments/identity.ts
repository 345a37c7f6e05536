/** The identity of an experiment: a digest of what was asked for, the same wherever and however it is run. */

import canonicalize from 'canonicalize'
import * as E from 'fp-ts/lib/Either.js'
import { shortDigest } from '../digest.ts'
import type { Failure } from '../failure.ts'
import type { TrainOptions } from '../training/options.ts'
import { type Config, type SettingName, settingNames } from '../training/settings.ts'
import { optionsFor, type Sources } from './prepared.ts'

/** Where a branch begins: a run, and the update of it. */
export interface Parent {
  readonly id: string
  readonly step: number
}

/** Settings that stand in the canonical form in another way, or not at all: files by their content, a length not. */
const exceptions: readonly SettingName[] = ['data', 'column', 'target', 'task', 'rule', 'k', 'from', 'steps', 'engine']

/** Options as far as two of them are the same run; functions are no part of it. */
const inWords = (options: TrainOptions): string => JSON.stringify(options)

/** The settings that change anything: those are left out without which the options are the same. */
const minimal = (config: Config, sources: Sources, options: TrainOptions): Config =>
  settingNames
    .filter(name => Object.hasOwn(config, name) && !exceptions.includes(name))
    .reduce((kept: Config, name) => {
      const { [name]: _, ...rest } = kept
      const without = optionsFor(rest, sources)
      return E.isRight(without) && inWords(without.right) === inWords(options) ? rest : kept
    }, config)

/** The options of a rule that are not what they are by default. */
const ruleOptions = ({ choice, ruleOptions: given }: TrainOptions): object => {
  const known = choice().facts.options ?? {}
  const usual = (name: string): string | undefined => (Object.hasOwn(known, name) ? known[name]?.default : undefined)
  return Object.fromEntries(Object.entries(given).filter(([name, value]) => String(value) !== unquoted(usual(name))))
}

const unquoted = (text: string | undefined): string | undefined => text?.replace(/^'(.*)'$/, '$1')

/** The number that a rule counts, where it is not what it is by default. */
const countOf = (config: Config, sources: Sources, { k, choice }: TrainOptions): number | null => {
  const { k: _, ...rest } = config
  const bare = { ...rest, ...(sources.rule && { rule: choice().name }) }
  const usual = optionsFor(bare, { ...sources, rule: sources.rule && E.right({ ...choice(), options: {} }) })
  return E.isRight(usual) && usual.right.k === k ? null : k
}

/** What makes an experiment what it is, as JSON. */
export const canonicalForm = (config: Config, sources: Sources, options: TrainOptions): string => {
  const settings = minimal(config, sources, options)
  const own = Object.fromEntries(Object.entries(settings).filter(([name]) => !exceptions.includes(name as SettingName)))
  const engine = engineAsked(config)
  const rule = { name: options.ruleDigest ?? options.rule, options: ruleOptions(options) }
  const { kind, digest } = sources.data
  const k = countOf(config, sources, options)
  return canonicalize({
    settings: own,
    rule,
    data: { kind, digest },
    ...(k !== null && { k }),
    ...(options.from !== null && { from: options.from }),
    ...(engine !== 'auto' && { engine }),
  }) as string
}

/** The engine as asked for, by the config or the variable. */
const engineAsked = ({ engine }: Config): string => engine ?? (process.env.JANUS_ENGINE || 'auto')

/** The first 12 hex digits of SHA-256 over the canonical form (RFC 8785), of a branch with its parent. Left: the config cannot be run. */
export const identityOf = (config: Config, sources: Sources, parent?: Parent): E.Either<Failure, string> =>
  E.Functor.map(optionsFor(config, sources), options => {
    const form = canonicalForm(config, sources, options)
    const whole = parent === undefined ? form : (canonicalize({ parent, form }) as string)
    return shortDigest(whole)
  })
