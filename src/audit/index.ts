/**
 * What a rule really is: `audit(rule, { cell: 'gru' })` decides the lines of `schema.ts` by running it. Every line is backed by a run;
 * one that contradicts the rule's facts says so in its evidence.
 */

import { nearest } from '../../ad/did-you-mean.ts'
import { JanusError, NameError } from '../../ad/errors.ts'
import { once } from '../../ad/once.ts'
import { requireCount, requireList, requireNames } from '../../ad/require.ts'
import type { Branch } from '../../ad/tree.ts'
import type { Cell } from '../../nets/cells/cell.ts'
import { type CellName, cellNames, cells } from '../../nets/cells/index.ts'
import { type AnyRule, type Facts, requireRule, resolved } from '../../nets/run/rule.ts'
import type { RuleFacts } from '../../rules/parts/facts.ts'
import { type Entry, factsOf, type RuleName, registry, ruleNames, ruleOf } from '../../rules/registry.ts'
import { type CallOptions, callText } from '../call-options.ts'
import { bias } from './bias.ts'
import { causality } from './causality.ts'
import { costs } from './costs.ts'
import { curl } from './curl.ts'
import { exactness } from './exactness.ts'
import { fingerprint } from './fingerprint.ts'
import { type Kept, keptAs } from './kept.ts'
import { learning } from './learning.ts'
import { locality } from './locality.ts'
import { meanOverDraws } from './mean.ts'
import { likeReference } from './reference.ts'
import { type Audit, type Finding, type LineId, line, lineIds, requireLine } from './schema.ts'
import { stability } from './stability.ts'
import { reachOf, type Subject } from './subject.ts'
import { typical } from './typical.ts'
import { vacuous } from './vacuous.ts'

/** What may be said of an audit; all of it may be left out. */
export interface AuditOptions {
  /** A cell by its name, or one of one's own; by default leaky, or the first that the rule serves. */
  readonly cell?: CellName | Cell<Branch, Branch>
  /** What a cell of one's own is called. */
  readonly cellName?: string
  /** Units, inputs, outputs and steps of the networks that it is measured on; 3, 2, 2 and 10 by default. */
  readonly sizes?: Partial<Subject['sizes']>
  readonly seed?: number
  /** Random networks to a line; 12 by default. */
  readonly networks?: number
  /** The rule that it is sold as, whose facts it is held to. */
  readonly as?: RuleName
  /** Options of a rule that is given as its maker. */
  readonly options?: object
  /** The lines that are worked out; all by default. */
  readonly lines?: readonly LineId[]
  /** Whether it is trained on three small tasks. */
  readonly learn?: boolean
  /** Whether its field is searched for a curl. */
  readonly deep?: boolean
  /** The command that audits it again, for the evidence. */
  readonly command?: string
  /** Called before each line. */
  readonly onLine?: (id: LineId) => void
}

const given = { d: 3, n: 2, m: 2, T: 10 }

/** What audits have in common: the cells that are named, and what is kept of each cell. */
const common = () => {
  const named: Kept = new Map()
  const cellOf = (name: CellName): Subject['cell'] => ({
    name,
    made: keptAs(named, name, () => cells[name]({ alpha: 0.5 })),
  })
  return { cellOf, keptOf: once((_: Cell<Branch, Branch>): Kept => new Map()) }
}

type Common = ReturnType<typeof common>

const requireName = <N extends string>(what: string, name: string, names: readonly N[]): N => {
  const found = names.find(one => one === name)
  if (found) return found
  const near = nearest(name, names)
  const remedy = near ? `Did you mean '${near}'?` : `janus ${what}s lists them`
  throw new NameError({ who: 'audit', given: `${what} '${name}'`, wanted: names.join(', '), remedy })
}

/** The error with which a rule refuses a cell; none where it serves it. */
const refusal = (rule: AnyRule, cell: Subject['cell'], { keptOf }: Common): unknown => {
  try {
    const { net } = typical({ cell, sizes: given, kept: keptOf(cell.made) }, 1, { d: 2, T: 1 })
    resolved(rule, net)
    return undefined
  } catch (thrown) {
    if (thrown instanceof JanusError) return thrown
    throw thrown
  }
}

const optionNames = [
  ...['cell', 'cellName', 'sizes', 'seed', 'networks', 'as', 'options', 'lines', 'learn', 'deep', 'command', 'onLine'],
]

const chosenCell = (
  rule: AnyRule,
  { cell: wanted, cellName = 'own' }: AuditOptions,
  shared: Common,
): Subject['cell'] => {
  const { cellOf } = shared
  if (typeof wanted === 'object') return { name: cellName, made: wanted }
  if (wanted !== undefined) return cellOf(requireName('cell', wanted, cellNames))
  return cellNames.map(cellOf).find(cell => refusal(rule, cell, shared) === undefined) ?? cellOf('leaky')
}

const isMaker = (entry: unknown): entry is Extract<Entry, (...args: never[]) => unknown> =>
  typeof entry === 'function' && 'facts' in entry

const isGiven = (options: object | undefined): boolean => Object.keys(options ?? {}).length > 0

/**
 * Options of a maker whose default count would leave nothing out: a window of four steps where it would look back over more than the
 * runs of an audit, and 1 of what it counts where that is as many as a network has units.
 */
