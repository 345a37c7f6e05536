/** A matrix with few entries and a product of low rank, added up as a product of low rank, by singular values. */
import { Matrix, QrDecomposition, SingularValueDecomposition } from 'ml-matrix'
import type { Sparse } from '../../ad/linear/linear.ts'
import type { Pattern } from '../../ad/linear/sparsity.ts'
import type { Tensor } from '../../ad/tensor.ts'

/** left [N, k] times right [k, P]. */
export interface LowRank {
  readonly left: Matrix
  readonly right: Matrix
}

/** Rows and columns of a pattern that meet only each other. */
export interface Block {
  readonly rows: readonly number[]
  readonly columns: readonly number[]
}

/** The blocks of a pattern: one a unit where every weight touches one unit, one in all where a weight touches them all. */
export const blocksOf = ({ rows, columns }: Pattern): readonly Block[] => {
  const names = Array.from({ length: rows }, (_, row) => row)
  for (const [first = 0, ...others] of columns)
    for (const row of others) {
      const [old, name] = [names[row], names[first] as number]
      for (const [i, one] of names.entries()) if (one === old) names[i] = name
    }
  const blocks = [...new Set(names)].map(name => ({
    rows: names.flatMap((one, row) => (one === name ? [row] : [])),
    columns: columns.flatMap(([first], j) => (first !== undefined && names[first] === name ? [j] : [])),
  }))
  return blocks.filter(block => block.columns.length > 0)
}

/** loading [N, k] times basis [k, columns], whose rows are orthonormal; it fills some of the columns. */
interface Part {
  readonly columns: readonly number[]
  readonly basis: Matrix
  readonly loading: Matrix
}

const svd = (matrix: Matrix) => new SingularValueDecomposition(matrix, { autoTranspose: true })
const columnsOf = (matrix: Matrix, columns: readonly number[]): Matrix =>
  matrix.subMatrixColumn([...columns], 0, matrix.rows - 1)

/** X ← X + Y in some of its columns. */
const addAt = (X: Matrix, columns: readonly number[], Y: Matrix): void => {
  for (const [j, column] of columns.entries())
    for (let i = 0; i < X.rows; i++) X.set(i, column, X.get(i, column) + Y.get(i, j))
}

/** The entries of a sparse linear map in a block, [rows, columns]. */
const entriesIn = <A, B>({ rows, entries, from }: Sparse<A, B>, block: Block): Matrix => {
  const [{ data }, slots] = [entries as Tensor, entries.shape[0] as number]
  const found = Matrix.zeros(block.rows.length, block.columns.length)
  const at = new Map(block.rows.map((row, i) => [row, i]))
  for (let slot = 0; slot < slots; slot++)
    for (const [j, column] of block.columns.entries()) {
      const place = slot * from.size + column
      const i = at.get(rows[place] as number)
      if (i !== undefined) found.set(i, j, found.get(i, j) + (data[place] as number))
    }
  return found
}

/** The same of a block of one row: its singular value is its length, its basis its direction. */
const rowPart = <A, B>(outer: Matrix, S: Sparse<A, B>, block: Block): Part => {
  const basis = entriesIn(S, block)
  const length = basis.norm()
  const loading = columnsOf(outer, block.rows).mul(length)
  return { columns: block.columns, basis: basis.mul(length > 0 ? 1 / length : 0), loading }
}

/** outer S by its blocks. */
const sparsePart = <A, B>(outer: Matrix, S: Sparse<A, B>, block: Block): Part => {
  if (block.rows.length === 1) return rowPart(outer, S, block)
  const { leftSingularVectors: U, diagonal: σ, rightSingularVectors: V } = svd(entriesIn(S, block))
  const loading = columnsOf(outer, block.rows).mmul(U.mulRowVector(σ))
  return { columns: block.columns, basis: V.transpose(), loading }
}

