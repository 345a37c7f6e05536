/** A matrix of numbers in [-1, 1] as shades with the number in each cell: how well the gradients of rules are aligned. */
import type { Datum, Figure } from './figure.ts'
import { ink, letter, textWidth, widths } from './theme.ts'

export interface Matrix {
  readonly name: string
  readonly title: string
  readonly caption: string
  readonly rows: readonly string[]
  readonly columns: readonly string[]
  /** values[i][j] of row i and column j; NaN where there is none. */
  readonly values: readonly (readonly number[])[]
}

const cell = 32
const bottom = 6

const write = (x: number): string => (Number.isFinite(x) ? x.toFixed(2).replace('-', '−') : '–')

const dataOf = ({ rows, columns, values }: Matrix): readonly Datum[] =>
  rows.flatMap((row, i) =>
    columns.map((column, j) => {
      const x = values[i]?.[j] ?? Number.NaN
      return { row, column, value: Number.isFinite(x) ? x : null, size: Math.abs(x) || 0, written: write(x) }
    }),
  )

/** The room above that slanted names of columns take. */
const slanted = (names: readonly string[]): number => 14 + Math.max(...names.map(textWidth)) * Math.SQRT1_2

/** Darker cells are of larger size, whatever their sign. */
export const matrixFigure = (matrix: Matrix): Figure => {
  const { name, title, caption, rows, columns } = matrix
  const left = 10 + Math.max(...rows.map(textWidth))
  const top = slanted(columns)
  const side = Math.min(cell, (widths.single - left - 30) / columns.length)
  const across = {
    field: 'column',
    type: 'nominal',
    sort: [...columns],
    axis: { title: null, orient: 'top', labelAngle: -45, domain: false, ticks: false },
  } as const
  const down = {
    field: 'row',
    type: 'nominal',
    sort: [...rows],
    axis: { title: null, domain: false, ticks: false },
  } as const
  return {
    name,
    title,
    caption,
    data: dataOf(matrix),
    spec: {
      width: side * columns.length,
      height: side * rows.length,
      autosize: { type: 'none' },
      padding: { left, top, bottom, right: widths.single - left - side * columns.length },
      encoding: { x: across, y: down },
      layer: [
        {
          mark: { type: 'rect', stroke: 'white' },
          encoding: {
            color: {
              field: 'size',
              type: 'quantitative',
              scale: { domain: [0, 1], range: ['#f4f6fb', '#08306b'] },
              legend: null,
            },
          },
        },
        {
          mark: { type: 'text', fontSize: Math.min(letter, side / 3.7) },
          encoding: {
            text: { field: 'written', type: 'nominal' },
            color: { condition: { test: 'datum.size > 0.5', value: 'white' }, value: ink },
          },
        },
      ],
    } as Figure['spec'],
  }
}
