/** The public derivatives, by the field's names and argument order. Arguments and results may be trees of values. */

import { describe } from '../describe.ts'
import { bracket, DomainError, KindError, ShapeError } from '../errors.ts'
import { reshape, transpose } from '../primitives/layout.ts'
import { requireFunction } from '../require.ts'
import { eye, ones, sameShape, sizeOf, zeros } from '../tensor.ts'
import { type Loose, leavesLike, leavesOf, mapTree, rebuild, type Tree } from '../tree.ts'
import { isValue, type Value } from '../value.ts'
import { forward } from './dual.ts'
import { backward, collect, pushforward, record } from './tape.ts'
import { batch } from './vmap.ts'

const notCalled = 'The function comes first, not called: grad(f)(x), vjp(f, x)'

type Flat = (inputs: readonly Value[]) => readonly Value[]

/** A function of trees as a function of their leaves; the output's tree is kept for the way back. */
export const flatten = (f: (...args: never[]) => Tree, args: readonly Loose[]): readonly [Flat, () => Tree] => {
  requireFunction('derivative', f, 'a function of values', notCalled)
  let tree: Tree = []
  const program: Flat = inputs => {
    tree = f(...(rebuild(args, inputs) as never[]))
    return leavesOf(tree)
  }
  return [program, () => tree]
}

/** The leaves of a (co)tangent, in the order and of the shapes of what it belongs to. */
const fitting = (who: string, given: Loose, like: Loose, wanted: readonly Value[]): readonly Value[] => {
  const leaves = leavesLike(like, given, who)
  const at = wanted.findIndex((value, i) => !sameShape(leaves[i]!.shape, value.shape))
  if (at < 0) return leaves
  throw new ShapeError({
    who,
    given: `a shape ${bracket(leaves[at]!.shape)}`,
    wanted: bracket(wanted[at]!.shape),
    remedy: 'A tangent or cotangent has the shape of what it belongs to',
  })
}

const asList = (who: string, x: readonly Loose[]): readonly Loose[] => {
  if (Array.isArray(x)) return x
  throw new KindError({
    who,
    given: 'arguments that are not in a list',
    wanted: 'a list of primals and a list of tangents',
    remedy: `Write ${who}(f, [x], [t])`,
  })
}

/** f at the primals and its derivative along the tangents: `[f(x), ∂f(x)·ẋ]`. Forward mode. */
export const jvp = <R extends Tree>(
  f: (...args: never[]) => R,
  primals: readonly Loose[],
  tangents: readonly Loose[],
): readonly [R, R] => {
  const [program, tree] = flatten(f, primals)
  const at = leavesOf(asList('jvp', primals))
  const [outs, pushed] = forward(program, at, fitting('jvp', asList('jvp', tangents), primals, at))
  return [rebuild(tree(), outs) as R, rebuild(tree(), pushed) as R]
}

/** f at the primals, and the pullback that takes a cotangent of the output to cotangents of all arguments. Reverse mode. */
export const vjp = <R extends Tree>(
  f: (...args: never[]) => R,
  ...primals: Loose[]
): readonly [R, (cotangent: Loose) => readonly Tree[]] => {
  const [program, tree] = flatten(f, primals)
  const at = leavesOf(primals)
  const tape = record(program, at)
  const out = rebuild(tree(), tape.outputs) as R
  const pullback = (cotangent: Loose): readonly Tree[] => {
    const carried = backward(tape, fitting('vjp', cotangent, out, tape.outputs))
    return rebuild(primals, collect(carried, [...at.keys()], at)) as readonly Tree[]
  }
  return [out, pullback]
}

