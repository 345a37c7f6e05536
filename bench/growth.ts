/**
 * How a step grows with d, rule by rule and compiled: its time and the memory laid out for it, exponents fitted on the
 * logarithms. The work `growth` of the bench.
 */

import { execFileSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { engineOf } from '../ad/compiler/engine.ts'
import { scratchBytes } from '../ad/compiler/kernels.ts'
import { full, type Tensor, tensorOf, zeros } from '../ad/tensor.ts'
import type { Branch } from '../ad/tree.ts'
import type { Cell } from '../nets/cells/cell.ts'
import { cells } from '../nets/cells/index.ts'
import { leaky } from '../nets/cells/leaky.ts'
import { withConnectivity } from '../nets/cells/stacked.ts'
import type { Network } from '../nets/network.ts'
import { drawsFor } from '../nets/run/noise.ts'
import { type AnyRule, resolved } from '../nets/run/rule.ts'
import { gradient } from '../nets/train/gradient.ts'
import { compiledFor } from '../nets/train/plans.ts'
import { bptt } from '../rules/bptt.ts'
import { diagonal } from '../rules/diagonal.ts'
import { fpbptt } from '../rules/fpbptt.ts'
import { kfrtrl } from '../rules/kfrtrl.ts'
import { rflo } from '../rules/rflo.ts'
import { rtrl } from '../rules/rtrl.ts'
import { snap } from '../rules/snap.ts'
import { uoro } from '../rules/uoro.ts'
import { measure, settingOf, slope } from './scaling.ts'

/** A rule over sizes, and the exponents it should have: of its time, and of its memory. */
interface Series {
  readonly name: string
  readonly ds: readonly number[]
  readonly wanted: readonly [time: number, memory: number]
  readonly steps: (d: number) => number
  readonly rule: (d: number, net: Network) => AnyRule
  readonly cell?: (d: number) => Cell<Branch, Branch>
}

/** Ones where a unit has a connection to another: `fanIn` of them for every unit, at fixed distances. */
const fewConnections = (d: number, fanIn: number): Tensor => {
  const mask = new Float64Array(d * d)
  for (let i = 0; i < d; i++) for (let j = 0; j < fanIn; j++) mask[i * d + ((i + 3 * j * j + 1) % d)] = 1
  return tensorOf([d, d], mask)
}

const always = (steps: number) => (): number => steps
const wide = [64, 128, 256, 512]

const plan: readonly Series[] = [
  {
    ...{ name: 'RFLO', ds: wide, wanted: [2, 2], steps: always(20) },
    rule: (d, net) => rflo({ feedback: full([d, net.sizes.m], 0.5) }),
  },
  {
    ...{ name: 'SnAp-1, fan-in 4', ds: wide, wanted: [2, 2], steps: always(20) },
    cell: d =>
      withConnectivity(leaky({ alpha: 0.5 }), { W_rec: fewConnections(d, 4) }) as unknown as Cell<Branch, Branch>,
    rule: () => snap({ n: 1, mask: 'strict' }),
  },
  { name: 'UORO', ds: wide, wanted: [2, 2], steps: always(20), rule: () => uoro() },
  { name: 'KF-RTRL', ds: wide, wanted: [3, 2], steps: always(10), rule: () => kfrtrl() },
  { name: 'FP-BPTT(d)', ds: [24, 48, 96, 192], wanted: [3, 3], steps: d => d, rule: d => fpbptt({ k: d }) },
  { name: 'RTRL', ds: [16, 32, 64, 128], wanted: [4, 3], steps: always(6), rule: () => rtrl },
]

/** Exact RTRL by units that depend on no other, whose |θ| is a multiple of d (of eLSTM, whose output gate reads all units, of d²). */
const elementwise: readonly Series[] = (
  [
    ['rtu', 1],
    ['lru', 1],
    ['elstm', 2],
    ['min-gru', 1],
  ] as const
).map(([name, power]) => ({
  ...{ name: `diagonal, ${name}`, ds: wide, wanted: [power, power], steps: always(20) },
  ...{ rule: () => diagonal, cell: () => cells[name]() },
}))

/** The same units by what serves any network: an influence of all of them, and the credit. */
const beside: readonly Series[] = [
  {
    ...{ name: 'RTRL, rtu', ds: [16, 32, 64, 128], wanted: [3, 2], steps: always(20) },
    ...{ rule: () => rtrl, cell: () => cells.rtu() },
  },
  {
    ...{ name: 'BPTT, rtu', ds: wide, wanted: [1, 1], steps: always(20) },
    ...{ rule: () => bptt, cell: () => cells.rtu() },
  },
]

/** A rule at a size: how to run it once, and how many numbers are laid out for it. */
const caseOf = ({ rule, cell, steps }: Series, d: number) => {
  const T = steps(d)
  const { net, θ, sequence } = settingOf({ d, T }, cell?.(d))
  const engine = engineOf('compiled-wasm')
  const [own, [first]] = [resolved(rule(d, net), net), sequence]
  const by = gradient(own, net, { engine })
  const noise = zeros(drawsFor(own.draws, net).shape)
  const bytes = first ? compiledFor(engine, net, own)(θ, first, null, T, noise).bytes : 0
  return { T, mb: (bytes - scratchBytes) / 1e6, run: () => by(θ, sequence) }
}

/** A fit over all sizes, and over the last two. */
interface Fit {
  readonly values: readonly number[]
  readonly exponent: number
  readonly last: number
  readonly wanted: number
}

export interface Grown {
  readonly rule: string
  readonly ds: readonly number[]
  readonly ms: Fit
  readonly mb: Fit
}

const fitted = (ds: readonly number[], values: readonly number[], wanted: number): Fit => {
  const last = slope(ds.slice(-2), values.slice(-2))
  return { values, exponent: slope(ds, values), last, wanted }
}

const all = [...plan, ...elementwise, ...beside]

/** Measures rules by their names, all sizes of one in interleaved rounds. */
export const grown = (names: readonly string[]): readonly Grown[] =>
  all
    .filter(({ name }) => names.includes(name))
    .map(series => {
      const { name, ds, wanted } = series
      const cases = ds.map(d => caseOf(series, d))
      const ms = measure(cases.map(({ run }) => run)).map((time, i) => time / (cases[i]?.T ?? 1))
      const mb = cases.map(one => one.mb)
      return { rule: name, ds, ms: fitted(ds, ms, wanted[0]), mb: fitted(ds, mb, wanted[1]) }
    })

const worker = fileURLToPath(new URL('./growth-worker.js', import.meta.url))

/** Measures all rules, each in a process of its own: none runs in memory that another left. */
export const growth = (): readonly Grown[] =>
  all.flatMap(
    ({ name }) => JSON.parse(execFileSync(process.execPath, [worker, name], { encoding: 'utf8' })) as readonly Grown[],
  )

export const growthHead = [
  ...['rule', 'd', 'ms a step', 'exponent', 'last ×2', 'wanted'],
  ...['MB', 'exponent', 'last ×2', 'wanted'],
]

const cellsOf = ({ values, exponent, last, wanted }: Fit): readonly string[] => [
  values.map(x => (x >= 1000 ? x.toFixed(0) : x.toPrecision(2))).join(' · '),
  ...[exponent.toFixed(2), last.toFixed(2), `d^${wanted}`],
]

/** A rule as one row of a table. */
export const growthRow = ({ rule, ds, ms, mb }: Grown): readonly string[] => [
  ...[rule, ds.join(' · ')],
  ...[...cellsOf(ms), ...cellsOf(mb)],
]

export const aboutGrowth = `Milliseconds a step and megabytes, by compiled-wasm, n = 2, m = 1, and the exponents of d: of a fit over all sizes,
and of the last doubling, which is nearer to what holds for large d. FP-BPTT has windows of d and runs for d steps, so a
step has its share of the window's end. Its memory is that of a window, and of two influences.`

/** What was measured as lines of text, or one object a line. */
export const growthLines = (grown: readonly Grown[], json: boolean): readonly string[] => {
  if (json) return grown.map(one => JSON.stringify({ work: 'growth', ...one }))
  if (grown.length === 0) return []
  const rows = [growthHead, ...grown.map(growthRow)]
  const widths = growthHead.map((_, i) => Math.max(...rows.map(row => row[i]?.length ?? 0)))
  return ['', ...rows.map(row => row.map((cell, i) => cell.padEnd(widths[i] ?? 0)).join('  '))]
}
