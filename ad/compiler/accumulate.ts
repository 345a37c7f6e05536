/**
 * Sums of a product and of parts joined side by side, M ← J M + [b₁ | b₂ | …], done in the place of the result: the
 * product is written there, and each part is added to its own columns. Nothing as large is held beside it.
 */
import { internal } from '../errors.ts'
import { type Graph, isConstant, type Step } from '../modes/trace.ts'
import { scalar, sizeOf } from '../tensor.ts'
import { knownAs } from './known.ts'
import { call, contracted, fresh, type Lowering, move, plain, storeOf } from './lowering.ts'
import { type Contraction, contraction, factors, onePair } from './products.ts'
import { reshaped, sliced, spreadTo, type View, wholeOf } from './views.ts'

export interface Sums {
  /** Steps that are done as part of a sum, not in their own place. */
  readonly absorbed: ReadonlySet<number>
  readonly of: ReadonlyMap<number, (low: Lowering) => View>
}

const usesOf = ({ inputs, steps, outputs }: Graph): readonly number[] => {
  const uses = new Array<number>(inputs.length + steps.length).fill(0)
  for (const output of outputs) uses[output]!++
  for (const step of steps) if (!isConstant(step)) for (const arg of step.args) uses[arg]!++
  return uses
}

/** What pouring needs to know of the graph. */
interface Source {
  readonly absorbed: Set<number>
  readonly stepOf: (node: number) => Step | null
  readonly single: (node: number) => boolean
}

const nameOf = (step: Step | null): string | null => step && knownAs(step.row)

const isProduct = (step: Step | null): boolean => ['matmul', 'outer'].includes(nameOf(step) ?? '')

/** Marks what is poured into place from a node down: joins, reshapes of them, and products. */
const absorb = (source: Source, node: number): void => {
  const step = source.stepOf(node)
  if (!step || !source.single(node)) return
  if (isProduct(step)) source.absorbed.add(node)
  if (!['concat', 'reshape'].includes(nameOf(step) ?? '')) return
  source.absorbed.add(node)
  for (const arg of step.args) absorb(source, arg)
}

/** How a product [l…, m, n] is laid into rows of a larger place; null where its rows do not fall into the place's. */
const laid = (low: Lowering, into: View, step: Step): boolean => {
  const [a, b] = factors(
    nameOf(step)!,
    step.args.map(node => low.values[node]!),
  )
  const [lead, pairs] = [into.shape.slice(0, -1), a.shape.slice(0, -2)]
  if (into.shape.at(-1) !== b.shape.at(-1) || into.strides.at(-1) !== 1) return false
  if (pairs.length > 1) return false
  if (pairs.length === 1 && lead[0] !== pairs[0]) return false
  const outer = lead.slice(0, -1)
  const from = pairs.length
  const rows = { ...a, shape: [lead.at(-1)!, a.shape.at(-1)!] }
  const repeats = outer.map((count, i) => {
    const inside = sizeOf(lead.slice(i + 1)) * a.strides.at(-2)!
    return { count, steps: i < from ? [into.strides[i]!, a.strides[i]!, b.strides[i]!] : [into.strides[i]!, inside, 0] }
  })
  const { kernel, args } = onePair(rows, b, into.strides.at(-2)!, true)
  call(low, kernel, into, args, repeats)
  return true
}

/** Adds a node to a place that holds as many numbers, whatever their shapes. */
const pour = (low: Lowering, source: Source, into: View, node: number): void => {
  const step = source.stepOf(node)
  if (!step || !source.absorbed.has(node)) added(low, into, low.values[node]!)
  else if (nameOf(step) === 'concat') joined(low, source, into, step)
  else if (nameOf(step) === 'reshape') {
    const [arg] = step.args as [number]
    pour(low, source, reshaped(into, low.shapes[arg]!) ?? into, arg)
  } else if (!laid(low, into, step)) added(low, into, contracted(low, productOf(low, step)))
}

const productOf = (low: Lowering, step: Step): Contraction => {
  const args = step.args.map(node => low.values[node]!)
  const product = contraction(nameOf(step)!, args, step.shape)
  if (product) return product
  throw internal(`${step.row.name} is no product`)
}

const added = (low: Lowering, into: View, from: View): void => {
  const view = reshaped(from, into.shape) ?? reshaped(plain(low, from), into.shape)
  if (view) move(low, into, view, true)
}

const zero = scalar(0)

/** A join that does not fall into rows of the place: made beside it. */
const materialisedJoin = (low: Lowering, source: Source, step: Step): View => {
  const out = fresh(step.shape)
  const { shape } = zero
  const constant = wholeOf(storeOf(sizeOf(shape), { constant: zero, stored: true }), shape)
  move(low, out, spreadTo(constant, step.shape), false)
  joined(low, source, out, step)
  return out
}

const joined = (low: Lowering, source: Source, into: View, step: Step): void => {
  const { shape, args, options } = step
  const view = reshaped(into, shape)
  if (!view) {
    added(low, into, materialisedJoin(low, source, step))
    return
  }
  const { axis } = options as { axis: number }
  let at = 0
  for (const node of args) {
    const size = low.shapes[node]!.at(axis)!
    pour(low, source, sliced(view, at, at + size, axis), node)
    at += size
  }
}

const poured = (low: Lowering, source: Source, step: Step, product: Step, rest: number): View => {
  const out = contracted(low, productOf(low, product), fresh(step.shape))
  pour(low, source, out, rest)
  return out
}

/** Finds the sums of a graph that are done in place. */
export const sums = (graph: Graph): Sums => {
  const uses = usesOf(graph)
  const absorbed = new Set<number>()
  const stepOf = (node: number): Step | null => {
    const step = graph.steps[node - graph.inputs.length]
    return step && !isConstant(step) ? step : null
  }
  const source: Source = { absorbed, stepOf, single: node => uses[node] === 1 }
  const of = new Map<number, (low: Lowering) => View>()
  graph.steps.forEach((step, i) => {
    if (isConstant(step) || knownAs(step.row) !== 'add') return
    for (const [product, rest] of [step.args, [step.args[1]!, step.args[0]!]] as const) {
      const fits = nameOf(stepOf(product!)) === 'matmul' && nameOf(stepOf(rest!)) === 'concat'
      if (!fits || !source.single(product!) || !source.single(rest!)) continue
      absorbed.add(product!)
      absorb(source, rest!)
      of.set(graph.inputs.length + i, low => poured(low, source, step, stepOf(product!)!, rest!))
      return
    }
  })
  return { absorbed, of }
}
