/** What may be done to a graph without changing what it says: replayed, simplified, batched, cut into parts. */

import { type Graph, isConstant, pruned, type Step, shapesOf, trace } from '../modes/trace.ts'
import { batch } from '../modes/vmap.ts'
import { mul } from '../primitives/elementwise.ts'
import { broadcastTo } from '../primitives/layout.ts'
import { sameShape, sizeOf, type Tensor } from '../tensor.ts'
import { run, type Value } from '../value.ts'
import { knownAs } from './known.ts'

type Program = (inputs: readonly Value[]) => readonly Value[]

/** Runs a graph's steps on values; `keep` has a look at each result. */
const replayedBy =
  (
    graph: Graph,
    each: (step: Step, args: readonly Value[]) => Value,
    keep: (value: Value) => Value = x => x,
  ): Program =>
  inputs => {
    const values = [...inputs]
    const made = (step: Step): Value =>
      each(
        step,
        step.args.map(arg => values[arg]!),
      )
    for (const step of graph.steps) values.push(keep(isConstant(step) ? step : made(step)))
    return graph.outputs.map(output => values[output]!)
  }

const again = ({ row, options }: Step, args: readonly Value[]): Value => run(row, args, options)

/** The graph as the program it was traced from. */
export const replay = (graph: Graph): Program => replayedBy(graph, again)

const isZeros = (x: Value): boolean => !x.interpreter && x.data.every(entry => entry === 0)

/** Whether a value is a constant identity matrix. */
const isIdentity = (x: Value): boolean => {
  const [m, n] = x.shape
  return (
    !x.interpreter && x.shape.length === 2 && m === n && x.data.every((entry, i) => entry === +(i % (m! + 1) === 0))
  )
}

/** A value in the place of a product with the identity: made once where it is known, in the order in which it is read. */
const laidOut = (x: Value): Value => mul(x, 1)

/** A step said more simply: nothing is added to zeros, and nothing multiplied by the identity. Constants of constants are worked out by running them. */
const simpler = (step: Step, args: readonly Value[]): Value => {
  const [a, b] = args as readonly [Value, Value]
  if (knownAs(step.row) === 'add') {
    if (isZeros(a)) return b
    if (isZeros(b)) return a
  }
  if (knownAs(step.row) === 'matmul') {
    if (isIdentity(a)) return laidOut(b)
    if (isIdentity(b)) return laidOut(a)
  }
  return again(step, args)
}

/** Constants of equal numbers become one, so that equal steps on them do. */
const interning = () => {
  const known: Tensor[] = []
  const same = (a: Tensor, b: Tensor): boolean =>
    sameShape(a.shape, b.shape) && a.data.every((x, i) => Object.is(x, b.data[i]))
  return (value: Value): Value => {
    if (value.interpreter) return value
    const found = known.find(one => same(one, value))
    if (!found) known.push(value)
    return found ?? value
  }
}

/** The same program with what is constant worked out, equal constants made one, and sums with zeros and products with the identity left out. */
export const simplified = (graph: Graph): Graph => trace(replayedBy(graph, simpler, interning()), graph.inputs)

/** The graph over a leading axis of the inputs that `mapped` names; every output has the axis. */
export const batched = (graph: Graph, mapped: readonly boolean[], size: number): Graph =>
  trace(
    inputs => {
      if (mapped.includes(true)) return batch(replay(graph), inputs, mapped)
      return replay(graph)(inputs).map(out => broadcastTo(out, [size, ...out.shape]))
    },
    graph.inputs.map((shape, i) => (mapped[i] ? [size, ...shape] : shape)),
  )

/** A part of a graph that is run on its own: what it reads and what it gives, by their numbers in the whole. */
export interface Part {
  readonly graph: Graph
  readonly reads: readonly number[]
  readonly gives: readonly number[]
}

/** What is wanted of a graph, and the part that has to give it. */
export interface Wanted {
  readonly node: number
  readonly part: number
}

/** Layouts of one value are done where they are read: what crosses a cut is the value itself. */
const floats = (step: Step): boolean => step.row.kind === 'layout' && step.args.length === 1

