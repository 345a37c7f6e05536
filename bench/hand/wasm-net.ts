/** The leaky network by hand over kernels on one memory: where everything lies, and what every rule computes of a run. */

import { alpha, type Floats, type Given, partsOf, timeFirst } from '../problem.ts'

/** Kernels over one memory; every argument is an address in bytes or a count of elements. */
export interface Kernels {
  tanh(out: number, x: number, n: number): void
  matvec(out: number, w: number, x: number, m: number, n: number): void
  vecmat(out: number, x: number, w: number, m: number, n: number): void
  gemm(
    out: number,
    a: number,
    b: number,
    m: number,
    k: number,
    n: number,
    rsa: number,
    csa: number,
    rsb: number,
    csb: number,
    rso: number,
    add: number,
  ): void
  sumRows(out: number, x: number, m: number, n: number, add: number): void
}

/** A memory with its kernels, and a place in it for each of some arrays. */
export interface Arena {
  readonly kernels: Kernels
  readonly bytes: number
  /** Bytes of one element. */
  readonly width: number
  readonly at: readonly number[]
  readonly views: readonly Floats[]
}

/** Makes an arena for arrays of some lengths. */
export type Lay = (dtype: Given['dtype'], lengths: readonly number[]) => Promise<Arena>

/** Parameters, data, and everything that a run computes; lower case is an address, upper case what lies there. */
export const netOf = async (given: Given, lay: Lay, extra: readonly number[] = []) => {
  const { d, n, m, T, B } = given
  const N = T * B
  const parts = partsOf(given, given.theta)
  const filled = [...parts, timeFirst(given, given.xs, n), timeFirst(given, given.targets, m)]
  const blank = [(T + 1) * B * d, N * d, N * d, N * d, N * m, B * d, B * d, given.theta.length, ...extra]
  const arena = await lay(given.dtype, [...filled.map(part => part.length), ...blank])
  filled.forEach((numbers, i) => {
    arena.views[i]!.set(numbers)
  })
  const [w, v, , r, , x, , h, f, delta, q, e, u, carry, g] = arena.at as number[] & Addresses
  const [, , bias, , c, , Y, H, F, Delta, Q, E, U, Carry, G] = arena.views as Floats[] & Views
  const places = { w, v, r, x, h, f, delta, q, e, u, carry, g }
  const views = { bias, c, Y, H, F, Delta, Q, E, U, Carry, G }
  return { ...given, N, ...places, ...views, arena, ...arena, rest: 15 }
}
type Fifteen<A> = [A, A, A, A, A, A, A, A, A, A, A, A, A, A, A]
type Addresses = Fifteen<number>
type Views = Fifteen<Floats>
export type Net = Awaited<ReturnType<typeof netOf>>

/** F = X Vᵀ + b for all timesteps at once. */
export const drive = ({ kernels, f, F, x, v, bias, N, n, d }: Net): void => {
  kernels.gemm(f, x, v, N, n, d, n, 1, 1, n, d, 0)
  for (let r = 0, k = 0; r < N; r++) for (let j = 0; j < d; j++, k++) F[k] = F[k]! + bias[j]!
}

/** F = tanh(W h + F), h = (1 - α) h + α F. */
export const forward = ({ kernels, width, w, h, f, u, H, F, U, B, d }: Net, t: number): void => {
  const [before, size] = [t * B * d, B * d]
  const place = f + before * width
  if (B === 1) {
    kernels.matvec(u, w, h + before * width, d, d)
    for (let k = 0; k < size; k++) F[before + k] = F[before + k]! + U[k]!
  } else kernels.gemm(place, h + before * width, w, B, d, d, d, 1, 1, d, d, 1)
  kernels.tanh(place, place, size)
  for (let k = before, after = before + size; k < before + size; k++, after++)
    H[after] = (1 - alpha) * H[k]! + alpha * F[k]!
}

/** Every output error E = (H Rᵀ + c - Y) / B, and Q = E R, the error of the state. */
export const outputErrors = ({ kernels, width, h, r, e, q, E, c, Y, N, B, d, m }: Net): void => {
  kernels.gemm(e, h + B * d * width, r, N, d, m, d, 1, 1, d, m, 0)
  for (let i = 0, k = 0; i < N; i++) for (let j = 0; j < m; j++, k++) E[k] = (E[k]! + c[j]! - Y[k]!) / B
  kernels.gemm(q, e, r, N, m, d, m, 1, d, 1, d, 0)
}

/** The gradient of the readout, which every rule shares. */
export const readout = ({ kernels, width, g, e, h, N, B, d, n, m }: Net): void => {
  const at = g + d * (d + n + 1) * width
  kernels.gemm(at, e, h + B * d * width, m, N, d, 1, m, d, 1, d, 0)
  kernels.sumRows(at + m * d * width, e, N, m, 0)
}