/** f at the primals, and its linear map on tangents, recorded once and followed any number of times. */
export const linearize = <R extends Tree>(
  f: (...args: never[]) => R,
  ...primals: Loose[]
): readonly [R, (...tangents: Loose[]) => R] => {
  const [program, tree] = flatten(f, primals)
  const tape = record(program, leavesOf(primals))
  const out = rebuild(tree(), tape.outputs) as R
  const onTangents = (...tangents: Loose[]): R => {
    const carried = pushforward(tape, fitting('linearize', tangents, primals, tape.inputs))
    return rebuild(out, collect(carried, tape.ends, tape.outputs))
  }
  return [out, onTangents]
}

const kindOf = (value: Loose): string =>
  isValue(value) ? `a value of shape ${bracket(value.shape)}` : 'several values'

const asScalar = (who: string, value: Loose): Value => {
  if (isValue(value) && value.shape.length === 0) return value
  const plain = typeof value === 'number'
  throw new KindError({
    who,
    given: plain ? 'a function that gives a plain number' : `a function that gives ${kindOf(value)}`,
    wanted: 'one scalar value, shape []',
    remedy: plain ? 'Write arithmetic on values with add, mul, …' : 'Sum it up, or use jacrev',
  })
}

/** Refuses the argument itself, in place of its number: `grad(f, x)`. */
const requireNumber = (argnum: unknown): void => {
  if (typeof argnum === 'number') return
  throw new DomainError({
    who: 'grad',
    given: `argnum ${describe(argnum)}`,
    wanted: 'the number of an argument, from 0',
    remedy: 'Write grad(f)(x), or grad(f, 1)(x, y) for the second argument',
  })
}

const checkArgnum = (argnum: number, args: readonly Loose[]): void => {
  if (Number.isInteger(argnum) && argnum >= 0 && argnum < args.length) return
  throw new DomainError({
    who: 'grad',
    given: `argnum ${argnum} of ${args.length} arguments`,
    wanted: `a whole number from 0 to ${args.length - 1}`,
    remedy: 'Arguments are numbered from 0; put several into one record',
  })
}

interface ValueAndGrad {
  <A extends readonly Loose[], N extends number = 0>(
    f: (...args: A) => Value,
    argnum?: number | N,
  ): (...args: A) => readonly [Value, A[N]]
  /** Of an operation whose further arguments may be left out: `valueAndGrad(sum)`. */
  (f: (x: Value) => Value): (x: Value) => readonly [Value, Value]
}

/** The value of a scalar function and its gradient in the argument numbered `argnum`. */
export const valueAndGrad: ValueAndGrad = <A extends readonly Loose[], N extends number = 0>(
  f: (...args: A) => Value,
  argnum: number | N = 0,
) => {
  requireFunction('grad', f, 'a function of values', notCalled)
  requireNumber(argnum)
  return (...args: A): readonly [Value, A[N]] => {
    checkArgnum(argnum, args)
    const held = (x: Loose): Value => asScalar('grad', f(...(args.with(argnum, x) as unknown as A)))
    const [value, pullback] = vjp(held, args[argnum]!)
    return [value, pullback(ones([]))[0] as A[N]]
  }
}

interface Grad {
  <A extends readonly Loose[], N extends number = 0>(
    f: (...args: A) => Value,
    argnum?: number | N,
  ): (...args: A) => A[N]
  /** Of an operation whose further arguments may be left out: `grad(sum)`. */
  (f: (x: Value) => Value): (x: Value) => Value
}

/** The gradient of a scalar function in the argument numbered `argnum`: a tree like that argument. */
export const grad: Grad = <A extends readonly Loose[], N extends number = 0>(
  f: (...args: A) => Value,
  argnum: number | N = 0,
) => {
  const both = valueAndGrad<A, N>(f, argnum)
  return (...args: A): A[N] => both(...args)[1]
}

const checkAxes = (inAxes: unknown): void => {
  const other = Array.isArray(inAxes) ? inAxes.find(axis => axis !== 0 && axis !== null && axis !== undefined) : inAxes
  if (other === undefined) return
  throw new DomainError({
    who: 'vmap',
    given: Array.isArray(inAxes) ? `inAxes with ${JSON.stringify(other)}` : `inAxes ${JSON.stringify(inAxes)}`,
    wanted: 'a list of 0 or null, one for each argument',
    remedy: 'Transpose the argument so that the mapped axis leads',
  })
}

