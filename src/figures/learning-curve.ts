/** Learning curves: what is held out against steps or operations, the median over the seeds and a band between the quartiles. */
import { median, quantile } from '../statistics/summary.ts'
import { type Axis, axisFor, placeOn } from './axis.ts'
import type { Datum, Figure } from './figure.ts'
import { heightFor, type Label, labelled, roomFor } from './labels.ts'
import { faint, scalesOf, styleOf, widths } from './theme.ts'

/** A run as it is drawn: the held-out figure at each place on the axis; infinite from where it diverged. */
export interface Course {
  readonly rule: string
  readonly seed: number
  readonly points: readonly { readonly x: number; readonly y: number }[]
}

/** A figure that needs no learning, drawn as a line across. */
export interface Reference {
  readonly name: string
  readonly value: number
}

export interface CurveOptions {
  readonly name: string
  readonly x: string
  readonly y: string
  readonly references?: readonly Reference[]
}

const least = 150
const [left, bottom, top] = [36, 32, 22] as const

interface Point {
  readonly rule: string
  readonly x: number
  readonly median: number
  readonly low: number
  readonly high: number
}

/** The rules in the order in which they come. */
const rulesOf = (courses: readonly Course[]): readonly string[] => [...new Set(courses.map(({ rule }) => rule))]

const pointsOf = (rule: string, courses: readonly Course[]): readonly Point[] => {
  const own = courses.filter(course => course.rule === rule)
  return (own[0]?.points ?? []).map(({ x }, i) => {
    const values = own.map(({ points }) => points[i]?.y ?? Number.NaN)
    return { rule, x, median: median(values), low: quantile(values, 0.25), high: quantile(values, 0.75) }
  })
}

/** A value as the plot has it: one beyond the axis at its end, for a band to be clipped there. */
const clipped = (value: number, { domain: [low, high] }: Axis): number => Math.min(high, Math.max(low, value))

const every = 5

/** A row of the data; without a median there is no band either. The points of rules are marked at different places. */
const rowOf = ({ rule, x, ...y }: Point, marked: boolean, axis: Axis): Datum => {
  const known = Number.isFinite(y.median)
  const inside = (value: number): number | null => (known ? clipped(value, axis) : null)
  return { rule, x, median: known ? y.median : null, low: inside(y.low), high: inside(y.high), marked }
}

const endOf = (points: readonly Point[], axis: Axis, height: number, colour: string): Label => {
  const last = points.findLast(point => Number.isFinite(point.median))
  const diverged = !Number.isFinite(points.at(-1)?.median ?? Number.NaN)
  const text = `${points[0]?.rule ?? ''}${diverged ? ' (diverged)' : ''}`
  return { text, y: placeOn(axis, last?.median ?? Number.POSITIVE_INFINITY, height), colour }
}

const ends = (
  groups: readonly (readonly Point[])[],
  references: readonly Reference[],
  axis: Axis,
  height: number,
): readonly Label[] => [
  ...groups.map((points, i) => endOf(points, axis, height, styleOf(i).colour)),
  ...references.map(({ name, value }) => ({ text: name, y: placeOn(axis, value, height), colour: faint })),
]

const layersOf = (rules: readonly string[], references: readonly Reference[], axis: Axis, x: string) => {
  const scales = scalesOf(rules)
  const scale = { type: axis.type, domain: [...axis.domain], nice: false, zero: false } as const
  const across = {
    field: 'x',
    type: 'quantitative',
    axis: { title: x, labelExpr: "format(datum.value, '~s')", tickCount: 4, grid: false },
  } as const
  const up = { type: 'quantitative', scale, axis: { title: null, tickCount: 5 } } as const
  const colour = { field: 'rule', type: 'nominal', scale: scales.colour, legend: null } as const
  return [
    {
      data: { values: references.map(one => ({ ...one })) },
      mark: { type: 'rule', color: faint, strokeWidth: 0.75 },
      encoding: { y: { field: 'value', ...up } },
    },
    {
      mark: { type: 'area', opacity: 0.16, clip: true },
      encoding: { x: across, y: { field: 'low', ...up }, y2: { field: 'high' }, color: colour },
    },
    {
      mark: { type: 'line', strokeWidth: 1.2, clip: true },
      encoding: {
        x: across,
        y: { field: 'median', ...up },
        color: colour,
        strokeDash: { field: 'rule', type: 'nominal', scale: scales.dash, legend: null },
      },
    },
    {
      transform: [{ filter: 'datum.marked && isValid(datum.median)' }],
      mark: { type: 'point', filled: true, opacity: 1, size: 22, clip: true },
      encoding: {
        x: across,
        y: { field: 'median', ...up },
        color: colour,
        shape: { field: 'rule', type: 'nominal', scale: scales.marker, legend: null },
      },
    },
  ] as const
}

/** Learning curves of rules over seeds. */
export const learningCurve = (courses: readonly Course[], { name, x, y, references = [] }: CurveOptions): Figure => {
  const rules = rulesOf(courses)
  const groups = rules.map(rule => pointsOf(rule, courses))
  const axis = axisFor([
    ...groups.flat().flatMap(point => [point.median, point.low, point.high]),
    ...references.map(({ value }) => value),
  ])
  const height = heightFor(rules.length + references.length, least)
  const labels = ends(groups, references, axis, height)
  const right = roomFor(labels.map(({ text }) => text))
  const width = widths.single - left - right
  const seeds = new Set(courses.map(({ seed }) => seed)).size
  return {
    name,
    title: `${y} against ${x}`,
    caption: `${y} against ${x}: ${seeds === 1 ? 'one seed' : `the median of ${seeds} seeds, and a band from the lower to the upper quartile`}.${references.length > 0 ? ' Grey lines: figures that need no learning.' : ''} A run that diverged counts as the worst from there on.`,
    data: groups.flatMap((points, r) => points.map((point, i) => rowOf(point, (i + 2 * r) % every === 0, axis))),
    spec: {
      width,
      height,
      autosize: { type: 'none' },
      padding: { left, right, top, bottom },
      title: { text: y, anchor: 'start', frame: 'group', dx: 6 - left },
      layer: [...layersOf(rules, references, axis, x), ...labelled(labels, width, height)],
    } as Figure['spec'],
  }
}
