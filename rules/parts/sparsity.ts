/** The sparsity of a network: which parameters and states a state depends on, from its traced program, at no particular numbers. */
import { after, either, type Pattern, patternOfGraph } from '../../ad/linear/sparsity.ts'
import { type Graph, isConstant, trace } from '../../ad/modes/trace.ts'
import { ones, type Shape, sizeOf } from '../../ad/tensor.ts'
import { type Branch, leavesOf, rebuild } from '../../ad/tree.ts'
import { isValue, type Value } from '../../ad/value.ts'
import { initialState, type Network, params } from '../../nets/network.ts'
import { rng } from '../../nets/random.ts'

/** The structure of a network's step: of J = ∂s/∂s₋, of own(J), of B = ∂s/∂θ, of local(B), and the unit of each of the S numbers of s. */
export interface Sparsity {
  readonly recurrent: Pattern
  readonly own: Pattern
  readonly immediate: Pattern
  readonly local: Pattern
  readonly unitOf: readonly number[]
}

/** The graph with the result of every contraction held constant. */
const cut = (graph: Graph): Graph => ({
  ...graph,
  steps: graph.steps.map(step => (!isConstant(step) && step.row.kind === 'contraction' ? ones(step.shape) : step)),
})

const shapesOf = (tree: Branch): readonly Shape[] => leavesOf(tree).map(leaf => leaf.shape)

/** Entries of one record at one place are a unit: an LSTM's h and c. */
const unitsOf = (state: Branch, path = ''): readonly string[] =>
  Object.values(state).flatMap((leaf, i) =>
    isValue(leaf)
      ? [...Array(sizeOf(leaf.shape)).keys()].map(unit => `${path} ${unit}`)
      : unitsOf(leaf, `${path}.${i}`),
  )

const numbered = (names: readonly string[]): readonly number[] => {
  const known = new Map<string, number>()
  return names.map(name => {
    if (!known.has(name)) known.set(name, known.size)
    return known.get(name) as number
  })
}

const range = (from: number, count: number): readonly number[] => Array.from({ length: count }, (_, i) => from + i)

const known = new WeakMap<Network, Sparsity>()

/** The sparsity of a network, worked out once. Throws a KindError for a cell that branches on a number. */
export const sparsity = (net: Network): Sparsity => {
  const found = known.get(net) ?? sparsityOf(net)
  known.set(net, found)
  return found
}

const sparsityOf = (net: Network): Sparsity => {
  const { cell, start } = params(net, rng(0))
  const state = initialState(net, start)
  const leaves = [cell, start, state].map(shapesOf)
  const [c, s, h] = leaves.map(list => list.length) as [number, number, number]
  const program = (xs: readonly Value[]): readonly Value[] => {
    const [θ, before] = [rebuild(cell, xs.slice(0, c)), rebuild(state, xs.slice(c + s, c + s + h))]
    return leavesOf(net.cell.step(θ, before, xs[c + s + h] as Value))
  }
  const graph = trace(program, [...leaves.flat(), [net.sizes.n]])
  const begin = trace(xs => leavesOf(initialState(net, rebuild(start, xs.slice(c)))), leaves.slice(0, 2).flat())
  const [learned, before] = [range(0, c + s), range(c + s, h)]
  const touched = (of: 'all' | 'local'): Pattern =>
    either(patternOfGraph(graph, learned, of), patternOfGraph(begin, learned, of))
  return {
    recurrent: patternOfGraph(graph, before),
    own: patternOfGraph(cut(graph), before),
    immediate: touched('all'),
    local: touched('local'),
    unitOf: numbered(unitsOf(state)),
  }
}

/** Which numbers of the state belong to one unit, as a pattern. */
export const sameUnit = ({ unitOf: units }: Sparsity): Pattern => ({
  rows: units.length,
  columns: units.map(unit => units.flatMap((other, row) => (other === unit ? [row] : []))),
})

/** The pattern of a diagonal matrix: every number of the state depends on itself alone. */
export const diagonalPattern = ({ unitOf: units }: Sparsity): Pattern => ({
  rows: units.length,
  columns: units.map((_, row) => [row]),
})

/** What is reached from the first by at most n - 1 steps. */
export const reachableIn = (n: number, recurrent: Pattern, first: Pattern): Pattern => {
  let found = first
  for (let i = 1; i < n; i++) {
    const next = either(found, after(recurrent, found))
    if (next.columns.every((rows, j) => rows.length === found.columns[j]?.length)) return found
    found = next
  }
  return found
}
