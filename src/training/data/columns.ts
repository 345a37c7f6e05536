/** The columns of a table that the command line names: inputs and targets. */
import { nearest } from '../../../ad/did-you-mean.ts'
import { DomainError, NameError } from '../../../ad/errors.ts'
import { cellsOf, headerOf, type Table } from './table.ts'

/** What --column and --target say: names of columns or their numbers from 1, separated by commas as in a CSV line. */
export interface ColumnOptions {
  readonly column?: string | undefined
  readonly target?: string | undefined
}

/** A column: where it is, and its name, or a number where the table has no header. */
export interface Column {
  readonly index: number
  readonly name: string
}

/** The columns of a series: inputs, and targets, which are predicted. */
export interface Columns {
  readonly inputs: readonly Column[]
  readonly targets: readonly Column[]
  /** How many rows stand over the values. */
  readonly header: 0 | 1
  /** Names for people: all that the table has. */
  readonly all: readonly string[]
}

const who = 'data'

/** The place of one column by its name in the first row, or by its number. Throws a NameError or a DomainError. */
const placeOf = (name: string, table: Table, column: string): number => {
  const names = table[0].cells
  const found = names.indexOf(column)
  if (found >= 0 && names.indexOf(column, found + 1) >= 0)
    throw new DomainError({
      who,
      given: `'${name}' has several columns '${column}'`,
      wanted: 'one column of that name',
      remedy: `Name it by its number, ${found + 1} for the first of them`,
    })
  if (found >= 0) return found
  if (/^[1-9]\d{0,5}$/.test(column) && Number(column) <= names.length) return Number(column) - 1
  const near = nearest(column, names)
  throw new NameError({
    who,
    given: `no column '${column}' in '${name}'`,
    wanted: headed(table)
      ? `one of ${names.map(each => `'${each}'`).join(', ')}`
      : `a number from 1 to ${names.length}: the file has no header`,
    remedy: near === undefined ? 'Name one of these, or count it from 1' : `Did you mean '${near}'?`,
  })
}

const headed = (table: Table): boolean => table[0].cells.some((_, i) => headerOf(table, i) === 1)

/** The places of a list; one whole name may hold a comma. Throws for one that there is not, or that comes twice. */
const placesOf = (name: string, table: Table, list: string): readonly number[] => {
  const names = table[0].cells.includes(list) ? [list] : cellsOf('--column', list)
  const places = names.map(each => placeOf(name, table, each))
  const again = places.findIndex((place, i) => places.indexOf(place) < i)
  if (places.length > 0 && again < 0) return places
  throw new DomainError({
    who,
    given: again < 0 ? 'a list of no columns' : `column '${names[again]}' twice`,
    wanted: 'each column once',
    remedy: 'Name columns of the file, separated by commas',
  })
}

/** The columns asked for; the last where none is. Throws a NameError or a DomainError for such as cannot be. */
export const columnsOf = (name: string, table: Table, { column, target }: ColumnOptions): Columns => {
  const last = table[0].cells.length - 1
  const inputs = column === undefined ? [last] : placesOf(name, table, column)
  const targets = target === undefined ? inputs : placesOf(name, table, target)
  const header = [...inputs, ...targets].some(i => headerOf(table, i) === 1) ? 1 : 0
  const all = table[0].cells.map((cell, i) => (header === 1 && cell) || String(i + 1))
  const named = (index: number): Column => ({ index, name: all[index] as string })
  return { inputs: inputs.map(named), targets: targets.map(named), header, all }
}
