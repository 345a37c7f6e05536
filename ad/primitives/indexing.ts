/** Rows picked by number, and put back by number: each is the transpose of the other. */
import { bracket, ShapeError } from '../errors.ts'
import { type Operation, operation } from '../operation.ts'
import { checkShape, ones, sameShape, sizeOf } from '../tensor.ts'
import { type Like, lift, type Primitive, run, type Value } from '../value.ts'
import { outer } from './contraction.ts'
import { broadcastTo, reshape, transpose } from './layout.ts'

type Two = readonly [Value, Value]

/** A number as a row's: whole, from 0 to count - 1. */
const rowOf = (who: string, x: number, count: number): number => {
  if (Number.isInteger(x) && x >= 0 && x < count) return x
  throw new ShapeError({
    who,
    given: `row ${x} of ${count}`,
    wanted: `a whole number from 0 to ${count - 1}`,
    remedy: 'Rows are numbered from 0',
  })
}

const misfit = (who: string, given: string, wanted: string): never => {
  throw new ShapeError({ who, given, wanted, remedy: 'Give a matrix of rows, and a vector of their numbers' })
}

const gatherRow: Primitive<Two, undefined> = {
  name: 'gather',
  kind: 'layout',
  shape: ([table, rows]) => {
    const lead = rows!.slice(0, -1)
    if (rows!.length > 0 && table!.length === rows!.length + 1 && sameShape(lead, table!.slice(0, -2)))
      return [...rows!, table!.at(-1)!]
    return misfit('gather', `a table ${bracket(table!)} and rows ${bracket(rows!)}`, 'a table [V, e] and rows [k]')
  },
  write: (out, [table, rows]) => {
    const [count, width] = [table.shape.at(-2)!, table.shape.at(-1)!]
    const k = rows.shape.at(-1)!
    for (let i = 0; i < rows.data.length; i++) {
      const from = (Math.floor(i / k) * count + rowOf('gather', rows.data[i]!, count)) * width
      for (let j = 0; j < width; j++) out[i * width + j] = table.data[from + j]!
    }
  },
  push: [(t, [, rows]) => gather(t, rows), null],
  pull: [(c, [table, rows]) => scatter(c, rows, table.shape.at(-2)!), null],
  smooth: 'kinked',
  domain: [
    [-2, 2],
    [0, 1],
  ],
  whole: [1],
  specimens: [
    { shapes: [[2, 3], [4]] },
    { shapes: [[2, 1], [1]] },
    { shapes: [[2, 3], [0]] },
    { shapes: [[2, 0], [2]] },
    {
      shapes: [
        [2, 2, 3],
        [2, 3],
      ],
    },
  ],
}

/** Rows of a table by their numbers: table [V, e], rows [k] → [k, e]. No derivative flows to the numbers. */
export const gather: Operation<(table: Like, rows: Like) => Value> = operation(gatherRow, (table: Like, rows: Like) =>
  run(gatherRow, [lift(table), lift(rows)]),
)

type Into = { readonly count: number }

const scatterRow: Primitive<Two, Into> = {
  name: 'scatter',
  kind: 'layout',
  shape: ([values, rows], { count }) => {
    if (rows!.length > 0 && sameShape(values!.slice(0, -1), rows!))
      return [...rows!.slice(0, -1), count, values!.at(-1)!]
    return misfit('scatter', `values ${bracket(values!)} and rows ${bracket(rows!)}`, 'values [k, e] and rows [k]')
  },
  write: (out, [values, rows], { count }) => {
    const [k, width] = [rows.shape.at(-1)!, values.shape.at(-1)!]
    out.fill(0)
    for (let i = 0; i < sizeOf(rows.shape); i++) {
      const to = (Math.floor(i / k) * count + rowOf('scatter', rows.data[i]!, count)) * width
      for (let j = 0; j < width; j++) out[to + j]! += values.data[i * width + j]!
    }
  },
  push: [(t, [, rows], _out, { count }) => scatter(t, rows, count), null],
  pull: [(c, [, rows]) => gather(c, rows), null],
  smooth: 'kinked',
  domain: [
    [-2, 2],
    [0, 2],
  ],
  whole: [1],
  specimens: [
    { shapes: [[4, 2], [4]], options: { count: 3 } },
    { shapes: [[1, 1], [1]], options: { count: 3 } },
    { shapes: [[0, 2], [0]], options: { count: 3 } },
    { shapes: [[2, 0], [2]], options: { count: 3 } },
    {
      shapes: [
        [2, 3, 2],
        [2, 3],
      ],
      options: { count: 3 },
    },
  ],
}

/** Values added up by the numbers of rows: values [k, e], rows [k] → [count, e]. What no number names is 0. */
export const scatter: Operation<(values: Like, rows: Like, count: number) => Value> = operation(
  scatterRow,
  (values: Like, rows: Like, count: number) =>
    run(scatterRow, [lift(values), lift(rows)], { count: checkShape([count], 'scatter')[0]! }),
)

const columnRow: Primitive<Two, undefined> = {
  name: 'column',
  kind: 'contraction',
  shape: ([table, at]) => {
    if (table!.length === 2 && at!.length === 0) return [table![0]!]
    return misfit('column', `a table ${bracket(table!)} and a number ${bracket(at!)}`, 'a table [m, n] and a number []')
  },
  write: (out, [table, at]) => {
    const [m, n] = table.shape as readonly [number, number]
    const from = rowOf('column', at.data[0]!, n)
    for (let i = 0; i < m; i++) out[i] = table.data[i * n + from]!
  },
  push: [(t, [, at]) => column(t, at), null],
  pull: [(c, [table, at]) => outer(c, unit(at, table.shape[1]!)), null],
  batch: ([table, at], [tables], size) => {
    const rank = table.shape.length
    const rows = transpose(table, rank === 3 ? [0, 2, 1] : [1, 0])
    if (!tables) return gather(rows, at)
    const picked = gather(rows, reshape(broadcastTo(reshape(at, [at.shape[0] ?? 1]), [size]), [size, 1]))
    return reshape(picked, [size, table.shape[1]!])
  },
  smooth: 'kinked',
  domain: [
    [-2, 2],
    [0, 2],
  ],
  whole: [1],
  specimens: [{ shapes: [[2, 3], []] }, { shapes: [[1, 3], []] }, { shapes: [[0, 3], []] }],
}

/** The unit vector [n] of a number []. */
const unit = (at: Value, n: number): Value => reshape(scatter(ones([1, 1]), reshape(at, [1]), n), [n])

/**
 * A column of a table by its number, what the table makes of a unit vector: table [m, n], number [] → [m]. Its cotangent is an
 * outer product, as that of `matvec`, so that many are added up as one product of matrices. No derivative flows to the number.
 */
export const column: Operation<(table: Like, at: Like) => Value> = operation(columnRow, (table: Like, at: Like) =>
  run(columnRow, [lift(table), lift(at)]),
)
