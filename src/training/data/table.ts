/** A table of comma-separated cells, with or without a header. */
import { type Either, right } from 'fp-ts/lib/Either.js'
import type { JanusError } from '../../../ad/errors.ts'
import { refuse } from './file.ts'

/** Lines of cells, all of one width. */
export type Table = readonly (readonly string[])[]

const bare = (cell: string): string =>
  cell
    .trim()
    .replace(/^"(.*)"$/, '$1')
    .trim()

/** Whether a cell is a number in decimal notation. */
export const numeric = (cell: string): boolean => /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(cell)

const missing = (cell: string): boolean => /^[+-]?(nan|inf|infinity)$/i.test(cell)

/** How many lines stand over the values: 1 where the first line ends in a name, else 0. */
export const headerOf = ([first]: Table): 0 | 1 => {
  const last = first?.at(-1) ?? ''
  return numeric(last) || missing(last) ? 0 : 1
}

/** The cells of a file without their quotes. Left: lines of unequal width. */
export const tableOf = (name: string, content: string): Either<JanusError, Table> => {
  const lines = content
    .trimEnd()
    .split(/\r?\n/)
    .map(line => line.split(','))
  const width = lines[0]?.length ?? 0
  const ragged = lines.findIndex(line => line.length !== width)
  if (ragged < 0) return right(lines.map(line => line.map(bare)))
  return refuse(
    `'${name}' line ${ragged + 1} has ${lines[ragged]?.length} cells, line 1 has ${width}`,
    'as many cells in every line, separated by commas',
    'Write decimals with a point, and separate cells with commas',
  )
}
