/**
 * A matrix that is made by a product, added to, and multiplied by a vector at once, as in M ← J M + B and q M: made over one stretch of
 * columns after the other, so that the vector finds it in a cache. Every column is summed as it was, so the bits are what they were.
 */
import { offsetIn, rootOf } from './allocate.ts'
import { type Call, isView, type Operation } from './operations.ts'
import { depend, meet, storesRead, written } from './sink.ts'
import type { View } from './views.ts'

/** Numbers of a matrix of which no cache holds the first columns when the last have been made, and of a stretch that is held. */
const [far, near] = [2 ** 20, 2 ** 16]
/** Columns that a kernel takes at once, of either precision: cut at a multiple, a column is summed as in the whole. */
const tile = 32

/** A call that adds to some columns of a matrix, and where it may be cut. */
interface Addition {
  readonly call: Call
  readonly from: number
  readonly to: number
  /** Columns of which it adds whole multiples wherever it is cut; null where it is not. */
  readonly step: number | null
}

/** Offsets from the first number of a matrix of `width` columns, of axes of n numbers a stride apart: how far they reach along a row. */
const reach = (axes: readonly (readonly [n: number, stride: number])[], width: number): number =>
  axes.reduce((sum, [n, stride]) => sum + (stride % width === 0 ? 0 : (n - 1) * stride), 1)

/** An operation as one that adds to the matrix; null where it does something else with it. */
const additionTo = (matrix: View, width: number, operation: Operation): Addition | null => {
  if (operation.kind !== 'call') return null
  const { kernel, args, repeats } = operation
  const [out] = args
  if (!out || !isView(out) || rootOf(out.store) !== rootOf(matrix.store)) return null
  if (args.at(-1) !== 1 || meet([out.store], storesRead(operation))) return null
  const from = (offsetIn(out) - offsetIn(matrix)) % width
  const again = repeats.map(({ count, steps }) => [count, steps[0]!] as const)
  const found = (own: readonly (readonly [number, number])[], step: number | null): Addition | null => {
    const to = from + reach([...own, ...again], width)
    return from >= 0 && to <= width ? { call: operation, from, to, step } : null
  }
  if (kernel === 'outer') {
    const [, , , m, n, row] = args as readonly [View, View, View, number, number, number]
    const along = again.every(([, stride]) => stride % width === 0)
    return found(
      [
        [m, row],
        [n, 1],
      ],
      row === n && along ? n : null,
    )
  }
  if (kernel !== 'move') return null
  const [rank, words] = [args[2], args[3]] as readonly [number, readonly number[]]
  return found(
    Array.from({ length: rank }, (_, i) => [words[i]!, words[rank + i]!] as const),
    null,
  )
}

/** Whether an addition may be cut before a column. */
const cuts = ({ from, to, step }: Addition, column: number): boolean =>
  column <= from || column >= to || (step !== null && (column - from) % step === 0)

/** Columns at which stretches begin, and the end of the last. */
const seams = (width: number, most: number, additions: readonly Addition[]): readonly number[] => {
  const found = [0]
  let next = 0
  for (let column = tile; column <= width - tile; column += tile) {
    if (!additions.every(addition => cuts(addition, column))) continue
    if (next > 0 && column - found.at(-1)! > most) found.push(next)
    next = column
  }
  if (next > found.at(-1)! && width - found.at(-1)! > most) found.push(next)
  return [...found, width]
}

const moved = (view: View, by: number): View => ({ ...view, at: view.at + by })

/** What an addition does to the columns from … to; null where that is nothing. */
const clipped = ({ call, from, to, step }: Addition, start: number, end: number): Call | null => {
  if (to <= start || from >= end) return null
  if (step === null || (from >= start && to <= end)) return call
  const [first, last] = [Math.max(start - from, 0) / step, (Math.min(end, to) - from) / step]
  const [out, a, b, , ...rest] = call.args as readonly [View, View, View, ...(number | View)[]]
  return { ...call, args: [moved(out, first * step), moved(a, first), b, last - first, ...rest] }
}

interface Found {
  readonly product: number
  readonly additions: readonly Addition[]
  readonly seams: readonly number[]
}

/** The product that makes the matrix of a vecmat, and what is added to it; null where it is not made so, or something stands between. */
const madeBy = (operations: readonly Operation[], at: number): Found | null => {
  const reader = operations[at] as Call
  const [out, , matrix, rows, width] = reader.args as readonly [View, View, View, number, number]
  if (rows * width < far || reader.repeats.length > 0 || matrix.strides.at(-2) !== width) return null
  const additions: Addition[] = []
  const rest: Operation[] = []
  for (let i = at - 1; i >= 0; i--) {
    const operation = operations[i] as Operation
    if (isProductOf(matrix, rows, width, operation)) {
      const group = [operation, ...additions.map(({ call }) => call)]
      const free =
        rest.every(other => !group.some(one => depend(one, other))) &&
        !meet([out.store], [...group.flatMap(storesRead), ...group.flatMap(written)])
      const found = seams(width, Math.max(tile, Math.floor(near / rows)), additions)
      return free && found.length > 2 ? { product: i, additions: additions.toReversed(), seams: found } : null
    }
    const addition = additionTo(matrix, width, operation)
    if (addition) additions.push(addition)
    else rest.push(operation)
  }
  return null
}

const isProductOf = (matrix: View, rows: number, width: number, operation: Operation): boolean => {
  if (operation.kind !== 'call' || operation.kernel !== 'gemm' || operation.repeats.length > 0) return false
  const [out, , , m, , n, , , , csb, rso, adds] = operation.args
  if (!out || typeof out !== 'object' || !isView(out) || rootOf(out.store) !== rootOf(matrix.store)) return false
  return offsetIn(out) === offsetIn(matrix) && m === rows && n === width && csb === 1 && rso === width && adds === 0
}

/** The group over one stretch: the product, what is added, and the vector times it. */
const stretch = (
  product: Call,
  additions: readonly Addition[],
  reader: Call,
  start: number,
  end: number,
): readonly Call[] => {
  const [out, a, b, m, k, , ...rest] = product.args as readonly [View, View, View, number, number, number, ...number[]]
  const [sums, vector, matrix, rows, width] = reader.args as readonly [View, View, View, number, number]
  const wide = end - start
  return [
    { ...product, args: [moved(out, start), a, moved(b, start), m, k, wide, ...rest] },
    ...additions.flatMap(addition => clipped(addition, start, end) ?? []),
    {
      ...reader,
      kernel: 'gemm',
      args: [moved(sums, start), vector, moved(matrix, start), 1, rows, wide, rows, 1, width, 1, wide, 0],
    },
  ]
}

/** Operations with the matrices that a vector reads at once made over stretches of columns. */
export const inStretches = (operations: readonly Operation[]): readonly Operation[] => {
  const at = operations.findIndex(
    (operation, i) => operation.kind === 'call' && operation.kernel === 'vecmat' && madeBy(operations, i) !== null,
  )
  const found = at < 0 ? null : madeBy(operations, at)
  if (!found) return operations
  const { product, additions, seams } = found
  const group = new Set<Operation>([operations[product] as Call, ...additions.map(({ call }) => call)])
  const stretches = seams
    .slice(1)
    .flatMap((end, i) =>
      stretch(operations[product] as Call, additions, operations[at] as Call, seams[i] as number, end),
    )
  const before = operations.slice(0, at).filter(operation => !group.has(operation))
  return [...before, ...stretches, ...inStretches(operations.slice(at + 1))]
}
