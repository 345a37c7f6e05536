/** The reference in JavaScript: backpropagation with one deferred product a gradient, and RTRL with a dense influence. */

import type { Prepare, Running } from '../engine.ts'
import { alpha, type Floats, floats, type Given } from '../problem.ts'
import { drive, forward, type Net, netOf, outputErrors, readout } from './js-net.ts'
import { addVecmat, gemm, matrix, matvec, sumRows, transposed } from './products.ts'

/** δ = α (1 - F²) (q + carry), carry = (1 - α) (q + carry) + δ W. */
const backward = ({ W, F, Q, Delta, carry, u, B, d }: Net, t: number): void => {
  const [at, size] = [t * B * d, B * d]
  for (let k = 0; k < size; k++) {
    const [total, f] = [Q[at + k]! + carry[k]!, F[at + k]!]
    Delta[at + k] = alpha * (1 - f * f) * total
    carry[k] = (1 - alpha) * total
  }
  if (t === 0) return
  if (B === 1) addVecmat(carry, Delta, at, W, d, d)
  else {
    gemm(u, 0, matrix(Delta, d, at), matrix(W, d), B, d, d)
    for (let k = 0; k < size; k++) carry[k] = carry[k]! + u[k]!
  }
}

const bptt = (given: Given): Running => {
  const net = netOf(given)
  const { G, Delta, H, X, carry, N, T, d, n } = net
  const call = (): void => {
    drive(net)
    for (let t = 0; t < T; t++) forward(net, t)
    outputErrors(net)
    carry.fill(0)
    for (let t = T; t-- > 0; ) backward(net, t)
    gemm(G, 0, transposed(matrix(Delta, d)), matrix(H, d), d, N, d)
    gemm(G, d * d, transposed(matrix(Delta, d)), matrix(X, n), d, N, n)
    sumRows(G.subarray(d * d + d * n, d * d + d * n + d), Delta, N, d)
    readout(net)
  }
  return { call, result: () => G, bytes: () => bytesOf(net) }
}

const bytesOf = (arrays: object): number =>
  Object.values(arrays).reduce((sum, array) => sum + (ArrayBuffer.isView(array) ? array.byteLength : 0), 0)

/** J = (1 - α) I + g W, dense, with g = α (1 - F²); next = J M; then what this timestep adds to each unit's own row. */
const influence = ({ F, H, W, X, J, g, d, n, P }: Dense, r: number, M: Floats, next: Floats): void => {
  for (let i = 0; i < d; i++) {
    g[i] = alpha * (1 - F[r * d + i]! ** 2)
    for (let j = 0; j < d; j++) J[i * d + j] = g[i]! * W[i * d + j]!
    J[i * d + i] = J[i * d + i]! + 1 - alpha
  }
  gemm(next, 0, matrix(J, d), matrix(M, P), d, d, P)
  for (let i = 0; i < d; i++) {
    const [w, v, b] = [i * P + i * d, i * P + d * d + i * n, i * P + d * d + d * n + i]
    for (let j = 0; j < d; j++) next[w + j] = next[w + j]! + g[i]! * H[r * d + j]!
    for (let j = 0; j < n; j++) next[v + j] = next[v + j]! + g[i]! * X[r * n + j]!
    next[b] = next[b]! + g[i]!
  }
}

/** A net with its influence M [d, |θ|], twice. */
const denseOf = (given: Given) => {
  const net = netOf(given)
  const { d, n, dtype } = given
  const P = d * (d + n + 1)
  const [M, other, J, g] = [floats(dtype, d * P), floats(dtype, d * P), floats(dtype, d * d), floats(dtype, d)] as const
  return { ...net, P, M, other, J, g }
}
type Dense = ReturnType<typeof denseOf>

/** One sequence: G += q M at every timestep. */
const sequence = (net: Dense, s: number): void => {
  const { G, Q, P, T, B, d } = net
  let [now, next] = [net.M.fill(0), net.other]
  for (let t = 0; t < T; t++) {
    influence(net, t * B + s, now, next)
    ;[now, next] = [next, now]
    addVecmat(G, Q, (t * B + s) * d, now, d, P)
  }
}

const rtrl = (given: Given): Running => {
  const net = denseOf(given)
  const { G, T, B } = net
  const call = (): void => {
    drive(net)
    for (let t = 0; t < T; t++) forward(net, t)
    outputErrors(net)
    G.fill(0)
    for (let s = 0; s < B; s++) sequence(net, s)
    readout(net)
  }
  return { call, result: () => G, bytes: () => bytesOf(net) }
}

const product = (given: Given): Running => {
  const { work, d, dtype, theta, xs } = given
  const [a, x, out] = [floats(dtype, theta), floats(dtype, xs), floats(dtype, xs.length)] as const
  const call = (): void => {
    if (work === 'matvec') matvec(out, a, x, 0, d, d)
    else gemm(out, 0, matrix(a, d), matrix(x, d), d, d, d)
  }
  return { call, result: () => out, bytes: () => bytesOf({ a, x, out }) }
}

/** The works in JavaScript by hand. */
export const js: Prepare = async given => {
  if (given.work === 'bptt') return bptt(given)
  return given.work === 'rtrl' ? rtrl(given) : product(given)
}
