/**
 * A graph over some columns of one input: where column j of an output depends on column j of the input and on nothing else of it, as
 * in M ← J M + B and q M, the other columns need not be made. Sums within a column are what they were, so its bits are too.
 */
import { type Graph, isConstant, type Step, shapesOf, trace } from '../modes/trace.ts'
import { outer } from '../primitives/contraction.ts'
import { reshape, slice } from '../primitives/layout.ts'
import { type Shape, sizeOf } from '../tensor.ts'
import { run, type Value } from '../value.ts'
import { knownAs } from './known.ts'
import { isLarge, type Library } from './library.ts'
import type { Dtype } from './plan.ts'

/** Columns from … up to, but not, `to` of a last axis. */
export interface Columns {
  readonly from: number
  readonly to: number
}

/** Columns that a kernel takes at once, at most: cut at a multiple of it, and into parts no narrower, a column is summed as it is in the whole. */
export const tileOf = (dtype: Dtype): number => (dtype === 'f64' ? 16 : 32)

const isProduct = ({ row, shape }: Step): boolean => knownAs(row) === 'matmul' && shape.length === 2
const isJoin = ({ row, options }: Step): boolean =>
  knownAs(row) === 'concat' && (options as { readonly axis: number }).axis === -1

/** The step of a node; null for an input or a constant. */
const stepIn = ({ inputs, steps }: Graph, node: number): Step | null => {
  const step = steps[node - inputs.length]
  return step && !isConstant(step) ? step : null
}

/** The same numbers as [d, n·k] made of [d, n, k]: n. */
const rowsIn = (from: Shape, to: Shape): number | null => {
  const n = from.at(-2)!
  return from.length === 3 && to.length === 2 && from[0] === to[0] ? n : null
}

/**
 * Where the columns of a node can be cut so that neither side makes anything of the other's: between what is joined, and between the
 * rows of an outer product. Of others anywhere that suits the kernels.
 */
export const seams = (graph: Graph, node: number, dtype: Dtype): readonly number[] => {
  const tile = tileOf(dtype)
  const shapes = shapesOf(graph)
  const width = shapes[node]!.at(-1)!
  const every = Array.from({ length: Math.floor(width / tile) + 1 }, (_, i) => i * tile)
  const step = stepIn(graph, node)
  if (!step) return every
  const [first, second] = step.args as readonly [number, number]
  if (knownAs(step.row) === 'add') {
    const others = new Set(seams(graph, second, dtype))
    return seams(graph, first, dtype).filter(at => others.has(at))
  }
  if (isJoin(step)) {
    let start = 0
    return step.args
      .flatMap(arg => {
        const from = start
        start += shapes[arg]!.at(-1)!
        return joinedSeams(graph, arg).map(at => from + at)
      })
      .filter(at => at % tile === 0)
  }
  return every
}

/** Seams of a part of a join; not yet where they suit the kernels, since it may begin anywhere. */
const joinedSeams = (graph: Graph, node: number): readonly number[] => {
  const shapes = shapesOf(graph)
  const [rows, width] = [foldedRows(graph, node), shapes[node]!.at(-1)!]
  const count = rows ?? width
  return Array.from({ length: count + 1 }, (_, i) => (i * width) / count)
}

const foldedRows = (graph: Graph, node: number): number | null => {
  const step = stepIn(graph, node)
  if (!step || knownAs(step.row) !== 'reshape') return null
  return rowsIn(shapesOf(graph)[step.args[0]!]!, step.shape)
}

/** Thrown where other columns of the input are asked for, or some would go to another kernel than all of them. */
class Whole extends Error {}

/** Whether a library takes a product of so many columns where it takes that of others. */
const alike = (library: Library | undefined, [m, k]: Shape, some: number, others: number): boolean => {
  const takes = (n: number): boolean => isLarge(library, m === 1 ? 'vecmat' : 'gemm', 2 * m! * k! * n)
  return takes(some) === takes(others)
}

/**
 * The graph with some columns of an input in the place of the input, and of those outputs that `narrow` names by their nodes. Null
 * where an output depends on other columns too, or where a library would take the products of all and not those of some.
 */
