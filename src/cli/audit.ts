/** `janus audit`: one rule on one page, or all of them in one table. */
import { isLeft } from 'fp-ts/lib/Either.js'
import { pipe } from 'fp-ts/lib/function.js'
import * as TE from 'fp-ts/lib/TaskEither.js'
import { NameError } from '../../ad/errors.ts'
import type { AnyRule } from '../../nets/run/rule.ts'
import { type Entry, type RuleName, registry, ruleNames } from '../../rules/registry.ts'
import { familyText } from '../audit/family.ts'
import { reportOfAudit } from '../audit/html.ts'
import { type Audit, type AuditOptions, audit, auditor, contradictions } from '../audit/index.ts'
import { pageOf } from '../audit/page.ts'
import { progress } from '../display/chart.ts'
import { attempt, type Command, type Failure } from '../failure.ts'
import { type Given, orThrow, ranges, reader, wholeUpTo } from '../options.ts'
import { chooseRule } from '../rule-choice.ts'
import { callOf, type RuleChoice } from '../rule-named.ts'
import { isText, writtenCell } from '../training/cell-text.ts'
import { identityOf } from './identity.ts'

/** Audit options as the command line gives them. */
export interface AuditCommandOptions {
  readonly all?: boolean
  readonly cell?: string
  readonly hidden?: Given
  readonly steps?: Given
  readonly networks?: Given
  readonly as?: string
  readonly learn?: boolean
  readonly deep?: boolean
  readonly seed?: Given
  readonly json?: boolean
  readonly html?: boolean
}

const { number, only } = reader('audit')

const asked = async (options: AuditCommandOptions): Promise<AuditOptions> => {
  const { cell, hidden = 3, steps = 10, networks = 12, seed = 1, learn = false, deep = false } = options
  const { own } = cell !== undefined && isText(cell) ? await writtenCell(cell, null) : {}
  return {
    ...(cell !== undefined && { cell: own ? own() : (cell as never) }),
    ...(own && { cellName: cell as string }),
    sizes: {
      d: orThrow(number('hidden', hidden, wholeUpTo(1, 64, 3))),
      T: orThrow(number('steps', steps, wholeUpTo(2, 100, 10))),
    },
    networks: orThrow(number('networks', networks, wholeUpTo(1, 200, 12))),
    seed: orThrow(number('seed', seed, ranges.seed)),
    learn,
    deep,
  }
}

const chosen = async (given: string | undefined): Promise<RuleChoice> => {
  if (given === undefined)
    throw new NameError({
      who: 'audit',
      given: 'no rule',
      wanted: 'a rule, or a file with one',
      remedy: 'janus rules lists them; --all audits every one',
    })
  const found = await chooseRule(given, { who: 'audit', option: 'rule' })
  if (isLeft(found)) throw found.left[0]
  return found.right
}

/** The rule that a file's rule is sold as: the one that is named, or the one whose name it bears. */
const soldAs = ({ digest, facts }: RuleChoice, as: string | undefined): { readonly as?: RuleName } => {
  const name = as ?? (digest !== null && ruleNames.includes(facts.name as RuleName) ? facts.name : undefined)
  return name === undefined ? {} : { as: name as RuleName }
}

const flagsOf = ({ cell, hidden, steps, networks, as, learn, deep, seed }: AuditCommandOptions): string =>
  Object.entries({ cell, hidden, steps, networks, as, seed })
    .flatMap(([name, value]) =>
      value === undefined ? [] : [` --${name} ${/^[\w.-]+$/.test(String(value)) ? value : `'${value}'`}`],
    )
    .concat(learn ? [' --learn'] : [], deep ? [' --deep'] : [])
    .join('')

const one = async (given: string, choice: RuleChoice, options: AuditCommandOptions): Promise<Audit> => {
  const wanted = await asked(options)
  const bar = progress('audit', 33)
  let count = 0
  try {
    const found = audit(choice.entry as Entry | AnyRule, {
      ...wanted,
      ...soldAs(choice, options.as),
      options: choice.options,
      command: `janus audit ${/^[\w./-]+$/.test(given) ? given : `'${given}'`}${flagsOf(options)}`,
      onLine: id => bar.at(++count, id),
    })
    return choice.digest === null ? found : { ...found, rule: callOf(choice) }
  } finally {
    bar.stop()
  }
}

/** Of a rule in a file, what its gradient is by name. */
const identity = ({ entry, digest }: RuleChoice, { cell, seed }: Audit): string | null =>
  digest === null ? null : identityOf(entry as AnyRule, cell, seed)

const shownOne = (choice: RuleChoice, found: Audit, { json, html }: AuditCommandOptions): string =>
  json ? JSON.stringify(found) : html ? reportOfAudit(found) : pageOf(found, identity(choice, found))

const every = async (options: AuditCommandOptions): Promise<readonly Audit[]> => {
  const wanted = await asked(options)
  const bar = progress('audit', ruleNames.length)
  const of = auditor()
  try {
    return ruleNames.map((name, i) => {
      bar.at(i + 1, name)
      return of(registry[name] as Entry, { ...wanted, command: `janus audit ${name}${flagsOf(options)}` })
    })
  } finally {
    bar.stop()
  }
}

/** Fails where a line contradicts what a rule says of itself. */
const judged = (audits: readonly Audit[]): TE.TaskEither<Failure, void> => {
  const against = audits.flatMap(found => contradictions(found).map(({ id }) => `${found.rule}: ${id}`))
  return against.length === 0
    ? TE.right(undefined)
    : TE.left({ code: 1, message: `audit: facts are contradicted by ${against.join(', ')}` })
}

const run = async (given: string | undefined, options: AuditCommandOptions): Promise<readonly Audit[]> => {
  if (!options.all) {
    const choice = await chosen(given)
    const found = await one(given as string, choice, options)
    console.log(shownOne(choice, found, options))
    return [found]
  }
  orThrow(only('as', options.as, false, 'one rule'))
  const found = await every(options)
  console.log(options.json ? JSON.stringify(found) : familyText(found))
  return found
}

/** Prints the audit of a rule, or of all: a page, JSON or HTML. Fails where a line contradicts the rule's facts. */
export const auditCommand = ([given]: readonly (string | undefined)[], options: AuditCommandOptions): Command =>
  pipe(
    attempt(() => run(given, options)),
    TE.flatMap(judged),
  )
