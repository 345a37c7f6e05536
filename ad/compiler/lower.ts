/** A stage's graph as operations on places: layouts become views, entry-by-entry steps are joined into loops. */

import { isConstant, type Step, shapesOf } from '../modes/trace.ts'
import { gather as read } from '../primitives/strided.ts'
import { type Shape, sizeOf, type Tensor, tensorOf, zeros } from '../tensor.ts'
import { sums } from './accumulate.ts'
import { knownAs } from './known.ts'
import { isLane, isSweep } from './lanes.ts'
import { call, contracted, fresh, type Lowering, move, plain, plainly, push, storeOf } from './lowering.ts'
import type { Lane, Loop, Operation } from './operations.ts'
import type { Ref, Stage } from './plan.ts'
import { contraction } from './products.ts'
import { meets, sunk } from './sink.ts'
import { inStretches } from './stretches.ts'
import { collapsed, isPlain, isWhole, reshaped, sliced, spreadTo, transposed, type View, wholeOf } from './views.ts'

/** Rows and columns that serve all of these views of one shape; null where some would need more. */
const nestOf = (views: readonly View[]): readonly [number, number] | null => {
  const [first] = views
  const axes = collapsed(
    first!.shape,
    views.map(({ strides }) => strides),
  )
  const inner = axes.at(-1)
  if (axes.length > 2 || inner?.strides.some(stride => stride > 1)) return null
  return axes.length < 2 ? [1, inner?.n ?? 1] : [axes[0]!.n, inner!.n]
}

/** Where the operations that a view waits for end: in the loop itself for a value as it is made there. */
const after = (view: View): number => {
  const { made, lane } = view.store
  return lane && isWhole(view) ? made : made + 1
}

/** The last loop that has all the arguments and the right size, or a new one. */
const loopFor = (low: Lowering, nest: readonly [number, number], args: readonly View[]): number => {
  const { operations } = low
  const from = Math.max(0, ...args.map(view => after(view)))
  for (let i = operations.length - 1; i >= from; i--) {
    const found = operations[i]!
    if (found.kind !== 'loop' || !meets(found.nest, nest)) continue
    if (found.nest[0] === 1) found.nest = nest
    return i
  }
  return operations.push({ kind: 'loop', nest, lanes: [] }) - 1
}

const lane = (low: Lowering, name: string, shape: Shape, given: readonly View[]): View => {
  const out = wholeOf(storeOf(sizeOf(shape), { lane: true }), shape)
  const direct = nestOf([out, ...given])
  const args = direct ? given : given.map(view => plain(low, view))
  const nest = direct ?? ([1, sizeOf(shape)] as const)
  const at = loopFor(low, nest, args)
  out.store.made = at
  ;(low.operations[at] as Loop).lanes.push({ name, args, store: out.store } satisfies Lane)
  return out
}

type Axes = { readonly axes: readonly number[] }

/** One kernel over all entries, or over the rows of the last axis. */
const sweep = (low: Lowering, name: string, { shape, args, options }: Step): View | null => {
  const rows = ['softmax', 'logSoftmax', 'logsumexp'].includes(name)
  if (rows && (options as Axes).axes.join() !== '-1') return null
  const from = plainly(low, args[0]!)
  const out = fresh(shape)
  const sizes = rows ? [sizeOf(from.shape.slice(0, -1)), from.shape.at(-1)!] : [sizeOf(shape)]
  call(low, name, out, [from, ...sizes])
  return out
}

