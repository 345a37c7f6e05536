/** TensorFlow.js on its WebAssembly backend, in f32: its tape over the whole loop, RTRL by operations. */

import type { Prepare, Running } from '../engine.ts'
import { packaged } from '../packages.ts'
import { alpha, type Given, partsOf, shapesOf, timeFirst } from '../problem.ts'

/** What is used of a tensor, and of the library. */
interface Tensor {
  add(other: Tensor | number): Tensor
  sub(other: Tensor | number): Tensor
  mul(other: Tensor | number): Tensor
  sum(): Tensor
  square(): Tensor
  reshape(shape: readonly number[]): Tensor
  dataSync(): Float32Array
  dispose(): void
}
interface Tf {
  tensor(values: readonly number[], shape: readonly number[]): Tensor
  zeros(shape: readonly number[]): Tensor
  ones(shape: readonly number[]): Tensor
  eye(size: number): Tensor
  scalar(value: number): Tensor
  matMul(a: Tensor, b: Tensor, transposeA?: boolean, transposeB?: boolean): Tensor
  tanh(x: Tensor): Tensor
  add(a: Tensor, b: Tensor): Tensor
  concat(xs: readonly Tensor[], axis: number): Tensor
  unstack(x: Tensor): Tensor[]
  grads(f: (...xs: Tensor[]) => Tensor): (xs: readonly Tensor[]) => Tensor[]
  tidy<R>(f: () => R): R
  setBackend(name: string): Promise<boolean>
}

/** h Wᵀ, rows for sequences. */
const through = (tf: Tf, h: Tensor, W: Tensor): Tensor => tf.matMul(h, W, false, true)

/** (1 - α) h + α tanh(h Wᵀ + x Vᵀ + b). */
const step = (tf: Tf, [W, V, b]: readonly Tensor[], h: Tensor, x: Tensor): Tensor => {
  const u = through(tf, h, W!)
    .add(through(tf, x, V!))
    .add(b!)
  return h.mul(1 - alpha).add(tf.tanh(u).mul(alpha))
}

const loaded = (tf: Tf, given: Given) => {
  const { T, B, n, m } = given
  const theta = partsOf(given, given.theta).map((part, i) => tf.tensor(part, shapesOf(given)[i]!))
  const X = tf.unstack(tf.tensor(timeFirst(given, given.xs, n), [T, B, n]))
  return { theta, X, Y: tf.unstack(tf.tensor(timeFirst(given, given.targets, m), [T, B, m])) }
}

const bptt = (tf: Tf, given: Given): Running => {
  const { theta, X, Y } = loaded(tf, given)
  const loss = (...leaves: Tensor[]): Tensor => {
    const [, , , R, c] = leaves as [Tensor, Tensor, Tensor, Tensor, Tensor]
    let [h, total] = [tf.zeros([given.B, given.d]), tf.scalar(0)]
    X.forEach((x, t) => {
      h = step(tf, leaves, h, x)
      total = total.add(through(tf, h, R).add(c).sub(Y[t]!).square().sum().mul(0.5))
    })
    return total.mul(1 / given.B)
  }
  let out: readonly number[] = []
  const call = (): void => {
    out = tf.tidy(() =>
      tf
        .grads(loss)(theta)
        .flatMap(leaf => [...leaf.dataSync()]),
    )
  }
  return { call, result: () => out }
}

type Carry = readonly [h: Tensor, M: Tensor, G: Tensor, dR: Tensor, dc: Tensor]

/** One timestep of RTRL: the influence M [d, d p] with p = d + n + 1 parameters a unit, dense. */
const timestep = (tf: Tf, { d, n, B }: Given, theta: readonly Tensor[], carry: Carry, x: Tensor, y: Tensor): Carry => {
  const [[W, V, b, R, c], [h, M, G, dR, dc]] = [theta as [Tensor, Tensor, Tensor, Tensor, Tensor], carry]
  const p = d + n + 1
  const f = tf.tanh(
    through(tf, h, W)
      .add(through(tf, x, V))
      .add(b),
  )
  const g = f.square().mul(-alpha).add(alpha).reshape([d, 1])
  const J = g.mul(W).add(tf.eye(d).mul(1 - alpha))
  const z = tf.concat([h, x, tf.ones([1, 1])], 1)
  const immediate = tf
    .eye(d)
    .mul(g)
    .reshape([d, d, 1])
    .mul(z.reshape([1, 1, p]))
  const next = tf.matMul(J, M).add(immediate.reshape([d, d * p]))
  const state = h.mul(1 - alpha).add(f.mul(alpha))
  const e = through(tf, state, R)
    .add(c)
    .sub(y)
    .mul(1 / B)
  const share = tf.matMul(tf.matMul(e, R), next)
  return [state, next, G.add(share), dR.add(tf.matMul(e, state, true)), dc.add(e)]
}

const rtrl = (tf: Tf, given: Given): Running => {
  const { d, n, m, B } = given
  const { theta, X, Y } = loaded(tf, given)
  const p = d + n + 1
  const rowOf = (data: Tensor, s: number): Tensor => tf.unstack(data)[s]!.reshape([1, -1])
  const sequence = (s: number): Carry => {
    const shapes = [
      [1, d],
      [d, d * p],
      [1, d * p],
      [m, d],
      [1, m],
    ]
    let carry = shapes.map(shape => tf.zeros(shape)) as unknown as Carry
    X.forEach((x, t) => {
      const next = tf.tidy(() => timestep(tf, given, theta, carry, rowOf(x, s), rowOf(Y[t]!, s)))
      for (const tensor of carry) tensor.dispose()
      carry = next
    })
    return carry
  }
  let out: readonly number[] = []
  const call = (): void => {
    out = tf.tidy(() => {
      const each = Array.from({ length: B }, (_, s) => gradientOf(sequence(s), given))
      return each.reduce((sum, one) => sum.map((value, i) => value + one[i]!))
    })
  }
  return { call, result: () => out }
}

/** Gradients [d, p] of each unit's own parameters as W, V and b one after another, and the readout's. */
const gradientOf = ([, , G, dR, dc]: Carry, { d, n }: Given): readonly number[] => {
  const [data, p] = [G.dataSync(), d + n + 1]
  const columns = (from: number, to: number): readonly number[] =>
    Array.from({ length: d }, (_, i) => [...data.subarray(i * p + from, i * p + to)]).flat()
  return [...columns(0, d), ...columns(d, d + n), ...columns(d + n, p), ...dR.dataSync(), ...dc.dataSync()]
}

const product = (tf: Tf, { work, d, theta, xs }: Given): Running => {
  const [a, x] = [tf.tensor(theta, [d, d]), tf.tensor(xs, [d, work === 'gemm' ? d : 1])]
  let out = new Float32Array()
  const call = (): void => {
    out = tf.tidy(() => tf.matMul(a, x).dataSync()) as Float32Array<ArrayBuffer>
  }
  return { call, result: () => out }
}

/** The works in TensorFlow.js, where it is installed. */
export const tfjs: Prepare = async given => {
  const tf = packaged<Tf>('@tensorflow/tfjs')
  if ('absent' in tf) return tf
  const backend = packaged<{ setThreadsCount(count: number): void }>('@tensorflow/tfjs-backend-wasm')
  if ('absent' in backend) return backend
  backend.setThreadsCount(1)
  await tf.setBackend('wasm')
  if (given.work === 'bptt') return bptt(tf, given)
  return given.work === 'rtrl' ? rtrl(tf, given) : product(tf, given)
}
