/** Arrays of a case file as tensors: their shapes are checked where they are read. */
import { z } from 'zod'
import { describe } from '../../ad/describe.ts'
import { bracket } from '../../ad/errors.ts'
import { type Nested, type Shape, type Tensor, tensor } from '../../ad/tensor.ts'

type Path = readonly number[]

/** What is wrong with an array, and where in it. */
interface Misfit {
  readonly path: Path
  readonly message: string
}

const shapeOf = (value: unknown): Shape => (Array.isArray(value) ? [value.length, ...shapeOf(value[0])] : [])

/** NaN in a wanted shape stands for a size that is not known: any will do. */
const fits = (size: number, wanted: number | undefined): boolean => Number.isNaN(wanted) || size === wanted

const shaped = (value: unknown, shape: Shape): boolean => {
  const [n, ...rest] = shape
  if (n === undefined) return !Array.isArray(value)
  return Array.isArray(value) && fits(value.length, n) && value.every(row => shaped(row, rest))
}

const shownShape = (shape: Shape): string => bracket(shape).replaceAll('NaN', 'any')

/** What JSON writes as null: 1e999 is read as an infinity. */
const written = (_: string, value: unknown): unknown =>
  (typeof value === 'number' && !Number.isFinite(value)) || typeof value === 'bigint' ? `${value}` : value

/** A value as a message shows it, cut short. */
export const shown = (value: unknown): string => {
  const text = typeof value === 'number' ? String(value) : (JSON.stringify(value, written) ?? describe(value))
  return text.length > 40 ? `${text.slice(0, 39)}…` : text
}

const wrongShape = (value: unknown, shape: Shape): string => {
  if (value === undefined) return `missing; wanted shape ${shownShape(shape)}. Add it`
  if (shape.length === 0) return `${shown(value)}; wanted one number. Write it without brackets`
  if (!Array.isArray(value)) return `${shown(value)}; wanted shape ${shownShape(shape)}. Write nested lists, row-major`
  const given = shapeOf(value)
  const ragged = given.length === shape.length && given.every((n, i) => fits(n, shape[i]))
  const was = ragged ? `ragged rows in shape ${bracket(given)}` : `shape ${bracket(given)}`
  return `${was}; wanted shape ${shownShape(shape)}. Check it against sizes`
}

/** Entries that are not finite numbers; JSON has no NaN, but 1e999 is read as an infinity. */
const strangers = (value: unknown, path: Path): readonly Misfit[] => {
  if (Array.isArray(value)) return value.flatMap((entry, i) => strangers(entry, [...path, i]))
  if (typeof value === 'number' && Number.isFinite(value)) return []
  return [{ path, message: `${shown(value)}; wanted a finite number. Replace it` }]
}

const misfits = (value: unknown, shape: Shape): readonly Misfit[] =>
  value !== undefined && shaped(value, shape) ? strangers(value, []) : [{ path: [], message: wrongShape(value, shape) }]

/** A nested row-major list of finite numbers of exactly this shape, read as a tensor; `[]` is one number. */
export const array = (...shape: Shape) =>
  z.unknown().transform((value, ctx): Tensor => {
    const found = misfits(value, shape)
    for (const { path, message } of found) ctx.addIssue({ code: 'custom', path: [...path], message })
    return found.length > 0 ? z.NEVER : tensor(value as Nested)
  })

/** Shapes by name. */
export type Shapes<K extends string = string> = { readonly [name in K]: Shape }

const each = <K extends string, V>(shapes: Shapes<K>, f: (shape: Shape) => V): Record<K, V> =>
  Object.fromEntries(Object.entries<Shape>(shapes).map(([name, shape]) => [name, f(shape)])) as Record<K, V>

/** A record of arrays, every one required and no other. */
export const arrays = <K extends string>(shapes: Shapes<K>) => z.strictObject(each(shapes, shape => array(...shape)))

/** One answer: absent, null where it is not wanted, or an array. */
export const answer = (...shape: Shape) => array(...shape).nullish()

/** Answers by name, any of which may be absent or null. */
export const answers = <K extends string>(shapes: Shapes<K>) =>
  z.strictObject(each(shapes, shape => answer(...shape))).nullish()
