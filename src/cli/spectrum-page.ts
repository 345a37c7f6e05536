/** A spectrum on a page: curves of the largest, the median and the smallest singular value, a table, and what became of a gradient. */
import { createRequire } from 'node:module'
import type { Spectrum } from '../../nets/run/spectrum.ts'
import { paragraph } from '../display/chart.ts'

type Numbers = readonly number[]
type Plot = (
  series: readonly Numbers[],
  config: {
    readonly height: number
    readonly offset: number
    readonly colors: readonly (string | undefined)[]
    readonly format: (x: number) => string
  },
) => string
const { plot } = createRequire(import.meta.url)('asciichart') as { readonly plot: Plot }

const median = (logs: Numbers): number => {
  const [low, high] = [logs[Math.floor((logs.length - 1) / 2)] ?? 0, logs[Math.ceil((logs.length - 1) / 2)] ?? 0]
  return (low + high) / 2
}

/** log₁₀ of the largest, the median and the smallest singular value at every t. */
const threeOf = ({ singular }: Spectrum): readonly [Numbers, Numbers, Numbers] => {
  const pick = (of: (logs: Numbers) => number): Numbers => singular.map(logs => of(logs) / Math.LN10)
  return [pick(logs => logs[0] ?? 0), pick(median), pick(logs => logs.at(-1) ?? 0)]
}

const [margin, columns] = [9, 80]
const paints = ['36', '33', '35'] as const

/** A curve read at evenly spaced places, so that it fills the page; what is below the bottom lies on it. */
const resampled = (values: Numbers, bottom: number): Numbers => {
  const count = values.length > 1 ? columns - margin - 1 : 1
  return Array.from({ length: count }, (_, i) => {
    const at = count > 1 ? (i * (values.length - 1)) / (count - 1) : 0
    const [left = bottom, right = left] = [values[Math.floor(at)], values[Math.ceil(at)]].map(x =>
      Math.max(x ?? 0, bottom),
    )
    return left + (right - left) * (at % 1)
  })
}

/** How far below the largest the picture goes: beyond that, doubles do not see the smaller beside it. */
const digits = 16

const picture = (three: readonly Numbers[], colour: boolean): string => {
  const [largest = [], , smallest = []] = three
  const floor = Math.min(...largest.filter(Number.isFinite), 0) - digits
  const bottom = Math.max(floor, Math.min(...smallest))
  const colors = paints.map(paint => (colour ? `\u001b[${paint}m` : undefined)).toReversed()
  const format = (x: number): string =>
    x
      .toFixed(2)
      .replace(/^-(?=0\.00$)/, '')
      .padStart(margin - 1)
  // what is drawn last is seen where curves meet: the largest
  const curves = three.map(values => resampled(values, bottom)).toReversed()
  return plot(curves, { height: 12, offset: 2, colors, format })
    .split('\n')
    .map(line => line.trimEnd())
    .join('\n')
}

/** A number by its log₁₀, however small: 3.2e-412. */
const written = (log10: number): string => {
  if (log10 === Number.NEGATIVE_INFINITY) return '0'
  const exponent = Math.floor(log10 + 1e-9)
  const mantissa = (10 ** (log10 - exponent)).toFixed(2)
  return mantissa === '10.00' ? `1.00e${exponent + 1}` : `${mantissa}e${exponent}`
}

/** A few of the times 1 … T, about evenly spaced on a logarithmic scale. */
const times = (T: number): Numbers => [...new Set([1, 2, 5, 10, 20, 50, 100, 200].filter(t => t < T)).add(T)]

const row = (cells: readonly string[]): string => cells.map((text, i) => text.padStart(i === 0 ? 5 : 14)).join('')

const tableOf = (three: readonly Numbers[], { lyapunov }: Spectrum): readonly string[] => [
  row(['t', 'largest', 'median', 'smallest', 'Lyapunov']),
  ...times(lyapunov.length).map(t =>
    row([
      String(t),
      ...three.map(values => written(values[t - 1] ?? Number.NaN)),
      (lyapunov[t - 1]?.[0] ?? Number.NaN).toFixed(4),
    ]),
  ),
]

/** What became of a gradient on its way through the whole run. */
const verdict = (T: number, [largest, , smallest]: readonly Numbers[]): string => {
  const [most, least] = [largest?.at(-1) ?? 0, smallest?.at(-1) ?? 0]
  if (most < 0) return `by step ${T} every direction has shrunk, to ${written(most)} at most: gradients vanish.`
  if (least > 0) return `by step ${T} every direction has grown, by ${written(least)} at least: gradients explode.`
  return `by step ${T} some directions have grown, up to ${written(most)}; others shrank, to ${written(least)}.`
}

/** The whole text: the network, the picture, the table and what it says. Fits 80 columns. */
export const page = (what: string, steps: number, found: Spectrum, colour: boolean): string => {
  const three = threeOf(found)
  const key = ['largest (top)', 'median', 'smallest (bottom)']
  const named = key.map((name, i) => (colour ? `\u001b[${paints[i]}m${name}\u001b[0m` : name))
  return [
    '∂s_t/∂s_0 = J_t … J_1: how far a change of the state has stretched by step t.',
    paragraph('network', `${what}.`),
    '',
    `log10 of the singular values, t = 1 to ${steps} from left to right`,
    `(what is ${digits} digits below the largest lies at the bottom)`,
    picture(three, colour),
    `${' '.repeat(margin)}${named.join(', ')}`,
    '',
    ...tableOf(three, found),
    '',
    paragraph('vanish', 'below 1 (log10 below 0) a gradient coming back this way has shrunk.'),
    paragraph('explode', 'above 1 it has grown; different directions can do either.'),
    paragraph(
      'Lyapunov',
      'the largest exponent, estimated so far by QR from the unit basis; it settles as t grows. e to it is a factor a step.',
    ),
    paragraph('here', verdict(steps, three)),
  ].join('\n')
}
