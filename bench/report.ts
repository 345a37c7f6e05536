/** What was measured as text: lines of JSON, a table of 80 columns, a page of Markdown. */

import { cpus, totalmem } from 'node:os'
import { aboutGrowth, type Grown, growthHead, growthRow } from './growth.ts'
import type { Measured } from './measure.ts'
import { versionOf } from './packages.ts'
import { type Target, targetsOf } from './targets.ts'

type Records = readonly Measured[]

/** Three digits that matter. */
const short = (x: number): string => (x >= 1000 ? x.toFixed(0) : x >= 1e-6 ? x.toPrecision(3) : x.toExponential(1))

const sizeOf = ({ work, d, T, B }: Measured): string =>
  work === 'matvec' || work === 'gemm' ? `d=${d}` : `d=${d} T=${T} B=${B}`

const grouped = <K>(records: Records, key: (record: Measured) => K): ReadonlyMap<K, Measured[]> => {
  const groups = new Map<K, Measured[]>()
  for (const record of records) groups.set(key(record), [...(groups.get(key(record)) ?? []), record])
  return groups
}

const widths = [12, 18, 16, 4, 9, 7, 7, 7] as const
const line = (cells: readonly string[]): string =>
  cells.map((cell, i) => (i < 4 ? cell.padEnd(widths[i]!) : cell.padStart(widths[i]!))).join('')

export const heading = line(['work', 'size', 'engine', 'dtype', 'ms', 'ratio', 'first', 'MB'])

/** The rows of one problem. */
export const rowsOf = (records: Records): readonly string[] =>
  records.map((record, i) => {
    const { work, engine, dtype, ms, ratio, first_ms, peak_mb } = record
    const [name, size] = i === 0 ? [work, sizeOf(record)] : ['', '']
    const numbers = [short(ms), ratio === undefined ? '' : ratio.toFixed(2), short(first_ms), short(peak_mb)]
    return line([name, size, engine, dtype, ...numbers])
  })

const verdict = ({ met }: Target): string => (met === undefined ? 'not measured' : met ? 'met' : 'missed')
const reachedOf = ({ reached }: Target): string => {
  if (reached === undefined) return ''
  return reached > 0 && reached < 1e-2 ? reached.toExponential(1) : reached.toFixed(2)
}

/** The targets as lines of text; nothing where none was measured. */
export const targetLines = (records: Records): readonly string[] => {
  const measured = targetsOf(records).filter(({ reached }) => reached !== undefined)
  const lines = measured.map(
    target =>
      target.claim.padEnd(50) + target.wanted.padStart(9) + reachedOf(target).padStart(9) + verdict(target).padStart(9),
  )
  return lines.length > 0
    ? ['', 'targets'.padEnd(50) + ['wanted', 'reached', ''].map(x => x.padStart(9)).join(''), ...lines]
    : []
}

const row = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`
const table = (head: readonly string[], rows: readonly (readonly string[])[]): string => {
  const cells = [head, ...rows]
  const width = head.map((_, i) => Math.max(3, ...cells.map(line => line[i]?.length ?? 0)))
  const padded = cells.map(line => row(line.map((cell, i) => cell.padEnd(width[i]!))))
  return [padded[0], row(width.map(count => '-'.repeat(count))), ...padded.slice(1)].join('\n')
}

/** Engines down, sizes across. */
const pivot = (records: Records, cell: (record: Measured) => string): string => {
  const sizes = [...new Set(records.map(sizeOf))]
  const rows = [...grouped(records, ({ engine }) => engine)].map(([engine, own]) => {
    const of = (size: string): string => own.filter(record => sizeOf(record) === size).map(cell)[0] ?? ''
    return [own[0]?.dtype === records[0]?.dtype ? engine : `${engine} (${own[0]?.dtype})`, ...sizes.map(of)]
  })
  return table(['engine', ...sizes], rows)
}

const timeOf = ({ ms, ratio }: Measured): string => short(ms) + (ratio === undefined ? '' : ` (${ratio.toFixed(2)})`)
const memoryOf = ({ peak_mb, peak_of }: Measured): string => short(peak_mb) + (peak_of === 'arena' ? '' : '*')

const titles = {
  rflo: 'RFLO, leaky network',
  snap: 'SnAp-1, leaky network',
  sketch: 'A sketch of rank 4, leaky network',
  bptt: 'BPTT, leaky network',
  rtrl: 'RTRL, leaky network, dense influence',
  fpbptt: 'FP-BPTT, leaky network, windows of d',
  'online-rflo': 'Learning at every step by RFLO, leaky network',
  'online-snap': 'Learning at every step by SnAp-1, leaky network',
  'online-uoro': 'Learning at every step by UORO, leaky network',
  'online-rtrl': 'Learning at every step by RTRL, leaky network',
  gru: 'BPTT, GRU written with `cell`',
  'gru-pytorch': "BPTT, the built-in GRU of PyTorch's formula; PyTorch by its fused kernel",
  lstm: 'BPTT, the built-in LSTM; PyTorch by its fused kernel',
  matvec: 'Matrix [d, d] times vector',
  gemm: 'Matrix [d, d] times matrix [d, d]',
} as const

const section = (records: Records): readonly string[] => {
  const work = records[0]!.work
  const time = [`## ${titles[work]}`, 'Milliseconds a call (over its reference):', pivot(records, timeOf)]
  if (work === 'matvec' || work === 'gemm') return time
  const first = ['First call, milliseconds:', pivot(records, record => short(record.first_ms))]
  return [
    ...time,
    ...first,
    'Memory, megabytes (\\* growth of the process, with the library):',
    pivot(records, memoryOf),
  ]
}

const packages = ['@jax-js/jax', '@tensorflow/tfjs', '@tensorflow/tfjs-backend-wasm', 'koffi']

const machine = (records: Records, command: string): string => {
  const peers = [...new Set(records.flatMap(({ version }) => version ?? []))]
  const versions = packages.flatMap(name => (versionOf(name) ? [`${name} ${versionOf(name)}`] : []))
  return [
    `- Machine: ${cpus()[0]?.model ?? 'unknown'}, ${cpus().length} cores, ${(totalmem() / 2 ** 30).toFixed(0)} GiB, ${process.platform} ${process.arch}`,
    `- Node ${process.versions.node}, V8 ${process.versions.v8}${[...versions, ...peers].map(version => `, ${version}`).join('')}`,
    `- Date: ${new Date().toISOString().slice(0, 10)}`,
    `- Command: \`${command}\``,
  ].join('\n')
}

const method = `How it is measured, and what each engine is: [bench/README.md](../bench/README.md). One thread; medians of
interleaved rounds; every result checked before it was timed. A ratio is over the hand-written reference of its kind.`

const growthSection = (grown: readonly Grown[]): readonly string[] =>
  grown.length > 0 ? ['## How a step grows with d', aboutGrowth, table(growthHead, grown.map(growthRow))] : []

/** The page that `--write` writes. */
export const pageOf = (records: Records, grown: readonly Grown[], command: string): string => {
  const targets = targetsOf(records).map(target => [target.claim, target.wanted, reachedOf(target), verdict(target)])
  const sections = [...grouped(records, ({ work }) => work).values()].flatMap(section)
  const parts = [
    '# Performance',
    method,
    machine(records, command),
    '## Targets',
    table(['claim', 'wanted', 'reached', ''], targets),
  ]
  return `${[...parts, ...sections, ...growthSection(grown)].join('\n\n')}\n`
}
