/** The Mimic task: the outputs of a fixed random network on coins. Marschall, Cho & Savin 2020. */
import { type Tensor, tensorOf } from '../../../ad/tensor.ts'
import { orthogonal } from '../../../nets/cells/initialisers.ts'
import { type Example, example } from '../../../nets/network.ts'
import { type Random, rng } from '../../../nets/random.ts'
import { affine, after, type Leaky } from '../leaky-run.ts'
import { meanSquare } from './measure.ts'
import { real, whole } from './option.ts'
import { marschall } from './papers.ts'
import type { Source } from './source.ts'
import { task } from './task.ts'

/** The network to be mimicked, with a readout: y = W_out h + b_out. */
interface Target extends Leaky {
  readonly W_out: Float64Array
  readonly b_out: Float64Array
}

const numbers = (random: Random, count: number, deviation: number): Float64Array =>
  Float64Array.from({ length: count }, () => deviation * random.normal())

/** W_rec orthogonal, W_in ~ N(0, 1/n), W_out ~ N(0, 1/d), biases N(0, 0.01). */
const targetOf = (n: number, d: number, alpha: number, seed: number): Target => {
  const random = rng(seed)
  return {
    alpha,
    W_rec: (orthogonal()([d, d], random) as Tensor).data as Float64Array,
    W_in: numbers(random, d * n, 1 / Math.sqrt(n)),
    b_rec: numbers(random, d, 0.1),
    W_out: numbers(random, d * d, 1 / Math.sqrt(d)),
    b_out: numbers(random, d, 0.1),
  }
}

/** The state is that of the target network. */
const outputs = (target: Target, n: number, p: number, hold: number): Source<readonly number[]> => ({
  begin: () => Array.from(target.b_rec, () => 0),
  next: (before, random) => {
    const x = Float64Array.from({ length: n }, () => Number(random.uniform() < p))
    const [steps, input]: [Example[], Tensor] = [[], tensorOf([n], x)]
    let h = Float64Array.from(before)
    for (let i = 0; i < hold; i++) {
      h = after(target, h, x)
      const y = affine(target.W_out, h, target.b_out)
      steps.push(example(input, tensorOf([y.length], y)))
    }
    return [steps, [...h]]
  },
})

const options = {
  n: whole(32, 'inputs, each 1 with probability p', 1, 1024),
  d: whole(32, 'units and outputs of the target network', 1, 1024),
  alpha: real(1, 'its leak', 0, 1, true),
  hold: whole(1, 'steps that each input is held; 2 where the leak is 1/2', 1, 1000),
  p: real(0.5, 'the probability of a 1', 0, 1),
  network: whole(1, 'the seed of the target network', 0, 2 ** 32 - 1),
}

export const mimic = task(
  {
    name: 'mimic',
    asks: 'n inputs of 0 or 1; target the d outputs of a fixed random tanh network that has the same inputs.',
    options,
    papers: [marschall],
  },
  ({ n, d, alpha, hold, p, network }) => ({
    n,
    m: d,
    ...meanSquare(d),
    horizon: Math.ceil(10 / alpha),
    floors: [{ name: 'the target network', value: 0 }],
    ...outputs(targetOf(n, d, alpha, network), n, p, hold),
  }),
)
