/** `janus spectrum`: how a random network stretches what passes through it, step after step. */
import { createRequire } from 'node:module'
import { internal } from '../../ad/errors.ts'
import { zeros } from '../../ad/tensor.ts'
import { cells } from '../../nets/cells/index.ts'
import { halfSquaredError } from '../../nets/loss.ts'
import { example, network, params } from '../../nets/network.ts'
import { rng } from '../../nets/random.ts'
import { type Spectrum, spectrum as spectrumOf } from '../../nets/run/spectrum.ts'
import { unroll } from '../../nets/run/unroll.ts'
import { colourful, paragraph } from '../display/chart.ts'
import { attempt, type Command } from '../failure.ts'
import { isText, squaresBegun, writtenCell } from '../training/cell-text.ts'
import { beginning, initials } from '../training/initial.ts'
import { modelRun } from '../training/model-run.ts'
import { readOptions, readRun, type Settings, type SpectrumOptions } from './spectrum-options.ts'

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

/** The cell of some settings, its recurrent matrices initialised as they say. */
const begunCell = ({ cell, initial, gain, hidden: d, own, alpha, forgetBias }: Settings) => {
  if (own) return squaresBegun(own(), initials[initial](gain, d))
  if (isText(cell)) throw internal('a cell from text, not made yet')
  const made = cells[cell]({ ...(alpha !== undefined && { alpha }), ...(forgetBias !== undefined && { forgetBias }) })
  return beginning(made, { d, n: 1, m: 1 }, initial, gain)
}

/** The spectrum of a random network of one input on random normal inputs. */
export const computed = (settings: Settings): Spectrum => {
  const { hidden: d, steps, seed } = settings
  const net = network(begunCell(settings), { d, n: 1, m: 1 }, halfSquaredError())
  const inputs = rng(seed, 1)
  const sequence = Array.from({ length: steps }, () => example(inputs.draw({ law: 'normal', shape: [1] }), zeros([1])))
  return spectrumOf(unroll(net)(params(net, rng(seed)), sequence))
}

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

const sentence = ({ cell, alpha, forgetBias, hidden, initial, gain, steps, seed }: Settings): string =>
  [
    cell,
    ...(alpha === undefined ? [] : [`alpha ${alpha}`]),
    ...(forgetBias === undefined ? [] : [`forget ${forgetBias}`]),
    `d=${hidden}`,
    ...(cell === 'lru' ? [] : [`recurrent matrices ${initial}, gain ${gain}`]),
    `T=${steps}`,
    `seed ${seed}`,
  ].join(', ')

/** The whole text of a random network. */
export const drawn = (settings: Settings, found: Spectrum, colour = false): string =>
  page(sentence(settings), settings.steps, found, colour)

/** The whole text: the network, the picture, the table and what it says. Fits 80 columns. */
const page = (what: string, steps: number, found: Spectrum, colour: boolean): string => {
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

/** The spectrum of a model that was trained, drawn or in numbers. */
const ofModel = async (from: string, options: SpectrumOptions): Promise<string> => {
  const { json, data, task, column, target } = options
  const asked = { ...readRun(options), data, task, column, target }
  const { what, run } = await modelRun('spectrum', from, asked)
  const found = spectrumOf(run)
  return json ? JSON.stringify({ from, ...asked, ...found }) : page(what, asked.steps, found, colourful())
}

/** The spectrum of a random network, drawn or in numbers. */
const ofSettings = async ({ json, ...options }: SpectrumOptions): Promise<string> => {
  const named = readOptions(options)
  const settings = { ...named, ...(await writtenCell(named.cell, named.alpha)) }
  const found = computed(settings)
  return json ? JSON.stringify({ ...settings, ...found }) : drawn(settings, found, colourful())
}

/** Prints the spectrum of a random network or of a model, or with `json` its natural logarithms on one line; null is the logarithm of 0. */
export const spectrum = ({ from, ...options }: SpectrumOptions): Command =>
  attempt(async () => {
    console.log(await (from === undefined ? ofSettings(options) : ofModel(from, options)))
  })
