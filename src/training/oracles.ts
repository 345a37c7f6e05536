/** What needs no learning rule: a readout that is constant, and one fit by ridge regression to a random network, judged as a run is. */
import { CholeskyDecomposition, Matrix } from 'ml-matrix'
import { type Engine, engineOf } from '../../ad/compiler/engine.ts'
import { hasWasm } from '../../ad/compiler/wasm.ts'
import { type Tensor, tensorOf, zeros } from '../../ad/tensor.ts'
import { item, type Value } from '../../ad/value.ts'
import { leaky } from '../../nets/cells/leaky.ts'
import { crossEntropy, type PerStep } from '../../nets/loss.ts'
import { type Example, type Network, network, type Theta } from '../../nets/network.ts'
import { rng } from '../../nets/random.ts'
import { horizonOf } from './data/file.ts'
import { first } from './data/first.ts'
import { type Data, kindOf } from './data/index.ts'
import type { Baseline, Ends } from './data/kind.ts'
import { affine, after, type Leaky } from './leaky-run.ts'

/** The run that oracles stand beside: as many units, and its seed. */
export interface Beside {
  readonly hidden: number
  readonly seed: number
}

/** One engine beside all runs, so that their oracles are the same to the bit. */
const judge = (): Engine => engineOf(hasWasm('f64') ? 'compiled-wasm' : 'compiled-js')

/** States with the targets they should be read out to: h [d] and y* [m], a row each. */
interface Sample {
  readonly states: readonly Float64Array[]
  readonly targets: readonly Float64Array[]
}

/** v = W h + b: W [m, d] row by row, b [m]. */
interface Readout {
  readonly W: Float64Array
  readonly b: Float64Array
}

/** Of the streams of a seed those before are taken. */
const oracleStream = 7
const [gain, bias, mostRows, operations] = [0.9, 0.1, 20_000, 1e8]

/** W_rec ~ N(0, 0.81/d), b_rec ~ N(0, 0.01), W_in ~ N(0, 1) over the inputs' root mean square length: drives of size 1. */
const randomNetwork = (d: number, n: number, inputs: readonly Example[], seed: number): Leaky => {
  const random = rng(seed, oracleStream)
  const numbers = (count: number, deviation: number): Float64Array =>
    Float64Array.from({ length: count }, () => deviation * random.normal())
  const square = inputs.reduce((sum, { x }) => sum + Math.hypot(...vectorIn(x, n)) ** 2, 0) / inputs.length
  return {
    alpha: 1,
    W_rec: numbers(d * d, gain / Math.sqrt(d)),
    W_in: numbers(d * n, square > 0 ? 1 / Math.sqrt(square) : 1),
    b_rec: numbers(d, bias),
  }
}

/** The sequences of a piece: several, or one of so many steps at most. */
const sequencesIn = (piece: Iterable<Example | readonly Example[]>, most: number): readonly (readonly Example[])[] => {
  const members = first(piece, most)
  return (Array.isArray(members[0]) ? members : [members]) as readonly (readonly Example[])[]
}

/** The first steps of what is learned from, each sequence by itself: one pass at most, and as many as can be fit in a second or so. */
const learnedFrom = (data: Data, outputs: number, { hidden, seed }: Beside): readonly (readonly Example[])[] => {
  const kind = kindOf(data)
  const [steps, all] = kind.steps === null ? [1, data.train.length - horizonOf(data)] : [kind.steps, data.train.length]
  const most = Math.max(2 * hidden, Math.min(mostRows, operations / (hidden * (hidden + outputs))))
  const found: (readonly Example[])[] = []
  let left = steps * Math.min(all, Math.ceil(most))
  const batch = Math.min(data.train.length, kind.steps === null ? 1 : kind.defaults.batch)
  for (const piece of kind.course(data, { window: 1, k: null, batch, seed }).pieces()) {
    const sequences = sequencesIn(piece, left)
    found.push(...sequences)
    left -= sequences.reduce((sum, { length }) => sum + length, 0)
    if (left <= 0) return found
  }
  return found
}

