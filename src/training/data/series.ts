/** A series: each value predicted from those before it, in the unit of its file. */

import { chain, type Either, map, right } from 'fp-ts/lib/Either.js'
import { pipe } from 'fp-ts/lib/function.js'
import { z } from 'zod'
import type { JanusError } from '../../../ad/errors.ts'
import { type Moments, momentsOf, rootMeanSquare } from '../../../ad/moments.ts'
import { tensorOf } from '../../../ad/tensor.ts'
import { halfSquaredError } from '../../../nets/loss.ts'
import type { Column, Columns } from './columns.ts'
import { ahead, enough, horizonOf, type Parts, partsOfList, refuse, type Source } from './file.ts'
import type { Kind } from './kind.ts'
import { leastSquares } from './least-squares.ts'
import { before, checkWindow, made, running, wordsOf, wordsOfHorizon } from './running.ts'
import { columnOf, type Table } from './table.ts'

/** A series in raw units, with the mean and population deviation (above 0) of its training part only. */
export interface Series extends Parts<number>, Moments {
  readonly kind: 'series'
  readonly unit: string
  /** Which column it is, in words, where it was not asked for. */
  readonly chosen: string | null
  /** How many steps ahead a value is predicted; 1 where it is left out. */
  readonly horizon?: number
}

/** A horizon in a model file, left out where it is 1. */
export const horizonForm = z.int().min(1).optional()

/** The same as it is written. */
export const horizonAbout = (data: Parameters<typeof horizonOf>[0]): { readonly horizon?: number } =>
  horizonOf(data) === 1 ? {} : { horizon: horizonOf(data) }

/** What a model says of a series. */
export const seriesForm = z.strictObject({
  kind: z.literal('series'),
  unit: z.string(),
  mean: z.number(),
  deviation: z.number().positive(),
  horizon: horizonForm,
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
  const parts = partsOfList(source, values)
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
    columnOf(source.name, table, header, column.index),
    chain(values => scaled(source, about, values)),
  )
}

const rmse = ({ held }: Series, predict: (i: number) => number): number =>
  rootMeanSquare(held.map((value, i) => value - predict(i)))

/** AR(2) with intercept, x(t + h) on x(t) and x(t - 1), fit to the standardised training part: the same model, better conditioned. */
const autoregression = (series: Series): ((i: number) => number) => {
  const h = horizonOf(series)
  const scale = (v: number): number => (v - series.mean) / series.deviation
  const z = series.train.map(scale)
  function* rows() {
    for (let t = h + 1; t < z.length; t++) yield [1, z[t - h] as number, z[t - h - 1] as number, z[t] as number]
  }
  const [c = 0, a = 0, b = 0] = leastSquares(rows(), 3).to1DArray()
  const back = (i: number, lag: number): number => scale(before(series, i, lag))
  return i => series.mean + series.deviation * (c + a * back(i, h) + b * back(i, h + 1))
}

export const series: Kind<Series, z.output<typeof seriesForm>> = {
  phrase: 'a series',
  items: 'values',
  defaults: { cell: 'leaky', hidden: 16, alpha: 0.5, window: 20, batch: 1, steps: 1000, lr: 0.005 },
  steps: null,
  ahead,
  symbolic: false,
  about: data => {
    const { unit, mean, deviation } = data
    return { kind: 'series', unit, mean, deviation, ...horizonAbout(data) }
  },
  ends: () => ({ n: 1, m: 1, loss: halfSquaredError() }),
  fitted: (data, about) => ahead(data, horizonOf(about)),
  check: checkWindow,
  course: (data, pace) => {
    const { mean, deviation } = data
    const input = (value: number) => tensorOf([1], Float64Array.of((value - mean) / deviation))
    return running(data, pace, { input }, half => deviation * Math.sqrt(2 * half))
  },
  /** Numbers of mean 0 and deviation 1, as a normalised series has them. */
  drawn: (about, random) => made(() => random.draw({ law: 'normal', shape: [1] }), horizonOf(about)),
  oracles: ['best constant', 'ridge on a random network'],
  figure: ({ unit }) => ({ title: `RMSE, ${unit}`, unit, better: 'lower' }),
  /** The value a horizon before, and AR(2) with intercept fit to the training part. */
  baselines: data => [
    { name: 'persistence', value: rmse(data, i => before(data, i, horizonOf(data))), unit: data.unit },
    { name: 'AR(2)', value: rmse(data, autoregression(data)), unit: data.unit },
  ],
  words: (data, pace) => ({
    ...wordsOf(data, pace, 'values'),
    data: `${data.chosen ? ` The series is ${data.chosen}.` : ''} Normalised by the training part: mean ${data.mean.toFixed(3)}, deviation ${data.deviation.toFixed(3)}.${wordsOfHorizon(data, 'AR(2)')}`,
  }),
}
