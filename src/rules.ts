/** `janus rules`: the family in a table. */
import { attempt, type Command } from './failure.ts'
import { type Member, member, ruleNames } from './family.ts'

const heads = ['rule', 'faces', 'changes', 'keeps', 'is', 'a step'] as const
const widths = [15, 7, 15, 21, 9, 8] as const

const cellsOf = (name: string, { faces, changes, keeps, grade, cost }: Member): readonly string[] => [
  name,
  faces,
  changes === 'nothing' ? '' : changes,
  keeps,
  grade,
  cost,
]

const line = (cells: readonly string[]): string =>
  cells
    .map((cell, i) => cell.padEnd(widths[i] ?? 0))
    .join(' ')
    .trimEnd()

/** What the table leaves out: where a rule draws, what it counts, its paper. */
const notes = (name: string, { paper, k, eager }: Member): string =>
  `  ${name.padEnd(15)} ${paper}${k ? `; --k counts ${k.counts}` : ''}${eager ? '; runs eagerly' : ''}`

const legend = [
  'faces    past: a left fold of pushes, learns as time goes on; future: a right fold',
  '         of pulls, turned round by windows to learn online',
  'changes  of the exact picture: replaces an arrow, remembers less of the',
  '         influence, or bootstraps the end of the fold',
  'is       exact, unbiased (its mean is the gradient) or biased; diagonal only serves',
  '         cells whose units do not hear each other (lru), and is exact there',
  'a step   operations for d units of the leaky network, p inputs to a unit',
]

/** Prints the family, by the names that `janus train --rule` takes. */
export const rules = ({ json = false }: { readonly json?: boolean }): Command =>
  attempt(() => {
    if (json) {
      for (const name of ruleNames) {
        const { make: _, k, ...facts } = member(name)
        console.log(JSON.stringify({ name, ...facts, k: k ? k.counts : null }))
      }
      return
    }
    console.log([line(heads), ...ruleNames.map(name => line(cellsOf(name, member(name))))].join('\n'))
    console.log(['', ...legend, '', ...ruleNames.map(name => notes(name, member(name)))].join('\n'))
  })