/** The first part in which each node can be worked out, from those in which the inputs are known; -1 for constants. */
export const earliest = ({ inputs, steps }: Graph, known: readonly number[]): readonly number[] => {
  const parts = inputs.map((_, i) => known[i]!)
  for (const step of steps) parts.push(isConstant(step) ? -1 : Math.max(...step.args.map(arg => parts[arg]!)))
  return parts
}

/**
 * Cuts a graph into parts that are run one after the other: each node goes where its inputs are first known. What
 * crosses a cut is given by the one part and read by the other.
 */
export const cut = (
  graph: Graph,
  known: readonly number[],
  count: number,
  wanted: readonly Wanted[],
): readonly Part[] => {
  const at = earliest(graph, known)
  const needed = Array.from({ length: count }, () => new Set<number>())
  for (const { node, part } of wanted) needed[part]!.add(node)
  const parts: Part[] = []
  for (let part = count - 1; part >= 0; part--) {
    const made = partOf(graph, at, part, [...needed[part]!])
    for (const node of made.reads) if (node >= graph.inputs.length) needed[at[node]!]!.add(node)
    parts.unshift(made)
  }
  return parts
}

const partOf = (graph: Graph, at: readonly number[], part: number, gives: readonly number[]): Part => {
  const { inputs, steps } = graph
  const [reads, own] = [new Set<number>(), new Set<number>()]
  const visit = (node: number): void => {
    if (reads.has(node) || own.has(node)) return
    const step = steps[node - inputs.length]
    const here = step && (isConstant(step) || at[node] === part || at[node] === -1 || floats(step))
    if (!here) return void reads.add(node)
    if (!isConstant(step)) step.args.forEach(visit)
    own.add(node)
  }
  gives.forEach(visit)
  const [read, kept] = [[...reads].sort((a, b) => a - b), [...own].sort((a, b) => a - b)]
  return { graph: subgraph(graph, read, kept, gives), reads: read, gives }
}

const subgraph = (
  graph: Graph,
  reads: readonly number[],
  own: readonly number[],
  outputs: readonly number[],
): Graph => {
  const shapes = shapesOf(graph)
  const place = new Map([...reads, ...own].map((old, i) => [old, i]))
  const renumbered = (step: Step | Tensor): Step | Tensor =>
    isConstant(step) ? step : { ...step, args: step.args.map(arg => place.get(arg)!) }
  return pruned({
    inputs: reads.map(node => shapes[node]!),
    steps: own.map(node => renumbered(graph.steps[node - graph.inputs.length]!)),
    outputs: outputs.map(node => place.get(node)!),
  })
}

/** A stretch of every row of an output: the numbers from `from` on are those of a node, or a sum of products of two. */
export interface Piece {
  readonly from: number
  readonly size: number
  /** [rows·size]; or with `right` the column of an outer product, rows·m numbers. */
  readonly left: number
  readonly right?: number
}

/**
 * A flat output [size], or a block [rows, size], as the pieces it was joined from; pieces of zeros are left out. An outer
 * product is given by its factors, so that a sum of many is one product of matrices.
 */
export const piecesOf = (graph: Graph, output: number): readonly Piece[] => {
  const shapes = shapesOf(graph)
  const rows = sizeOf(shapes[output]!.slice(0, -1))
  const joins = (step: Step): boolean => {
    const { axis } = step.options as { axis: number }
    return axis === -1 && sizeOf(step.shape.slice(0, -1)) === rows
  }
  const split = (node: number, from: number): readonly Piece[] => {
    const step = graph.steps[node - graph.inputs.length]
    const size = sizeOf(shapes[node]!) / rows
    const whole = [{ from, size, left: node }]
    if (!step) return whole
    if (isConstant(step)) return isZeros(step) ? [] : whole
    const [first, second] = step.args
    if (knownAs(step.row) === 'reshape') return split(first!, from)
    if (knownAs(step.row) === 'outer' && shapes[first!]![0]! % rows === 0)
      return [{ from, size, left: first!, right: second! }]
    if (knownAs(step.row) !== 'concat' || !joins(step)) return whole
    let at = from
    return step.args.flatMap(arg => {
      const start = at
      at += sizeOf(shapes[arg]!) / rows
      return split(arg, start)
    })
  }
  return split(output, 0)
}
