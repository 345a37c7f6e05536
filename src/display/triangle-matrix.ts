/** A (t, s) matrix as text: sums to its right and below, at most 80 columns wide. */

type Vector = readonly number[]

/** The inner products with one direction, and their sums; `names` head the sums to the right and those below. */
export interface Matrix {
  readonly pairs: readonly Vector[]
  readonly rows: Vector
  readonly columns: Vector
  readonly total: number
  readonly names: readonly [right: string, below: string]
}

/** How numbers are written in a column: plainly with decimals, or as whole numbers of a smaller unit. */
export interface Style {
  readonly unit: number
  readonly decimals: number
}

const label = 6
const margin = 11
const page = 80

/** How wide a column is where there are so many. */
const widthFor = (columns: number): number => Math.min(9, Math.floor((page - label - margin - 2) / columns))

/** How numbers up to `largest` are written in a column of so many characters. */
const styleUpTo = (largest: number, width: number): Style => {
  const digits = largest > 0 ? Math.floor(Math.log10(largest * 1.001)) + 1 : 1
  const decimals = Math.min(4, width - 3 - Math.max(1, digits))
  return decimals >= 3 && digits + decimals >= 3
    ? { unit: 1, decimals }
    : { unit: 10 ** (digits + 2 - width), decimals: 0 }
}

/** One style for all numbers of some matrices of one size. */
export const styleOf = (...list: readonly Matrix[]): Style => {
  const all = list.flatMap(({ pairs, rows, columns }) => [...pairs.flat(), ...rows, ...columns])
  return styleUpTo(Math.max(...all.map(Math.abs)), widthFor(list[0]?.columns.length ?? 1))
}

const lineOf = (name: string, body: string, end: string): string =>
  `${name.slice(0, label).padStart(label)}${body} |${end}`.trimEnd()

/** The lines of a matrix. */
export const matrixLines = (matrix: Matrix, { unit, decimals } = styleOf(matrix)): readonly string[] => {
  const { pairs, rows, columns, total, names } = matrix
  const width = widthFor(columns.length)
  const write = (x: number): string => (x / unit).toFixed(decimals).replace(/^-(?=0(\.0*)?$)/, '')
  const wide = (cells: readonly string[]): string => columns.map((_, s) => (cells[s] ?? '').padStart(width)).join('')
  const end = (cell: string): string => cell.padStart(margin)
  const head = columns.map((_, s) => String(s + 1))
  return [
    ...(unit === 1 ? [] : [`in units of ${unit.toExponential(0)}`]),
    lineOf('t \\ s', wide(head), end(names[0])),
    ...pairs.map((row, t) => lineOf(String(t + 1), wide(row.map(write)), end(write(rows[t] ?? Number.NaN)))),
    lineOf(names[1], wide(columns.map(write)), end(write(total))),
  ]
}
