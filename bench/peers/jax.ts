/** jax-js on its WebAssembly backend, in f32: `jit(grad(loss))` over the whole loop, RTRL by a jitted step. */

import type { Prepare, Running } from '../engine.ts'
import { packaged } from '../packages.ts'
import { alpha, type Given, partsOf, shapesOf, timeFirst } from '../problem.ts'

/** What is used of jax-js's arrays; an operation consumes its arguments unless `ref` is handed over. */
interface Arr {
  readonly ref: Arr
  add(other: Arr | number): Arr
  sub(other: Arr | number): Arr
  mul(other: Arr | number): Arr
  reshape(shape: readonly number[]): Arr
  transpose(): Arr
  slice(...index: readonly (number | readonly number[])[]): Arr
  dataSync(): Float32Array
  dispose(): void
}
interface Jax {
  readonly numpy: {
    array(values: Float32Array, options: { shape: readonly number[] }): Arr
    zeros(shape: readonly number[]): Arr
    eye(size: number): Arr
    matmul(a: Arr, b: Arr): Arr
    tanh(x: Arr): Arr
    sum(x: Arr): Arr
    concatenate(xs: readonly Arr[], axis: number): Arr
  }
  init(): Promise<readonly string[]>
  defaultDevice(device: string): string
  jit<A extends readonly unknown[], R>(f: (...args: A) => R): (...args: A) => R
  grad<A extends readonly unknown[]>(
    f: (theta: readonly Arr[], ...rest: A) => Arr,
  ): (...args: [readonly Arr[], ...A]) => Arr[]
}

type Leaves = readonly [Arr, Arr, Arr, Arr, Arr]

/** (1 - α) h + α tanh(h Wᵀ + x Vᵀ + b), rows for sequences. */
const step = ({ numpy }: Jax, [W, V, b]: readonly Arr[], h: Arr, x: Arr): Arr => {
  const u = numpy.matmul(h.ref, W!.ref.transpose()).add(numpy.matmul(x, V!.ref.transpose())).add(b!.ref)
  return h.mul(1 - alpha).add(numpy.tanh(u).mul(alpha))
}

const lossOf =
  (jax: Jax, { T, B, d }: Given) =>
  (theta: readonly Arr[], X: Arr, Y: Arr): Arr => {
    const [, , , R, c] = theta as Leaves
    let [h, total] = [jax.numpy.zeros([B, d]), jax.numpy.zeros([])]
    for (let t = 0; t < T; t++) {
      h = step(jax, theta, h, X.ref.slice(t))
      const e = jax.numpy.matmul(h.ref, R.ref.transpose()).add(c.ref).sub(Y.ref.slice(t))
      total = total.add(jax.numpy.sum(e.ref.mul(e)).mul(0.5))
    }
    return total.mul(1 / B)
  }

const array = ({ numpy }: Jax, values: readonly number[], shape: readonly number[]): Arr =>
  numpy.array(Float32Array.from(values), { shape })

const loaded = (jax: Jax, given: Given) => {
  const { T, B, n, m } = given
  const theta = partsOf(given, given.theta).map((part, i) => array(jax, part, shapesOf(given)[i]!))
  const X = array(jax, timeFirst(given, given.xs, n), [T, B, n])
  return { theta, X, Y: array(jax, timeFirst(given, given.targets, m), [T, B, m]) }
}

const refs = (arrays: readonly Arr[]): readonly Arr[] => arrays.map(({ ref }) => ref)
const flat = (arrays: readonly Arr[]): Float32Array => Float32Array.from(arrays.flatMap(a => [...a.dataSync()]))

const bptt = (jax: Jax, given: Given): Running => {
  const { theta, X, Y } = loaded(jax, given)
  const slope = jax.jit(jax.grad(lossOf(jax, given)))
  let out = new Float32Array()
  const call = (): void => {
    out = flat(slope(refs(theta), X.ref, Y.ref)) as Float32Array<ArrayBuffer>
  }
  return { call, result: () => out }
}

