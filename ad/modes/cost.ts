/** What a program costs, counted on its graph: nothing is run. */

import { type Shape, sizeOf, type Tensor } from '../tensor.ts'
import type { Row, Value } from '../value.ts'
import { annotating } from './annotated.ts'
import { type Graph, isConstant, type Step, shapesOf, trace } from './trace.ts'

export interface Cost {
  /** Arithmetic on entries: a multiplication and an addition are two; functions such as tanh are one. */
  readonly operations: number
  /** Bytes written by primitives, eight for a number; a reshape writes none when compiled, but counts here. */
  readonly bytes: number
  /** How many numbers the largest value holds, inputs and constants among them. */
  readonly largest: number
}

/** One for each entry written, unless the row counts for itself; layouts only move numbers. */
const operationsIn = (row: Row, given: readonly Shape[], shape: Shape, options: unknown): number => {
  if (row.operations) return row.operations(given, options)
  return row.kind === 'layout' ? 0 : Math.max(sizeOf(shape), ...given.map(sizeOf))
}

const operationsOf = ({ row, args, options, shape }: Step, shapes: readonly Shape[]): number =>
  operationsIn(
    row,
    args.map(arg => shapes[arg]!),
    shape,
    options,
  )

/** Counts a graph. */
export const costOf = (graph: Graph): Cost => {
  const shapes = shapesOf(graph)
  const steps = graph.steps.filter((step): step is Step => !isConstant(step))
  return {
    operations: steps.reduce((total, step) => total + operationsOf(step, shapes), 0),
    bytes: steps.reduce((total, { shape }) => total + 8 * sizeOf(shape), 0),
    largest: shapes.reduce((most, shape) => Math.max(most, sizeOf(shape)), 0),
  }
}

/** Counts a program of flat values at the shapes of its inputs. */
export const cost = (program: (inputs: readonly Value[]) => readonly Value[], inputs: readonly Shape[]): Cost =>
  costOf(trace(program, inputs))

/** A count of operations as they run, for programs that look at numbers: of what is made of values that `counts` was given. */
export const counting = (): { counts(x: Tensor): Value; operations(): number } => {
  let operations = 0
  const made = annotating<null>({
    note: (row, args, out, options) => {
      const given = args.map(({ numbers }) => numbers.shape)
      operations += operationsIn(row, given, out.shape, options)
      return null
    },
  })
  return { counts: x => made.with(x, null), operations: () => operations }
}
