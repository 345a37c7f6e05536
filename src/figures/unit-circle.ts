/** The eigenvalues of a network's one-step Jacobian in the complex plane, beside the unit circle: inside it the past fades. */
import type { Datum, Figure } from './figure.ts'
import { panelsFor } from './multiples.ts'
import { faint, ink } from './theme.ts'

export interface Spectrum {
  readonly rule: string
  /** Before training, or after it. */
  readonly when: 'before' | 'after'
  readonly eigenvalues: readonly { readonly re: number; readonly im: number }[]
}

const margins = { left: 36, top: 24, bottom: 36 } as const

const circle = Array.from({ length: 121 }, (_, i) => ({
  i,
  x: Math.cos((2 * Math.PI * i) / 120),
  y: Math.sin((2 * Math.PI * i) / 120),
}))

const dataOf = (spectra: readonly Spectrum[]): readonly Datum[] =>
  spectra.flatMap(({ rule, when, eigenvalues }) =>
    eigenvalues.map(({ re, im }) => ({ rule, when, re, im, size: Math.hypot(re, im) })),
  )

/** One panel a rule: rings before training, dots after it. */
export const unitCircle = (
  spectra: readonly Spectrum[],
  { name, title, caption }: { readonly name: string; readonly title: string; readonly caption: string },
): Figure => {
  const rules = [...new Set(spectra.map(({ rule }) => rule))]
  const data = dataOf(spectra)
  const reach = Math.max(1, ...data.map(({ re, im }) => Math.max(Math.abs(Number(re)), Math.abs(Number(im))))) * 1.08
  const { columns, side, inside, layout } = panelsFor(rules.length, margins)
  const scale = { domain: [-reach, reach], nice: false } as const
  const axis = { values: [-1, 0, 1], grid: true } as const
  const panel = (rule: string, i: number) => {
    const x = {
      type: 'quantitative',
      scale,
      axis: { ...axis, title: i >= rules.length - columns ? 'Re λ' : null },
    } as const
    const y = { type: 'quantitative', scale, axis: { ...axis, title: i % columns === 0 ? 'Im λ' : null } } as const
    const only = (when: string) => [{ filter: `datum.rule === ${JSON.stringify(rule)} && datum.when === '${when}'` }]
    const at = { x: { field: 're', ...x }, y: { field: 'im', ...y } }
    return {
      title: { text: rule, anchor: 'middle', color: ink },
      width: side,
      height: side,
      layer: [
        {
          data: { values: circle },
          mark: { type: 'line', color: faint, strokeWidth: 1 },
          encoding: { x: { field: 'x', ...x }, y: { field: 'y', ...y }, order: { field: 'i' } },
        },
        {
          transform: only('before'),
          mark: { type: 'point', filled: false, size: 22, strokeWidth: 0.8, color: faint },
          encoding: at,
        },
        {
          transform: only('after'),
          mark: { type: 'point', filled: true, opacity: 1, size: 14, color: ink },
          encoding: at,
        },
      ],
    }
  }
  return {
    name,
    title,
    caption,
    data,
    inside,
    spec: {
      ...layout,
      concat: rules.map(panel),
    } as unknown as Figure['spec'],
  }
}
