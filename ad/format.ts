/** How numbers look where people read them: a few digits, sparklines, aligned rows of at most 80 columns, tables in HTML. */
import { bracket } from './errors.ts'

type Numbers = ArrayLike<number>
type Shape = readonly number[]

const columns = 80
/** Left free beside a vector, for what it stands in. */
const margin = 8
/** Entries of an axis that are shown: of the last two axes, and of those before them. */
const [most, blocks] = [8, 3]

/** Four significant digits; small whole numbers as they are. */
export const digits = (x: number): string => {
  if (Number.isInteger(x) && Math.abs(x) < 1e9) return String(x)
  const rounded = Number(x.toPrecision(4))
  const far = Math.abs(rounded) >= 1e6 || Math.abs(rounded) < 1e-4
  return far ? rounded.toExponential().replace('e+', 'e') : String(rounded)
}

const bars = ['▁', '▂', '▃', '▅', '▇'] as const

/** Neighbours averaged, so that at most `width` numbers are left. */
const thinned = (xs: Numbers, width: number): readonly number[] => {
  const n = Math.min(width, xs.length)
  return Array.from({ length: n }, (_, i) => {
    const [from, to] = [Math.floor((i * xs.length) / n), Math.floor(((i + 1) * xs.length) / n)]
    const part = Array.from({ length: to - from }, (_, j) => xs[from + j]!)
    return part.reduce((a, b) => a + b, 0) / part.length
  })
}

/** The least and the largest of the finite numbers. */
const rangeOf = (xs: Numbers): readonly [low: number, high: number] => {
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]
  for (let i = 0; i < xs.length; i++)
    if (Number.isFinite(xs[i])) [low, high] = [Math.min(low, xs[i]!), Math.max(high, xs[i]!)]
  return [low, high]
}

/** Numbers as bars from the least to the largest, neighbours averaged to fit the width; ? where one is not finite. */
export const spark = (xs: Numbers, width = 24): string => {
  const means = thinned(xs, width)
  const [low, high] = rangeOf(means)
  const bar = (x: number): string => bars[Math.round(((x - low) / (high - low || 1)) * (bars.length - 1))] ?? '?'
  return means.map(x => (Number.isFinite(x) ? bar(x) : '?')).join('')
}

/** The fewest bars that still show a course; as many where no digits stand before them, so that rows can be compared. */
export const course = 16

/** A vector in so many columns: all its digits, or else its first, a sparkline, and its range. */
export const row = (xs: Numbers, width: number): string => {
  const all = Array.from({ length: Math.min(xs.length, most) }, (_, i) => digits(xs[i]!))
  const whole = `[${all.join(', ')}]`
  if (xs.length <= most && whole.length <= width) return whole
  const [low, high] = rangeOf(xs)
  const range = low > high ? '' : ` ${digits(low)} to ${digits(high)}`
  const starts = [3, 2, 1].map(n => `[${all.slice(0, n).join(', ')}, …] `)
  const start = starts.find(text => text.length + Math.min(course, xs.length) + range.length <= width) ?? ''
  const room = Math.max(4, width - start.length - range.length)
  return `${start}${spark(xs, Math.min(room, start === '' ? course : 24))}${range}`
}

const gap = -1
/** The entries of an axis that are shown: all, or the first ones, a gap, and the last. */
const kept = (n: number, limit: number): readonly number[] =>
  n <= limit ? Array.from({ length: n }, (_, i) => i) : [...Array.from({ length: limit - 2 }, (_, i) => i), gap, n - 1]

/** Where the shown entries of an array stand, as a tree of rows. */
type Places = number | readonly Places[]
const placesOf = ([n, ...rest]: Shape, across: number, at = 0): Places => {
  if (n === undefined) return at
  const step = rest.reduce((product, size) => product * size, 1)
  const limit = rest.length === 0 ? across : rest.length === 1 ? most : blocks
  return kept(n, limit).map(i => (i === gap ? gap : placesOf(rest, across, at + i * step)))
}

const write = (places: Places, cell: (at: number) => string, indent: string): string => {
  if (typeof places === 'number') return places === gap ? '…' : cell(places)
  const flat = places.every(place => typeof place === 'number') && places.some(place => place !== gap)
  const inner = places.map(place => write(place, cell, `${indent} `))
  return `[${inner.join(flat ? ', ' : `,\n${indent} `)}]`
}

const entriesIn = (places: Places): readonly number[] =>
  typeof places === 'number' ? [places] : places.flatMap(entriesIn)

const widest = (xs: Numbers, places: Places): number =>
  Math.max(0, ...entriesIn(places).map(at => (at === gap ? 1 : digits(xs[at]!).length)))

/** Rows with their columns aligned, shortened where there are many; [rows, …] as people write them. */
const rows = (shape: Shape, xs: Numbers): string => {
  const width = widest(xs, placesOf(shape, most))
  const across = Math.min(most, Math.floor((columns - 2 * shape.length) / (width + 2)))
  const places = placesOf(shape, across)
  const shown = widest(xs, places)
  return write(places, at => digits(xs[at]!).padStart(shown), '')
}

/** An array as the prompt prints it: its shape and its first few digits; a scalar is its number alone. */
export const printed = (shape: Shape, xs: Numbers): string => {
  if (shape.length === 0) return digits(xs[0]!)
  const head = `tensor ${bracket(shape)}`
  return shape.length === 1 ? `${head} ${row(xs, columns - margin - head.length - 1)}` : `${head}\n${rows(shape, xs)}`
}

const tr = (cells: readonly string[]): string => `<tr>${cells.map(cell => `<td>${cell}</td>`).join('')}</tr>`

/** An array as a table in HTML; from three axes on as text. */
export const markup = (shape: Shape, xs: Numbers): string => {
  if (shape.length > 2 || xs.length === 0) return `<pre>${printed(shape, xs)}</pre>`
  if (shape.length === 0) return `<code>${digits(xs[0]!)}</code>`
  const places = placesOf(shape.length === 1 ? [1, ...shape] : shape, most) as readonly Places[]
  const cell = (at: Places): string => (at === gap ? '…' : digits(xs[at as number]!))
  const body = places.map(line => tr(typeof line === 'number' ? ['…'] : line.map(cell))).join('')
  return `<table><caption>tensor ${bracket(shape)}</caption><tbody>${body}</tbody></table>`
}
