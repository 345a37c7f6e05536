/** A series of vectors: the next values of some columns of a table, each from all that some columns were before. */
import { chain, type Either, map, traverseArray } from 'fp-ts/lib/Either.js'
import { pipe } from 'fp-ts/lib/function.js'
import { Matrix } from 'ml-matrix'
import { z } from 'zod'
import type { JanusError } from '../../../ad/errors.ts'
import { rootMeanSquare } from '../../../ad/moments.ts'
import { type Tensor, tensorOf } from '../../../ad/tensor.ts'
import { halfSquaredError } from '../../../nets/loss.ts'
import type { Column, Columns } from './columns.ts'
import { ahead, enough, horizonOf, type Items, type Parts, partsOf, refuse, type Source, trainedOf } from './file.ts'
import type { Figure, Kind } from './kind.ts'
import { leastSquares } from './least-squares.ts'
import { checkWindow, madeFor, running, wordsOf, wordsOfHorizon } from './running.ts'
import { horizonAbout, horizonForm, varying } from './series.ts'
import { columnOf, type Table } from './table.ts'

type Row = readonly number[]

const scaledColumn = z.strictObject({ name: z.string(), mean: z.number(), deviation: z.number().positive() })
/** A column, with the mean and population deviation of its training part. */
type Scaled = z.output<typeof scaledColumn>

const columnList = z.array(scaledColumn).min(1).max(1024).readonly()

/** What a model says of a series of vectors: its input columns, and those that it predicts. */
export const vectorsForm = z.strictObject({
  kind: z.literal('vectors'),
  inputs: columnList,
  targets: columnList,
  horizon: horizonForm,
})
type About = z.output<typeof vectorsForm>

/** A step of the series, in deviations from the mean of each column. */
interface Step {
  readonly input: Row
  readonly wanted: Row
}

/** Some columns of a table side by side, normalised column by column. */
export interface Vectors extends Parts<Step, Items<Step>>, About {}

/** Numbers in deviations from the mean of their column. */
const normalised = ({ mean, deviation }: Scaled, values: readonly number[]): Float64Array =>
  Float64Array.from(values, v => (v - mean) / deviation)

const scaledBy = (source: Source, { name }: Column, values: Row): Either<JanusError, Scaled> =>
  pipe(
    varying(`column '${name}' of '${source.name}'`, values.slice(0, trainedOf(values.length))),
    map(moments => ({ name, ...moments })),
  )

/** A column of numbers, normalised. */
const readColumn =
  (source: Source, table: Table, header: number) =>
  (column: Column): Either<JanusError, { readonly scaled: Scaled; readonly values: Float64Array }> =>
    pipe(
      columnOf(source.name, table, header, column.index),
      chain(values =>
        pipe(
          scaledBy(source, column, values),
          map(scaled => ({ scaled, values: normalised(scaled, values) })),
        ),
      ),
    )

/** Steps made of columns as they are asked for. */
const stepsOf =
  (input: readonly Float64Array[], wanted: readonly Float64Array[]) =>
  (from: number, to: number): Items<Step> => {
    const row = (columns: readonly Float64Array[], t: number): Row => columns.map(values => values[t] as number)
    const at = (t: number): Step => ({ input: row(input, t), wanted: row(wanted, t) })
    return { length: to - from, at: i => (i < 0 || i >= to - from ? undefined : at(from + i)) }
  }

/** Columns of a table as one series. Left: fewer than 20 rows, a cell that is not a finite number, or a column that does not vary. */
export const readVectors = (
  source: Source,
  table: Table,
  { header, ...columns }: Columns,
): Either<JanusError, Vectors> => {
  const rows = table.rows - header
  const read = traverseArray(readColumn(source, table, header))
  return pipe(
    enough(source.name, rows, 'rows'),
    chain(() => read(columns.inputs)),
    chain(input =>
      pipe(
        read(columns.targets),
        map(wanted => ({
          kind: 'vectors' as const,
          ...partsOf(
            source,
            rows,
            stepsOf(
              input.map(({ values }) => values),
              wanted.map(({ values }) => values),
            ),
          ),
          inputs: input.map(({ scaled }) => scaled),
          targets: wanted.map(({ scaled }) => scaled),
        })),
      ),
    ),
  )
}

