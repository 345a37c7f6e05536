/** Rules as tables of facts: the registry, a rule, a maker of rules. */
import type { Draws } from '../../nets/random.ts'
import type { Facts, Rule } from '../../nets/run/rule.ts'
import { windowsOf } from '../../nets/run/windows.ts'
import type { RuleFacts } from '../../rules/parts/facts.ts'
import { type Entry, factsOf } from '../../rules/registry.ts'
import { isRuleFor } from './guards.ts'
import type { Table } from './table.ts'

/** Short enough for a line of 80 columns. */
const changed = { nothing: '', replaces: 'replaces', 'remembers less': 'keeps less', bootstraps: 'bootstraps' } as const

/** Rules by name, a line each. */
export const registryTable = (rules: { readonly [name: string]: Entry }): Table => ({
  head: ['rule', 'faces', 'changes', 'keeps', 'is', 'a step'],
  rows: Object.entries(rules).map(([name, entry]) => {
    const { faces, both, changes, keeps, exactness, cost } = factsOf(entry) as Partial<RuleFacts>
    return [
      name,
      both ? 'both' : (faces ?? ''),
      changes ? changed[changes] : '',
      keeps ?? '',
      exactness ?? '',
      cost?.time ?? '',
    ]
  }),
})

/** A shape that a rule declares before it meets a network. */
const drawnText = ({ law, shape }: Draws): string => `${law} [${shape.join(', ')}] at each step`

/** The exported name of a rule or a cell: randomFeedback of random-feedback. */
export const exportedName = (name: string): string =>
  name.replace(/-(\w)/g, (_, letter: string) => letter.toUpperCase())

/** Which of the facts hold of a rule: of one in windows those of the rule inside do not. */
const factsShown = (entry: Entry): { readonly facts: Facts & Partial<RuleFacts>; readonly windows?: string } => {
  const facts = factsOf(entry)
  const { windows, inner } = windowsOf(entry) ?? {}
  if (!windows) return { facts }
  const { name, title, faces, papers } = facts
  const { every, reach } = windows
  const text = `a pass ${every === 1 ? 'at each step' : `every ${every} steps`}, ${reach} ${reach === 1 ? 'step' : 'steps'} back`
  return { facts: inner?.name === name ? { name, title, faces, papers } : facts, windows: text }
}

/** What is known of a rule: all of it for one of the registry, of others what they declare. */
export const ruleTable = (entry: Entry): Table => {
  const { facts, windows } = factsShown(entry)
  const { name, title, faces, both, changes, keeps, exactness, cost, papers, options = {} } = facts
  const isMaker = typeof entry === 'function'
  const { draws } = entry as Partial<Rule>
  const known: readonly (readonly [string, string | undefined])[] = [
    ['call', isMaker ? `${exportedName(name)}({ … })` : undefined],
    ['faces', both ? 'both ways' : `the ${faces}`],
    ['changes', changes],
    ['keeps', keeps],
    ['is', exactness],
    ['a step', cost && `${cost.time} operations, ${cost.memory} numbers`],
    ['windows', windows],
    ['draws', draws && drawnText(draws)],
    ['needs', isRuleFor(entry) ? 'its network: whatever runs it calls on(net, seed)' : undefined],
    ...Object.entries(isMaker ? options : {}).map(
      ([option, { range, default: value, means }]) => [option, `${means}: ${range}, ${value} by default`] as const,
    ),
    ['paper', papers && `${papers[0].authors} ${papers[0].year}`],
  ]
  const what = isMaker ? `a maker of rules, ${name}` : `the rule ${name}${windows === undefined ? '' : ' in windows'}`
  return {
    title: title === undefined ? what : `${what}: ${title}`,
    rows: known.flatMap(([key, value]) => (value === undefined ? [] : [[`  ${key}`, value]])),
  }
}