export const narrowed = (
  graph: Graph,
  input: number,
  narrow: ReadonlySet<number>,
  { from, to }: Columns,
  library: Library | undefined,
): Graph | null => {
  const shapes = shapesOf(graph)
  const depends = new Set([input])
  graph.steps.forEach((step, i) => {
    if (!isConstant(step) && step.args.some(arg => depends.has(arg))) depends.add(graph.inputs.length + i)
  })
  const inputs = graph.inputs.map((shape, i) => (i === input ? [...shape.slice(0, -1), to - from] : shape))
  const program = (given: readonly Value[]): readonly Value[] => {
    const wholes = new Map<number, Value>()
    const whole = (node: number): Value => {
      const known = wholes.get(node)
      if (known) return known
      if (node === input) throw new Whole()
      const made = node < given.length ? given[node]! : worked(graph.steps[node - given.length]!)
      wholes.set(node, made)
      return made
    }
    const worked = (step: Graph['steps'][number]): Value =>
      isConstant(step) ? step : run(step.row, step.args.map(whole), step.options)
    const part = (node: number, a: number, b: number): Value => {
      const step = stepIn(graph, node)
      const width = shapes[node]!.at(-1)!
      if (node === input && (a !== from || b !== to)) throw new Whole()
      if (node === input) return given[node]!
      if (a === 0 && b === width && !depends.has(node)) return whole(node)
      if (!step) return slice(whole(node), a, b, -1)
      const [first, second] = step.args as readonly [number, number]
      if (step.row.kind === 'elementwise')
        return run(
          step.row,
          step.args.map(arg => (shapes[arg]!.at(-1) === width ? part(arg, a, b) : whole(arg))),
          step.options,
        )
      if (isProduct(step) && !alike(library, shapes[first]!, b - a, width)) throw new Whole()
      if (isProduct(step)) return run(step.row, [whole(first), part(second, a, b)], step.options)
      if (isJoin(step)) return joined(step, a, b)
      if (knownAs(step.row) === 'reshape') return reshaped(step, a, b)
      return slice(whole(node), a, b, -1)
    }
    const joined = (step: Step, a: number, b: number): Value => {
      let start = 0
      const parts = step.args.flatMap(arg => {
        const [begin, end] = [start, start + shapes[arg]!.at(-1)!]
        start = end
        const [low, high] = [Math.max(a, begin), Math.min(b, end)]
        if (low >= high) return []
        return [part(arg, low - begin, high - begin)]
      })
      return run(step.row, parts, step.options)
    }
    const reshaped = (step: Step, a: number, b: number): Value => {
      const [arg] = step.args as readonly [number]
      const [own, rows] = [shapes[arg]!, rowsIn(shapes[arg]!, step.shape)]
      const shape = [...step.shape.slice(0, -1), b - a]
      if (own.at(-1) === step.shape.at(-1)) return reshape(part(arg, a, b), shape)
      const k = own.at(-1)!
      if (rows === null || a % k !== 0 || b % k !== 0) return slice(reshape(whole(arg), step.shape), a, b, -1)
      return reshape(rowsOf(arg, a / k, b / k), shape)
    }
    /** Rows of [d, n, k]; of an outer product of a column [d·n], the product of some of the column. */
    const rowsOf = (node: number, a: number, b: number): Value => {
      const [d, n, k] = shapes[node] as readonly [number, number, number]
      const inner = stepIn(graph, node)
      const product = inner && knownAs(inner.row) === 'reshape' ? stepIn(graph, inner.args[0]!) : null
      if (!product || knownAs(product.row) !== 'outer' || sizeOf(shapes[product.args[0]!]!) !== d * n)
        return slice(whole(node), a, b, -2)
      const [column, row] = product.args as readonly [number, number]
      const some = slice(reshape(whole(column), [d, n]), a, b, 1)
      return reshape(outer(reshape(some, [d * (b - a)]), whole(row)), [d, b - a, k])
    }
    return graph.outputs.map(node => (narrow.has(node) ? part(node, from, to) : whole(node)))
  }
  try {
    return trace(program, inputs)
  } catch (thrown) {
    if (thrown instanceof Whole) return null
    throw thrown
  }
}
