/** `janus rules`: the family in a table. */
import { attempt, type Command } from '../failure.ts'
import { type Member, member, type RuleName, ruleNames } from '../family.ts'

const heads = ['rule', 'faces', 'keeps', 'as', 'is', 'a step'] as const
const widths = [20, 6, 21, 12, 8, 8] as const

/** The parts of the table, in its order: what each changes of the exact picture. */
const parts = {
  nothing: 'nothing is changed',
  replaces: 'an arrow is replaced',
  'remembers less': 'less of the influence is remembered',
  bootstraps: 'the end of the fold is a guess',
} as const satisfies { readonly [K in Member['changes']]: string }

const line = (cells: readonly string[]): string =>
  cells
    .map((cell, i) => cell.padEnd(widths[i] ?? 0))
    .join(' ')
    .trimEnd()

const row = (name: RuleName): string => {
  const { faces, keeps, structure, grade, cost } = member(name)
  return line([`  ${name}`, faces, keeps, structure, grade, cost])
}

const table = (): readonly string[] =>
  Object.entries(parts).flatMap(([changes, title]) => [
    '',
    title,
    ...ruleNames.filter(name => member(name).changes === changes).map(row),
  ])

/** What the table leaves out: what a rule counts, where it runs, its paper. */
const notes = (name: RuleName): string => {
  const { paper, k, eager } = member(name)
  return `  ${name.padEnd(18)} ${paper}${k ? `; --k counts ${k.counts}` : ''}${eager ? '; eager' : ''}`
}

const legend = [
  'faces   past: a left fold of pushes, learns as time goes on; future: a right',
  '        fold of pulls, turned round by windows to learn online',
  'as      the tensor that the influence M [d, |θ|] is kept as: dense; sparse, by a',
  "        mask; own units, of a weight's own unit alone; one outer or Kronecker",
  '        product, or k of them; own units and rank k; none',
  'is      exact, unbiased (its mean is the gradient) or biased; diagonal serves',
  '        only cells whose units do not hear each other (lru), and is exact there',
  'a step  operations for d units of the leaky network, p inputs to a unit',
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
    console.log([line(heads), ...table()].join('\n'))
    console.log(['', ...legend, '', ...ruleNames.map(notes)].join('\n'))
  })
