/** The triangles (t, s) of rules side by side: the size of what each credits to the parameters at step s for the loss at step t. */
import type { Datum, Figure } from './figure.ts'
import { panelsFor } from './multiples.ts'
import { ink } from './theme.ts'

/** sizes[t][s] = |g_ts|, s ≤ t. */
export interface Sizes {
  readonly rule: string
  readonly sizes: readonly (readonly number[])[]
}

const margins = { left: 48, top: 24, bottom: 64 } as const
/** Decades that are told apart below the largest. */
const decades = 4

const dataOf = (triangles: readonly Sizes[]): readonly Datum[] =>
  triangles.flatMap(({ rule, sizes }) =>
    sizes.flatMap((row, t) =>
      row.map((size, s) => ({
        rule,
        t: t + 1,
        s: s + 1,
        size,
        log: size > 0 && Number.isFinite(size) ? Math.log10(size) : null,
      })),
    ),
  )

const logsOf = (data: readonly Datum[]): readonly number[] =>
  data.flatMap(({ log }) => (typeof log === 'number' ? [log] : []))

/** One panel a rule; the first is the exact one. */
export const triangleFigure = (
  triangles: readonly Sizes[],
  { name, title, caption }: { readonly name: string; readonly title: string; readonly caption: string },
): Figure => {
  const data = dataOf(triangles)
  const most = Math.max(-300, ...logsOf(data))
  const steps = Math.max(...triangles.map(({ sizes }) => sizes.length))
  const { columns, side, inside, layout } = panelsFor(triangles.length, margins)
  const axis = {
    tickMinStep: 1,
    values: [1, Math.ceil(steps / 2), steps],
    grid: false,
    domain: true,
    ticks: true,
    labelAngle: 0,
  } as const
  const colour = {
    field: 'log',
    type: 'quantitative',
    scale: { domain: [most - decades, most], range: ['#eff3ff', '#08306b'], clamp: true },
    legend: {
      title: 'log₁₀ |g_ts|',
      orient: 'none',
      legendX: 0,
      legendY: inside.height + 36,
      direction: 'horizontal',
      gradientLength: 120,
      tickCount: 3,
      titleOrient: 'left',
      titleBaseline: 'middle',
    },
  } as const
  return {
    name,
    title,
    caption,
    data,
    inside,
    spec: {
      ...layout,
      config: { axis: { grid: false } },
      concat: triangles.map(({ rule }, i) => ({
        title: { text: rule, anchor: 'middle', color: ink },
        width: side,
        height: side,
        transform: [{ filter: { field: 'rule', equal: rule } }],
        mark: { type: 'rect' },
        encoding: {
          x: {
            field: 's',
            type: 'ordinal',
            axis: { ...axis, title: i >= triangles.length - columns ? 'parameter time s' : null },
          },
          y: { field: 't', type: 'ordinal', axis: { ...axis, title: i % columns === 0 ? 'loss time t' : null } },
          color: colour,
        },
      })),
    } as unknown as Figure['spec'],
  }
}
