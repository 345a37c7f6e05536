/** Small multiples: panels of one size in rows, as many as fit the width of a page. */
import type { Figure } from './figure.ts'
import { widths } from './theme.ts'

const across = 26
const down = 40

export interface Panels {
  readonly columns: number
  readonly side: number
  readonly inside: NonNullable<Figure['inside']>
  /** What a specification says of them. */
  readonly layout: Readonly<Record<string, unknown>>
}

interface Margins {
  readonly left: number
  readonly top: number
  readonly bottom: number
}

/** So many square panels on a page of two columns, at most four in a row; at most so large a side. */
export const panelsFor = (count: number, { left, top, bottom }: Margins, largest = 130): Panels => {
  const columns = Math.min(4, count)
  const least = 8
  const side = Math.min(largest, (widths.double - left - least - (columns - 1) * across) / columns)
  const rows = Math.ceil(count / columns)
  const width = columns * side + (columns - 1) * across
  const padding = { left, top, bottom, right: widths.double - left - width }
  return {
    columns,
    side,
    inside: { width, height: rows * side + (rows - 1) * down },
    layout: { autosize: { type: 'none' }, padding, columns, spacing: { row: down, column: across }, bounds: 'flush' },
  }
}
