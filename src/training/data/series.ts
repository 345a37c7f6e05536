/** A series: each value predicted from those before it, in the unit of its file. */

import { chain, type Either, map, right, sequenceArray } from 'fp-ts/lib/Either.js'
import { pipe } from 'fp-ts/lib/function.js'
import { Matrix, solve } from 'ml-matrix'
import { z } from 'zod'
import type { JanusError } from '../../../ad/errors.ts'
import { tensorOf } from '../../../ad/tensor.ts'
import { halfSquaredError } from '../../../nets/loss.ts'
import type { Column, Columns } from './columns.ts'
import { enough, type Parts, partsOf, refuse, type Source } from './file.ts'
import type { Kind } from './kind.ts'
import { type Moments, momentsOf, rootMeanSquare } from './mean.ts'
import { before, checkWindow, made, running, wordsOf } from './running.ts'
import { type Table, valueAt } from './table.ts'

/** A series in raw units, with the mean and population deviation (above 0) of its training part only. */
export interface Series extends Parts<number>, Moments {
  readonly kind: 'series'
  readonly unit: string
  /** Which column it is, in words, where it was not asked for. */
  readonly chosen: string | null
}

/** What a model says of a series. */
export const seriesForm = z.strictObject({
  kind: z.literal('series'),
  unit: z.string(),
  mean: z.number(),
  deviation: z.number().positive(),
})

/** Mean and deviation of a training part. Left: it does not vary, or its numbers are too large. */
export const varying = (what: string, train: readonly number[]): Either<JanusError, Moments> => {
  const moments = momentsOf(train)
  const { deviation } = moments
  if (deviation > 0 && Number.isFinite(deviation) && Number.isFinite(moments.mean)) return right(moments)
  return refuse(
    `${what} has a training part of deviation ${deviation}`,
    'a finite deviation above 0',
    'Give a series that varies over its first 90%, or rescale it',
  )
}

const scaled = (
  source: Source,
  about: Pick<Series, 'unit' | 'chosen'>,
  values: readonly number[],
): Either<JanusError, Series> => {
  const parts = partsOf(source, values)
  return pipe(
    enough(parts.name, values.length, 'values'),
    chain(() => varying(`'${parts.name}'`, parts.train)),
    map(moments => ({ kind: 'series' as const, ...parts, ...about, ...moments })),
  )
}

/** Which column was read, where a table has several and none was named. */
const chosenOf = (column: Column, { all }: Columns, isNamed: boolean): string | null =>
  isNamed || all.length === 1
    ? null
    : `the last of ${all.length} columns, '${column.name}', as no --column names another`

/** One column of a table. Left: fewer than 20 values, one that is not a finite number, or all of them alike. */
export const readSeries = (source: Source, table: Table, columns: Columns): Either<JanusError, Series> => {
  const { header } = columns
  const column = columns.inputs[0] as Column
  const about = {
    unit: header === 1 ? column.name : 'value',
    chosen: chosenOf(column, columns, source.choice !== undefined),
  }
  return pipe(
    sequenceArray(table.slice(header).map(row => valueAt(source.name, row, column.index))),
    chain(values => scaled(source, about, values)),
  )
}

const rmse = ({ held }: Series, predict: (i: number) => number): number =>
  rootMeanSquare(held.map((value, i) => value - predict(i)))

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

export const series: Kind<Series, z.output<typeof seriesForm>> = {
  phrase: 'a series',
  items: 'values',
  defaults: { cell: 'leaky', hidden: 16, alpha: 0.5, window: 20, batch: 1, steps: 1000, lr: 0.005 },
  steps: null,
  symbolic: false,
  about: ({ unit, mean, deviation }) => ({ kind: 'series', unit, mean, deviation }),
  ends: () => ({ n: 1, m: 1, loss: halfSquaredError() }),
  fitted: right,
  check: checkWindow,
  course: (data, pace) => {
    const { mean, deviation } = data
    const vector = (value: number) => tensorOf([1], Float64Array.of((value - mean) / deviation))
    return running(data, pace, vector, half => deviation * Math.sqrt(2 * half))
  },
  /** Numbers of mean 0 and deviation 1, as a normalised series has them. */
  drawn: (_, random) => made(() => random.draw({ law: 'normal', shape: [1] })),
  oracles: ['best constant', 'ridge on a random network'],
  figure: ({ unit }) => ({ title: `RMSE, ${unit}`, unit, better: 'lower' }),
  /** The previous value, and AR(2) with intercept fit to the training part. */
  baselines: data => [
    { name: 'persistence', value: rmse(data, i => before(data, i, 1)), unit: data.unit },
    { name: 'AR(2)', value: rmse(data, autoregression(data)), unit: data.unit },
  ],
  words: ({ mean, deviation, chosen }, pace) => ({
    ...wordsOf(pace),
    data: `${chosen ? ` The series is ${chosen}.` : ''} Normalised by the training part: mean ${mean.toFixed(3)}, deviation ${deviation.toFixed(3)}.`,
  }),
}
