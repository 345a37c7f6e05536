/** One entry of an expression of matrices, by the names of its indices: sums over what a product runs over. */
import {
  argumentsOf,
  type Expression,
  entry,
  gradeOf,
  identity,
  indicator,
  markOf,
  operandsOf,
  over,
  product,
  same,
  within,
} from './expression.ts'

/** Names for the indices a product runs over, those in use left out. */
const free = (used: string): string => [...'ilpqrs'].find(letter => !used.includes(letter)) ?? 'i'

/** x[row, column] for a matrix, x[row] for a column, x[column] for a row; a column index may be two, `a,j`. */
export const entryOf = (x: Expression, row: string, column: string): Expression => {
  const grade = gradeOf(x)
  if (grade === 'scalar') return x
  const [factors, turned] = [operandsOf(x, 'multiply'), operandsOf(x, 'ctranspose')?.[0]]
  if (factors) return entryOfProduct(factors, row, column)
  if (turned) return entryOf(turned, column, row)
  return entryOfCall(x, row, column) ?? entryOfPart(x, row, column)
}

const entryOfPart = (x: Expression, row: string, column: string): Expression => {
  if (same(x, identity)) return indicator(row, column)
  const grade = gradeOf(x)
  const indices = grade === 'matrix' ? `${row},${column}` : grade === 'column' ? row : column
  return markOf(x) ? entry(x, indices) : within(x, part => entryOf(part, row, column))
}

const entryOfCall = (x: Expression, row: string, column: string): Expression | null => {
  const [vector, grid] = [argumentsOf(x, 'diag')?.[0], argumentsOf(x, 'kron')]
  if (vector) return product(indicator(row, column), entryOf(vector, column, column))
  if (!grid) return null
  const [unit = '', synapse = ''] = column.split(',')
  return product(entryOf(grid[0] as Expression, row, unit), entryOf(grid[1] as Expression, synapse, synapse))
}

const entryOfProduct = (factors: readonly Expression[], row: string, column: string): Expression => {
  const [first, ...rest] = factors as [Expression, ...Expression[]]
  if (gradeOf(first) === 'scalar') return product(first, entryOf(product(...rest), row, column))
  const after = product(...rest)
  const [left, right] = [first, after].map(factor => argumentsOf(factor, 'diag')?.[0])
  if (left) return product(entryOf(left, row, row), entryOf(after, row, column))
  if (right) return product(entryOf(first, row, column), entryOf(right, column, column))
  // one column meets one row: there is nothing to add up
  if (gradeOf(first) === 'column') return product(entryOf(first, row, column), entryOf(after, row, column))
  const index = free(`${row},${column}`)
  return over(product(entryOf(first, row, index), entryOf(after, index, column)), index)
}