/** The function over a leading axis of its arguments; `null` in inAxes leaves an argument as it is. */
export const vmap =
  <A extends readonly Loose[], R extends Tree>(f: (...args: A) => R, inAxes: readonly (0 | null)[] = []) =>
  (...args: A): R => {
    checkAxes(inAxes)
    const [program, tree] = flatten(f as unknown as (...args: never[]) => R, args)
    const mapped = args.flatMap((arg, i) => leavesOf(arg).map(() => inAxes[i] !== null))
    const outs = batch(program, leavesOf(args), mapped)
    return rebuild(tree(), outs) as R
  }

/** Every leaf of a tree, one entry of one leaf being 1 at a time: blocks with a leading axis. */
const basis = (tree: Loose, index: number): Tree => {
  const n = sizeOf(leavesOf(tree)[index]!.shape)
  return mapTree(tree, (leaf, i) =>
    i === index ? reshape(eye(n), [n, ...leaf.shape]) : zeros([n, ...leaf.shape]),
  ) as Tree
}

/** The Jacobian by pulls, row by row: out [k], x [n] → [k, n]; trees of Jacobians for trees. */
export const jacrev =
  (f: (x: never) => Tree) =>
  (x: Loose): Tree => {
    const [out, pullback] = vjp(f, x)
    const jacobian = (leaf: Value, i: number): Tree => {
      const rows = vmap((c: Loose) => pullback(c)[0]!)(basis(out, i))
      return mapTree(rows, entry => reshape(entry, [...leaf.shape, ...entry.shape.slice(1)]))
    }
    return nest(out, jacobian)
  }

/** The Jacobian by pushes, column by column: out [k], x [n] → [k, n]; trees of Jacobians for trees. */
export const jacfwd =
  (f: (x: never) => Tree) =>
  (x: Loose): Tree => {
    const leaves = leavesOf(x)
    const columns = leaves.map((_, i) => vmap((t: Loose) => jvp(f, [x], [t])[1])(basis(x, i)))
    const [out] = jvp(f, [x], [mapTree(x, leaf => zeros(leaf.shape))])
    const jacobian = (leaf: Value, i: number): Tree =>
      rebuild(
        x,
        columns.map((column, j) => turned(leavesOf(column)[i]!, leaf, leaves[j]!)),
      ) as Tree
    return nest(out, jacobian)
  }

/** Columns [n, out…] as a Jacobian [out…, in…]. */
const turned = (column: Value, out: Value, input: Value): Value => {
  const [rows, columns] = [sizeOf(out.shape), sizeOf(input.shape)]
  return reshape(transpose(reshape(column, [columns, rows])), [...out.shape, ...input.shape])
}

/** A tree of trees: one for each leaf of the outer. */
const nest = (outer: Tree, f: (leaf: Value, index: number) => Tree): Tree => {
  let at = 0
  const build = (node: Tree): Tree => {
    if (isValue(node)) return f(node, at++)
    if (Array.isArray(node)) return node.map(build)
    return Object.fromEntries(Object.entries(node).map(([name, child]) => [name, build(child as Tree)]))
  }
  return build(outer)
}

/** The Hessian on a tangent, forward over reverse: `∂²f(x)·ẋ`. */
export const hvp = (f: (x: never) => Value, primals: readonly [Loose], tangents: readonly [Loose]): Tree =>
  jvp(grad(f as (x: Loose) => Value) as (...args: never[]) => Tree, primals, tangents)[1]

/** All second derivatives of a scalar function: forward over reverse. */
export const hessian = (f: (x: never) => Value): ((x: Loose) => Tree) =>
  jacfwd(grad(f as (x: Loose) => Value) as (x: never) => Tree)
