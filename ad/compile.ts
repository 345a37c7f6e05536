/**
 * A program traced once for each set of shapes, then run over memory laid out beforehand: no allocation, no dispatch,
 * no derivative worked out twice. Composes with the other modes: `compile(valueAndGrad(loss))`.
 */
import { flatten } from './calculus.ts'
import { bracket } from './errors.ts'
import { type Shape, sizeOf, type Tensor, tensorOf } from './tensor.ts'
import { type Graph, isConstant, trace } from './trace.ts'
import { type Loose, leavesOf, mapTree, rebuild, type Tree } from './tree.ts'
import type { Value } from './value.ts'

type Run = (inputs: readonly Tensor[]) => readonly Tensor[]

/** One place for every node; a reshape shares its argument's. */
const laidOut = ({ inputs, steps }: Graph): readonly Tensor[] => {
  const places = inputs.map(shape => tensorOf(shape, new Float64Array(sizeOf(shape))))
  for (const step of steps) {
    if (isConstant(step)) places.push(step)
    else if (step.row.name === 'reshape') places.push(tensorOf(step.shape, places[step.args[0]!]!.data))
    else places.push(tensorOf(step.shape, new Float64Array(sizeOf(step.shape))))
  }
  return places
}

/** The graph as a list of moves over its places; results are copies. */
const assembled = (graph: Graph): Run => {
  const places = laidOut(graph)
  const moves = graph.steps.flatMap((step, i) => {
    if (isConstant(step) || step.row.name === 'reshape') return []
    const { row, options, shape } = step
    const args = step.args.map(arg => places[arg]!)
    const { data } = places[graph.inputs.length + i]!
    return [() => row.write(data, args, options, shape)]
  })
  return inputs => {
    inputs.forEach((input, i) => {
      places[i]!.data.set(input.data)
    })
    for (const move of moves) move()
    return graph.outputs.map(node => tensorOf(places[node]!.shape, places[node]!.data.slice()))
  }
}

interface Compiled {
  readonly run: Run
  readonly tree: Tree
}

/** How many sets of shapes one compiled function remembers; the oldest is forgotten first. */
const remembered = 32

const build = (f: (...args: never[]) => Tree, args: readonly Loose[], shapes: readonly Shape[]): Compiled => {
  const [program, tree] = flatten(f, args)
  const graph = trace(program, shapes)
  return { run: assembled(graph), tree: tree() }
}

/**
 * The same function, traced at its first call for each set of shapes and run from memory laid out beforehand. Inside
 * a derivative or a batch it is the function itself. Throws a KindError where control flow asks for a number.
 */
export const compile = <A extends readonly Loose[], R extends Tree>(f: (...args: A) => R): ((...args: A) => R) => {
  const cache = new Map<string, Compiled>()
  const compiled = (args: A, leaves: readonly Value[]): Compiled => {
    const key = JSON.stringify(mapTree(args, leaf => bracket(leaf.shape) as never))
    const made =
      cache.get(key) ??
      build(
        f as unknown as (...args: never[]) => R,
        args,
        leaves.map(leaf => leaf.shape),
      )
    cache.delete(key)
    cache.set(key, made)
    if (cache.size > remembered) cache.delete(cache.keys().next().value as string)
    return made
  }
  return (...args) => {
    const leaves = leavesOf(args)
    if (leaves.some(leaf => leaf.interpreter)) return f(...args)
    const { run, tree } = compiled(args, leaves)
    return rebuild(tree, run(leaves as readonly Tensor[])) as R
  }
}
