/** A table of words, as text in 80 columns and as HTML. */
import { folded } from '../wrap.ts'

/** A title, heads of the columns where they need any, and rows; notes stand below. */
export interface Table {
  readonly title?: string
  readonly head?: readonly string[]
  readonly rows: readonly (readonly string[])[]
  readonly notes?: readonly string[]
}

/** As wide as anything printed may be. */
export const columns = 80

/** A line cut to a width. */
export const cut = (line: string, width = columns): string =>
  [...line].length <= width ? line : `${[...line].slice(0, width - 1).join('')}…`

/** Spaces where a line may end: none inside brackets, and none before them, as in W [m, n] or x in [0, 1). */
const breaks = /(?<=(?<!\[[^\])]*) )(?!\[)/

/** Words broken between lines to fit a width, lines after the first indented. */
export const wrapped = (words: string, width = columns, indent = ''): string =>
  folded(words, width, { at: breaks, indent }).join('\n')

const widthsOf = (lines: readonly (readonly string[])[]): readonly number[] =>
  lines.reduce<number[]>((widths, line) => {
    line.forEach((cell, i) => {
      widths[i] = Math.max(widths[i] ?? 0, [...cell].length)
    })
    return widths
  }, [])

/** A last cell wider than this is prose, which may be broken. */
const prose = 30

/** The columns aligned, two spaces between them or one where it is tight; a last cell of many words goes on below itself. */
export const textOf = ({ title, head, rows, notes = [] }: Table): string => {
  const lines = head ? [head, ...rows] : rows
  const widths = widthsOf(lines)
  const all = widths.reduce((sum, width, i) => sum + (i < widths.length - 1 ? width : Math.min(width, prose)), 0)
  const between = all + 2 * (widths.length - 1) <= columns ? '  ' : ' '
  const line = (cells: readonly string[]): string => {
    const before = cells.slice(0, -1).map((cell, i) => cell.padEnd(widths[i] ?? 0) + between)
    const at = before.join('').length
    const last = wrapped(cells.at(-1) ?? '', columns - at)
    return (before.join('') + last.replaceAll('\n', `\n${' '.repeat(at)}`)).trimEnd()
  }
  return [...(title === undefined ? [] : [title]), ...lines.map(line), ...notes].join('\n')
}

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

/** Text as HTML shows it. */
export const escaped = (words: string): string => words.replace(/[&<>"']/g, sign => entities[sign] ?? sign)

const row = (tag: 'th' | 'td', cells: readonly string[]): string =>
  `<tr>${cells.map(cell => `<${tag}>${escaped(cell)}</${tag}>`).join('')}</tr>`

/** The same table for a notebook. */
export const htmlOf = ({ title, head, rows, notes = [] }: Table): string =>
  [
    '<table>',
    title === undefined ? '' : `<caption>${escaped(title)}</caption>`,
    head ? `<thead>${row('th', head)}</thead>` : '',
    `<tbody>${rows.map(cells => row('td', cells)).join('')}</tbody>`,
    '</table>',
    ...notes.map(note => `<p>${escaped(note)}</p>`),
  ].join('')
