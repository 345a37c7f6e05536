/**
 * How the exact rules scale: time of BPTT and RTRL over steps T and units d, exponents fitted on the logarithms, and
 * how many numbers RTRL's influence holds. The work `scaling` of the bench.
 */

import type { Tensor } from '../ad/tensor.ts'
import type { Branch } from '../ad/tree.ts'
import type { Cell } from '../nets/cells/cell.ts'
import { leaky } from '../nets/cells/leaky.ts'
import { halfSquaredError } from '../nets/loss.ts'
import { type Example, example, type Network, network, type Theta } from '../nets/network.ts'
import { rng } from '../nets/random.ts'
import { outputs, steps, sumOf } from '../nets/run/fold.ts'
import { runGradient } from '../nets/run/scan.ts'
import { timesteps, unroll } from '../nets/run/unroll.ts'
import { bpttCost, rtrlCost } from '../proofs/rules/costs.ts'
import { bptt } from '../rules/bptt.ts'
import { rtrl } from '../rules/rtrl.ts'

type Work = 'BPTT' | 'RTRL'
export type Size = { readonly d: number; readonly T: number }
/** A line of points: one size varies, the other is held. */
type Series = {
  readonly work: Work
  readonly variable: 'T' | 'd'
  readonly sizes: readonly Size[]
  readonly expected: string
}
type Fit = { readonly ms: readonly number[]; readonly exponent: number; readonly last: number }

const [n, m, rounds] = [2, 1, 7]
const overT = [50, 100, 200, 400].map(T => ({ d: 16, T }))
const overD = (T: number, ds: readonly number[]): readonly Size[] => ds.map(d => ({ d, T }))

const plan: readonly Series[] = [
  { work: 'BPTT', variable: 'T', sizes: overT, expected: 'T^1' },
  { work: 'BPTT', variable: 'd', sizes: overD(50, [8, 16, 32, 64, 128, 256, 512]), expected: 'd^2' },
  { work: 'RTRL', variable: 'T', sizes: overT, expected: 'T^1' },
  { work: 'RTRL', variable: 'd', sizes: overD(6, [8, 16, 32, 64]), expected: 'd^4' },
]

export interface Setting {
  readonly net: Network
  readonly θ: Theta
  readonly sequence: readonly Example[]
}

/** A network of d units with drawn data of T steps; leaky, unless another cell is given. */
export const settingOf = ({ d, T }: Size, cell: Cell<Branch, Branch> = leaky({ alpha: 0.5 })): Setting => {
  const net = network(cell, { d, n, m }, halfSquaredError())
  const data = rng(1, 1)
  const draw = (size: number): Tensor => data.draw({ law: 'normal', shape: [size] })
  return { net, θ: net.init(1), sequence: Array.from({ length: T }, () => example(draw(n), draw(m))) }
}

const works: Readonly<Record<Work, (setting: Setting) => unknown>> = {
  BPTT: ({ net, θ, sequence }) => runGradient(bptt)(unroll(net)(θ, sequence)),
  RTRL: ({ net, θ, sequence }) => sumOf(outputs(steps(rtrl)(timesteps(net)(θ, sequence)))),
}

const timed = (work: () => unknown): number => {
  const from = performance.now()
  work()
  return performance.now() - from
}

const median = (xs: readonly number[]): number => xs.toSorted((a, b) => a - b)[xs.length >> 1] ?? Number.NaN

/** Medians of interleaved rounds, so that a slow moment of the machine falls on every case alike. */
export const measure = (cases: readonly (() => unknown)[]): readonly number[] => {
  for (const run of [...cases, ...cases]) run()
  const times = Array.from({ length: rounds }, () => cases.map(timed))
  return cases.map((_, i) => median(times.map(round => round[i] ?? Number.NaN)))
}

/** The slope of log y over log x by least squares. */
export const slope = (xs: readonly number[], ys: readonly number[]): number => {
  const [u, v] = [xs.map(Math.log), ys.map(Math.log)]
  const mean = (list: readonly number[]): number => list.reduce((a, b) => a + b, 0) / list.length
  const [mu, mv] = [mean(u), mean(v)]
  const spread = (a: number, i: number): number => (a - mu) * ((v[i] ?? Number.NaN) - mv)
  return mean(u.map(spread)) / mean(u.map(a => (a - mu) ** 2))
}

const fitted = ({ sizes, variable }: Series, ms: readonly number[]): Fit => {
  const xs = sizes.map(size => size[variable])
  return { ms, exponent: slope(xs, ms), last: slope(xs.slice(-2), ms.slice(-2)) }
}