const leavingSomethingOut = (entry: Entry | AnyRule, { cell, kept }: Pick<Subject, 'cell' | 'kept'>): CallOptions => {
  if (!isMaker(entry) || !entry.facts.count) return {}
  const { option } = entry.facts.count
  const { net } = typical({ cell, sizes: given, kept }, 1, { d: 2, T: 1 })
  const reach = reachOf(ruleOf(entry), { net })
  if (reach !== undefined) return reach > given.T ? { [option]: 4 } : {}
  return Number(entry.facts.options?.[option]?.default) >= given.d ? { [option]: 1 } : {}
}

/** The subject of an audit. Throws a KindError for what is no rule, a NameError for a name that is not known, and what the rule throws that does not serve the cell. */
const subjectOf = (entry: Entry | AnyRule, options: AuditOptions, shared: Common): Subject => {
  requireNames('audit', options, optionNames)
  const { seed = 1, networks = 12, as, sizes = {}, lines = [] } = options
  const usual = isMaker(entry) ? ruleOf(entry) : (entry as AnyRule)
  requireRule('audit', usual)
  requireCount('audit', `networks = ${networks}`, networks, 'Leave it out for 12')
  requireNames('audit', sizes, Object.keys(given))
  for (const [name, size] of Object.entries(sizes))
    requireCount('audit', `${name} = ${size}`, size, 'd units, n inputs, m outputs, T steps')
  requireList('audit', lines, 'a list of lines', "audit(rule, { lines: ['exactness'] })")
  for (const id of lines) requireLine('audit', id)
  const facts: Facts & Partial<RuleFacts> = isMaker(entry) ? entry.facts : (usual as Facts & Partial<RuleFacts>)
  const sold = as === undefined ? undefined : (registry[requireName('rule', as, ruleNames)] as Entry)
  const cell = chosenCell(usual, options, shared)
  const kept = shared.keptOf(cell.made)
  const refused = refusal(usual, cell, shared)
  if (refused !== undefined) throw refused
  const own = isGiven(options.options) ? options.options : leavingSomethingOut(entry, { cell, kept })
  const rule = isMaker(entry) ? ruleOf(entry, own) : usual
  return {
    name: callText(facts.name, (own ?? {}) as CallOptions),
    rule,
    facts: sold ? { ...factsOf(sold), name: facts.name } : facts,
    variant: isMaker(entry) ? more => ruleOf(entry, { ...own, ...more }) : null,
    reference: sold ? { name: as as string, rule: ruleOf(sold, options.options) } : null,
    cell,
    isUsual: !isGiven(options.options) && cell.name === chosenCell(usual, {}, shared).name,
    sizes: { ...given, ...sizes },
    seed,
    networks,
    command: options.command ?? `janus audit ${facts.name} --cell ${cell.name} --seed ${seed}`,
    kept,
  }
}

type Lines = Readonly<Partial<Record<LineId, () => Finding>>>

/** Every line of a subject, to be worked out one at a time. */
const linesOf = (subject: Subject, { learn = false, deep = false }: AuditOptions): Lines => {
  const { net } = typical(subject, subject.seed, { d: 2, T: 1 })
  const draws = resolved(subject.rule, net, subject.seed).draws !== undefined
  const asked = (wanted: boolean, flag: string, decide: () => Finding) => (): Finding =>
    wanted ? decide() : { verdict: 'skipped', reason: `asked for by ${flag}` }
  return {
    ...vacuous(subject),
    ...exactness(subject, draws),
    'exactness.mean': () => (draws ? meanOverDraws(subject) : { verdict: 'skipped', reason: 'it draws nothing' }),
    reference: () => likeReference(subject),
    ...fingerprint(subject),
    ...causality(subject),
    locality: () => locality(subject),
    ...costs(subject),
    ...bias(subject),
    'stability.memory': () => stability(subject),
    ...Object.fromEntries(
      Object.entries(learning(subject)).map(([id, decide]) => [id, asked(learn, '--learn', decide)]),
    ),
    curl: asked(deep, '--deep', () => curl(subject)),
  }
}

/** A line that cannot be worked out says why. */
const decided = (decide: () => Finding): Finding => {
  try {
    return decide()
  } catch (thrown) {
    return { verdict: 'undecided', reason: thrown instanceof Error ? thrown.message : String(thrown) }
  }
}

const audited = (rule: Entry | AnyRule, options: AuditOptions, shared: Common): Audit => {
  const subject = subjectOf(rule, options, shared)
  const lines = linesOf(subject, options)
  const { learn = false, deep = false, lines: wanted = lineIds, onLine } = options
  return {
    rule: subject.name,
    cell: subject.cell.name,
    sizes: subject.sizes,
    seed: subject.seed,
    effort: { networks: subject.networks, learn, deep },
    lines: lineIds
      .filter(id => wanted.includes(id))
      .map(id => {
        onLine?.(id)
        return line(id, subject.command, decided(lines[id] as () => Finding))
      }),
  }
}

/** Audits a rule, or a maker with its options. Throws a KindError for what is no rule, a NameError for a name, and what a rule throws that does not serve the cell. */
export const audit = (rule: Entry | AnyRule, options: AuditOptions = {}): Audit => audited(rule, options, common())

/** Makes an `audit` for many rules, which share the networks, their runs and their exact gradients. */
export const auditor = (): typeof audit => {
  const shared = common()
  return (rule, options = {}) => audited(rule, options, shared)
}

export {
  type Audit,
  type AuditLine,
  type Counterexample,
  contradictions,
  type Evidence,
  type LineId,
  lineIds,
  lineOf,
  type Verdict,
} from './schema.ts'
