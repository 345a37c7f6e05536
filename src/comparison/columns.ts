/** Columns of a table that may be wider than a terminal: put into as many tables as it takes, the first column in each. */
import { columns as most, type Table } from '../display/table.ts'

export interface Column {
  readonly head: string
  readonly cells: readonly string[]
}

const widthOf = ({ head, cells }: Column): number => Math.max(...[head, ...cells].map(cell => [...cell].length))

/** Cells moved to the right of their column. */
const right = (column: Column): Column => {
  const width = widthOf(column)
  const padded = (cell: string): string => cell.padStart(width + cell.length - [...cell].length)
  return { head: padded(column.head), cells: column.cells.map(padded) }
}

const tableOf = (first: Column, columns: readonly Column[]): Table => ({
  head: [first.head, ...columns.map(({ head }) => head)],
  rows: first.cells
    .map((name, i) => [name, ...columns.map(({ cells }) => cells[i] ?? '')])
    .filter(row => columns.length === 0 || row.slice(1).some(cell => cell.trim() !== '')),
})

const gap = 2

/** Tables of at most 80 columns of text, the columns in their order; rows that a table has nothing of are left out of it. */
export const packed = (first: Column, columns: readonly Column[]): readonly Table[] => {
  const groups: Column[][] = [[]]
  let used = widthOf(first)
  for (const column of columns.map(right)) {
    const width = gap + widthOf(column)
    if (used + width > most && groups.at(-1)?.length) {
      groups.push([])
      used = widthOf(first)
    }
    groups.at(-1)?.push(column)
    used += width
  }
  return groups.map(group => tableOf(first, group))
}