/** The lengths of the number arrays that a memory holds. */
const lengths = (memory: unknown): readonly number[] => {
  if (memory instanceof Float64Array) return [memory.length]
  return typeof memory === 'object' && memory !== null ? Object.values(memory).flatMap(lengths) : []
}

const sum = (xs: readonly number[]): number => xs.reduce((a, b) => a + b, 0)

/** The numbers in RTRL's memory after a few steps, all together and in its largest array; beside it d·|θ| and |θ|². */
const held = (size: Size) => {
  const { net, θ, sequence } = settingOf(size)
  let arrays: readonly number[] = []
  for (const [, memory] of steps(rtrl)(timesteps(net)(θ, sequence))) arrays = lengths(memory)
  const parameters = size.d * (size.d + n + 1)
  return { ...size, doubles: sum(arrays), largest: Math.max(...arrays), parameters }
}

const rowOf = ({ work, variable, sizes, expected }: Series, { ms, exponent, last }: Fit): readonly string[] => {
  const fixed = variable === 'T' ? `d=${sizes[0]?.d}` : `T=${sizes[0]?.T}`
  return sizes.map((size, i) => {
    const first = i === 0 ? [work, variable, fixed] : ['', '', '']
    const facts = i === sizes.length - 1 ? [exponent.toFixed(2), last.toFixed(2), expected] : ['', '', '']
    return line([...first, String(size[variable]), (ms[i] ?? Number.NaN).toFixed(2), ...facts])
  })
}

const line = (cells: readonly string[]): string => cells.map((cell, i) => cell.padStart(i < 3 ? 6 : 10)).join('')

const counts = (): readonly string[] => {
  const ds = [8, 16, 32, 64, 128]
  const both = ds.map(d => [bpttCost({ d, n }).operations, rtrlCost({ d, n }).operations] as const)
  const exponent = (i: number, k: 0 | 1): string => {
    const [now, last] = [both[i]?.[k], both[i - 1]?.[k]]
    return now && last ? Math.log2(now / last).toFixed(2) : ''
  }
  return ds.map((d, i) => {
    const [bptt, rtrl] = both[i] ?? [0, 0]
    return line([String(d), '', '', String(bptt), exponent(i, 0), String(rtrl), exponent(i, 1)])
  })
}

const table = (fits: readonly Fit[], memory: readonly ReturnType<typeof held>[]): string =>
  [
    line(['work', 'over', 'held', 'size', 'ms', 'exponent', 'last ×2', 'expected']),
    ...plan.flatMap((series, i) => (fits[i] ? rowOf(series, fits[i]) : [])),
    '',
    `Medians of ${rounds} interleaved rounds after warm-up, in one thread; exponents by least squares on logs.`,
    'What is expected holds for large sizes: a fixed cost at every timestep flattens the small',
    'ones, so the exponent of the last doubling is nearer to it than the fit.',
    '',
    'Operations of one step, counted on its program; beside each the exponent of the last doubling of d.',
    line(['d', '', '', 'BPTT', 'exponent', 'RTRL', 'exponent']),
    ...counts(),
    '',
    "Numbers held by RTRL's influence, read off its memory: d·|θ|, and nowhere |θ|².",
    line(['d', '|θ|', '', 'held', 'largest', 'd·|θ|', '|θ|²']),
    ...memory.map(({ d, parameters, doubles, largest }) =>
      line([d, parameters, '', doubles, largest, d * parameters, parameters ** 2].map(String)),
    ),
  ].join('\n')

const records = (fits: readonly Fit[], memory: readonly ReturnType<typeof held>[]): readonly object[] => [
  ...plan.flatMap(({ work, variable, sizes }, i) =>
    sizes.map((size, j) => ({
      work,
      variable,
      ...size,
      n,
      ms: fits[i]?.ms[j],
      exponent: fits[i]?.exponent,
      last: fits[i]?.last,
    })),
  ),
  ...memory.map(facts => ({ work: 'RTRL memory', n, ...facts })),
]

/** How many cases come before a series. */
const before = (index: number): number => sum(plan.slice(0, index).map(({ sizes }) => sizes.length))

/** Measures all series and prints the table, or one object a line. */
export const scaling = (json: boolean): void => {
  const cases = plan.flatMap(({ work, sizes }) =>
    sizes.map(size => {
      const setting = settingOf(size)
      return () => works[work](setting)
    }),
  )
  const ms = measure(cases)
  const fits = plan.map((series, i) => fitted(series, ms.slice(before(i), before(i + 1))))
  const memory = [8, 16, 32, 64].map(d => held({ d, T: 3 }))
  if (json) for (const record of records(fits, memory)) console.log(JSON.stringify(record))
  else console.log(table(fits, memory))
}
