/** The reference over WebAssembly kernels: the loop over time in JavaScript, one product by a kernel in each turn. */

import type { Prepare, Running } from '../engine.ts'
import { alpha, type Given } from '../problem.ts'
import { wasmArena } from './arena.ts'
import { drive, forward, type Lay, type Net, netOf, outputErrors, readout } from './wasm-net.ts'

/** δ = α (1 - F²) (q + carry), carry = (1 - α) (q + carry) + δ W, of which U holds the product between turns. */
const backward = ({ kernels, width, w, delta, u, F, Q, Delta, Carry, U, B, d }: Net, t: number): void => {
  const [at, size] = [t * B * d, B * d]
  for (let k = 0; k < size; k++) {
    const f = F[at + k]!
    const total = Q[at + k]! + Carry[k]! + U[k]!
    Delta[at + k] = alpha * (1 - f * f) * total
    Carry[k] = (1 - alpha) * total
  }
  if (t === 0) return
  if (B === 1) kernels.vecmat(u, delta + at * width, w, d, d)
  else kernels.gemm(u, delta + at * width, w, B, d, d, d, 1, d, 1, d, 0)
}

const bptt = async (given: Given, lay: Lay): Promise<Running> => {
  const net = await netOf(given, lay)
  const { kernels, width, delta, h, x, g, G, U, Carry, N, T, d, n } = net
  const call = (): void => {
    drive(net)
    for (let t = 0; t < T; t++) forward(net, t)
    outputErrors(net)
    U.fill(0)
    Carry.fill(0)
    for (let t = T; t-- > 0; ) backward(net, t)
    kernels.gemm(g, delta, h, d, N, d, 1, d, d, 1, d, 0)
    kernels.gemm(g + d * d * width, delta, x, d, N, n, 1, d, n, 1, n, 0)
    kernels.sumRows(g + d * (d + n) * width, delta, N, d, 0)
    readout(net)
  }
  return { call, result: () => G, bytes: () => net.bytes }
}

/** A net with its influence M [d, |θ|], twice, with J, and with one product q M. */
const denseOf = async (given: Given, lay: Lay) => {
  const { d, n } = given
  const P = d * (d + n + 1)
  const net = await netOf(given, lay, [d * P, d * P, d * d, P])
  const [first, second, j, share] = net.at.slice(net.rest) as [number, number, number, number]
  const views = net.views.slice(net.rest)
  return { ...net, P, first, second, j, share, views, W: net.views[0]!, X: net.views[5]! }
}
type Dense = Awaited<ReturnType<typeof denseOf>>

/** J = (1 - α) I + g W, dense; next = J M; then what this timestep adds to each unit's own row. */
const influence = (net: Dense, r: number, now: number, next: number): void => {
  const { kernels, first, j, views, F, H, W, X, d, n, P } = net
  const [J, M] = [views[2]!, next === first ? views[0]! : views[1]!]
  for (let i = 0; i < d; i++) {
    const slope = alpha * (1 - F[r * d + i]! ** 2)
    for (let k = i * d; k < (i + 1) * d; k++) J[k] = slope * W[k]!
    J[i * d + i] = J[i * d + i]! + 1 - alpha
  }
  kernels.gemm(next, j, now, d, d, P, d, 1, P, 1, P, 0)
  for (let i = 0; i < d; i++) {
    const slope = alpha * (1 - F[r * d + i]! ** 2)
    const [w, v, b] = [i * P + i * d, i * P + d * d + i * n, i * P + d * d + d * n + i]
    for (let k = 0; k < d; k++) M[w + k] = M[w + k]! + slope * H[r * d + k]!
    for (let k = 0; k < n; k++) M[v + k] = M[v + k]! + slope * X[r * n + k]!
    M[b] = M[b]! + slope
  }
}

/** One sequence: G += q M at every timestep. */
const sequence = (net: Dense, s: number): void => {
  const { kernels, width, first, second, share, q, G, views, T, B, d, P } = net
  const Share = views[3]!
  let [now, next] = [first, second]
  views[0]!.fill(0)
  for (let t = 0; t < T; t++) {
    influence(net, t * B + s, now, next)
    ;[now, next] = [next, now]
    kernels.vecmat(share, q + (t * B + s) * d * width, now, d, P)
    for (let k = 0; k < P; k++) G[k] = G[k]! + Share[k]!
  }
}

const rtrl = async (given: Given, lay: Lay): Promise<Running> => {
  const net = await denseOf(given, lay)
  const call = (): void => {
    drive(net)
    for (let t = 0; t < net.T; t++) forward(net, t)
    outputErrors(net)
    net.G.fill(0)
    for (let s = 0; s < net.B; s++) sequence(net, s)
    readout(net)
  }
  return { call, result: () => net.G, bytes: () => net.bytes }
}

const product = async ({ work, d, dtype, theta, xs }: Given, lay: Lay): Promise<Running> => {
  const { kernels, at, views, bytes } = await lay(dtype, [theta.length, xs.length, xs.length])
  const [a, x, out] = at as [number, number, number]
  views[0]!.set(theta)
  views[1]!.set(xs)
  const call = (): void => {
    if (work === 'matvec') kernels.matvec(out, a, x, d, d)
    else kernels.gemm(out, a, x, d, d, d, d, 1, d, 1, d, 0)
  }
  return { call, result: () => views[2]!, bytes: () => bytes }
}

/** The works by hand over the kernels of some arena. */
export const over =
  (lay: Lay): Prepare =>
  async given => {
    if (given.work === 'bptt') return bptt(given, lay)
    return given.work === 'rtrl' ? rtrl(given, lay) : product(given, lay)
  }

/** The works by hand over WebAssembly kernels. */
export const wasm = over(wasmArena)
