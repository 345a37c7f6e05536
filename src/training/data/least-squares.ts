/** Linear regression on more rows than are held at a time. */
import { Matrix, QrDecomposition, solve } from 'ml-matrix'

/** How many rows are held. */
const most = 1024

/**
 * The weights [k, m] of least squares: rows [k + m] of k regressors and m targets. Blocks of rows are reduced one after the other
 * to the triangle of their QR decomposition, which has the same squares: Golub & Van Loan 2013, 5.3. Where several weights fit,
 * the shortest.
 */
export const leastSquares = (rows: Iterable<readonly number[]>, k: number): Matrix => {
  let block: (readonly number[])[] = []
  for (const row of rows) {
    // a triangle has as many rows as a row has numbers
    if (block.length >= most + row.length)
      block = new QrDecomposition(asMatrix(block)).upperTriangularMatrix.to2DArray()
    block.push(row)
  }
  const [all, width] = [asMatrix(block), block[0]?.length ?? k]
  const part = (from: number, to: number): Matrix => all.subMatrix(0, all.rows - 1, from, to)
  return solve(part(0, k - 1), part(k, width - 1), true)
}

const asMatrix = (rows: readonly (readonly number[])[]): Matrix => new Matrix(rows as number[][])
