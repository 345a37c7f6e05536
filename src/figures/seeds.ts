/** A dot a seed: what every run came to, rule by rule, with the median; runs that diverged stand in a column of their own. */
import { median } from '../statistics/summary.ts'
import { axisFor } from './axis.ts'
import type { Datum, Figure } from './figure.ts'
import { ink, letter, scalesOf, textWidth, widths } from './theme.ts'

/** What a run came to; infinite where it diverged. */
export interface Dot {
  readonly rule: string
  readonly seed: number
  readonly value: number
}

const [row, top, bottom] = [24, 8, 32] as const
/** The room of the column of runs that diverged. */
const aside = 52

/** Seeds of a rule one below the other about its line. */
const offsetOf = (seed: number, seeds: readonly number[]): number => {
  const rank = seeds.indexOf(seed)
  return seeds.length === 1 ? 0 : (rank / (seeds.length - 1) - 0.5) * (row - 11)
}

const isInfinite = ({ value }: Dot): boolean => !Number.isFinite(value)

const dataOf = (dots: readonly Dot[], rules: readonly string[], width: number): readonly Datum[] => {
  const seeds = [...new Set(dots.map(({ seed }) => seed))].sort((a, b) => a - b)
  return dots.map(dot => ({
    rule: dot.rule,
    seed: dot.seed,
    value: isInfinite(dot) ? null : dot.value,
    aside: isInfinite(dot) ? width + aside / 2 : null,
    y: (rules.indexOf(dot.rule) + 0.5) * row + offsetOf(dot.seed, seeds),
  }))
}

const lines = (dots: readonly Dot[], rules: readonly string[]) =>
  rules.map((rule, i) => {
    const middle = median(dots.filter(dot => dot.rule === rule).map(({ value }) => value))
    return {
      rule,
      from: i * row + 3,
      to: (i + 1) * row - 3,
      at: (i + 0.5) * row,
      median: Number.isFinite(middle) ? middle : null,
    }
  })

const pixel = { type: 'quantitative', scale: null } as const

const layersOf = (dots: readonly Dot[], rules: readonly string[], x: string) => {
  const scales = scalesOf(rules)
  const { type, domain } = axisFor(dots.map(({ value }) => value))
  const across = {
    type: 'quantitative',
    scale: { type, domain: [...domain], nice: false, ...(type === 'linear' && { zero: false }) },
    axis: { title: x, tickCount: 5, labelFlush: false },
  } as const
  const colour = { field: 'rule', type: 'nominal', scale: scales.colour, legend: null } as const
  const shape = { field: 'rule', type: 'nominal', scale: scales.marker, legend: null } as const
  const values = lines(dots, rules)
  const medians = values.filter(one => one.median !== null)
  const mark = { type: 'point', filled: false, size: 26, strokeWidth: 1.1, opacity: 1, clip: false } as const
  return [
    {
      data: { values },
      mark: { type: 'text', align: 'right', fontSize: letter, clip: false },
      encoding: { x: { value: -8 }, y: { field: 'at', ...pixel }, text: { field: 'rule', type: 'nominal' } },
    },
    {
      data: { values: medians },
      mark: { type: 'rule', strokeWidth: 2, color: ink },
      encoding: { x: { field: 'median', ...across }, y: { field: 'from', ...pixel }, y2: { field: 'to' } },
    },
    {
      transform: [{ filter: 'isValid(datum.value)' }],
      mark,
      encoding: { x: { field: 'value', ...across }, y: { field: 'y', ...pixel }, color: colour, shape },
    },
    {
      transform: [{ filter: 'isValid(datum.aside)' }],
      mark,
      encoding: { x: { field: 'aside', ...pixel }, y: { field: 'y', ...pixel }, color: colour, shape },
    },
  ] as const
}

const asideLabel = (width: number, height: number) =>
  ({
    data: { values: [{ text: 'diverged' }] },
    mark: { type: 'text', fontSize: letter, baseline: 'top', clip: false },
    encoding: { x: { value: width + aside / 2 }, y: { value: height + 5 }, text: { field: 'text', type: 'nominal' } },
  }) as const

/** The final figure of every run, rules one below the other in their order. */
export const seedDots = (dots: readonly Dot[], { name, x }: { readonly name: string; readonly x: string }): Figure => {
  const rules = [...new Set(dots.map(({ rule }) => rule))]
  const left = 14 + Math.max(...rules.map(textWidth))
  const diverged = dots.some(isInfinite)
  const right = diverged ? aside : 10
  const [width, height] = [widths.single - left - right, rules.length * row]
  return {
    name,
    title: `${x}, a dot a seed`,
    caption: `${x} of every run, a dot a seed, and the median (bar); seeds stand in the same order in every row.${diverged ? ' Runs that diverged stand to the right.' : ''}`,
    data: dataOf(dots, rules, width),
    spec: {
      width,
      height,
      autosize: { type: 'none' },
      padding: { left, right, top, bottom },
      layer: [...layersOf(dots, rules, x), ...(diverged ? [asideLabel(width, height)] : [])],
    } as Figure['spec'],
  }
}