/** A vector of a size, where a class may stand for it by its number. */
const vectorIn = (value: Value, size: number): Float64Array => {
  const { shape, data } = value as Tensor
  if (shape.length > 0) return data as Float64Array
  return Float64Array.from({ length: size }, (_, i) => Number(i === data[0]))
}

/** The states of a network at the steps that count, from zero in each sequence. */
const sampleOf = (net: Leaky, { n, m }: Ends, sequences: readonly (readonly Example[])[]): Sample => {
  const [states, targets]: [Float64Array[], Float64Array[]] = [[], []]
  for (const sequence of sequences) {
    let h: Float64Array = new Float64Array(net.b_rec.length)
    for (const { x, target, weight } of sequence) {
      h = after(net, h, vectorIn(x, n))
      if (item(weight) === 0) continue
      states.push(h)
      targets.push(vectorIn(target, m))
    }
  }
  return { states, targets }
}

const meanOf = (rows: readonly Float64Array[]): readonly number[] => {
  const sum = new Float64Array(rows[0]?.length ?? 0)
  for (const row of rows) for (let i = 0; i < sum.length; i++) sum[i] = (sum[i] as number) + (row[i] as number)
  return Array.from(sum, total => total / rows.length)
}

/** Σ a bᵀ over rows less their means: [p, q]. */
const covariance = (
  as: readonly Float64Array[],
  a: readonly number[],
  bs: readonly Float64Array[],
  b: readonly number[],
) => {
  const sums = Array.from({ length: a.length }, () => new Float64Array(b.length))
  as.forEach((row, t) => {
    const other = bs[t] as Float64Array
    sums.forEach((sum, i) => {
      const x = (row[i] as number) - (a[i] as number)
      for (let j = 0; j < sum.length; j++) sum[j] = (sum[j] as number) + x * ((other[j] as number) - (b[j] as number))
    })
  })
  return new Matrix(sums.map(row => [...row]))
}

/** Ridge regression for several λ, relative to the mean variance of a state: W = (C + λ I)⁻¹ C_hy. Hoerl & Kennard 1970. */
const ridges = ({ states, targets }: Sample): readonly Readout[] => {
  const [h, y] = [meanOf(states), meanOf(targets)]
  const [C, cross] = [covariance(states, h, states, h), covariance(states, h, targets, y)]
  return strengths.map(strength => {
    const λ = (strength * C.trace()) / h.length + Number.MIN_VALUE
    const W = new CholeskyDecomposition(Matrix.add(C, Matrix.mul(Matrix.eye(h.length), λ))).solve(cross).transpose()
    const read = W.mmul(Matrix.columnVector([...h])).to1DArray()
    return { W: Float64Array.from(W.to1DArray()), b: Float64Array.from(y, (mean, i) => mean - (read[i] as number)) }
  })
}

const strengths = [1e-8, 1e-6, 1e-4, 1e-2, 1] as const

const outputsOf = ({ W, b }: Readout, { states }: Sample): readonly Float64Array[] => states.map(h => affine(W, h, b))

const squaredError = (readout: Readout, sample: Sample): number =>
  outputsOf(readout, sample).reduce((sum, y, t) => {
    const target = sample.targets[t] as Float64Array
    return y.reduce((part, x, i) => part + (x - (target[i] as number)) ** 2, sum)
  }, 0)

const leastBy = <A>(all: readonly A[], cost: (a: A) => number): A => {
  const costs = all.map(cost)
  return all[costs.indexOf(Math.min(...costs))] as A
}

const part = ({ states, targets }: Sample, from: number, to?: number): Sample => ({
  states: states.slice(from, to),
  targets: targets.slice(from, to),
})

/** Where the last fifth of a sample begins, which choices are made on. */
const fifth = ({ states }: Sample): number => Math.floor((4 * states.length) / 5)

