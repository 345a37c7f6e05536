/** A table of cells as RFC 4180 has them, separated by commas or tabs, with or without a header. */
import { CsvError } from 'csv-parse'
import { parse } from 'csv-parse/sync'
import { type Either, flatten, right, tryCatch } from 'fp-ts/lib/Either.js'
import { pipe } from 'fp-ts/lib/function.js'
import { DomainError, type JanusError } from '../../../ad/errors.ts'
import { mistake } from '../../failure.ts'
import { refuse } from './file.ts'

/** A record of a table: its cells, and the line of the file on which it begins. */
export interface Row {
  readonly cells: readonly string[]
  /** Counted when it is asked for. */
  readonly line: number
}

/** Rows of one width, at least one. Their numbers are kept; their text is read again where it is asked for. */
export interface Table {
  /** The first two rows as they stand: names, or values. */
  readonly first: Row
  readonly second: Row | undefined
  readonly rows: number
  readonly width: number
  /** The number in a cell, as `numberIn` has it. */
  number(row: number, column: number): number
  row(row: number): Row
}

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
export const headerOf = ({ first, second }: Pick<Table, 'first' | 'second'>, column: number): 0 | 1 => {
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

const noNumber = (name: string, { cells, line }: Row, column: number): Either<JanusError, never> => {
  const cell = cells[column] ?? ''
  const where = cells.length === 1 ? '' : `, column ${column + 1} of ${cells.length},`
  return refuse(`'${name}' line ${line}${where} is ${shown(cell)}`, 'a finite number', faultOf(cell))
}

/** The finite numbers of a column, from a row on. Left: what stands in place of the first that is none, and where. */
export const columnOf = (
  name: string,
  table: Table,
  from: number,
  column: number,
): Either<JanusError, readonly number[]> => {
  const values = Array.from({ length: table.rows - from }, (_, i) => table.number(from + i, column))
  const wrong = values.findIndex(value => !Number.isFinite(value))
  return wrong < 0 ? right(values) : noNumber(name, table.row(from + wrong), column)
}

const breaks = /\r\n|\r|\n/g

/** How many lines end in a text. */
const breaksIn = (text: string): number => {
  let count = 0
  for (const end = new RegExp(breaks); end.exec(text); ) count++
  return count
}

const faults: { readonly [code: string]: readonly [what: string, remedy: string] } = {
  CSV_QUOTE_NOT_CLOSED: ['opens a quote that is never closed', 'Close it, or write a quote inside quotes twice'],
  CSV_INVALID_CLOSING_QUOTE: [
    'has text after a quote that is closed',
    'Quote the whole cell; a quote inside is written twice',
  ],
  INVALID_OPENING_QUOTE: ['has a quote inside a bare cell', 'Quote the whole cell; a quote inside is written twice'],
}

/** What is told of a record: its cells, and where it ends in the source, the line's end included. */
type Visit = (cells: readonly string[], end: number) => void

/** What records are read from: text, or its UTF-8 where there are quotes, for the parser counts bytes. */
type Readable = string | Buffer

const readable = (content: string): Readable => (content.includes('"') ? Buffer.from(content) : content)
const textOf = (source: Readable, from: number, to?: number): string =>
  typeof source === 'string' ? source.slice(from, to) : source.toString('utf8', from, to)

/** The records of a text without quotes: a line each. */
const visitLines = (content: string, delimiter: string, visit: Visit): void => {
  const end = new RegExp(breaks)
  for (let from = 0; from < content.length; from = end.lastIndex || content.length) {
    const to = end.exec(content)?.index ?? content.length
    const cells = content.slice(from, to).split(delimiter)
    visit(
      cells.map(cell => cell.trim()),
      end.lastIndex || content.length,
    )
  }
}

/** The records of a text with quotes. Throws a DomainError for those that are not RFC 4180's. */
const visitQuoted = (name: string, source: Buffer, delimiter: string, visit: Visit): void => {
  let at = 0
  const told = (record: unknown, { bytes }: { readonly bytes: number }): null => {
    at = bytes
    visit(record as readonly string[], at)
    return null
  }
  try {
    parse(source, {
      ...{ delimiter, trim: true, relax_column_count: true, record_delimiter: ['\r\n', '\n', '\r'] },
      on_record: told,
    })
  } catch (cause) {
    const [what, remedy] = (cause instanceof CsvError && faults[cause.code]) || [String(cause), 'Correct that line']
    throw new DomainError({
      who: 'data',
      given: `'${name}' line ${1 + breaksIn(textOf(source, 0, at))} ${what}`,
      wanted: 'cells as in RFC 4180',
      remedy,
    })
  }
}

/** The records in order; lines end in LF, CRLF or CR. A text without quotes needs no parser, which is ten times as slow. */
const visitRecords = (name: string, source: Readable, delimiter: string, visit: Visit): void =>
  typeof source === 'string' ? visitLines(source, delimiter, visit) : visitQuoted(name, source, delimiter, visit)

const recordsOf = (name: string, content: string, delimiter: string): readonly (readonly string[])[] => {
  const records: (readonly string[])[] = []
  visitRecords(name, readable(content), delimiter, cells => records.push(cells))
  return records
}

/** Cells on one line of a command: names that hold a comma stand in quotes. Throws as a table does. */
export const cellsOf = (name: string, line: string): readonly string[] => recordsOf(name, line, ',')[0] ?? []

/** A text gone through once: the numbers of its cells row by row, where each record ends, and the first record of another width. */
const scanned = (name: string, source: Readable, delimiter: string, most: number) => {
  const ends = new Float64Array(most)
  let [rows, width, ragged] = [0, 0, -1]
  let numbers = new Float64Array(0)
  visitRecords(name, source, delimiter, (cells, end) => {
    if (rows === 0) {
      width = cells.length
      // a cell takes a character, its own or the one that ends it
      numbers = new Float64Array(Math.min(most * width, source.length + 1))
    }
    if (cells.length !== width && ragged < 0) ragged = rows
    if (ragged < 0) for (let i = 0; i < width; i++) numbers[rows * width + i] = numberIn(cells[i] as string)
    ends[rows++] = end
  })
  return { numbers, ends, rows, width, ragged }
}

/** Rows of one width, empty ones at the end left out. Left: none, or one that is wider or narrower than the first. */
const even = (name: string, content: string, delimiter: string): Either<JanusError, Table> => {
  const source = readable(content)
  const { numbers, ends, width, ragged, ...found } = scanned(name, source, delimiter, breaksIn(content) + 1)
  const row = (i: number): Row => {
    const [from, to] = [i === 0 ? 0 : (ends[i - 1] as number), ends[i] as number]
    const [cells = []] = recordsOf(name, textOf(source, from, to), delimiter)
    return {
      cells,
      get line() {
        return 1 + breaksIn(textOf(source, 0, from))
      },
    }
  }
  const isEmpty = ({ cells }: Row): boolean => cells.length <= 1 && !cells[0]
  let { rows } = found
  while (rows > 0 && isEmpty(row(rows - 1))) rows--
  if (rows === 0) return refuse(`'${name}' has no lines with content`, 'a table', 'Give a file with content')
  if (ragged >= 0 && ragged < rows) return uneven(name, row(ragged), width, delimiter)
  const [first, second] = [row(0), rows > 1 ? row(1) : undefined]
  return right({ first, second, rows, width, row, number: (i, column) => numbers[i * width + column] as number })
}

const uneven = (name: string, { cells, line }: Row, width: number, delimiter: string): Either<JanusError, never> => {
  const by = delimiter === ',' ? 'commas' : 'tabs'
  return refuse(
    `'${name}' line ${line} has ${cells.length} cells, line 1 has ${width}`,
    `as many cells in every line, separated by ${by}`,
    cells.join('') === '' ? 'Drop that line' : `Write decimals with a point, and quote cells that hold ${by}`,
  )
}

/** The table of a file. Left: quotes that are not RFC 4180's, or lines of unequal width, with the line. */
export const tableOf = (name: string, content: string, delimiter: ',' | '\t'): Either<JanusError, Table> =>
  pipe(
    tryCatch(() => even(name, content, delimiter), mistake),
    flatten,
  )
