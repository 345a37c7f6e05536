/** What emitted code stands on: matrices as rows of numbers, a dozen functions, no imports. */
export const prelude = `type Matrix = readonly (readonly number[])[]
type Quantity = number | Matrix

const isNumber = (x: Quantity): x is number => typeof x === 'number'
const map = (f: (x: number) => number, a: Quantity): Quantity => (isNumber(a) ? f(a) : a.map(row => row.map(f)))
const zip = (f: (x: number, y: number) => number, a: Quantity, b: Quantity): Quantity => {
  if (isNumber(b)) return map(x => f(x, b), a)
  return b.map((row, i) => row.map((y, j) => f(isNumber(a) ? a : a[i]![j]!, y)))
}
const add = (...terms: Quantity[]): Quantity => terms.reduce((a, b) => zip((x, y) => x + y, a, b))
const neg = (a: Quantity): Quantity => map(x => -x, a)
const each = (...factors: Quantity[]): Quantity => factors.reduce((a, b) => zip((x, y) => x * y, a, b))
const over = (a: Quantity, b: Quantity): Quantity => zip((x, y) => x / y, a, b)
const turn = (a: Quantity): Quantity => (isNumber(a) ? a : (a[0] ?? []).map((_, j) => a.map(row => row[j]!)))
const times = (a: Quantity, b: Quantity): Quantity => {
  if (isNumber(a) || isNumber(b)) return each(a, b)
  if (a[0]!.length === 1 && b.length === 1 && b[0]!.length === 1) return each(a, b[0]![0]!)
  return a.map(row => b[0]!.map((_, j) => row.reduce((sum, x, k) => sum + x * b[k]![j]!, 0)))
}
const mul = (...factors: Quantity[]): Quantity => factors.reduce(times)
const diag = (a: Quantity): Quantity => (isNumber(a) ? a : a.map((row, i) => a.map((_, j) => (i === j ? row[0]! : 0))))
const eye = (n: number): Matrix => Array.from({ length: n }, (_, i) => Array.from({ length: n }, (_, j) => (i === j ? 1 : 0)))
const zeros = (m: number, n: number): Matrix => Array.from({ length: m }, () => new Array<number>(n).fill(0))
const kron = (a: Quantity, b: Quantity): Quantity => {
  if (isNumber(a) || isNumber(b)) return each(a, b)
  return a.map(row => row.flatMap(x => b[0]!.map(y => x * y)))
}
/** A matrix of blocks; 0 is a block of zeros. */
const blocks = (heights: number[], widths: number[], grid: Quantity[][]): Matrix =>
  grid.flatMap((list, i) =>
    Array.from({ length: heights[i]! }, (_, k) =>
      list.flatMap((block, j) => (isNumber(block) ? new Array<number>(widths[j]!).fill(block) : block[k]!)),
    ),
  )
const joined = (...columns: Quantity[]): Matrix => columns.flatMap(a => (isNumber(a) ? [[a]] : a))
/** From a row for each unit in turn to one parameter after the other. */
const apart = (row: Matrix, units: number, widths: number[]): Matrix => {
  const begins = widths.map((_, i) => widths.slice(0, i).reduce((a, b) => a + b, 0))
  const ofUnit = (k: number) => row[0]!.slice((k * size(row)) / units, ((k + 1) * size(row)) / units)
  return [widths.flatMap((width, i) => Array.from({ length: units }, (_, k) => ofUnit(k).slice(begins[i]!, begins[i]! + width)).flat())]
}
const norm = (a: Quantity): number => Math.sqrt((isNumber(a) ? [a] : a.flat()).reduce((sum, x) => sum + x * x, 0))
const positive = (...numbers: Quantity[]): boolean => numbers.every(x => isNumber(x) && x > 0)
const size = (a: Quantity): number => (isNumber(a) ? 1 : a.length * a[0]!.length)`
