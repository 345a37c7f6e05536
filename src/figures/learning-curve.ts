/** Learning curves: what is held out against steps or operations, the median over the seeds and a band between the quartiles. */
import { median, quantile } from '../statistics/summary.ts'
import { type Axis, axisBetween, axisFor, placeOn } from './axis.ts'
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
  /** Whether x is on a logarithmic axis: what is at 0 is left out. */
  readonly log?: boolean
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

/** What the curves are drawn on: both axes, and the size of the plot. */
interface Plot {
  readonly across: Axis
  readonly up: Axis
  readonly width: number
  readonly height: number
}

/** What a line is called: whether the median diverged too. */
const nameOf = (points: readonly Point[]): string =>
  `${points[0]?.rule ?? ''}${Number.isFinite(points.at(-1)?.median) ? '' : ' (diverged)'}`

const endOf = (points: readonly Point[], { across, up, width, height }: Plot, colour: string): Label => {
  const last = points.findLast(point => Number.isFinite(point.median))
  const x = last ? width - placeOn(across, last.x, width) : width
  return { text: nameOf(points), x, y: placeOn(up, last?.median ?? Number.POSITIVE_INFINITY, height), colour }
}

const ends = (
  groups: readonly (readonly Point[])[],
  references: readonly Reference[],
  plot: Plot,
): readonly Label[] => [
  ...groups.map((points, i) => endOf(points, plot, styleOf(i).colour)),
  ...references.map(({ name, value }) => ({ text: name, y: placeOn(plot.up, value, plot.height), colour: faint })),
]

/** Powers of ten on a logarithmic axis that has at least two of them. */
const ticksOf = ({
  type,
  domain: [low, high],
}: Axis): { readonly tickCount: number } | { readonly values: number[] } => {
  const [from, to] = [Math.ceil(Math.log10(low)), Math.floor(Math.log10(high))]
  return type === 'linear' || to <= from
    ? { tickCount: 4 }
    : { values: Array.from({ length: to - from + 1 }, (_, i) => 10 ** (from + i)) }
}

const scaleOf = ({ type, domain }: Axis) =>
  ({ type, domain: [...domain], nice: false, ...(type === 'linear' && { zero: false }) }) as const

const layersOf = (rules: readonly string[], references: readonly Reference[], plot: Plot, x: string) => {
  const scales = scalesOf(rules)
  const across = {
    field: 'x',
    type: 'quantitative',
    scale: scaleOf(plot.across),
    axis: { title: x, labelExpr: "format(datum.value, '~s')", grid: false, ...ticksOf(plot.across) },
  } as const
  const up = { type: 'quantitative', scale: scaleOf(plot.up), axis: { title: null, tickCount: 5 } } as const
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

/** The points of every rule; on a logarithmic axis without what stands at 0. */
const groupsOf = (courses: readonly Course[], log: boolean): readonly (readonly Point[])[] =>
  rulesOf(courses).map(rule => pointsOf(rule, courses).filter(({ x }) => !log || x > 0))

const captionOf = (courses: readonly Course[], { x, y, references = [] }: CurveOptions): string => {
  const seeds = new Set(courses.map(({ seed }) => seed)).size
  const drawn =
    seeds === 1 ? 'one seed' : `the median of ${seeds} seeds, and a band from the lower to the upper quartile`
  const grey = references.length > 0 ? ' Grey lines: figures that need no learning.' : ''
  return `${y} against ${x}: ${drawn}.${grey} A run that diverged counts as the worst from there on.`
}

const plotOf = (groups: readonly (readonly Point[])[], { references = [], log = false }: CurveOptions): Plot => {
  const all = groups.flat()
  const up = axisFor([
    ...all.flatMap(({ median: middle, low, high }) => [middle, low, high]),
    ...references.map(({ value }) => value),
  ])
  const across = axisBetween(
    all.map(({ x }) => x),
    log ? 'log' : 'linear',
  )
  const right = roomFor([...groups.map(nameOf), ...references.map(({ name }) => name)])
  return {
    across,
    up,
    width: widths.single - left - right,
    height: heightFor(groups.length + references.length, least),
  }
}

/** Learning curves of rules over seeds. */
export const learningCurve = (courses: readonly Course[], options: CurveOptions): Figure => {
  const { name, x, y, references = [], log = false } = options
  const groups = groupsOf(courses, log)
  const plot = plotOf(groups, options)
  const { width, height } = plot
  return {
    name,
    title: `${y} against ${x}`,
    caption: captionOf(courses, options),
    data: groups.flatMap((points, r) => points.map((point, i) => rowOf(point, (i + 2 * r) % every === 0, plot.up))),
    spec: {
      width,
      height,
      autosize: { type: 'none' },
      padding: { left, right: widths.single - left - width, top, bottom },
      title: { text: y, anchor: 'start', frame: 'group', dx: 6 - left },
      layer: [
        ...layersOf(rulesOf(courses), references, plot, x),
        ...labelled(ends(groups, references, plot), width, height),
      ],
    } as Figure['spec'],
  }
}
