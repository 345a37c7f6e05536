/** What mixes the entries of one value: means, and the normalisations of softmax. */

import { type Operation, operation } from '../operation.ts'
import { sizeOf, type Tensor, tensorOf } from '../tensor.ts'
import { type Like, lift, type Primitive, run, type Value } from '../value.ts'
import { add, div, exp, log, mul, sub } from './elementwise.ts'
import { axesOf, broadcastTo, dropped, held, reshape, sum } from './layout.ts'
import { gather, stridesOf } from './strided.ts'

type One = readonly [Value]

/** Copies a result to its place. */
const put = (out: Float64Array, result: Value): void => out.set((result as Tensor).data)

const meanRow: Primitive<One, { axes: readonly number[] }> = {
  name: 'mean',
  kind: 'contraction',
  shape: ([from], { axes }) => dropped(from!, axes),
  write: (out, [x], { axes }) => put(out, div(sum(x, axes), counted(x, axes))),
  push: [(t, _args, _out, { axes }) => div(sum(t, axes), counted(t, axes))],
  pull: [(c, [x], _out, { axes }) => mul(1 / counted(x, axes), broadcastTo(reshape(c, held(x.shape, axes)), x.shape))],
  specimens: [
    { shapes: [[2, 3]], options: { axes: [-1] } },
    { shapes: [[4]], options: { axes: [-1] } },
  ],
}

const counted = (x: Value, axes: readonly number[]): number => axes.reduce((n, axis) => n * x.shape.at(axis)!, 1)

type Reduction = Operation<(x: Like, axis?: number | readonly number[]) => Value>

/** The mean of all entries, or along the axes named. */
export const mean: Reduction = operation(meanRow, (x: Like, axis?: number | readonly number[]) => {
  const value = lift(x)
  return run(meanRow, [value], { axes: axesOf('mean', value, axis) })
})

/** Sums along the axes and repeats the sum where it came from. */
const summed = (x: Value, axes: readonly number[]): Value =>
  broadcastTo(reshape(sum(x, axes), held(x.shape, axes)), x.shape)

/** The largest entry along an axis, repeated where it came from: a shift, not a quantity to differentiate. */
const peaks = (x: Tensor, axis: number): Tensor => {
  const at = x.shape.length + axis
  const [n, inner] = [x.shape[at]!, sizeOf(x.shape.slice(at + 1))]
  const outs = x.data.map((_, i) => {
    const from = i - (Math.floor(i / inner) % n) * inner
    let top = Number.NEGATIVE_INFINITY
    for (let j = 0; j < n; j++) top = Math.max(top, x.data[from + j * inner]!)
    return Number.isFinite(top) ? top : 0
  })
  return tensorOf(x.shape, outs)
}

type Along = { readonly axes: readonly [number] }

const normaliser = (
  name: string,
  facts: Pick<Primitive<One, Along>, 'write' | 'push' | 'pull'>,
): Operation<(x: Like, axis?: number) => Value> => {
  const own: Primitive<One, Along> = {
    name,
    kind: 'contraction',
    operations: ([x]) => 4 * sizeOf(x!),
    shape: ([x], { axes }) => (name === 'logsumexp' ? dropped(x!, axes) : x!),
    specimens: [
      { shapes: [[3]], options: { axes: [-1] } },
      { shapes: [[2, 3]], options: { axes: [-1] } },
    ],
    ...facts,
  }
  return operation(own, (x: Like, axis = -1) => {
    const value = lift(x)
    return run(own, [value], { axes: axesOf(name, value, axis) })
  })
}

/** log Σ exp x along an axis, with the largest entry taken out first. */
export const logsumexp = normaliser('logsumexp', {
  write: (out, [x], { axes }) => {
    const shift = peaks(x, axes[0])
    gather(out, held(x.shape, axes), stridesOf(x.shape), shift.data)
    put(out, add(log(sum(exp(sub(x, shift)), axes)), tensorOf(dropped(x.shape, axes), out)))
  },
  push: [(t, [x], _out, { axes }) => sum(mul(softmax(x, axes[0]), t), axes)],
  pull: [
    (c, [x], out, { axes }) =>
      mul(broadcastTo(reshape(c, held(x.shape, axes)), x.shape), exp(sub(x, reshape(out, held(x.shape, axes))))),
  ],
})

/** exp x / Σ exp x along an axis (the last by default). */
export const softmax = normaliser('softmax', {
  write: (out, [x], { axes }) => {
    const powers = exp(sub(x, peaks(x, axes[0])))
    put(out, div(powers, summed(powers, axes)))
  },
  push: [(t, _args, y, { axes }) => mul(y, sub(t, summed(mul(y, t), axes)))],
  pull: [
    (c, _args, y, { axes }) => {
      const weighed = mul(c, y)
      return sub(weighed, mul(y, summed(weighed, axes)))
    },
  ],
})

/** x - log Σ exp x along an axis (the last by default). */
export const logSoftmax = normaliser('logSoftmax', {
  write: (out, [x], { axes }) => {
    const shifted = sub(x, peaks(x, axes[0]))
    put(out, sub(shifted, log(summed(exp(shifted), axes))))
  },
  push: [(t, _args, y, { axes }) => sub(t, summed(mul(exp(y), t), axes))],
  pull: [(c, _args, y, { axes }) => sub(c, mul(exp(y), summed(c, axes)))],
})
