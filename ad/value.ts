import { described } from './describe.ts'
import { bracket, KindError } from './errors.ts'
import { type Shape, scalar, sizeOf, type Tensor, tensorOf } from './tensor.ts'

/** Anything a primitive acts on: a tensor, or something that an interpreter made and points back to. */
export type Value = Tensor | Made

/** A value that belongs to one run of one interpreter. */
export interface Made {
  readonly interpreter: Interpreter
  readonly shape: Shape
}

/** What a public operation accepts: a value, or a plain number for a scalar. */
export type Like = Value | number

/**
 * One meaning of a program. Each call of a mode makes one; the object itself is the tag that keeps nested
 * derivatives apart, and the later one has the higher level (Siskind & Pearlmutter 2008).
 */
export interface Interpreter {
  readonly level: number
  /** Set when its program has ended: a value that got out of it belongs nowhere. */
  ended?: boolean
  /** Whether its values hold the numbers that they stand for, so that control flow may look at them. */
  readonly onNumbers?: true
  run(row: Row, args: readonly Value[], options: unknown): Value
}

/** A function type whose arguments are compared both ways, so that rows of any arity fit one table. */
type Both<A extends readonly unknown[], R> = { apply(...args: A): R }['apply']

/** Carries a tangent of one argument on to the output: `(tangent, args, out, options) → tangent`. */
export type Push<A extends readonly Value[], O> = Both<[tangent: Value, args: A, out: Value, options: O], Value>
/** Carries a cotangent of the output back to one argument: `(cotangent, args, out, options) → cotangent`. */
export type Pull<A extends readonly Value[], O> = Both<[cotangent: Value, args: A, out: Value, options: O], Value>
/** One map for each argument; null where no derivative flows. Rows of any number of arguments give a function of the index. */
export type Each<A extends readonly Value[], M> = number extends A['length']
  ? (index: number) => M | null
  : { readonly [K in keyof A]: M | null }

/** Sizes and options at which proofs try a row, with the interval [low, high] that each argument is drawn from. */
export interface Specimen<O = unknown> {
  readonly shapes: readonly Shape[]
  readonly options?: O
}

/**
 * A primitive: what it computes, and how tangents and cotangents go through it. `push` and `pull` are written
 * independently, so that their adjointness says something, and in terms of primitives, so that modes nest.
 */
export interface Primitive<A extends readonly Value[] = readonly Value[], O = unknown> {
  readonly name: string
  /** Contractions mix units; `own` cuts them. Layouts only move numbers. */
  readonly kind: 'elementwise' | 'contraction' | 'layout'
  /** The shape of the output; throws a ShapeError that names the operation, the shapes and the remedy. */
  readonly shape: Both<[shapes: readonly Shape[], options: O], Shape>
  /** Writes the numbers of the output in its place; what is there before does not count. */
  readonly write: Both<[out: Float64Array, args: { readonly [K in keyof A]: Tensor }, options: O, shape: Shape], void>
  readonly push: Each<A, Push<A, O>>
  readonly pull: Each<A, Pull<A, O>>
  /** The row over a leading axis; by default the row itself on arguments that all have the axis. */
  readonly batch?: Both<[args: A, batched: readonly boolean[], size: number, options: O], Value>
  /** What an oracle may expect of it: kinks are kept off its samples, surrogates are not derivatives at all. */
  readonly smooth?: 'smooth' | 'kinked' | 'surrogate'
  /** Interval that each argument is drawn from in proofs; [-2, 2] by default. */
  readonly domain?: readonly (readonly [low: number, high: number])[]
  /** Arguments that are whole numbers, such as those of rows: proofs draw them so, from their domain, and move none of them. */
  readonly whole?: readonly number[]
  readonly specimens?: readonly Specimen<O>[]
  /** Arithmetic operations at the shapes given, where they are not one an entry: a multiplication and an addition are two. */
  readonly operations?: Both<[shapes: readonly Shape[], options: O], number>
}

type Maps<M> = ((index: number) => M | null) | readonly (M | null)[]

/** A row as the table and the interpreters hold it, its arity forgotten. */
export interface Row extends Omit<Primitive, 'push' | 'pull'> {
  readonly push: Maps<Push<readonly Value[], unknown>>
  readonly pull: Maps<Pull<readonly Value[], unknown>>
}

const leaked = (): never => {
  throw new KindError({
    who: 'derivative',
    given: 'a value that got out of the function it was made in',
    wanted: 'values of this function, or of one around it',
    remedy: 'Return the value from the inner function instead of assigning it to a variable outside',
  })
}

/** Ends an interpreter with its program's outputs. Throws a KindError where one leaked out of another, ended before. */
export const end = (interpreter: Interpreter, outputs: readonly Value[]): readonly Value[] => {
  interpreter.ended = true
  for (const out of outputs) if (out.interpreter?.ended && out.interpreter !== interpreter) leaked()
  return outputs
}

const outermost = (args: readonly Value[]): Interpreter | null => {
  let top: Interpreter | null = null
  for (const { interpreter } of args) if (interpreter && (!top || interpreter.level > top.level)) top = interpreter
  return top
}

/** Runs a row in the highest-level interpreter among its arguments, or on numbers when there is none. */
export const run = (row: Row, args: readonly Value[], options?: unknown): Value => {
  const top = outermost(args)
  if (top) return top.ended ? leaked() : top.run(row, args, options)
  const tensors = args as readonly Tensor[]
  const shape = row.shape(
    tensors.map(t => t.shape),
    options,
  )
  const out = new Float64Array(sizeOf(shape))
  row.write(out, tensors, options, shape)
  return tensorOf(shape, out)
}

/** The map of one argument, whichever way the row gives it. */
export const mapOf = <M>(each: Maps<M>, index: number): M | null =>
  typeof each === 'function' ? each(index) : (each[index] ?? null)

export const isValue = (x: unknown): x is Value => typeof x === 'object' && x !== null && 'interpreter' in x

/** A value as it is, a plain number as a scalar. Throws a KindError for anything else. */
export const lift = (x: Like): Value => {
  if (typeof x === 'number') return scalar(x)
  if (isValue(x)) return x
  throw new KindError({
    who: 'value',
    given: described(x),
    wanted: 'a value or a plain number',
    remedy:
      x === undefined
        ? 'A name is mistyped or not declared: look at what θ and the state have'
        : 'Make values of lists with tensor([…])',
  })
}

/** Whether a value's numbers can be read: it is a tensor, or its interpreter runs on numbers. */
export const isReadable = (x: Value): x is Tensor => !x.interpreter || x.interpreter.onNumbers === true

/** The number in a scalar tensor. Throws a KindError for a value that an interpreter is still working on, or a larger one. */
export const item = (given: Value): number => {
  const x = lift(given)
  if (isReadable(x) && x.data.length === 1) return x.data[0]!
  throw new KindError({
    who: 'item',
    given: x.interpreter ? 'a value inside a derivative, a batch or a trace' : `a tensor of shape ${bracket(x.shape)}`,
    wanted: 'one number',
    remedy: x.interpreter ? 'Use where instead of an if on a value' : 'Sum it up, or slice one entry out',
  })
}

const key = Symbol.for('janusgrad.levels')
/** The newest level: one count for all copies of this module in a process, so that their derivatives nest. */
const levels = (globalThis as { [key]?: { newest: number } })[key] ?? { newest: 0 }
Object.assign(globalThis, { [key]: levels })
/** A level above every level so far. The only state there is outside of calls. */
export const nextLevel = (): number => ++levels.newest
