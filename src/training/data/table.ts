/** A table of cells as RFC 4180 has them, separated by commas or tabs, with or without a header. */
import { CsvError } from 'csv-parse'
import { parse } from 'csv-parse/sync'
import { chain, type Either, right, tryCatch } from 'fp-ts/lib/Either.js'
import { pipe } from 'fp-ts/lib/function.js'
import { DomainError, type JanusError } from '../../../ad/errors.ts'
import { mistake } from '../../failure.ts'
import { refuse } from './file.ts'

/** A record of a table: its cells, and the line of the file on which it begins. */
export interface Row {
  readonly cells: readonly string[]
  readonly line: number
}

/** Rows of one width, at least one. */
export type Table = readonly [Row, ...Row[]]

const plain = /^[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:e[+-]?\d+)?$/i
const grouped = /^[+-]?[1-9]\d{0,2}(?:,\d{3})+(?:\.\d*)?$/

/** The number of a cell in decimal notation, thousands separated by commas too: 1234.5, 1,234.5, 2e-3. NaN where it is none. */
export const numberIn = (cell: string): number => {
  if (plain.test(cell)) return Number(cell)
  return grouped.test(cell) ? Number(cell.replaceAll(',', '')) : Number.NaN
}

const numeric = (cell: string): boolean => !Number.isNaN(numberIn(cell))

/** What stands for a value that is not there: what pandas and R take for it, signs of nothing, infinities. */
const missing = /^(?:|[-.?*]+|[+-]?(?:nan|inf|infinity)|#?n\/?a(?: n\/a)?|<na>|nil|null|none|missing)$/i

/** Whether a cell can be a column's name: it begins, but for signs, with a letter, and does not stand for a missing value. */
const isName = (cell: string): boolean => /^[^\p{L}\d]*\p{L}/u.test(cell) && !missing.test(cell)

/**
 * How many rows stand over the values of a column: 1 where the first is a name there, or where nothing stands there but another
 * column has a name over what is none; else 0, and what is no value in the first row is wrong as it is in any other.
 */
export const headerOf = ([first, second]: Table, column: number): 0 | 1 => {
  const own = first.cells[column] ?? ''
  if (numeric(own)) return 0
  const beside = first.cells.some((cell, i) => isName(cell) && !isName(second?.cells[i] ?? cell))
  return isName(own) || beside ? 1 : 0
}

const shown = (cell: string): string => `'${cell.length > 40 ? `${cell.slice(0, 39)}…` : cell}'`

/** Why a cell is no finite number, and what to do about it. */
const faultOf = (cell: string): string => {
  if (missing.test(cell)) return 'A value is missing there: fill it in or drop the line'
  if (numeric(cell)) return 'It is beyond 1.8e308: rescale the column'
  if (/^[+-]?\d+,\d*$/.test(cell)) return 'Write decimals with a point'
  if (/[;\t]/.test(cell)) return 'Separate cells with commas, or with tabs in a .tsv'
  return 'Correct that cell or drop that line'
}

/** The finite number of a column in a row. Left: what stands there in its place, and where. */
export const valueAt = (name: string, { cells, line }: Row, column: number): Either<JanusError, number> => {
  const cell = cells[column] ?? ''
  const value = numberIn(cell)
  if (Number.isFinite(value)) return right(value)
  const where = cells.length === 1 ? '' : `, column ${column + 1} of ${cells.length},`
  return refuse(`'${name}' line ${line}${where} is ${shown(cell)}`, 'a finite number', faultOf(cell))
}

const breaks = /\r\n|\r|\n/g
const faults: { readonly [code: string]: readonly [what: string, remedy: string] } = {
  CSV_QUOTE_NOT_CLOSED: ['opens a quote that is never closed', 'Close it, or write a quote inside quotes twice'],
  CSV_INVALID_CLOSING_QUOTE: [
    'has text after a quote that is closed',
    'Quote the whole cell; a quote inside is written twice',
  ],
  INVALID_OPENING_QUOTE: ['has a quote inside a bare cell', 'Quote the whole cell; a quote inside is written twice'],
}

/** The rows of a text; lines end in LF, CRLF or CR, and empty ones at the end are left out. Throws a DomainError for quotes that are not RFC 4180's. */
const rowsOf = (name: string, content: string, delimiter: string): Row[] => {
  const rows: Row[] = []
  let line = 1
  const keep = ({ record: cells, raw }: { readonly record: readonly string[]; readonly raw: string }): null => {
    rows.push({ cells, line })
    line += raw.match(breaks)?.length ?? 1
    return null
  }
  try {
    parse(content, {
      ...{ delimiter, raw: true, trim: true, relax_column_count: true, record_delimiter: ['\r\n', '\n', '\r'] },
      on_record: found => keep(found as unknown as Parameters<typeof keep>[0]),
    })
  } catch (cause) {
    const [what, remedy] = (cause instanceof CsvError && faults[cause.code]) || [String(cause), 'Correct that line']
    throw new DomainError({
      who: 'data',
      given: `'${name}' line ${line} ${what}`,
      wanted: 'cells as in RFC 4180',
      remedy,
    })
  }
  while (rows.at(-1)?.cells.join('') === '' && rows.at(-1)?.cells.length === 1) rows.pop()
  return rows
}

/** Cells on one line of a command: names that hold a comma stand in quotes. Throws as a table does. */
export const cellsOf = (name: string, line: string): readonly string[] => rowsOf(name, line, ',')[0]?.cells ?? []

/** Rows of one width. Left: none, or one that is wider or narrower than the first. */
const even = (name: string, rows: readonly Row[], delimiter: string): Either<JanusError, Table> => {
  const [first, ...rest] = rows
  if (!first) return refuse(`'${name}' has no lines with content`, 'a table', 'Give a file with content')
  const width = first.cells.length
  const ragged = rest.find(({ cells }) => cells.length !== width)
  if (!ragged) return right([first, ...rest])
  const by = delimiter === ',' ? 'commas' : 'tabs'
  return refuse(
    `'${name}' line ${ragged.line} has ${ragged.cells.length} cells, line 1 has ${width}`,
    `as many cells in every line, separated by ${by}`,
    ragged.cells.join('') === '' ? 'Drop that line' : `Write decimals with a point, and quote cells that hold ${by}`,
  )
}

/** The table of a file. Left: quotes that are not RFC 4180's, or lines of unequal width, with the line. */
export const tableOf = (name: string, content: string, delimiter: ',' | '\t'): Either<JanusError, Table> =>
  pipe(
    tryCatch(() => rowsOf(name, content, delimiter), mistake),
    chain(rows => even(name, rows, delimiter)),
  )
