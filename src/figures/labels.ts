/** Labels beside the right end of lines, in place of a legend: moved apart, each with a leader to its line. */
import { spread } from './spread.ts'
import { faint, letter, lineHeight, textWidth } from './theme.ts'

export interface Label {
  readonly text: string
  /** Where its line ends, in pixels from the left and the top of the plot; the right edge where x is left out. */
  readonly x?: number
  readonly y: number
  readonly colour: string
}

const [from, to] = [3, 13] as const
const longest = 26

/** Paths by their end, other names by their beginning. */
const shortened = (text: string): string => {
  if (text.length <= longest) return text
  return text.includes('/') ? `…${text.slice(1 - longest)}` : `${text.slice(0, longest - 1)}…`
}

/** The room that labels need to the right of a plot. */
export const roomFor = (labels: readonly string[]): number =>
  to + 4 + Math.max(0, ...labels.map(label => textWidth(shortened(label))))

/** How high a plot must be for its labels. */
export const heightFor = (labels: number, least: number): number => Math.max(least, labels * lineHeight)

/** The layers that write labels to the right of a plot of a width and height. */
export const labelled = (labels: readonly Label[], width: number, height: number) => {
  const places = spread(
    labels.map(({ y }) => y),
    lineHeight,
    0,
    height,
  )
  const values = labels.map(({ x: end = width, ...label }, i) => ({
    ...label,
    end: Math.min(width, end) + from,
    text: shortened(label.text),
    at: places[i] ?? 0,
  }))
  const raw = { type: 'quantitative', scale: null } as const
  return [
    {
      data: { values },
      mark: { type: 'rule', color: faint, strokeWidth: 0.5, strokeDash: [1, 2], clip: false },
      encoding: {
        x: { field: 'end', ...raw },
        x2: { value: width + to - 2 },
        y: { field: 'y', ...raw },
        y2: { field: 'at' },
      },
    },
    {
      data: { values },
      mark: { type: 'text', align: 'left', baseline: 'middle', fontSize: letter, clip: false },
      encoding: {
        x: { value: width + to },
        y: { field: 'at', ...raw },
        text: { field: 'text', type: 'nominal' },
        color: { field: 'colour', type: 'nominal', scale: null },
      },
    },
  ] as const
}