/** Adds left right: its projection on the bases of the parts goes into their loadings, the rest is a part of its own. */
const withLowRank = (parts: readonly Part[], { left, right }: LowRank): readonly Part[] => {
  const rest = right.clone()
  const fuller = parts.map(({ columns, basis, loading }) => {
    const overlap = columnsOf(right, columns).mmul(basis.transpose())
    addAt(rest, columns, overlap.mmul(basis).mul(-1))
    return { columns, basis, loading: loading.add(left.mmul(overlap)) }
  })
  const { orthogonalMatrix: Q, upperTriangularMatrix: T } = new QrDecomposition(rest.transpose())
  return [
    ...fuller,
    { columns: [...Array(rest.columns).keys()], basis: Q.transpose(), loading: left.mmul(T.transpose()) },
  ]
}

/** Matrices side by side, of which there is one at least. */
const hstack = (...all: readonly Matrix[]): Matrix => {
  const out = Matrix.zeros(
    (all[0] as Matrix).rows,
    all.reduce((sum, { columns }) => sum + columns, 0),
  )
  let at = 0
  for (const one of all) {
    out.setSubMatrix(one, 0, at)
    at += one.columns
  }
  return out
}

const vstack = (a: Matrix, b: Matrix): Matrix =>
  Matrix.zeros(a.rows + b.rows, b.columns)
    .setSubMatrix(a, 0, 0)
    .setSubMatrix(b, a.rows, 0)

/** Σ loading basis, its r largest singular values kept. */
const truncated = (r: number, parts: readonly Part[], [N, P]: readonly [number, number]) => {
  const {
    leftSingularVectors: U,
    diagonal: σ,
    rightSingularVectors: V,
  } = svd(hstack(...parts.map(part => part.loading)))
  const [left, right] = [Matrix.zeros(N, r), Matrix.zeros(r, P)]
  for (let l = 0; l < r; l++) left.setColumn(l, U.getColumnVector(l).mul(σ[l] as number))
  let at = 0
  for (const { columns, basis } of parts) {
    if (r > 0)
      addAt(
        right,
        columns,
        V.subMatrix(at, at + basis.rows - 1, 0, r - 1)
          .transpose()
          .mmul(basis),
      )
    at += basis.rows
  }
  return { left, right, cut: Math.hypot(...σ.slice(r)) }
}

/**
 * The same with outer S first brought to c directions, so that r + c singular values are found after it, not r + N: two cuts,
 * whose norms are added. r and c at least 1.
 */
export const recompressedBy = <A, B>(
  [r, c]: readonly [rank: number, directions: number],
  outer: Matrix,
  S: Sparse<A, B>,
  blocks: readonly Block[],
  old: LowRank,
): LowRank & { readonly cut: number } => {
  const size = [S.to.size, S.from.size] as const
  const fresh = truncated(
    Math.min(c, S.to.size),
    blocks.map(block => sparsePart(outer, S, block)),
    size,
  )
  const both = { left: hstack(old.left, fresh.left), right: vstack(old.right, fresh.right) }
  const next = truncated(r, withLowRank([], both), size)
  return { ...next, cut: fresh.cut + next.cut }
}

/**
 * outer S + left right as a product of rank r, the nearest there is (Eckart & Young 1936), and the Frobenius norm of what it
 * leaves out. outer [N, N], S [N, P] with its blocks, r at most N. The rows of S and of right are made orthogonal first, block by
 * block, so that the matrix whose singular values are found is no larger than N by N + r: O(N³ + r N P / blocks + r² P).
 */
export const recompressed = <A, B>(
  r: number,
  outer: Matrix,
  S: Sparse<A, B>,
  blocks: readonly Block[],
  old: LowRank,
): LowRank & { readonly cut: number } => {
  const parts = blocks.map(block => sparsePart(outer, S, block))
  return truncated(r, r > 0 ? withLowRank(parts, old) : parts, [S.to.size, S.from.size])
}