/** One timestep of RTRL: the influence M [d, d p] with p = d + n + 1 parameters a unit, dense. */
const timestepOf =
  (jax: Jax, { d, n, m, B }: Given) =>
  (theta: readonly Arr[], [h, M, G, dR, dc]: Leaves, x: Arr, y: Arr): Arr[] => {
    const np = jax.numpy
    const [W, V, b, R, c] = theta as Leaves
    const p = d + n + 1
    const f = np.tanh(np.matmul(W.ref, h.ref).add(np.matmul(V, x.ref)).add(b))
    const g = f.ref.mul(f.ref).mul(-alpha).add(alpha).reshape([d, 1])
    const J = g.ref.mul(W).add(np.eye(d).mul(1 - alpha))
    const z = np.concatenate([h.ref, x, np.zeros([1]).add(1)], 0)
    const immediate = np
      .eye(d)
      .mul(g)
      .reshape([d, d, 1])
      .mul(z.reshape([1, 1, p]))
    const next = np.matmul(J, M).add(immediate.reshape([d, d * p]))
    const state = h.mul(1 - alpha).add(f.mul(alpha))
    const e = np
      .matmul(R.ref, state.ref)
      .add(c)
      .sub(y)
      .mul(1 / B)
    const share = np.matmul(np.matmul(e.ref, R), next.ref)
    const outer = e.ref.reshape([m, 1]).mul(state.ref.reshape([1, d]))
    return [state, next, G.add(share), dR.add(outer), dc.add(e)]
  }

/** Gradients [d, p] of each unit's own parameters as W, V and b one after another. */
const apart = (G: Float32Array, { d, n }: Given): readonly number[] => {
  const p = d + n + 1
  const columns = (from: number, to: number): readonly number[] =>
    Array.from({ length: d }, (_, i) => [...G.subarray(i * p + from, i * p + to)]).flat()
  return [...columns(0, d), ...columns(d, d + n), ...columns(d + n, p)]
}

const rtrl = (jax: Jax, given: Given): Running => {
  const { d, n, m, B, T } = given
  const { theta, X, Y } = loaded(jax, given)
  const timestep = jax.jit(timestepOf(jax, given))
  const blank = (): readonly Arr[] => {
    const sizes = [[d], [d, d * (d + n + 1)], [d * (d + n + 1)], [m, d], [m]]
    return sizes.map(shape => jax.numpy.zeros(shape))
  }
  const sequence = (s: number): readonly number[] => {
    let carry = blank()
    for (let t = 0; t < T; t++) carry = timestep(refs(theta), carry as Leaves, X.ref.slice(t, s), Y.ref.slice(t, s))
    const [h, M, G, dR, dc] = carry as Leaves
    h.dispose()
    M.dispose()
    return [...apart(G.dataSync(), given), ...dR.dataSync(), ...dc.dataSync()]
  }
  let out: readonly number[] = []
  const call = (): void => {
    const each = Array.from({ length: B }, (_, s) => sequence(s))
    out = each.reduce((sum, one) => sum.map((value, i) => value + one[i]!))
  }
  return { call, result: () => out }
}

const product = (jax: Jax, { work, d, theta, xs }: Given): Running => {
  const [a, x] = [array(jax, theta, [d, d]), array(jax, xs, work === 'gemm' ? [d, d] : [d])]
  const run = jax.jit((left: Arr, right: Arr) => jax.numpy.matmul(left, right))
  let out = new Float32Array()
  const call = (): void => {
    out = run(a.ref, x.ref).dataSync() as Float32Array<ArrayBuffer>
  }
  return { call, result: () => out }
}

/** The works in jax-js, where it is installed. */
export const jaxJs: Prepare = async given => {
  const jax = packaged<Jax>('@jax-js/jax')
  if ('absent' in jax) return jax
  // It asks for `navigator.gpu`, and Node 20 has no navigator.
  if (!('navigator' in globalThis)) Object.assign(globalThis, { navigator: {} })
  await jax.init()
  jax.defaultDevice('wasm')
  if (given.work === 'bptt') return bptt(jax, given)
  return given.work === 'rtrl' ? rtrl(jax, given) : product(jax, given)
}
