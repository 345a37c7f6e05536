import { Matrix, solve } from 'ml-matrix'
import type { Data, Series, Text } from './data.ts'

/** A baseline's held-out figure, lower being better, in the unit it names. */
export type Baseline = { readonly name: string; readonly value: number; readonly unit: string }

/** How many imagined occurrences of each context the bigram gives to the unigram. */
const weight = 5

const tally = (keys: readonly number[], size: number): Float64Array =>
  keys.reduce((counts, key) => {
    counts[key] = (counts[key] ?? 0) + 1
    return counts
  }, new Float64Array(size))

const pairTally = (codes: readonly number[], size: number): ReadonlyMap<number, number> =>
  codes.slice(1).reduce((counts, code, i) => {
    const key = (codes[i] ?? 0) * size + code
    return counts.set(key, (counts.get(key) ?? 0) + 1)
  }, new Map<number, number>())

/** P(b) = (n(b) + 1) / (N + V): N training characters, V symbols, so an unseen symbol still costs finite bits. */
const unigram = ({ symbols, train }: Text): ((b: number) => number) => {
  const counts = tally(train, symbols.length)
  return b => ((counts[b] ?? 0) + 1) / (train.length + symbols.length)
}

/** P(b|a) = (n(ab) + k P(b)) / (n(a) + k): n(a) counts a as a context in training, P is the unigram, k = 5. */
const bigram = (text: Text): ((b: number, a: number) => number) => {
  const size = text.symbols.length
  const single = unigram(text)
  const contexts = tally(text.train.slice(0, -1), size)
  const pairs = pairTally(text.train, size)
  return (b, a) => ((pairs.get(a * size + b) ?? 0) + weight * single(b)) / ((contexts[a] ?? 0) + weight)
}

const mean = (values: readonly number[]): number => values.reduce((sum, v) => sum + v, 0) / values.length

/** The item `back` places before held item `i`, reaching into the training part at the start. */
const before = ({ train, held }: Data, i: number, back: number): number =>
  (i >= back ? held[i - back] : train[train.length + i - back]) ?? 0

const bits = (text: Text, probability: (b: number, a: number) => number): number =>
  mean(text.held.map((b, i) => -Math.log2(probability(b, before(text, i, 1)))))

const rmse = (series: Series, predict: (i: number) => number): number =>
  Math.sqrt(mean(series.held.map((value, i) => (value - predict(i)) ** 2)))

/** Least squares of z_t on 1, z_(t-1), z_(t-2), the shortest solution where several fit (as for a period of 2). */
const fitPair = (z: readonly number[]): readonly number[] => {
  const rows = z.slice(2).map((_, t) => [1, z[t + 1] ?? 0, z[t] ?? 0])
  return solve(new Matrix(rows), Matrix.columnVector(z.slice(2)), true).to1DArray()
}

/** AR(2) with intercept, fit to the standardised training part: the same model, better conditioned. */
const autoregression = (series: Series): ((i: number) => number) => {
  const scale = (v: number): number => (v - series.mean) / series.deviation
  const [c = 0, a = 0, b = 0] = fitPair(series.train.map(scale))
  const z = (i: number, back: number): number => scale(before(series, i, back))
  return i => series.mean + series.deviation * (c + a * z(i, 1) + b * z(i, 2))
}

const ofText = (text: Text): readonly Baseline[] => [
  { name: 'unigram', value: bits(text, unigram(text)), unit: 'bits a character' },
  { name: 'bigram', value: bits(text, bigram(text)), unit: 'bits a character' },
]

const ofSeries = (series: Series): readonly Baseline[] => [
  { name: 'persistence', value: rmse(series, i => before(series, i, 1)), unit: series.unit },
  { name: 'AR(2)', value: rmse(series, autoregression(series)), unit: series.unit },
]

/**
 * The simple predictors' figures on the held-out tail, each item predicted from everything before it.
 * Text: add-one unigram, and a bigram smoothed towards it by k = 5, in bits a character.
 * Series: the previous value, and AR(2) with intercept fit to the training part, as RMSE in raw units. Never throws.
 */
export const baselines = (data: Data): readonly Baseline[] => (data.kind === 'text' ? ofText(data) : ofSeries(data))
