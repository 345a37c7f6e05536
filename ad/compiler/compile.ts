/**
 * A program traced once for each set of shapes, then run over memory laid out beforehand: no allocation, no dispatch,
 * no derivative worked out twice. Composes with the other modes: `compile(valueAndGrad(loss))`.
 */

import { bracket, ShapeError } from '../errors.ts'
import { type Graph, shapesOf, trace } from '../modes/trace.ts'
import { flatten } from '../modes/transforms.ts'
import { type Shape, sameShape, type Tensor, tensorOf } from '../tensor.ts'
import { alike, type Loose, leavesLike, leavesOf, mapTree, rebuild, type Tree } from '../tree.ts'
import type { Like, Value } from '../value.ts'
import { compileFor, type EngineLike, engineOf } from './engine.ts'
import { simplified } from './graph.ts'
import { type Machine, noFrames, type Ref } from './plan.ts'

/** One traced program: its machine, and the tree of its results. */
interface Compiled {
  readonly run: (inputs: readonly Value[]) => void
  readonly results: () => readonly Tensor[]
  readonly into: (places: readonly Tensor[]) => void
  readonly tree: Tree
}

/** How many sets of shapes one compiled function remembers; the oldest is forgotten first. */
const remembered = 32

/** A graph on its own: every input and every output has a place, and there is one stage. */
export const alone = (graph: Graph, engine: EngineLike): Machine => {
  const shapes = shapesOf(graph)
  const refs = (from: number, count: number): readonly Ref[] =>
    Array.from({ length: count }, (_, i) => ({ port: from + i, frame: 'here' }))
  const ports = [...graph.inputs, ...graph.outputs.map(node => shapes[node]!)].map(shape => ({ shape, framed: false }))
  const n = graph.inputs.length
  const stage = { graph: simplified(graph), reads: refs(0, n), writes: refs(n, graph.outputs.length) }
  return compileFor({ ports, stages: [stage] }, engineOf(engine))(1)
}

const assembled = (graph: Graph, tree: Tree, engine: EngineLike): Compiled => {
  const machine = alone(graph, engine)
  const n = graph.inputs.length
  const inputs = graph.inputs.map((_, i) => machine.view(i))
  const outputs = graph.outputs.map((_, i) => machine.view(n + i))
  const shapes = leavesOf(tree).map(leaf => leaf.shape)
  return {
    tree,
    run: given => {
      given.forEach((value, i) => {
        inputs[i]!.set((value as Tensor).data)
      })
      machine.run(0, ...noFrames)
    },
    results: () => outputs.map((numbers, i) => tensorOf(shapes[i]!, new Float64Array(numbers))),
    into: places => {
      checkPlaces(places, shapes)
      places.forEach((place, i) => {
        place.data.set(outputs[i]!)
      })
    },
  }
}

const checkPlaces = (places: readonly Tensor[], shapes: readonly Shape[]): void => {
  const at = shapes.findIndex((shape, i) => !sameShape(shape, places[i]!.shape))
  if (at < 0) return
  throw new ShapeError({
    who: 'compile',
    given: `a place of shape ${bracket(places[at]!.shape)}`,
    wanted: bracket(shapes[at]!),
    remedy: 'Give places like the results',
  })
}

/** A compiled function; `into` writes its results to the places given, which it returns. */
export type Compiling<A extends readonly Loose[], R extends Tree> = ((...args: A) => R) & {
  into(places: R, ...args: A): R
}

const build = (
  f: (...args: never[]) => Tree,
  args: readonly Loose[],
  leaves: readonly Value[],
  engine: EngineLike,
): Compiled => {
  const [program, tree] = flatten(f, args)
  const graph = trace(
    program,
    leaves.map(({ shape }) => shape),
  )
  return assembled(graph, tree(), engine)
}

const shapeOf = (x: Like): Shape => (typeof x === 'number' ? [] : x.shape)

/** Whether arguments are those of another call but for their numbers. */
const sameKind = (a: readonly Loose[], b: readonly Loose[]): boolean =>
  alike(a, b, (one, other) => sameShape(shapeOf(one), shapeOf(other)))

/** What was compiled for these shapes, or is now; the latest used are kept. */
const memory = (make: (args: readonly Loose[], leaves: readonly Value[]) => Compiled) => {
  const kept: { readonly args: readonly Loose[]; readonly made: Compiled }[] = []
  return (args: readonly Loose[], leaves: readonly Value[]): Compiled => {
    const at = kept.findIndex(one => sameKind(one.args, args))
    if (at === 0) return kept[0]!.made
    const found = at > 0 ? kept.splice(at, 1)[0]! : { args: mapTree(args, hollow), made: make(args, leaves) }
    kept.unshift(found)
    if (kept.length > remembered) kept.pop()
    return found.made
  }
}

/** A value of the same shape that keeps no numbers alive. */
const hollow = (leaf: Value): Value => tensorOf(leaf.shape, none)
const none = new Float64Array(0)

/**
 * The same function, traced at its first call for each set of shapes and run from memory laid out beforehand, by the
 * fastest engine unless another is named. Results are copies; `into` puts them in the place given. Inside a derivative or
 * a batch it is the function itself. Throws a KindError where control flow asks for a number, a DomainError where there
 * is not enough memory.
 */
export const compile = <A extends readonly Loose[], R extends Tree>(
  f: (...args: A) => R,
  engine: EngineLike = 'compiled',
): Compiling<A, R> => {
  const find = memory((args, leaves) => build(f as unknown as (...args: never[]) => Tree, args, leaves, engine))
  const ran = (args: A, leaves: readonly Value[]): Compiled => {
    const found = find(args, leaves)
    found.run(leaves)
    return found
  }
  const call = (...args: A): R => {
    const leaves = leavesOf(args)
    if (leaves.some(leaf => leaf.interpreter)) return f(...args)
    const { tree, results } = ran(args, leaves)
    return rebuild(tree, results()) as R
  }
  const into = (places: R, ...args: A): R => {
    const { tree, into } = ran(args, leavesOf(args))
    into(leavesLike(tree, places, 'compile') as readonly Tensor[])
    return places
  }
  return Object.assign(call, { into })
}
