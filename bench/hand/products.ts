/** Products over typed arrays in JavaScript: tiles of 4 × 4 over packed panels, four rows of a matrix at a time. */

import type { Floats } from '../problem.ts'

const block = 256
const leftPanel = new Float64Array(4 * block)
let rightPanels = new Float64Array(0)

/** A matrix inside an array: where it starts, and how far apart its rows and columns are. */
export interface Matrix {
  readonly data: Floats
  readonly at: number
  readonly row: number
  readonly column: number
}

/** A row-major matrix with rows of a width. */
export const matrix = (data: Floats, width: number, at = 0): Matrix => ({ data, at, row: width, column: 1 })
export const transposed = ({ data, at, row, column }: Matrix): Matrix => ({ data, at, row: column, column: row })

/** Four rows of the left factor side by side, zeros where it has no more. */
const packLeft = ({ data, at, row, column }: Matrix, i: number, m: number, from: number, k: number): void => {
  for (let r = 0; r < 4; r++) {
    const start = at + (i + r) * row + from * column
    if (i + r < m) for (let l = 0; l < k; l++) leftPanel[l * 4 + r] = data[start + l * column]!
    else for (let l = 0; l < k; l++) leftPanel[l * 4 + r] = 0
  }
}

/** All columns of the right factor in panels of four. */
const packRight = ({ data, at, row, column }: Matrix, n: number, from: number, k: number): void => {
  const size = 4 * k * Math.ceil(n / 4)
  if (rightPanels.length < size) rightPanels = new Float64Array(size)
  for (let j = 0; j < n; j += 4)
    for (let l = 0; l < k; l++) {
      const source = at + (from + l) * row + j * column
      const to = j * k + l * 4
      for (let r = 0; r < 4; r++) rightPanels[to + r] = j + r < n ? data[source + r * column]! : 0
    }
}

const tile = new Float64Array(16)

/** The product of a left panel with the right panel that starts at an index. */
const multiplyPanels = (out: Float64Array, a: Float64Array, b: Float64Array, start: number, k: number): void => {
  let c00 = 0
  let c01 = 0
  let c02 = 0
  let c03 = 0
  let c10 = 0
  let c11 = 0
  let c12 = 0
  let c13 = 0
  let c20 = 0
  let c21 = 0
  let c22 = 0
  let c23 = 0
  let c30 = 0
  let c31 = 0
  let c32 = 0
  let c33 = 0
  for (let l = 0, p = start; l < 4 * k; l += 4, p += 4) {
    const b0 = b[p]!
    const b1 = b[p + 1]!
    const b2 = b[p + 2]!
    const b3 = b[p + 3]!
    const a0 = a[l]!
    c00 += a0 * b0
    c01 += a0 * b1
    c02 += a0 * b2
    c03 += a0 * b3
    const a1 = a[l + 1]!
    c10 += a1 * b0
    c11 += a1 * b1
    c12 += a1 * b2
    c13 += a1 * b3
    const a2 = a[l + 2]!
    c20 += a2 * b0
    c21 += a2 * b1
    c22 += a2 * b2
    c23 += a2 * b3
    const a3 = a[l + 3]!
    c30 += a3 * b0
    c31 += a3 * b1
    c32 += a3 * b2
    c33 += a3 * b3
  }
  out[0] = c00
  out[1] = c01
  out[2] = c02
  out[3] = c03
  out[4] = c10
  out[5] = c11
  out[6] = c12
  out[7] = c13
  out[8] = c20
  out[9] = c21
  out[10] = c22
  out[11] = c23
  out[12] = c30
  out[13] = c31
  out[14] = c32
  out[15] = c33
}

/** Writes what is inside the matrix of a tile at an index. */
const storeTile = (out: Floats, at: number, width: number, rows: number, columns: number, add: boolean): void => {
  for (let r = 0, q = 0; r < rows; r++, q = 4 * r)
    for (let to = at + r * width; to < at + r * width + columns; to++, q++)
      out[to] = add ? out[to]! + tile[q]! : tile[q]!
}

/** out [m, n] = a [m, k] · b [k, n]. */
export const gemm = (out: Floats, at: number, a: Matrix, b: Matrix, m: number, k: number, n: number): void => {
  for (let from = 0; from < k; from += block) {
    const depth = Math.min(block, k - from)
    packRight(b, n, from, depth)
    for (let i = 0; i < m; i += 4) {
      packLeft(a, i, m, from, depth)
      for (let j = 0; j < n; j += 4) {
        multiplyPanels(tile, leftPanel, rightPanels, j * depth, depth)
        storeTile(out, at + i * n + j, n, Math.min(4, m - i), Math.min(4, n - j), from > 0)
      }
    }
  }
}

/** out [m] = w [m, n] · x [n], where x starts at an index. */
export const matvec = (out: Floats, w: Floats, x: Floats, at: number, m: number, n: number): void => {
  let i = 0
  for (; i + 4 <= m; i += 4) {
    let s0 = 0
    let s1 = 0
    let s2 = 0
    let s3 = 0
    for (let j = 0, p = i * n; j < n; j++, p++) {
      const xj = x[at + j]!
      s0 += w[p]! * xj
      s1 += w[p + n]! * xj
      s2 += w[p + 2 * n]! * xj
      s3 += w[p + 3 * n]! * xj
    }
    out[i] = s0
    out[i + 1] = s1
    out[i + 2] = s2
    out[i + 3] = s3
  }
  for (; i < m; i++) {
    let s = 0
    for (let j = 0; j < n; j++) s += w[i * n + j]! * x[at + j]!
    out[i] = s
  }
}

/** out [n] += x [m] · w [m, n], where x starts at an index. */
export const addVecmat = (out: Floats, x: Floats, at: number, w: Floats, m: number, n: number): void => {
  let i = 0
  for (; i + 4 <= m; i += 4) {
    const x0 = x[at + i]!
    const x1 = x[at + i + 1]!
    const x2 = x[at + i + 2]!
    const x3 = x[at + i + 3]!
    for (let j = 0, p = i * n; j < n; j++, p++)
      out[j] = out[j]! + (x0 * w[p]! + x1 * w[p + n]! + x2 * w[p + 2 * n]! + x3 * w[p + 3 * n]!)
  }
  for (; i < m; i++) for (let j = 0; j < n; j++) out[j] = out[j]! + x[at + i]! * w[i * n + j]!
}

/** out [n] = the sum of the m rows of x. */
export const sumRows = (out: Floats, x: Floats, m: number, n: number): void => {
  out.fill(0)
  for (let i = 0; i < m; i++) for (let j = 0; j < n; j++) out[j] = out[j]! + x[i * n + j]!
}
