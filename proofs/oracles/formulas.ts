import type { Complex, EvalFunction } from 'mathjs'
import { mathjs } from '../../ad/symbols/mathjs.ts'

const { compile, complex, derivative, parse } = mathjs

type Shape = readonly number[]
export type Options = Record<string, unknown>

/**
 * What a primitive means: one mathjs expression per output entry, row-major.
 *
 * The entries of the first argument are a0, a1, …, row-major, those of the second b0, b1, …, and so on.
 */
export type Entries = (shapes: readonly Shape[], options: Options) => readonly string[]

const at = <A>(xs: readonly A[], i: number): A => xs.at(i) as A
const range = (length: number) => Array.from({ length }, (_, i) => i)
const size = (shape: Shape) => shape.reduce((a, b) => a * b, 1)
const letter = (argument: number) => String.fromCharCode(97 + argument)
const names = (shape: Shape, argument = 0) => range(size(shape)).map(i => `${letter(argument)}${i}`)
const shapeOf = (shapes: readonly Shape[], argument = 0) => shapes[argument] ?? []

/** All multi-indices of a shape, row-major. */
const indices = (shape: Shape): readonly Shape[] =>
  shape.reduce<Shape[]>((all, length) => all.flatMap(index => range(length).map(i => [...index, i])), [[]])
const offset = (shape: Shape, index: Shape) => index.reduce((o, i, axis) => o * at(shape, axis) + i, 0)
const entry = (shape: Shape, index: Shape, argument = 0) => `${letter(argument)}${offset(shape, index)}`
const axisOf = (shape: Shape, axis: unknown) => (Number(axis) + shape.length) % shape.length
const axesOf = (shape: Shape, { axes }: Options) => (axes as readonly number[]).map(axis => axisOf(shape, axis))
const plus = (terms: readonly string[]) => terms.join(' + ') || '0'
const exps = (terms: readonly string[]) => `(${plus(terms.map(x => `exp(${x})`))})`

const map1 =
  (f: (a: string) => string): Entries =>
  shapes =>
    names(shapeOf(shapes)).map(f)
const map2 =
  (f: (a: string, b: string) => string): Entries =>
  shapes =>
    names(shapeOf(shapes)).map((a, i) => f(a, `b${i}`))

/** The names of the first argument that share an index off the reduced axes. */
const group = (shape: Shape, reduced: Shape, index: Shape) =>
  indices(shape)
    .filter(other => other.every((i, axis) => reduced.includes(axis) || i === at(index, axis)))
    .map(other => entry(shape, other))

/** One expression per index off the reduced axes, from the group that shares it. */
const reduce =
  (f: (terms: readonly string[]) => string): Entries =>
  (shapes, options) => {
    const [shape, reduced] = [shapeOf(shapes), axesOf(shapeOf(shapes), options)]
    const kept = shape.map((n, axis) => (reduced.includes(axis) ? 1 : n))
    return indices(kept).map(index => f(group(shape, reduced, index)))
  }

/** One expression per entry, from the entry and the group it is normalised with. */
const normalise =
  (f: (x: string, terms: readonly string[]) => string): Entries =>
  (shapes, options) => {
    const [shape, reduced] = [shapeOf(shapes), axesOf(shapeOf(shapes), options)]
    return indices(shape).map(index => f(entry(shape, index), group(shape, reduced, index)))
  }

/** Σ_k A_ik B_kj for A [rows][k], B [k][columns]. */
const product = (rows: number, inner: number, columns: number, a = 0, b = 0) =>
  indices([rows, columns]).map(([i = 0, j = 0]) =>
    plus(range(inner).map(k => `a${a + i * inner + k} * b${b + k * columns + j}`)),
  )

/** Leading axes go in pairs. */
const matmul: Entries = shapes => {
  const [left, columns] = [shapeOf(shapes), at(shapeOf(shapes, 1), -1)]
  const [rows, inner] = [at(left, -2), at(left, -1)]
  const pairs = left.slice(0, -2).reduce((count, n) => count * n, 1)
  return range(pairs).flatMap(i => product(rows, inner, columns, i * rows * inner, i * inner * columns))
}
const matvec: Entries = shapes => product(at(shapeOf(shapes), 0), at(shapeOf(shapes), 1), 1)

/** numpy broadcasting, aligned at the last axis: a length of 1 is read at 0. */
const spread: Entries = (shapes, { shape }) => {
  const from = shapeOf(shapes)
  const read = (index: Shape) => index.slice(index.length - from.length).map((i, k) => (from[k] === 1 ? 0 : i))
  return indices(shape as Shape).map(index => entry(from, read(index)))
}
const slice: Entries = (shapes, { start, end, axis }) => {
  const shape = shapeOf(shapes)
  const inside = (i: number) => i >= Number(start) && i < Number(end)
  return indices(shape).flatMap(index => (inside(at(index, axisOf(shape, axis))) ? [entry(shape, index)] : []))
}
const concat: Entries = (shapes, { axis }) => {
  const k = axisOf(shapeOf(shapes), axis)
  const before = indices(shapeOf(shapes).slice(0, k))
  const rest = shapes.map(shape => indices(shape.slice(k)))
  return before.flatMap(head =>
    rest.flatMap((tails, argument) =>
      tails.map(tail => entry(shapeOf(shapes, argument), [...head, ...tail], argument)),
    ),
  )
}
const stack: Entries = (shapes, { axis }) => {
  const shape = shapeOf(shapes)
  const k = axisOf([...shape, 1], axis)
  const out = [...shape.slice(0, k), shapes.length, ...shape.slice(k)]
  return indices(out).map(index => entry(shape, index.toSpliced(k, 1), at(index, k)))
}
const transpose: Entries = (shapes, options) => {
  const shape = shapeOf(shapes)
  const axes = axesOf(shape, options)
  const read = (index: Shape) => shape.map((_, axis) => at(index, axes.indexOf(axis)))
  return indices(axes.map(axis => at(shape, axis))).map(index => entry(shape, read(index)))
}

