/** The table of docs/rules/README.md, from what each rule says of itself. */
import { factsOf, type RuleFacts, type RuleName, registry, ruleNames } from '../../rules/index.ts'
import { markdown } from './markdown.ts'

const columns = {
  rule: name => `[${name}](${name}.md)`,
  faces: (_, { both, faces }) => (both ? 'both' : faces),
  change: (_, { changes }) => (changes === 'nothing' ? 'none' : changes),
  'the gradient is': (_, { exactness }) => exactness,
  'of a learned start': (_, { start }) => (start === 'nothing' ? 'none' : start),
  keeps: (_, { keeps }) => keeps,
  'time a step': (_, { cost }) => cost.time,
  memory: (_, { cost }) => cost.memory,
  paper: (_, { papers: [{ authors, year }] }) => `${authors} ${year}`,
} satisfies Readonly<Record<string, (name: RuleName, facts: RuleFacts) => string>>

export const rulesTable = (): string =>
  markdown(
    Object.keys(columns),
    ruleNames.map(name => Object.values(columns).map(cell => cell(name, factsOf(registry[name])))),
  )

/** Every option of every rule, with its range, its default and what it does. */
export const optionsTable = (): string =>
  markdown(
    ['rule', 'option', 'range', 'default', 'what it is'],
    ruleNames.flatMap(name =>
      Object.entries(factsOf(registry[name]).options).map(([option, facts]) => [
        name,
        option,
        facts.range,
        facts.default,
        facts.means,
      ]),
    ),
  )