/** The root mean square of what predictions miss on the held-out rows, over all targets. */
const rmse = ({ held }: Vectors, predict: (i: number) => Row): number => {
  const missed: number[] = []
  for (let i = 0; i < held.length; i++) {
    const guess = predict(i)
    for (const [k, value] of (held.at(i) as Step).wanted.entries()) missed.push(value - (guess[k] as number))
  }
  return rootMeanSquare(missed)
}

/** The step `back` places before held step i, reaching into the training part at the start. */
const before = ({ train, held }: Vectors, i: number, back: number): Step =>
  (i >= back ? held.at(i - back) : train.at(train.length + i - back)) as Step

/** 1, the inputs of a step, and those of the one before it. */
const regressors = (one: Step, two: Step): Row => [1, ...one.input, ...two.input]

/** Least squares of the targets on the inputs of the step a horizon before and of the one before it, with intercept; the shortest solution where several fit. */
const regression = (data: Vectors): ((i: number) => Row) => {
  const { train, inputs } = data
  const h = horizonOf(data)
  const step = (t: number): Step => train.at(t) as Step
  function* rows() {
    for (let t = h + 1; t < train.length; t++) yield [...regressors(step(t - h), step(t - h - 1)), ...step(t).wanted]
  }
  const weights = leastSquares(rows(), 1 + 2 * inputs.length)
  return i => new Matrix([[...regressors(before(data, i, h), before(data, i, h + 1))]]).mmul(weights).to1DArray()
}

/** One target's own unit; deviations from the mean where there are several. */
const scaleOf = ({ targets }: About): { readonly unit: string; readonly scale: number } => {
  const [only] = targets as readonly [Scaled, ...Scaled[]]
  return targets.length === 1 ? { unit: only.name, scale: only.deviation } : { unit: 'deviations', scale: 1 }
}

const figure = (data: Vectors): Figure => {
  const { unit } = scaleOf(data)
  return { title: `RMSE, ${unit}`, unit, better: 'lower' }
}

const vector = (row: Row): Tensor => tensorOf([row.length], Float64Array.from(row))
const listed = (columns: readonly Scaled[]): string => columns.map(({ name }) => `'${name}'`).join(', ')

/** Left: another number of input or target columns. */
const fitted = (data: Vectors, { inputs, targets, ...about }: About): Either<JanusError, Vectors> =>
  data.inputs.length === inputs.length && data.targets.length === targets.length
    ? ahead(data, horizonOf(about))
    : refuse(
        `'${data.name}' with ${data.inputs.length} input columns and ${data.targets.length} target columns`,
        `${inputs.length} inputs (${listed(inputs)}) and ${targets.length} targets (${listed(targets)}), as the model has`,
        'Name as many with --column and --target',
      )

export const vectors: Kind<Vectors, About> = {
  phrase: 'a series of vectors',
  items: 'rows',
  defaults: { cell: 'leaky', hidden: 16, alpha: 0.5, window: 20, batch: 1, steps: 1000, lr: 0.005 },
  steps: null,
  ahead,
  symbolic: false,
  about: data => ({ kind: 'vectors', inputs: data.inputs, targets: data.targets, ...horizonAbout(data) }),
  ends: ({ inputs, targets }) => ({ n: inputs.length, m: targets.length, loss: halfSquaredError() }),
  fitted,
  check: checkWindow,
  course: (data, pace) =>
    running(
      data,
      pace,
      { input: ({ input }) => vector(input), wanted: ({ wanted }) => vector(wanted) },
      half => scaleOf(data).scale * Math.sqrt((2 * half) / data.targets.length),
    ),
  /** Numbers of mean 0 and deviation 1, as normalised columns have them. */
  drawn: ({ inputs, targets }, random) => {
    const normal = (size: number) => () => random.draw({ law: 'normal', shape: [size] })
    return madeFor(normal(inputs.length), normal(targets.length))
  },
  oracles: ['best constant', 'ridge on a random network'],
  figure,
  /** The targets' values a horizon before, and least squares on the inputs of two steps. */
  baselines: data => {
    const { unit, scale } = scaleOf(data)
    return [
      { name: 'persistence', value: scale * rmse(data, i => before(data, i, horizonOf(data)).wanted), unit },
      { name: 'VAR(2)', value: scale * rmse(data, regression(data)), unit },
    ]
  },
  words: (data, pace) => ({
    ...wordsOf(data, pace, 'rows'),
    data: ` ${listed(data.targets)} predicted from ${listed(data.inputs)}; each column normalised by its training part.${wordsOfHorizon(data, 'VAR(2)')}`,
  }),
}
