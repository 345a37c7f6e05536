/** A leaky network as plain numbers: what is run to make targets and features, and never differentiated. */

/** W_rec [d, d] and W_in [d, n] row by row, b_rec [d]; alpha in (0, 1]. */
export interface Leaky {
  readonly alpha: number
  readonly W_rec: Float64Array
  readonly W_in: Float64Array
  readonly b_rec: Float64Array
}

/** W x + b: W [m, n] row by row, x [n], b [m]. */
export const affine = (W: Float64Array, x: ArrayLike<number>, b: Float64Array): Float64Array<ArrayBuffer> => {
  const y = b.slice()
  for (let i = 0, at = 0; i < y.length; i++) {
    let sum = y[i] as number
    for (let j = 0; j < x.length; j++, at++) sum += (W[at] as number) * (x[j] as number)
    y[i] = sum
  }
  return y
}

/** h' = (1 - α) h + α tanh(W_rec h + W_in x + b_rec): h [d], x [n] → [d]. */
export const after = (
  { alpha, W_rec, W_in, b_rec }: Leaky,
  h: Float64Array,
  x: ArrayLike<number>,
): Float64Array<ArrayBuffer> => {
  const u = affine(W_rec, h, affine(W_in, x, b_rec))
  for (let i = 0; i < u.length; i++) u[i] = (1 - alpha) * (h[i] as number) + alpha * Math.tanh(u[i] as number)
  return u
}
