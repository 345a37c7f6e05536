import { describe } from './describe.ts'
import { bracket, KindError, ShapeError } from './errors.ts'
import { markup, printed } from './format.ts'
import { Guarded } from './guarded.ts'

/** Sizes of the axes, outermost first; `[]` is a scalar. */
export type Shape = readonly number[]

/** A shape and its numbers, row-major. The only Value that holds numbers itself, so no interpreter made it. */
export interface Tensor {
  readonly interpreter: null
  readonly shape: Shape
  readonly data: Float64Array
}

/** Numbers as people write them: `3`, `[1, 2]`, `[[1, 2], [3, 4]]`, … */
export type Nested = number | readonly Nested[]

export const sizeOf = (shape: Shape): number => {
  let size = 1
  for (let i = 0; i < shape.length; i++) size *= shape[i]!
  return size
}

export const sameShape = (a: Shape, b: Shape): boolean => {
  if (a === b) return true
  if (a.length !== b.length) return false
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false
  return true
}

/** What the notebooks of Deno and other JavaScript kernels ask an object for. */
const jupyter = Symbol.for('Jupyter.display')

class Numbers extends Guarded implements Tensor {
  readonly interpreter = null
  readonly shape: Shape
  readonly data: Float64Array
  constructor(shape: Shape, data: Float64Array) {
    super()
    this.shape = shape
    this.data = data
  }
  override toString(): string {
    return show(this)
  }
  [jupyter](): object {
    return { 'text/plain': show(this), 'text/html': markup(this.shape, this.data) }
  }
}

/** A tensor over existing numbers; `data` is not copied. */
export const tensorOf = (shape: Shape, data: Float64Array): Tensor => new Numbers(shape, data)

const shapeOfNested = (values: Nested): number[] =>
  typeof values === 'number' ? [] : [values.length, ...(values.length ? shapeOfNested(values[0] as Nested) : [])]

const fill = (values: Nested, shape: Shape, depth: number, push: (x: number) => void): void => {
  const leaf = depth === shape.length
  if (leaf !== (typeof values === 'number') || (typeof values !== 'number' && values.length !== shape[depth]))
    throw new ShapeError({
      who: 'tensor',
      given: `the rows are ragged at depth ${depth}`,
      wanted: `rows that all fit ${bracket(shape)}, the shape of the first`,
      remedy: 'Give all rows the same length',
    })
  if (typeof values === 'number') push(values)
  else for (const value of values) fill(value, shape, depth + 1, push)
}

/** Arrays of numbers of one kind; those of big integers are none. */
export type Typed =
  | Float64Array
  | Float32Array
  | Int8Array
  | Uint8Array
  | Uint8ClampedArray
  | Int16Array
  | Uint16Array
  | Int32Array
  | Uint32Array

const isTyped = (values: unknown): values is Typed =>
  ArrayBuffer.isView(values) &&
  !(values instanceof DataView || values instanceof BigInt64Array || values instanceof BigUint64Array)

/** Numbers, or lists of them; nothing else has a shape. */
const checkNumbers = (values: unknown): void => {
  if (typeof values === 'number' || isTyped(values)) return
  if (Array.isArray(values)) {
    for (const value of values) checkNumbers(value)
    return
  }
  if (values instanceof Guarded)
    throw new KindError({
      who: 'tensor',
      given: 'a list with a value in it',
      wanted: 'numbers, or nested lists of them',
      remedy: 'stack([x, y]) joins values along a new axis',
    })
  throw new KindError({
    who: 'tensor',
    given: describe(values),
    wanted: 'numbers, or nested lists of them',
    remedy: 'Turn it into numbers first',
  })
}

/** Refuses a shape whose sizes are not whole numbers of at least 0, or that a tensor cannot hold. Throws a ShapeError. */
export const checkShape = (shape: Shape, who = 'tensor', entries = 2 ** 32): Shape => {
  if (Array.isArray(shape) && shape.every(n => Number.isSafeInteger(n) && n >= 0) && sizeOf(shape) < entries)
    return shape
  throw new ShapeError({
    who,
    given: `shape ${Array.isArray(shape) && shape.every(n => typeof n === 'number') ? bracket(shape) : describe(shape)}`,
    wanted: 'whole numbers of at least 0, fewer than 2³² entries together',
    remedy: Number.isInteger(shape) ? `Write it as a list: [${shape}]` : 'Give the sizes of the axes, outermost first',
  })
}

/**
 * A tensor from nested numbers or a typed array, row by row in a shape where one is given. Throws a ShapeError when rows are ragged
 * or sizes differ, a KindError for what is no number.
 */
export const tensor = (values: Nested | Typed, shape?: Shape): Tensor => {
  checkNumbers(values)
  const made = isTyped(values) ? tensorOf([values.length], Float64Array.from(values)) : fromNested(values)
  return shape ? reshaped(made.data, checkShape(shape)) : made
}

const fromNested = (values: Nested): Tensor => {
  const own = shapeOfNested(values)
  const data = new Float64Array(sizeOf(own))
  let at = 0
  fill(values, own, 0, x => {
    data[at++] = x
  })
  return tensorOf(own, data)
}

const reshaped = (values: Float64Array, shape: Shape): Tensor => {
  if (values.length === sizeOf(shape)) return tensorOf(shape, values)
  throw new ShapeError({
    who: 'tensor',
    given: `${values.length} numbers for shape ${bracket(shape)}`,
    wanted: `${sizeOf(shape)} numbers`,
    remedy:
      values.length === 1 ? `full(${bracket(shape)}, x) repeats one number` : 'Give as many numbers as the shape holds',
  })
}

const checkNumber = (who: string, value: number): number => {
  if (typeof value === 'number') return value
  throw new KindError({ who, given: describe(value), wanted: 'a number', remedy: 'Turn it into a number first' })
}

export const full = (shape: Shape, value: number): Tensor =>
  tensorOf(shape, new Float64Array(sizeOf(checkShape(shape))).fill(checkNumber('full', value)))
export const zeros = (shape: Shape): Tensor => tensorOf(shape, new Float64Array(sizeOf(checkShape(shape))))
export const ones = (shape: Shape): Tensor => full(shape, 1)
export const scalar = (value: number): Tensor => tensorOf([], Float64Array.of(checkNumber('scalar', value)))

/** The identity matrix [n, n]. */
export const eye = (n: number): Tensor => {
  const matrix = zeros([n, n])
  for (let i = 0; i < n; i++) matrix.data[i * n + i] = 1
  return matrix
}

/** Back to nested numbers, as JSON likes them. */
export const nested = (x: Tensor): Nested => {
  if (!(x?.data instanceof Float64Array))
    throw new KindError({
      who: 'nested',
      given: x === undefined ? 'nothing' : typeof x,
      wanted: 'a tensor',
      remedy: 'Make one of numbers with tensor([…]); a value inside a derivative has no numbers yet',
    })
  const { shape, data } = x
  const [n, ...rest] = shape
  if (n === undefined) return data[0] as number
  const step = sizeOf(rest)
  return Array.from({ length: n }, (_, i) => nested(tensorOf(rest, data.subarray(i * step))))
}

/** A tensor at the prompt: its shape and its first few digits; a scalar is its number alone. */
export const show = ({ shape, data }: Tensor): string => printed(shape, data)