const summed = (low: Lowering, step: Step): View => {
  const from = low.values[step.args[0]!]!
  const { axes } = step.options as Axes
  const kept = from.shape.map((n, i) => (axes.includes(i - from.shape.length) ? null : n))
  const out = fresh(step.shape)
  if (kept.every((n, i) => n !== null || from.shape[i] === 1)) {
    const view = reshaped(from, step.shape)
    if (view) return view
  }
  const dropped = kept.lastIndexOf(null) + 1
  if (kept.slice(0, dropped).every(n => n === null)) {
    const [m, n] = [sizeOf(from.shape.slice(0, dropped)), sizeOf(step.shape)]
    if (n === 1) call(low, 'total', out, [plainly(low, step.args[0]!), m])
    else call(low, 'sumRows', out, [plainly(low, step.args[0]!), m, n, 0])
    return out
  }
  let at = 0
  const strides = kept.map(n => (n === null ? 0 : out.strides[at++]!))
  move(low, out, constant(zeros(step.shape)), false)
  move(low, { ...out, shape: from.shape, strides }, from, true)
  return out
}

/** Makes a value a stretch of a larger one from the beginning, where it is free to be; copies it otherwise. */
const put = (low: Lowering, into: View, node: number): void => {
  const from = low.values[node]!
  const free = from.store.made >= 0 && isWhole(from) && !from.store.within && !from.store.ref
  if (free && isPlain(into)) {
    from.store.within = { store: into.store, at: into.at }
    from.store.stored = true
    into.store.made = Math.max(into.store.made, from.store.made)
  } else move(low, into, from, false)
}

const concatenated = (low: Lowering, { shape, args, options }: Step): View => {
  const { axis } = options as { axis: number }
  const out = fresh(shape)
  let at = 0
  for (const node of args) {
    const size = low.shapes[node]!.at(axis)!
    put(low, sliced(out, at, at + size, axis), node)
    at += size
  }
  return out
}

/** Whole numbers as pairs of one and how often it is repeated. */
const runsOf = (rows: Float64Array): readonly number[] => {
  const runs: number[] = []
  for (const row of rows) {
    if (runs.at(-2) === row) runs[runs.length - 1]!++
    else runs.push(row, 1)
  }
  return runs
}

/** The rows [k] that a gather takes of each table of `count`, where they are constants, rows of it, and the same of all tables. */
const fixedRows = ({ store, shape, strides, at }: View, count: number): Float64Array | null => {
  if (!store.constant) return null
  const all = new Float64Array(sizeOf(shape))
  read(all, shape, strides, store.constant.data, at)
  const rows = all.subarray(0, shape.at(-1))
  const areRows = rows.every(row => Number.isInteger(row) && row >= 0 && row < count)
  return areRows && all.every((row, i) => row === rows[i % rows.length]) ? rows : null
}

const gathered = (low: Lowering, { shape, args }: Step): View | null => {
  const [table, rows] = args.map(node => low.values[node]!) as [View, View]
  const [count, k, width] = [table.shape.at(-2)!, rows.shape.at(-1)!, shape.at(-1)!]
  const fixed = fixedRows(rows, count)
  if (!fixed) return null
  const [out, lead, runs] = [fresh(shape), sizeOf(shape.slice(0, -2)), runsOf(fixed)]
  const repeats = lead === 1 ? [] : [{ count: lead, steps: [k * width, count * width, 0] }]
  call(low, 'gather', out, [plainly(low, args[0]!), runs, runs.length / 2, width], repeats)
  return out
}

const scattered = (low: Lowering, { shape, args }: Step): View | null => {
  const rows = low.values[args[1]!]!
  const [count, k, width] = [shape.at(-2)!, rows.shape.at(-1)!, shape.at(-1)!]
  const fixed = fixedRows(rows, count)
  if (!fixed) return null
  const [out, lead, runs] = [fresh(shape), sizeOf(shape.slice(0, -2)), runsOf(fixed)]
  const repeats = lead === 1 ? [] : [{ count: lead, steps: [count * width, k * width, 0] }]
  call(low, 'scatter', out, [plainly(low, args[0]!), runs, runs.length / 2, count, width], repeats)
  return out
}

/** Numbers of double precision that the kernel of eigenvectors works on: those that the scratch memory of the kernels holds. */
const scratchNumbers = 32000

