/** How the shadows of a run did, as a table of at most 80 columns. */
import type { ShadowSummary } from '../experiments/shadows.ts'
import { bytesText } from './units.ts'

const written = (x: number): string => {
  if (!Number.isFinite(x)) return '-'
  return Math.abs(x) >= 1e4 || (x !== 0 && Math.abs(x) < 1e-3) ? x.toExponential(1) : x.toFixed(3)
}

const name = 22
const cut = (text: string): string => (text.length > name ? `${text.slice(0, name - 1)}…` : text).padEnd(name)
const line = (first: string, cells: readonly string[]): string =>
  `  ${cut(first)}${cells.map(text => text.padStart(10)).join('')}`.trimEnd()

const rowsOf = (rows: readonly ShadowSummary[]): readonly string[] =>
  rows.map(({ group, updates, cosine, last, ratio, signs, bytes }) =>
    line(group, [
      ...(updates === 0 ? ['-', '-', '-', '-'] : [cosine, last, ratio, signs].map(written)),
      ...(bytes === null ? [] : [bytesText(bytes)]),
    ]),
  )

/** Means over updates of each shadow's gradient beside the one that moved θ, all parameters first, then group by group. */
export const shadowTable = (rows: readonly ShadowSummary[]): string => {
  const rules = [...new Set(rows.map(({ rule }) => rule))]
  return [
    'shadows, beside the gradient that trained (ratio: its norm over that one):',
    line('', ['cosine', 'last', 'ratio', 'signs', 'memory']),
    ...rules.flatMap(rule => {
      const own = rows.filter(row => row.rule === rule)
      if (own.every(({ updates, bytes }) => updates === 0 && bytes === null))
        return [`${rule} has not started: a shadow starts with a sequence, or a washout`]
      return [`${rule}, ${own[0]?.updates ?? 0} updates`, ...rowsOf(own)]
    }),
  ].join('\n')
}
