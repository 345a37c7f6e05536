/** The leaky network in JavaScript by hand: typed arrays laid out beforehand, and what every rule computes of a run. */

import { alpha, type Floats, floats, type Given, partsOf, timeFirst } from '../problem.ts'
import { gemm, matrix, matvec, sumRows, transposed } from './products.ts'

/** Parameters, data, and everything that a run computes; sequences side by side at each timestep. */
export const netOf = (given: Given) => {
  const { d, n, m, T, B, dtype } = given
  const space = (size: number): Floats => floats(dtype, size)
  const [W, V, b, R, c] = partsOf(given, given.theta).map(part => floats(dtype, part)) as [
    Floats,
    Floats,
    Floats,
    Floats,
    Floats,
  ]
  const [X, Y] = [
    floats(dtype, timeFirst(given, given.xs, n)),
    floats(dtype, timeFirst(given, given.targets, m)),
  ] as const
  const [H, F, Delta, Q] = [space((T + 1) * B * d), space(T * B * d), space(T * B * d), space(T * B * d)] as const
  const [E, u, carry, G] = [space(T * B * m), space(B * d), space(B * d), space(given.theta.length)] as const
  return { ...given, N: T * B, W, V, b, R, c, X, Y, H, F, Delta, Q, E, u, carry, G }
}
export type Net = ReturnType<typeof netOf>

/** F = X Vᵀ + b for all timesteps at once. */
export const drive = ({ F, X, V, b, N, n, d }: Net): void => {
  gemm(F, 0, matrix(X, n), transposed(matrix(V, n)), N, n, d)
  for (let r = 0; r < N; r++) for (let j = 0; j < d; j++) F[r * d + j] = F[r * d + j]! + b[j]!
}

/** F = tanh(W h + F), h = (1 - α) h + α F. */
export const forward = ({ W, H, F, u, B, d }: Net, t: number): void => {
  const [before, size] = [t * B * d, B * d]
  if (B === 1) matvec(u, W, H, before, d, d)
  else gemm(u, 0, matrix(H, d, before), transposed(matrix(W, d)), B, d, d)
  for (let k = 0; k < size; k++) {
    const f = Math.tanh(F[before + k]! + u[k]!)
    F[before + k] = f
    H[before + size + k] = (1 - alpha) * H[before + k]! + alpha * f
  }
}

/** Every output error E = (H Rᵀ + c - Y) / B, and Q = E R, the error of the state. */
export const outputErrors = ({ E, H, R, c, Y, Q, N, B, d, m }: Net): void => {
  gemm(E, 0, matrix(H, d, B * d), transposed(matrix(R, d)), N, d, m)
  for (let r = 0; r < N; r++) for (let j = 0; j < m; j++) E[r * m + j] = (E[r * m + j]! + c[j]! - Y[r * m + j]!) / B
  gemm(Q, 0, matrix(E, m), matrix(R, d), N, m, d)
}

/** The gradient of the readout, which every rule shares. */
export const readout = ({ G, E, H, N, B, d, n, m }: Net): void => {
  const at = d * (d + n + 1)
  gemm(G, at, transposed(matrix(E, m)), matrix(H, d, B * d), m, N, d)
  sumRows(G.subarray(at + m * d), E, N, m)
}