const eigenvectors = (low: Lowering, { shape, args }: Step): View | null => {
  const [count, n] = shape.slice(-2) as [number, number]
  if (3 * n * (n + 3) + 16 > scratchNumbers) return null
  const [out, lead] = [fresh(shape), sizeOf(shape.slice(0, -2))]
  const repeats = lead === 1 ? [] : [{ count: lead, steps: [count * n, n * n] }]
  call(low, 'leadingEigenvectors', out, [plainly(low, args[0]!), n, count], repeats)
  return out
}

/** Layouts as other views of the same numbers. */
const looks: Readonly<Record<string, (view: View, step: Step) => View | null>> = {
  reshape: (view, { shape }) => reshaped(view, shape),
  stopGradient: view => view,
  spread: (view, { shape }) => spreadTo(view, shape),
  transpose: (view, { options }) => transposed(view, (options as Axes).axes),
  slice: (view, { options }) => {
    const { start, end, axis } = options as { start: number; end: number; axis: number }
    return sliced(view, start, end, axis)
  },
}

const hosted = (low: Lowering, step: Step): View => {
  const out = fresh(step.shape)
  const args = step.args.map(node => plainly(low, node))
  push(low, { kind: 'host', step, out, args }, out.store)
  return out
}

/** Lowers one step by what it is known as. */
const lowered = (low: Lowering, step: Step): View => {
  const name = knownAs(step.row)
  const args = step.args.map(node => low.values[node]!)
  if (name === null) return hosted(low, step)
  const look = looks[name]
  if (look) return look(args[0]!, step) ?? look(plainly(low, step.args[0]!), step)!
  if (isLane(name)) return lane(low, name, step.shape, args)
  if (isSweep(name)) return sweep(low, name, step) ?? hosted(low, step)
  if (name === 'sum') return summed(low, step)
  if (name === 'concat') return concatenated(low, step)
  if (name === 'gather') return gathered(low, step) ?? hosted(low, step)
  if (name === 'leadingEigenvectors') return eigenvectors(low, step) ?? hosted(low, step)
  if (name === 'scatter') return scattered(low, step) ?? hosted(low, step)
  const product = contraction(name, args, step.shape)
  return product ? contracted(low, product) : hosted(low, step)
}

/** A constant; one number serves where all are equal. */
const constant = (value: Tensor): View => {
  const { data, shape } = value
  const uniform = data.length > 1 && data.every(x => Object.is(x, data[0]))
  const kept = uniform ? tensorOf([], data.slice(0, 1)) : value
  const store = storeOf(kept.data.length, { constant: kept, stored: true })
  return uniform ? spreadTo(wholeOf(store, []), shape) : wholeOf(store, shape)
}

/** Writes an output to its port: the value is made there, where it is free to be. */
const write = (low: Lowering, node: number, ref: Ref): void => {
  const from = low.values[node]!
  if (from.store.made >= 0 && isWhole(from) && !from.store.within && !from.store.ref) {
    from.store.ref = ref
    from.store.stored = true
  } else move(low, wholeOf(storeOf(sizeOf(from.shape), { ref, stored: true }), from.shape), from, false)
}

/** A stage as operations. */
export const lower = (stage: Stage): readonly Operation[] => {
  const { graph, reads, writes } = stage
  const shapes = shapesOf(graph)
  const values = reads.map((ref, i) => wholeOf(storeOf(sizeOf(shapes[i]!), { ref, stored: true }), shapes[i]!))
  const low: Lowering = { stage, shapes, operations: [], values }
  const adds = sums(graph)
  graph.steps.forEach((step, i) => {
    const node = graph.inputs.length + i
    if (isConstant(step)) values.push(constant(step))
    else if (adds.absorbed.has(node)) values.push(fresh(step.shape))
    else values.push(adds.of.get(node)?.(low) ?? lowered(low, step))
  })
  graph.outputs.forEach((node, i) => {
    write(low, node, writes[i]!)
  })
  return inStretches(sunk(low.operations))
}
