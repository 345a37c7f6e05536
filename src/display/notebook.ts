/** What notebooks show: text, tables in HTML, and figures. */
import { isTensor, isTriangle } from './guards.ts'
import { shown, tableOf } from './show.ts'
import { curve, shades } from './svg.ts'
import { escaped, htmlOf } from './table.ts'

/** A value in several forms; a notebook shows the richest it supports. */
export interface Bundle {
  readonly 'text/plain': string
  readonly 'text/html'?: string
  readonly 'image/svg+xml'?: string
}

const jupyter = Symbol.for('Jupyter.display')
const inspect = Symbol.for('nodejs.util.inspect.custom')

/** The entries of a vector that are too many to be read. */
const long = 8

const own = (value: unknown): Bundle | undefined => {
  const form =
    typeof value === 'object' && value !== null ? (value as { [jupyter]?: () => Bundle })[jupyter] : undefined
  return form?.call(value)
}

/** The forms of a value: of anything with a table its table, of long vectors and triangles a figure, else its text. */
export const bundle = (value: unknown): Bundle => {
  const text = shown(value)
  if (isTriangle(value)) return { 'text/plain': text, 'image/svg+xml': shades(value.pairs.map(row => row.map(size))) }
  const table = tableOf(value)
  const html = table ? htmlOf(table) : `<pre>${escaped(text)}</pre>`
  const figure = isTensor(value) && value.shape.length === 1 && value.data.length > long
  return {
    ...(own(value) ?? { 'text/plain': text, 'text/html': html }),
    ...(figure && { 'image/svg+xml': curve([...value.data]) }),
  }
}

const size = (g: readonly number[]): number => Math.hypot(...g)

/** A value as a notebook's result: `display(run)` as the last line of a cell shows the run as a table. */
export const display = (value: unknown): object => ({ [jupyter]: () => bundle(value), [inspect]: () => shown(value) })
