/** NEST's two tests of e-prop, drawn as its program draws them: testsuite/pytests/synapses/test_eprop_bsshslm_2020_plasticity.py. */
import { type Tensor, tensorOf, zeros } from '../../ad/tensor.ts'
import type { Branch } from '../../ad/tree.ts'
import { alif, lif, type SpikingCell } from '../../nets/cells/lif.ts'
import { crossEntropy, halfSquaredError } from '../../nets/loss.ts'
import { type Example, example, type Network, network, type Theta } from '../../nets/network.ts'
import { rng } from '../../nets/random.ts'
import { tasks } from '../../src/training/tasks/index.ts'
import { randomState } from '../../src/training/tasks/numpy-random.ts'

/** A network as NEST begins with it, its feedback, and the trials of each iteration. */
export interface Test {
  readonly net: Network
  readonly θ: Theta
  readonly feedback: Tensor
  readonly iterations: readonly (readonly (readonly Example[])[])[]
}
type Draws = ReturnType<typeof randomState>

/** Rows by columns, in single precision, as they are drawn; or transposed. */
const matrixOf = (rows: number, columns: number, draw: () => number, isTransposed = false): Tensor => {
  const drawn = Float64Array.from({ length: rows * columns }, () => Math.fround(draw()))
  if (!isTransposed) return tensorOf([rows, columns], drawn)
  const data = drawn.map((_, k) => drawn[(k % rows) * columns + Math.floor(k / rows)] as number)
  return tensorOf([columns, rows], data)
}

const withoutSelf = (W: Tensor): Tensor => {
  const d = W.shape[0] as number
  return tensorOf(
    W.shape,
    W.data.map((x, k) => (Math.floor(k / d) === k % d ? 0 : x)),
  )
}

/** Input, recurrent, output and feedback weights, in the order in which they are drawn. */
const weightsOf = (normal: () => number, n: number, m: number, output: () => number, back: () => number) => {
  const d = 100
  const W_in = matrixOf(n, d, () => normal() / Math.sqrt(n), true)
  const W_rec = withoutSelf(matrixOf(d, d, () => normal() / Math.sqrt(d), true))
  const W_out = matrixOf(d, m, output, true)
  const feedback = matrixOf(d, m, back)
  const θ: Theta = {
    cell: { W_rec, W_in, b_rec: zeros([d]) },
    start: {},
    readout: { W_out, b_out: zeros([m]) },
  }
  return { θ, feedback }
}

const netOf = (cell: SpikingCell, n: number, m: number, loss: Network['loss']): Network =>
  network(cell, { d: 100, n, m }, loss) as unknown as Network<Branch, Branch>

/** Frozen noise to four sines: five iterations of the same trial. */
export const regression = (): Test => {
  const { normal } = randomState(1)
  const scaled = (): number => normal() / 10
  const { θ, feedback } = weightsOf(normal, 100, 1, scaled, scaled)
  const [steps, trial] = [tasks['nest-sines'].on({ pattern: 1 }).steps(rng(1)), [] as Example[]]
  for (let t = 0; t < 1000; t++) trial.push(steps.next().value)
  const decay = Math.exp(-1 / 30)
  const cell = lif({ decay, kappa: decay, scaled: true, threshold: 0.03, detach: true, count: true })
  return {
    net: netOf(cell, 100, 1, halfSquaredError()),
    θ,
    feedback,
    iterations: Array.from({ length: 5 }, () => [trial]),
  }
}

const [cueSteps, spacing, noiseSteps, recall, cues, chance] = [100, 50, 1050, 150, 7, 0.04]
const steps = cues * (cueSteps + spacing) + noiseSteps + recall

/** numpy's choice of 0 or 1: one of two alike by a bit of 32, or by the chance of 0. */
const cuesOf = ({ uniform }: Draws, side: number): readonly number[] => {
  const first = [Math.fround(0.3), Math.fround(0.7)][side] as number
  return Array.from({ length: cues }, () => Number(uniform() >= first / (Math.fround(0.3) + Math.fround(0.7))))
}

/** The chance of a spike of one of 40 inputs: ten for each cue, ten at recall, ten always. */
const chanceOf = (shown: readonly number[], t: number, i: number): number => {
  const group = Math.floor(i / 10)
  if (group === 3) return chance / 4
  if (group === 2) return t >= steps - recall ? chance : 0
  const cue = Math.floor(t / (cueSteps + spacing))
  return cue < cues && t % (cueSteps + spacing) >= spacing && shown[cue] === group ? chance : 0
}

const trialsOf = (draws: Draws, batch: number): readonly (readonly Example[])[] => {
  const sides = Array.from({ length: batch }, () => draws.bit())
  const shown = sides.map(side => cuesOf(draws, side))
  return shown.map(list => {
    const most = Number(list.reduce((a, b) => a + b, 0) > 3)
    const target = most ? [0, 1] : [1, 0]
    return Array.from({ length: steps }, (_, t) => {
      const x = Float64Array.from({ length: 40 }, (_, i) => Number(chanceOf(list, t, i) > draws.uniform() && t > 0))
      return example(tensorOf([40], x), target, t >= steps - recall ? 1 : 0)
    })
  })
}

/** Evidence accumulation by 50 LIF and 50 ALIF units, refractory for 5 ms: five iterations of new trials. */
export const classification = (batch: number): Test => {
  const draws = randomState(1)
  const limit = Math.sqrt(3 / 51)
  const { θ, feedback } = weightsOf(draws.normal, 40, 2, () => -limit + 2 * limit * draws.uniform(), draws.normal)
  const [decay, adaptationDecay] = [Math.exp(-1 / 20), Math.exp(-1 / 2000)]
  const β = (1.7 * (1 - adaptationDecay)) / (1 - decay)
  const beta = tensorOf(
    [100],
    Float64Array.from({ length: 100 }, (_, j) => (j < 50 ? 0 : β)),
  )
  const more = { scaled: false, refractory: 5, detach: true, count: true } as const
  const cell = alif({ decay, kappa: decay, threshold: 0.6, beta, adaptationDecay, ...more })
  const iterations = Array.from({ length: 5 }, () => trialsOf(draws, batch))
  return { net: netOf(cell, 40, 2, crossEntropy()), θ, feedback, iterations }
}
