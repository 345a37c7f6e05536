/** Small matrices as lists of rows. */
export type Row = readonly number[]
export type Matrix = readonly Row[]

/** n zeros. */
export const row = (n: number): Row => Array.from({ length: n }, () => 0)

/** A row times a matrix. */
export const timesRow = (r: Row, M: Matrix): Row => {
  const found: number[] = new Array(M[0]?.length ?? 0).fill(0)
  for (let i = 0; i < r.length; i++) {
    const [x, other] = [r[i] as number, M[i] as Row]
    for (let j = 0; j < found.length; j++) found[j] = (found[j] as number) + x * (other[j] as number)
  }
  return found
}

/** A matrix times a column. */
export const timesColumn = (M: Matrix, column: Row): Row =>
  M.map(r => r.reduce((sum, x, j) => sum + x * (column[j] as number), 0))

/** A matrix times a matrix. */
export const product = (A: Matrix, B: Matrix): Matrix => A.map(r => timesRow(r, B))

/** Entry by entry. */
export const entrywise = (f: (x: number, i: number, j: number) => number, M: Matrix): Matrix =>
  M.map((r, i) => r.map((x, j) => f(x, i, j)))

export const plus = (A: Matrix, B: Matrix): Matrix => entrywise((x, i, j) => x + ((B[i] as Row)[j] as number), A)
export const minus = (A: Matrix, B: Matrix): Matrix => entrywise((x, i, j) => x - ((B[i] as Row)[j] as number), A)
export const scaled = (k: number, M: Matrix): Matrix => entrywise(x => k * x, M)
export const transposed = (M: Matrix): Matrix => (M[0] ?? []).map((_, j) => M.map(r => r[j] as number))

export const identity = (n: number): Matrix => Array.from({ length: n }, (_, i) => row(n).with(i, 1))

/** A square matrix to a power of at least 0. */
export const power = (M: Matrix, n: number): Matrix =>
  Array.from({ length: n }).reduce<Matrix>(all => product(all, M), identity(M.length))

/** The row x with x M = r, by elimination with pivots; not finite where there is none. */
export const solved = (r: Row, M: Matrix): Row => {
  const rows = transposed(M).map((one, i) => [...one, r[i] as number])
  for (let i = 0; i < rows.length; i++) {
    const at = rows.reduce(
      (best, one, k) => (k > i && Math.abs(one[i] as number) > Math.abs(rows[best]?.[i] ?? 0) ? k : best),
      i,
    )
    ;[rows[i], rows[at]] = [rows[at] as number[], rows[i] as number[]]
    const pivot = rows[i] as number[]
    rows.forEach((one, k) => {
      if (k === i) return
      const factor = (one[i] as number) / (pivot[i] as number)
      rows[k] = one.map((x, j) => x - factor * (pivot[j] as number))
    })
  }
  return rows.map((one, i) => (one.at(-1) as number) / (one[i] as number))
}

export const norm = (xs: Row): number => Math.hypot(...xs)
/** A column times a row. */
export const outer = (column: Row, r: Row): Matrix => column.map(x => r.map(y => x * y))