/** The readout whose λ is best on the last fifth of a sample. */
const ridge = (sample: Sample): Readout => {
  const cut = fifth(sample)
  const [tried, rest] = [ridges(part(sample, 0, cut)), part(sample, cut)]
  const best = tried.indexOf(leastBy(tried, readout => squaredError(readout, rest)))
  return ridges(sample)[best] as Readout
}

/** -Σ y* log softmax(s v). */
const nats = (v: Float64Array, target: Float64Array, s: number): number => {
  let [top, total, cost] = [Number.NEGATIVE_INFINITY, 0, 0]
  for (const x of v) top = Math.max(top, s * x)
  for (const x of v) total += Math.exp(s * x - top)
  target.forEach((p, i) => {
    if (p > 0) cost -= p * (s * (v[i] as number) - top - Math.log(total))
  })
  return cost
}

/** Probabilities fit by ridge regression as logits: scaled by the power of √2 that costs the last fifth of a sample least. */
const asLogits = (readout: Readout, sample: Sample): Readout => {
  const rest = part(sample, fifth(sample))
  const outputs = outputsOf(readout, rest)
  const scales = Array.from({ length: 17 }, (_, i) => 2 ** (i / 2 - 2))
  const cost = (scale: number): number =>
    outputs.reduce((sum, v, t) => sum + nats(v, rest.targets[t] as Float64Array, scale), 0)
  const s = leastBy(scales, cost)
  return { W: readout.W.map(x => s * x), b: readout.b.map(x => s * x) }
}

/** The mean target; as logits, with one more of each class. */
const constantOf = ({ targets }: Sample, probabilities: boolean): Float64Array => {
  const mean = meanOf(targets)
  const count = targets.length
  return Float64Array.from(mean, p => (probabilities ? Math.log((p * count + 1) / (count + mean.length)) : p))
}

const thetaOf = (cell: Leaky, n: number, { W, b }: Readout): Theta => {
  const d = cell.b_rec.length
  return {
    cell: { W_rec: tensorOf([d, d], cell.W_rec), W_in: tensorOf([d, n], cell.W_in), b_rec: tensorOf([d], cell.b_rec) },
    start: {},
    readout: { W_out: tensorOf([b.length, d], W), b_out: tensorOf([b.length], b) },
  }
}

/** What a readout is fit to: probabilities, or the targets themselves; null for a loss of one's own, which may want either. */
const fitTo = (loss: PerStep): 'probabilities' | 'targets' | null => {
  if (loss.each === crossEntropy.each) return 'probabilities'
  const v = zeros([1])
  return loss.output(v) === v ? 'targets' : null
}

/**
 * The held-out figures of the best constant and of a ridge readout of a random network as large as a run's, of those that a kind of
 * data asks for, in its unit. Ridge on one-hot classes is scaled to logits. None for a loss of one's own with an output of its own.
 */
export const oracles = (data: Data, beside: Beside): readonly Baseline[] => {
  const kind = kindOf(data)
  const { n, m, loss } = kind.ends(kind.about(data))
  const fit = fitTo(loss)
  if (fit === null) return []
  const { hidden: d, seed } = beside
  const sequences = learnedFrom(data, m, beside)
  const cell = randomNetwork(d, n, sequences.flat(), seed)
  const sample = sampleOf(cell, { n, m, loss }, sequences)
  const net = network(leaky(), { d, n, m }, loss) as unknown as Network
  const evaluated = kind.course(data, { window: 1, k: null, batch: 1, seed }).evaluator(judge(), net)
  const readouts = {
    'best constant': (): Readout => ({ W: new Float64Array(m * d), b: constantOf(sample, fit === 'probabilities') }),
    'ridge on a random network': (): Readout => {
      const found = ridge(sample)
      return fit === 'probabilities' ? asLogits(found, sample) : found
    },
  }
  const { unit } = kind.figure(data)
  return kind.oracles.map(name => ({ name, value: evaluated(thetaOf(cell, n, readouts[name]())), unit }))
}
