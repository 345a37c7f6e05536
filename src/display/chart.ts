/** What the terminal shows of a run: text, tables and learning curves on stdout, progress on stderr. */

import { createRequire } from 'node:module'
import { SingleBar } from 'cli-progress'
import { visible } from '../../ad/visible.ts'
import { hanging } from '../wrap.ts'

type Plot = (
  series: readonly number[],
  config: {
    readonly height: number
    readonly min: number
    readonly max: number
    readonly offset: number
    readonly format: (x: number) => string
  },
) => string
const { plot } = createRequire(import.meta.url)('asciichart') as { readonly plot: Plot }

/** A curve and its name; the points are evenly spaced over the run. */
export interface Curve {
  readonly name: string
  readonly values: readonly number[]
}

const offset = 9
const columns = 80
const height = 12
const paints = ['36', '33'] as const

const painted = (colour: boolean, index: 0 | 1, text: string): string =>
  colour && text !== ' ' ? `\u001b[${paints[index]}m${text}\u001b[39m` : text

/** Points with straight lines between them, one every `stretch` columns. */
const stretched = (values: readonly number[], stretch: number): readonly number[] =>
  values.flatMap((value, i) => {
    const next = values[i + 1]
    if (next === undefined) return [value]
    return Array.from({ length: stretch }, (_, j) => value + ((next - value) * j) / stretch)
  })

const drawn = (values: readonly number[], stretch: number, all: readonly number[]): readonly (readonly string[])[] => {
  const [min, max] = [Math.min(...all), Math.max(...all)]
  const format = (x: number): string => x.toPrecision(4).padStart(offset - 1)
  return plot(stretched(values, stretch), { height, min, max, offset: 2, format })
    .split('\n')
    .map(line => [...line])
}

/** The row a point has in a chart: what asciichart rounds it to. */
const rowOf = (value: number, all: readonly number[], rows: number): number => {
  const [min, max] = [Math.min(...all), Math.max(...all)]
  const ratio = max > min ? height / (max - min) : 1
  return rows - 1 - (Math.round(value * ratio) - Math.round(min * ratio))
}

/** Two curves in one chart, at most 80 columns wide: the first as a line, the second as points on top of it. */
export const chart = ([line, points]: readonly [Curve, Curve], colour: boolean): string => {
  const all = [...line.values, ...points.values]
  const steps = Math.max(line.values.length, points.values.length, 2) - 1
  const stretch = Math.max(1, Math.floor((columns - offset - 1) / steps))
  const grid = drawn(line.values, stretch, all)
  const at = new Set(points.values.map((value, i) => `${rowOf(value, all, grid.length)},${offset + i * stretch}`))
  const cell = (text: string, row: number, column: number): string => {
    if (at.has(`${row},${column}`)) return painted(colour, 1, '●')
    return column < offset ? text : painted(colour, 0, text)
  }
  const rows = grid.map((row, r) =>
    Array.from({ length: offset + steps * stretch + 1 }, (_, c) => cell(row[c] ?? ' ', r, c))
      .join('')
      .trimEnd(),
  )
  return [
    ...rows,
    `${' '.repeat(offset)}${painted(colour, 0, '──')} ${line.name}   ${painted(colour, 1, '●')} ${points.name}`,
  ].join('\n')
}

/** Whether to colour what goes to stdout. */
export const colourful = (): boolean => Boolean(process.stdout.isTTY) && !process.env.NO_COLOR

/** Something that shows how far a run is. */
export interface Progress {
  readonly at: (step: number, note: string) => void
  readonly stop: () => void
}

const plain = (name: string, total: number): Progress => {
  let [shown, last] = [Date.now(), '']
  return {
    at: (step, note) => {
      last = note || last
      if (Date.now() - shown < 5000 && step < total) return
      shown = Date.now()
      process.stderr.write(`${name} ${step}/${total} ${last}\n`)
    },
    stop: () => {},
  }
}

/** Progress on stderr: a bar on a terminal, a line every few seconds elsewhere. Stop it, or the process stays. */
export const progress = (title: string, total: number): Progress => {
  const name = visible(title, '')
  if (!process.stderr.isTTY) return plain(name, total)
  const format = `${name} [{bar}] {value}/{total} {note}`
  const bar = new SingleBar({ format, barsize: 24, linewrap: true, stream: process.stderr })
  bar.start(total, 0, { note: '' })
  return { at: (step, note) => bar.update(step, note ? { note } : {}), stop: () => bar.stop() }
}

/** A label and a text beside it, broken between words to fit 80 columns. */
export const paragraph = (label: string, text: string): string => hanging(label.padEnd(10), visible(text, ''))

/** Names and figures in two columns, under a title. */
export const table = (title: string, rows: readonly (readonly [name: string, figure: number])[]): string =>
  [
    visible(title, ''),
    ...rows.map(([name, figure]) => `  ${visible(name, '').padEnd(44)} ${figure.toFixed(3).padStart(10)}`),
  ].join('\n')
