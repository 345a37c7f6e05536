/** A series of vectors: the next values of some columns of a table, each from all that some columns were before. */
import { chain, type Either, map, right, sequenceArray, traverseArray } from 'fp-ts/lib/Either.js'
import { pipe } from 'fp-ts/lib/function.js'
import { Matrix, solve } from 'ml-matrix'
import { z } from 'zod'
import type { JanusError } from '../../../ad/errors.ts'
import { type Tensor, tensorOf } from '../../../ad/tensor.ts'
import { halfSquaredError } from '../../../nets/loss.ts'
import type { Column, Columns } from './columns.ts'
import { enough, type Parts, partsOf, refuse, type Source } from './file.ts'
import type { Figure, Kind } from './kind.ts'
import { rootMeanSquare } from './mean.ts'
import { checkWindow, made, running, wordsOf } from './running.ts'
import { varying } from './series.ts'
import { type Table, valueAt } from './table.ts'

type Row = readonly number[]

const scaledColumn = z.strictObject({ name: z.string(), mean: z.number(), deviation: z.number().positive() })
/** A column, with the mean and population deviation of its training part. */
type Scaled = z.output<typeof scaledColumn>

const columnList = z.array(scaledColumn).min(1).max(1024).readonly()

/** What a model says of a series of vectors: its input columns, and those that it predicts. */
export const vectorsForm = z.strictObject({ kind: z.literal('vectors'), inputs: columnList, targets: columnList })
type About = z.output<typeof vectorsForm>

/** A step of the series, in deviations from the mean of each column. */
interface Step {
  readonly input: Row
  readonly wanted: Row
}

/** Some columns of a table side by side, normalised column by column. */
export interface Vectors extends Parts<Step>, About {}

const normalised = (columns: readonly Scaled[], values: Row): Row =>
  values.map((v, i) => (v - (columns[i] as Scaled).mean) / (columns[i] as Scaled).deviation)

/** The numbers of a column, row by row. */
const valuesOf = ({ name }: Source, rows: readonly Table[number][], { index }: Column): Either<JanusError, Row> =>
  sequenceArray(rows.map(row => valueAt(name, row, index)))

const scaledBy = (source: Source, { name }: Column, values: Row): Either<JanusError, Scaled> =>
  pipe(
    varying(`column '${name}' of '${source.name}'`, partsOf(source, values).train),
    map(moments => ({ name, ...moments })),
  )

/** Columns, and their numbers normalised, row by row. */
const readColumns = (source: Source, rows: readonly Table[number][], columns: readonly Column[]) =>
  pipe(
    columns,
    traverseArray(column =>
      pipe(
        valuesOf(source, rows, column),
        chain(values =>
          pipe(
            scaledBy(source, column, values),
            map(scaled => ({ scaled, values })),
          ),
        ),
      ),
    ),
    map(all => {
      const scaled = all.map(one => one.scaled)
      return {
        scaled,
        rows: rows.map((_, t) =>
          normalised(
            scaled,
            all.map(({ values }) => values[t] as number),
          ),
        ),
      }
    }),
  )

/** Columns of a table as one series. Left: fewer than 20 rows, a cell that is not a finite number, or a column that does not vary. */
export const readVectors = (
  source: Source,
  table: Table,
  { header, ...columns }: Columns,
): Either<JanusError, Vectors> => {
  const rows = table.slice(header)
  return pipe(
    enough(source.name, rows.length, 'rows'),
    chain(() => readColumns(source, rows, columns.inputs)),
    chain(input =>
      pipe(
        readColumns(source, rows, columns.targets),
        map(wanted => {
          const steps = input.rows.map((row, t) => ({ input: row, wanted: wanted.rows[t] as Row }))
          return { kind: 'vectors' as const, ...partsOf(source, steps), inputs: input.scaled, targets: wanted.scaled }
        }),
      ),
    ),
  )
}

/** The root mean square of what predictions miss on the held-out rows, over all targets. */
const rmse = ({ held }: Vectors, predict: (i: number) => Row): number =>
  rootMeanSquare(
    held.flatMap(({ wanted }, i) => {
      const predicted = predict(i)
      return wanted.map((value, k) => value - (predicted[k] as number))
    }),
  )

/** The step `back` places before held step i, reaching into the training part at the start. */
const before = ({ train, held }: Vectors, i: number, back: number): Step =>
  (i >= back ? held[i - back] : train[train.length + i - back]) as Step

/** 1, the inputs of the step before, and those of the one before that. */
const regressors = (one: Step, two: Step): Row => [1, ...one.input, ...two.input]

/** Least squares of the targets on the inputs of the two steps before, with intercept; the shortest solution where several fit. */
const regression = (data: Vectors): ((i: number) => Row) => {
  const { train } = data
  const rows = train.slice(2).map((_, t) => [...regressors(train[t + 1] as Step, train[t] as Step)])
  const weights = solve(new Matrix(rows), new Matrix(train.slice(2).map(({ wanted }) => [...wanted])), true)
  return i => new Matrix([[...regressors(before(data, i, 1), before(data, i, 2))]]).mmul(weights).to1DArray()
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
const fitted = (data: Vectors, { inputs, targets }: About): Either<JanusError, Vectors> =>
  data.inputs.length === inputs.length && data.targets.length === targets.length
    ? right(data)
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
  symbolic: false,
  about: ({ inputs, targets }) => ({ kind: 'vectors', inputs, targets }),
  ends: ({ inputs, targets }) => ({ n: inputs.length, m: targets.length, loss: halfSquaredError() }),
  fitted,
  check: checkWindow,
  course: (data, pace) =>
    running(
      data,
      pace,
      ({ input }) => vector(input),
      half => scaleOf(data).scale * Math.sqrt((2 * half) / data.targets.length),
      ({ wanted }) => vector(wanted),
    ),
  /** Numbers of mean 0 and deviation 1, as normalised columns have them. */
  drawn: ({ inputs, targets }, random) => {
    const normal = (size: number) => () => random.draw({ law: 'normal', shape: [size] })
    return made(normal(inputs.length), normal(targets.length))
  },
  oracles: ['best constant', 'ridge on a random network'],
  figure,
  /** The targets' previous values, and least squares on the inputs of two steps. */
  baselines: data => {
    const { unit, scale } = scaleOf(data)
    return [
      { name: 'persistence', value: scale * rmse(data, i => before(data, i, 1).wanted), unit },
      { name: 'VAR(2)', value: scale * rmse(data, regression(data)), unit },
    ]
  },
  words: ({ inputs, targets }, pace) => ({
    ...wordsOf(pace),
    data: ` ${listed(targets)} predicted from ${listed(inputs)}; each column normalised by its training part.`,
  }),
}
