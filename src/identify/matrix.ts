/** Small matrices as lists of rows. */
export type Row = readonly number[]
export type Matrix = readonly Row[]

/** n zeros. */
export const row = (n: number): Row => Array.from({ length: n }, () => 0)

/** A row times a matrix. */
export const timesRow = (r: Row, M: Matrix): Row =>
  (M[0] ?? []).map((_, j) => r.reduce((sum, x, i) => sum + x * ((M[i] as Row)[j] as number), 0))

/** A matrix times a matrix. */
export const product = (A: Matrix, B: Matrix): Matrix => A.map(r => timesRow(r, B))

/** Entry by entry. */
export const entrywise = (f: (x: number, i: number, j: number) => number, M: Matrix): Matrix =>
  M.map((r, i) => r.map((x, j) => f(x, i, j)))

export const plus = (A: Matrix, B: Matrix): Matrix => entrywise((x, i, j) => x + ((B[i] as Row)[j] as number), A)
export const minus = (A: Matrix, B: Matrix): Matrix => entrywise((x, i, j) => x - ((B[i] as Row)[j] as number), A)
export const scaled = (k: number, M: Matrix): Matrix => entrywise(x => k * x, M)
export const transposed = (M: Matrix): Matrix => (M[0] ?? []).map((_, j) => M.map(r => r[j] as number))
