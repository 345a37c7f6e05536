/** Rotation memory: a vector is given once, and turned by one fixed rotation at every step. Sketched RTRL 2026. */

import { determinant, Matrix } from 'ml-matrix'
import { type Tensor, tensorOf, zeros } from '../../../ad/tensor.ts'
import { orthogonal } from '../../../nets/cells/initialisers.ts'
import { example } from '../../../nets/network.ts'
import { type Random, rng } from '../../../nets/random.ts'
import { affine } from '../leaky-run.ts'
import { meanSquare } from './measure.ts'
import { whole } from './option.ts'
import { sketchedRtrl } from './papers.ts'
import { sketchedDefaults } from './protocols.ts'
import { trials } from './source.ts'
import { type Definition, task } from './task.ts'

export const rotationOptions = {
  d: whole(8, 'numbers of the vector', 2, 1024),
  length: whole(64, 'steps of a trial', 1, 100_000),
  rotation: whole(1, 'the seed of the rotation', 0, 2 ** 32 - 1),
}

/** A rotation [d, d] row by row, every one alike (Haar): orthogonal, its first row turned round where its determinant is -1. */
const rotationOf = (d: number, seed: number): Float64Array => {
  const { data } = orthogonal()([d, d], rng(seed)) as Tensor
  const rows = Array.from({ length: d }, (_, i) => Array.from(data.slice(i * d, (i + 1) * d)))
  const sign = Math.sign(determinant(new Matrix(rows)))
  return Float64Array.from(data, (x, i) => (i < d ? sign * x : x))
}

/** A direction, all alike. */
const directionIn = (d: number, random: Random): Float64Array => {
  const v = Float64Array.from({ length: d }, () => random.normal())
  const norm = Math.hypot(...v)
  return v.map(x => x / norm)
}

/** Trials of `length` steps: [v, 1], then zeros; R^t v at step t, counted in the last `recall`. */
export const rotating = (
  d: number,
  { length, rotation }: { readonly length: number; readonly rotation: number },
  recall: number,
): Definition<number> => {
  const [R, nothing, origin] = [rotationOf(d, rotation), zeros([d + 1]), new Float64Array(d)]
  return {
    n: d + 1,
    m: d,
    ...meanSquare(d),
    horizon: length,
    floors: [
      { name: 'no memory', value: 1 / d },
      { name: 'the rotation', value: 0 },
    ],
    ...trials(random => {
      const v = directionIn(d, random)
      let turned = v
      return Array.from({ length }, (_, t) => {
        turned = affine(R, turned, origin)
        const x = t === 0 ? tensorOf([d + 1], Float64Array.of(...v, 1)) : nothing
        return example(x, tensorOf([d], turned), t < length - recall ? 0 : 1)
      })
    }),
  }
}

export const rotationMemory = task(
  {
    name: 'rotation-memory',
    asks: 'A direction v of d numbers at the first of length steps; target R^t v at every step t, R a fixed rotation.',
    options: rotationOptions,
    defaults: sketchedDefaults,
    papers: [sketchedRtrl],
  },
  ({ d, ...trial }) => rotating(d, trial, trial.length),
)
