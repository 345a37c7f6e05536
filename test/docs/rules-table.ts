/** The table of docs/rules/README.md, from what each rule says of itself. */
import { factsOf, type RuleFacts, type RuleName, registry, ruleNames } from '../../rules/index.ts'

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

/** Rows of cells as markdown, columns as wide as their widest cell. */
const markdown = (head: readonly string[], rows: readonly (readonly string[])[]): string => {
  const cells = [head, ...rows].map(row => row.map(cell => cell.replaceAll('|', '\\|')))
  const widths = head.map((_, column) => Math.max(...cells.map(row => row[column]?.length ?? 0)))
  const rule = widths.map(width => '-'.repeat(width))
  const padded = (row: readonly string[]) => row.map((cell, column) => cell.padEnd(widths[column] ?? 0))
  return cells
    .toSpliced(1, 0, rule)
    .map(row => `| ${padded(row).join(' | ')} |`)
    .join('\n')
}

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
