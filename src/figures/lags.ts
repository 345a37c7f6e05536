/** Lines over the lag t - s: how far a rule's credit agrees with the exact one, by how long ago the parameter acted. */

import { axisFor, placeOn } from './axis.ts'
import type { Datum, Figure } from './figure.ts'
import { heightFor, labelled, roomFor } from './labels.ts'
import { scalesOf, styleOf, widths } from './theme.ts'

/** A rule's numbers at lags 0, 1, …; NaN where there is none. */
export interface ByLag {
  readonly rule: string
  readonly values: readonly number[]
}

export interface LagOptions {
  readonly name: string
  readonly title: string
  readonly caption: string
  readonly y: string
}

const [left, bottom, top, least] = [32, 32, 22, 120] as const

const dataOf = (lines: readonly ByLag[]): readonly Datum[] =>
  lines.flatMap(({ rule, values }, r) =>
    values.map((value, lag) => ({
      rule,
      lag,
      value: Number.isFinite(value) ? value : null,
      marked: (lag + 2 * r) % 5 === 0,
    })),
  )

/** A line a rule, named at its right end. */
export const lagFigure = (lines: readonly ByLag[], { name, title, caption, y }: LagOptions): Figure => {
  const rules = lines.map(({ rule }) => rule)
  const axis = axisFor([...lines.flatMap(({ values }) => values), 0, 1])
  const height = heightFor(rules.length, least)
  const scales = scalesOf(rules)
  const labels = lines.map(({ rule, values }, i) => ({
    text: rule,
    y: placeOn(axis, values.findLast(Number.isFinite) ?? 0, height),
    colour: styleOf(i).colour,
  }))
  const right = roomFor(rules)
  const width = widths.single - left - right
  const longest = Math.max(...lines.map(({ values }) => values.length)) - 1
  const x = {
    field: 'lag',
    type: 'quantitative',
    scale: { domain: [0, longest], nice: false },
    axis: { title: 'lag t − s', tickCount: 6, tickMinStep: 1, grid: false },
  } as const
  const up = {
    field: 'value',
    type: 'quantitative',
    scale: { type: axis.type, domain: [...axis.domain], nice: false },
    axis: { title: null, tickCount: 5 },
  } as const
  const colour = { field: 'rule', type: 'nominal', scale: scales.colour, legend: null } as const
  return {
    name,
    title,
    caption,
    data: dataOf(lines),
    spec: {
      width,
      height,
      autosize: { type: 'none' },
      padding: { left, right, top, bottom },
      title: { text: y, anchor: 'start', frame: 'group', dx: 6 - left },
      layer: [
        {
          mark: { type: 'line', strokeWidth: 1.2 },
          encoding: {
            x,
            y: up,
            color: colour,
            strokeDash: { field: 'rule', type: 'nominal', scale: scales.dash, legend: null },
          },
        },
        {
          transform: [{ filter: 'datum.marked && isValid(datum.value)' }],
          mark: { type: 'point', filled: true, opacity: 1, size: 22 },
          encoding: {
            x,
            y: up,
            color: colour,
            shape: { field: 'rule', type: 'nominal', scale: scales.marker, legend: null },
          },
        },
        ...labelled(labels, width, height),
      ],
    } as Figure['spec'],
  }
}
