/** A document of equations as text, LaTeX or Typst. */
import type { Expression } from '../../ad/symbols/expression.ts'
import { tex, text, typst, written } from '../../ad/symbols/notation.ts'
import { folded, width as widthOf } from '../wrap.ts'
import type { Line, Section } from './section.ts'

const columns = 80
const padded = (x: string, width: number): string => x + ' '.repeat(Math.max(0, width - widthOf(x)))

const inText = written(text)

/** The right side broken before its signs where it would run past the last column. */
const broken = (right: Expression, room: number): readonly string[] =>
  folded(inText(right), room, { at: /(?<= )(?=\u0336?[+\-⊙]\u0336? )/ })

const textLine = ({ left, right, note, approximate }: Line, width: number): string => {
  const [first = '', ...rest] = broken(right, columns - width - 5)
  const head = `  ${padded(inText(left), width)} ${approximate ? '≈' : '='} ${first}${note ? `   (${note})` : ''}`
  return [head, ...rest.map(piece => `  ${' '.repeat(width + 3)}${piece}`)].join('\n')
}

/** Unicode text, at most 80 columns where its terms allow. */
export const asText = (sections: readonly Section[]): string =>
  sections
    .map(({ title, lines, remarks = [] }) => {
      const width = Math.max(...lines.map(({ left }) => widthOf(inText(left))))
      const words = remarks.flatMap(([name, words]) =>
        folded(`  ${inText(name)}: ${words}`, columns, { at: /(?<= )/, indent: '    ' }),
      )
      return [title, ...lines.map(one => textLine(one, width)), ...words].join('\n')
    })
    .join('\n\n')

/** Words as LaTeX takes them. */
const plain = (words: string): string => words.replace(/[\\{}_^#%&$~]/g, c => `\\${c}`)

/** LaTeX for amsmath and cancel, as KaTeX reads it too: one display. */
export const asTex = (sections: readonly Section[]): string => {
  const write = written(tex)
  const rows = sections.flatMap(({ title, lines, remarks = [] }) => [
    `& \\text{${plain(title)}} \\\\`,
    ...lines.map(
      ({ left, right, note, approximate }) =>
        `${write(left)} &${approximate ? '\\approx' : '='} ${write(right)}${note ? ` && \\text{(${plain(note)})}` : ''} \\\\`,
    ),
    ...remarks.map(([name, words]) => `& ${write(name)} \\text{: ${plain(words)}} \\\\`),
  ])
  return ['% amsmath, cancel', '\\begin{aligned}', ...rows, '\\end{aligned}'].join('\n')
}

/** Typst's mathematics: one display. */
export const asTypst = (sections: readonly Section[]): string => {
  const write = written(typst)
  const rows = sections.flatMap(({ title, lines, remarks = [] }) => [
    `& "${title}" \\`,
    ...lines.map(
      ({ left, right, note, approximate }) =>
        `${write(left)} &${approximate ? ' approx' : '='} ${write(right)}${note ? ` quad "(${note})"` : ''} \\`,
    ),
    ...remarks.map(([name, words]) => `& ${write(name)} ": ${words}" \\`),
  ])
  return ['$', ...rows.map(row => `  ${row}`), '$'].join('\n')
}
