/** Rows of data as CSV (RFC 4180): a head, and an empty cell where there is nothing. */
import type { Datum } from './figure.ts'

const cell = (value: Datum[string] | undefined): string => {
  const text = value === null || value === undefined ? '' : String(value)
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}

/** The columns are those of all rows, in the order in which they first come. */
export const csvOf = (rows: readonly Datum[]): string => {
  const names = [...new Set(rows.flatMap(Object.keys))]
  return [names, ...rows.map(row => names.map(name => row[name]))]
    .map(cells => `${cells.map(cell).join(',')}\n`)
    .join('')
}
