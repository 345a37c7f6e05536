/** What mixes the entries of one value: means, and the normalisations of softmax. */

import { type Operation, operation } from '../operation.ts'
import { sizeOf, type Tensor, tensorOf } from '../tensor.ts'
import { type Like, lift, type Primitive, run, type Value } from '../value.ts'
import { add, div, exp, greater, less, log, mul, sub, where } from './elementwise.ts'
import { alongAxes, alongSomeOrNone, axesOf, broadcastTo, dropped, held, reshape, sum } from './layout.ts'
import { gather, spreadStrides } from './strided.ts'

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
  ...alongAxes,
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

/** The largest entry along axes, which are kept with size 1, or 0 where it is not finite: a shift, not a quantity to differentiate. */
const peaks = (x: Tensor, axes: readonly number[]): Tensor => {
  const shape = held(x.shape, axes)
  const top = new Float64Array(sizeOf(shape)).fill(Number.NEGATIVE_INFINITY)
  const places = new Float64Array(x.data.length)
  gather(places, x.shape, spreadStrides(shape, x.shape), Float64Array.from(top.keys()))
  x.data.forEach((entry, i) => {
    top[places[i]!] = Math.max(top[places[i]!]!, entry)
  })
  return tensorOf(
    shape,
    top.map(peak => (Number.isFinite(peak) ? peak : 0)),
  )
}

type Along = { readonly axes: readonly number[] }

const normaliser = (name: string, facts: Pick<Primitive<One, Along>, 'write' | 'push' | 'pull'>): Reduction => {
  const own: Primitive<One, Along> = {
    name,
    kind: 'contraction',
    operations: ([x]) => 4 * sizeOf(x!),
    shape: ([x], { axes }) => (name === 'logsumexp' ? dropped(x!, axes) : x!),
    ...(name === 'logsumexp' ? alongAxes : alongSomeOrNone),
    ...facts,
  }
  return operation(own, (x: Like, axis: number | readonly number[] = -1) => {
    const value = lift(x)
    return run(own, [value], { axes: axesOf(name, value, axis) })
  })
}

/** ∂ log Σ exp x / ∂x: the softmax, and 0 where every entry is -Infinity, since then none of them counts. NaN stays NaN. */
const shares = (x: Value, out: Value, axes: readonly number[]): Value => {
  const total = reshape(out, held(x.shape, axes))
  const none = where(greater(total, Number.NEGATIVE_INFINITY), 0, less(total, 0))
  return where(none, 0, softmax(x, axes))
}

/** log Σ exp x along an axis (the last by default) or several, with the largest entry taken out first. */
export const logsumexp = normaliser('logsumexp', {
  write: (out, [x], { axes }) => {
    const shift = peaks(x, axes)
    put(out, add(log(sum(exp(sub(x, shift)), axes)), reshape(shift, dropped(x.shape, axes))))
  },
  push: [(t, [x], out, { axes }) => sum(mul(shares(x, out, axes), t), axes)],
  pull: [(c, [x], out, { axes }) => mul(reshape(c, held(x.shape, axes)), shares(x, out, axes))],
})

/** exp x / Σ exp x along an axis (the last by default) or several. */
export const softmax = normaliser('softmax', {
  write: (out, [x], { axes }) => {
    const powers = exp(sub(x, peaks(x, axes)))
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

/** x - log Σ exp x along an axis (the last by default) or several. */
export const logSoftmax = normaliser('logSoftmax', {
  write: (out, [x], { axes }) => {
    const shifted = sub(x, peaks(x, axes))
    put(out, sub(shifted, log(summed(exp(shifted), axes))))
  },
  push: [(t, _args, y, { axes }) => sub(t, summed(mul(exp(y), t), axes))],
  pull: [(c, _args, y, { axes }) => sub(c, mul(exp(y), summed(c, axes)))],
})
