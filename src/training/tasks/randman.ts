/** Randman: classes are random smooth manifolds, their points the times at which input units spike once. Zenke & Vogels 2021. */
import { DomainError } from '../../../ad/errors.ts'
import { type Tensor, tensorOf } from '../../../ad/tensor.ts'
import { example } from '../../../nets/network.ts'
import { type Random, rng } from '../../../nets/random.ts'
import { hotVectors } from '../data/hot.ts'
import { nats } from './measure.ts'
import { real, whole } from './option.ts'
import { randmanDefaults } from './protocols.ts'
import { trials } from './source.ts'
import { task } from './task.ts'

/** A random function of one number: Σ_k a_k k^-α sin(2π((k - 1) f_k x + φ_k)), k from 1; a, f, φ in [0, 1). */
interface Wave {
  readonly amplitude: readonly number[]
  readonly frequency: readonly number[]
  readonly phase: readonly number[]
}

/** A smooth manifold in [0, 1]^units: a product of waves for each unit, over the range that it was found to have. */
interface Manifold {
  readonly products: readonly (readonly Wave[])[]
  readonly least: readonly number[]
  readonly most: readonly number[]
}

/** Terms from where k^-α is below a thousandth are left out, and those after a thousand. */
const termsOf = (alpha: number): number => Math.min(Math.ceil(1000 ** (1 / alpha)), 1000)

/** The first amplitude, that of a constant, is 0; the others fall as k^-α. */
const waveOf = (random: Random, alpha: number): Wave => {
  const drawn = () => Array.from({ length: termsOf(alpha) }, () => random.uniform())
  return {
    amplitude: drawn().map((a, k) => (k === 0 ? 0 : a / (k + 1) ** alpha)),
    frequency: drawn(),
    phase: drawn(),
  }
}

const along = ({ amplitude, frequency, phase }: Wave, x: number): number =>
  amplitude.reduce(
    (sum, a, k) => sum + a * Math.sin(2 * Math.PI * (k * (frequency[k] as number) * x + (phase[k] as number))),
    0,
  )

/** What each unit has at a point x of the cube: the product over the dimensions. */
const pointOf = (products: Manifold['products'], x: readonly number[]): readonly number[] =>
  products.map(waves => waves.reduce((product, wave, i) => product * along(wave, x[i] as number), 1))

/** Points whose least and most are the range of a manifold. */
const sampled = 1000

const cubeOf = (random: Random, dimension: number): readonly number[] =>
  Array.from({ length: dimension }, () => random.uniform())

const manifoldOf = (random: Random, units: number, dimension: number, alpha: number): Manifold => {
  const products = Array.from({ length: units }, () => Array.from({ length: dimension }, () => waveOf(random, alpha)))
  const points = Array.from({ length: sampled }, () => pointOf(products, cubeOf(random, dimension)))
  const range = (of: (...xs: number[]) => number): readonly number[] =>
    products.map((_, unit) => of(...points.map(point => point[unit] as number)))
  return { products, least: range(Math.min), most: range(Math.max) }
}

/** The step at which each unit spikes, from 0 to steps - 1, at a point of the manifold. */
const timesAt = ({ products, least, most }: Manifold, x: readonly number[], steps: number): readonly number[] =>
  pointOf(products, x).map((y, unit) => {
    const [from, to] = [least[unit] as number, most[unit] as number]
    return Math.min(steps - 1, Math.max(0, Math.floor((steps * (y - from)) / (to - from))))
  })

/** Spikes [units] at each step. */
const spikesOf = (times: readonly number[], steps: number): readonly Tensor[] =>
  Array.from({ length: steps }, (_, t) =>
    tensorOf(
      [times.length],
      Float64Array.from(times, time => Number(time === t)),
    ),
  )

const options = {
  classes: whole(4, 'how many manifolds there are', 2, 1000),
  units: whole(20, 'inputs, each of which spikes once in a trial', 1, 1024),
  steps: whole(20, 'steps of a trial', 2, 10_000),
  skipped: whole(0, 'steps at its beginning that do not count', 0, 9999),
  dimension: whole(1, 'dimensions of a manifold', 1, 16),
  alpha: real(3, 'how smooth it is: its k-th term falls as k^-alpha', 1, 10),
  manifold: whole(1, 'the seed of the manifolds', 0, 2 ** 32 - 1),
}

const requireCounted = (skipped: number, steps: number): void => {
  if (skipped < steps) return
  throw new DomainError({
    who: 'randman',
    given: `skipped = ${skipped} of steps = ${steps}`,
    wanted: 'fewer skipped than there are',
    remedy: `The default is ${options.skipped.default}`,
  })
}

export const randman = task(
  {
    name: 'randman',
    asks: 'Each input spikes once in steps steps, when says a random point of a smooth manifold. Target at every step: which manifold.',
    options,
    defaults: randmanDefaults,
    papers: [
      {
        authors: 'Zenke & Vogels',
        year: 2021,
        title:
          'The remarkable robustness of surrogate gradient learning for instilling complex function in spiking neural networks',
        id: 'doi:10.1162/neco_a_01367',
      },
    ],
  },
  ({ classes, units, steps, skipped, dimension, alpha, manifold }) => {
    requireCounted(skipped, steps)
    const random = rng(manifold)
    const manifolds = Array.from({ length: classes }, () => manifoldOf(random, units, dimension, alpha))
    const targets = hotVectors(classes)
    return {
      n: units,
      m: classes,
      ...nats,
      horizon: steps,
      trial: steps,
      floors: [
        { name: 'no input', value: Math.log(classes) },
        { name: 'the manifold', value: 0 },
      ],
      ...trials(draw => {
        const which = Math.floor(classes * draw.uniform())
        const times = timesAt(manifolds[which] as Manifold, cubeOf(draw, dimension), steps)
        return spikesOf(times, steps).map((x, t) => example(x, targets[which] as Tensor, Number(t >= skipped)))
      }),
    }
  },
)
