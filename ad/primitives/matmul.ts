/** The matrix product in JavaScript: both matrices packed, and multiplied in tiles of two rows by four columns. */

type Part = readonly [data: Float64Array, at: number]
type Shape = readonly [m: number, k: number, n: number]

/** Terms packed at a time. */
const depth = 256

/** Two rows of a, all columns of b in panels of four, and one tile of their product. */
const pair = new Float64Array(2 * depth)
let panels = new Float64Array()
const tile = new Float64Array(8)

/** Packs `k` terms of two rows, term by term; of one row twice, where it is the last. */
const packPair = ([a, at]: Part, rows: number, k: number, next: number): void => {
  const under = at + (rows - 1) * next
  for (let l = 0; l < k; l++) {
    pair[2 * l] = a[at + l]!
    pair[2 * l + 1] = a[under + l]!
  }
}

/** Packs `k` rows of b in panels of four columns. What stands in the place of those that are missing does not count. */
const packPanels = ([b, at]: Part, k: number, n: number): void => {
  const wide = 4 * Math.ceil(n / 4)
  if (panels.length < wide * depth) panels = new Float64Array(wide * depth)
  for (let j = 0; j < wide; j += 4) {
    const columns = Math.min(4, n - j)
    let to = j * k
    for (let l = 0; l < k; l++, to += 4) {
      const from = at + l * n + j
      for (let c = 0; c < columns; c++) panels[to + c] = b[from + c]!
    }
  }
}

/** One tile: `k` terms of the pair of rows and of the panel at `from`, in variables that stay in registers. */
const multiplyTile = (k: number, from: number): void => {
  let p = 0
  let q = 0
  let r = 0
  let s = 0
  let t = 0
  let u = 0
  let v = 0
  let w = 0
  for (let i = 0, j = from; i < 2 * k; i += 2, j += 4) {
    const f = pair[i]!
    const g = pair[i + 1]!
    const x = panels[j]!
    const y = panels[j + 1]!
    const z = panels[j + 2]!
    const last = panels[j + 3]!
    p += f * x
    q += f * y
    r += f * z
    s += f * last
    t += g * x
    u += g * y
    v += g * z
    w += g * last
  }
  tile[0] = p
  tile[1] = q
  tile[2] = r
  tile[3] = s
  tile[4] = t
  tile[5] = u
  tile[6] = v
  tile[7] = w
}

/** Adds the part of a tile that lies inside the product. */
const addTile = ([out, at]: Part, rows: number, columns: number, next: number): void => {
  for (let i = 0; i < rows; i++) for (let j = 0; j < columns; j++) out[at + i * next + j]! += tile[4 * i + j]!
}

/** The product by tiles, for `depth` terms at a time. */
const tiled = ([m, k, n]: Shape, [a, atA]: Part, [b, atB]: Part, [out, atOut]: Part): void => {
  for (let l = 0; l < k; l += depth) {
    const terms = Math.min(depth, k - l)
    packPanels([b, atB + l * n], terms, n)
    for (let i = 0; i < m; i += 2) {
      const rows = Math.min(2, m - i)
      packPair([a, atA + i * k + l], rows, terms, k)
      for (let j = 0; j < n; j += 4) {
        multiplyTile(terms, j * terms)
        addTile([out, atOut + i * n + j], rows, Math.min(4, n - j), n)
      }
    }
  }
}

/** The product without packing, four rows of b at a time. */
const direct = ([m, k, n]: Shape, [a, atA]: Part, [b, atB]: Part, [out, atOut]: Part): void => {
  const fours = k - (k % 4)
  for (let i = 0; i < m; i++) {
    const to = atOut + i * n
    for (let l = 0; l < fours; l += 4) {
      const at = atA + i * k + l
      const [p, q, r, s] = [a[at]!, a[at + 1]!, a[at + 2]!, a[at + 3]!]
      const from = atB + l * n
      for (let j = 0; j < n; j++)
        out[to + j]! += p * b[from + j]! + q * b[from + n + j]! + r * b[from + 2 * n + j]! + s * b[from + 3 * n + j]!
    }
    for (let l = fours; l < k; l++) {
      const factor = a[atA + i * k + l]!
      const from = atB + l * n
      for (let j = 0; j < n; j++) out[to + j]! += factor * b[from + j]!
    }
  }
}

/** The product with a vector: one sum a row. */
const column = ([m, k]: Shape, [a, atA]: Part, [b, atB]: Part, [out, atOut]: Part): void => {
  for (let i = 0; i < m; i++) {
    const from = atA + i * k
    let total = 0
    for (let l = 0; l < k; l++) total += a[from + l]! * b[atB + l]!
    out[atOut + i]! += total
  }
}

/** out[m, n] += a[m, k] b[k, n] for one pair of matrices at the offsets given. */
export const multiply = (shape: Shape, a: Part, b: Part, out: Part): void => {
  const [m, k, n] = shape
  if (n === 1) column(shape, a, b, out)
  else if (m < 4 || k < 8 || n < 4) direct(shape, a, b, out)
  else tiled(shape, a, b, out)
}