/** The meaning of each primitive, keyed by its name; `pow`, `log` and `sqrt` are meant at positive first arguments. */
export const formulas: Readonly<Record<string, Entries>> = {
  add: map2((a, b) => `${a} + ${b}`),
  sub: map2((a, b) => `${a} - ${b}`),
  mul: map2((a, b) => `${a} * ${b}`),
  div: map2((a, b) => `${a} / ${b}`),
  pow: map2((a, b) => `${a} ^ ${b}`),
  neg: map1(a => `-${a}`),
  exp: map1(a => `exp(${a})`),
  log: map1(a => `log(${a})`),
  log1p: map1(a => `log(1 + ${a})`),
  expm1: map1(a => `exp(${a}) - 1`),
  sqrt: map1(a => `sqrt(${a})`),
  tanh: map1(a => `tanh(${a})`),
  sin: map1(a => `sin(${a})`),
  cos: map1(a => `cos(${a})`),
  sigmoid: map1(a => `1 / (1 + exp(-${a}))`),
  softplus: map1(a => `log(1 + exp(${a}))`),
  sum: reduce(plus),
  mean: reduce(terms => `(${plus(terms)}) / ${terms.length}`),
  dot: shapes => product(1, at(shapeOf(shapes), 0), 1),
  matvec,
  matmul,
  outer: shapes => product(at(shapeOf(shapes), 0), 1, at(shapeOf(shapes, 1), 0)),
  softmax: normalise((x, terms) => `exp(${x}) / ${exps(terms)}`),
  logSoftmax: normalise((x, terms) => `${x} - log(${exps(terms)})`),
  logsumexp: reduce(terms => `log(${exps(terms)})`),
  spread,
  reshape: map1(a => a),
  slice,
  concat,
  stack,
  transpose,
}

/** A value and its Jacobians: value [out], jacobians [argument][out][in]. */
interface Linearised {
  readonly value: readonly number[]
  readonly jacobians: readonly (readonly (readonly number[])[])[]
}
type Jacobian = (
  name: string,
  shapes: readonly Shape[],
  options: Options,
  values: readonly (readonly number[])[],
) => Linearised
type Scope = Record<string, number | Complex>
interface Compiled {
  readonly entries: readonly EvalFunction[]
  readonly slopes: readonly (readonly (readonly (EvalFunction | undefined)[])[])[]
}

const H = 1e-20
const evaluate = (f: EvalFunction, scope: Scope): Complex => complex(f.evaluate(scope) as number)
const scopeOf = (values: readonly (readonly number[])[]): Scope =>
  Object.fromEntries(values.flatMap((xs, argument) => xs.map((x, i) => [`${letter(argument)}${i}`, x])))

/** The derivative, or undefined where the expression does not contain the variable. */
const slope = (expression: string, variable: string): EvalFunction | undefined =>
  new RegExp(`\\b${variable}\\b`).test(expression)
    ? derivative(parse(expression), variable, { simplify: false }).compile()
    : undefined
const build = (name: string, shapes: readonly Shape[], options: Options): Compiled => {
  const expressions = (formulas[name] as Entries)(shapes, options)
  const slopes = shapes.map((shape, k) => expressions.map(e => names(shape, k).map(variable => slope(e, variable))))
  return { entries: expressions.map(e => compile(e)), slopes }
}

const cache = new Map<string, Compiled>()
const compiled = (name: string, shapes: readonly Shape[], options: Options): Compiled => {
  const key = JSON.stringify([name, shapes, options])
  const known = cache.get(key) ?? build(name, shapes, options)
  cache.set(key, known)
  return known
}

/** The value [out] and the Jacobians [argument][out][in] of a primitive, by mathjs's derivative of its formula. */
export const symbolicJacobian: Jacobian = (name, shapes, options, values) => {
  const { entries, slopes } = compiled(name, shapes, options)
  const scope = scopeOf(values)
  const jacobians = slopes.map(rows => rows.map(row => row.map(f => (f ? evaluate(f, scope).re : 0))))
  return { value: entries.map(f => evaluate(f, scope).re), jacobians }
}

/** The same by the formula itself at complex arguments: ∂f/∂x = Im f(x + ih) / h, h = 1e−20. */
export const complexJacobian: Jacobian = (name, shapes, options, values) => {
  const { entries } = compiled(name, shapes, options)
  const scope = scopeOf(values)
  const step = (variable: string): Scope => ({ ...scope, [variable]: complex(scope[variable] as number, H) })
  const column = (f: EvalFunction, variable: string) => evaluate(f, step(variable)).im / H
  const jacobians = shapes.map((shape, k) => entries.map(f => names(shape, k).map(variable => column(f, variable))))
  return { value: entries.map(f => evaluate(f, scope).re), jacobians }
}
