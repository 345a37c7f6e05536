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

export const sizeOf = (shape: Shape): number => shape.reduce((product, n) => product * n, 1)

export const sameShape = (a: Shape, b: Shape): boolean => a.length === b.length && a.every((n, i) => n === b[i])

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

/** Numbers, or lists of them; nothing else has a shape. */
const checkNumbers = (values: unknown): void => {
  if (typeof values === 'number' || values instanceof Float64Array) return
  if (Array.isArray(values)) return void values.forEach(checkNumbers)
  throw new KindError({
    who: 'tensor',
    given: `${typeof values} ${String(values)}`,
    wanted: 'numbers, or nested lists of them',
    remedy: 'Turn it into numbers first',
  })
}

/** Sizes of axes are whole numbers of at least 0. */
const checkShape = (shape: Shape): Shape => {
  if (Array.isArray(shape) && shape.every(n => Number.isSafeInteger(n) && n >= 0) && sizeOf(shape) < 2 ** 32)
    return shape
  throw new ShapeError({
    who: 'tensor',
    given: `shape ${bracket(shape)}`,
    wanted: 'whole numbers of at least 0, fewer than 2³² entries together',
    remedy: 'Give the sizes of the axes, outermost first',
  })
}

/** A tensor from nested numbers, or from flat numbers and a shape. Throws a ShapeError when rows are ragged or sizes differ. */
export const tensor = (values: Nested | Float64Array, shape?: Shape): Tensor => {
  checkNumbers(values)
  if (shape && typeof values !== 'number') return reshaped(values as readonly number[] | Float64Array, shape)
  if (values instanceof Float64Array) return tensorOf([values.length], values.slice())
  const own = shapeOfNested(values)
  const data = new Float64Array(sizeOf(own))
  let at = 0
  fill(values, own, 0, x => {
    data[at++] = x
  })
  return tensorOf(own, data)
}

const reshaped = (values: readonly number[] | Float64Array, shape: Shape): Tensor => {
  if (values.length === sizeOf(shape)) return tensorOf(shape, Float64Array.from(values))
  throw new ShapeError({
    who: 'tensor',
    given: `${values.length} numbers for shape ${bracket(shape)}`,
    wanted: `${sizeOf(shape)} numbers`,
    remedy: 'Give as many numbers as the shape holds',
  })
}

export const full = (shape: Shape, value: number): Tensor =>
  tensorOf(shape, new Float64Array(sizeOf(checkShape(shape))).fill(value))
export const zeros = (shape: Shape): Tensor => tensorOf(shape, new Float64Array(sizeOf(checkShape(shape))))
export const ones = (shape: Shape): Tensor => full(shape, 1)
export const scalar = (value: number): Tensor => tensorOf([], Float64Array.of(value))

/** The identity matrix [n, n]. */
export const eye = (n: number): Tensor => {
  const matrix = zeros([n, n])
  for (let i = 0; i < n; i++) matrix.data[i * n + i] = 1
  return matrix
}

/** Back to nested numbers, as JSON likes them. */
export const nested = ({ shape, data }: Tensor): Nested => {
  const [n, ...rest] = shape
  if (n === undefined) return data[0] as number
  const step = sizeOf(rest)
  return Array.from({ length: n }, (_, i) => nested(tensorOf(rest, data.subarray(i * step, (i + 1) * step))))
}

/** A tensor at the prompt: its shape and its first few digits; a scalar is its number alone. */
export const show = ({ shape, data }: Tensor): string => printed(shape, data)
