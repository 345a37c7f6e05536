/** What the project asks of its engines, and what was reached in this run. */

import type { Measured } from './measure.ts'
import type { Problem } from './problem.ts'

/** A claim about a ratio of two measured numbers. */
export interface Target {
  readonly claim: string
  readonly wanted: string
  readonly reached: number | undefined
  readonly met: boolean | undefined
}

type Size = Partial<Problem> & { readonly engine: string }
type Records = readonly Measured[]

const found = (records: Records, size: Size): Measured | undefined =>
  records.find(record =>
    Object.entries({ T: 100, B: 1, ...size }).every(([key, value]) => record[key as keyof Measured] === value),
  )

const over = (records: Records, above: Size, below: Size, by: 'ms' | 'cpu_ms' = 'ms'): number | undefined => {
  const [a, b] = [found(records, above), found(records, below)]
  return a && b && a[by] / b[by]
}

const most = (claim: string, limit: number, reached: number | undefined, unit = '×'): Target => ({
  claim,
  wanted: `≤ ${limit}${unit}`,
  reached,
  met: reached === undefined ? undefined : reached <= limit,
})

const atLeast = (claim: string, limit: number, reached: number | undefined): Target => ({
  claim,
  wanted: `≥ ${limit}×`,
  reached,
  met: reached === undefined ? undefined : reached >= limit,
})

const f64 = { dtype: 'f64' } as const
const wasm = { engine: 'compiled-wasm', ...f64 } as const
const hand = { engine: 'hand-wasm', ...f64 } as const

const backpropagation = (records: Records): readonly Target[] => [
  ...[32, 64, 128].map(d => {
    const size = { work: 'bptt', d } as const
    const reached = over(records, { ...wasm, ...size }, { ...hand, ...size })
    return most(`BPTT d=${d}, compiled-wasm over hand-wasm`, 1.1, reached)
  }),
  ...[32, 64, 128].map(d => {
    const size = { work: 'bptt', d, B: 32 } as const
    const reached = over(records, { ...wasm, ...size }, { ...hand, ...size })
    return most(`BPTT d=${d} B=32, compiled-wasm over hand-wasm`, 1.3, reached)
  }),
]

const peers = (records: Records): readonly Target[] => {
  const size = { work: 'bptt', d: 64 } as const
  const against = (engine: string, dtype: Problem['dtype']): number | undefined =>
    over(records, { engine, dtype, ...size }, { ...wasm, ...size })
  return [
    atLeast('BPTT d=64, jax-js in f32 over compiled-wasm', 30, against('jax-js', 'f32')),
    atLeast('BPTT d=64, PyTorch eager over compiled-wasm', 5, against('pytorch', 'f64')),
  ]
}

const native = { engine: 'compiled-native', ...f64 } as const

/** Works in which products rule. */
const ruled: readonly Partial<Problem>[] = [
  { work: 'rtrl', d: 64 },
  { work: 'rtrl', d: 128 },
  { work: 'bptt', d: 64, B: 32 },
  { work: 'bptt', d: 128, B: 32 },
]

/** Those beside numpy and JAX, and RTRL of batches beside the same by hand. */
const natively = (records: Records): readonly Target[] => [
  ...ruled.flatMap(size => {
    const claim = `${size.work?.toUpperCase()} d=${size.d}${size.B ? ` B=${size.B}` : ''}, compiled-native over`
    const beside = (engine: string): number | undefined =>
      over(records, { ...native, ...size }, { engine, ...f64, ...size })
    return [most(`${claim} numpy`, 1, beside('numpy')), most(`${claim} JAX`, 1.3, beside('jax'))]
  }),
  ...[32, 64].map(d => {
    const size = { work: 'rtrl', d, T: 20, B: 32, ...f64 } as const
    const reached = over(records, { engine: 'compiled-native', ...size }, { engine: 'hand-native', ...size }, 'cpu_ms')
    return most(`RTRL d=${d} B=32, compiled-native over hand-native`, 1.15, reached)
  }),
]

/** Two cores over one. */
const cores = (records: Records): readonly Target[] =>
  [...ruled, ...[32, 64].map(d => ({ work: 'rtrl', d, T: 20, B: 32 }) as const)].map(size => {
    const { work = '', d, B } = size
    const reached = over(records, { engine: 'one-worker', ...f64, ...size }, { engine: 'two-workers', ...f64, ...size })
    return atLeast(`${work.toUpperCase()} d=${d}${B ? ` B=${B}` : ''}, one worker over two`, 1.75, reached)
  })

/** Steps without a callback: RFLO and SnAp-1 beside BPTT, a sketch beside SnAp-1. */
const local = (records: Records): readonly Target[] => [
  ...(['rflo', 'snap'] as const).map(work => {
    const reached = over(records, { ...wasm, work, d: 50 }, { ...wasm, work: 'bptt', d: 50 })
    return most(`${work === 'rflo' ? 'RFLO' : 'SnAp-1'} d=50 over BPTT, compiled-wasm`, 3, reached)
  }),
  most(
    'Sketch of rank 4, d=64 over SnAp-1, compiled-wasm',
    5,
    over(records, { ...wasm, work: 'sketch', d: 64 }, { ...wasm, work: 'snap', d: 64 }, 'cpu_ms'),
  ),
]

/** A step of learning, forward, rule and update, beside NumPy's, in time of the processor: without anything native, and with it. */
const online = (records: Records): readonly Target[] => {
  const by = (work: Problem['work'], engine: string, least: number): Target => {
    const size = { work, d: 32, T: work === 'online-rtrl' ? 1024 : 8192, ...f64 } as const
    const reached = over(records, { engine: 'numpy', ...size }, { engine, ...size }, 'cpu_ms')
    return atLeast(`Online step, ${work.slice(7)} d=32, numpy over ${engine}`, least, reached)
  }
  return [
    ...[by('online-rflo', 'compiled-wasm', 20), by('online-uoro', 'compiled-wasm', 25)],
    ...[by('online-rtrl', 'compiled-wasm', 3), by('online-rtrl', 'compiled-native', 5)],
    by('online-snap', 'compiled-wasm', 10),
  ]
}

const recurrent = (records: Records): readonly Target[] => {
  const size = { work: 'rtrl', d: 64 } as const
  const blas = { ...f64, ...size }
  const grown = over(records, { ...wasm, ...size, d: 128 }, { ...wasm, ...size })
  return [
    most('RTRL d=64, compiled-wasm over hand-wasm', 1.15, over(records, { ...wasm, ...size }, { ...hand, ...size })),
    most(
      'RTRL d=64, compiled-blas over hand-blas',
      1.15,
      over(records, { engine: 'compiled-blas', ...blas }, { engine: 'hand-blas', ...blas }),
    ),
    most('RTRL compiled-wasm, d=128 over d=64', 18, grown),
  ]
}

const bothFaces = (records: Records): readonly Target[] => {
  const size = { ...wasm, d: 128, T: 512 } as const
  const own = { ...size, work: 'fpbptt' } as const
  return [
    atLeast('FP-BPTT d=128 T=512, RTRL over it', 20, over(records, { ...size, work: 'rtrl' }, own)),
    most('FP-BPTT d=128 T=512, difference from RTRL', 1e-10, found(records, own)?.gap, ''),
  ]
}

const rest = (records: Records): readonly Target[] => {
  const size = { ...wasm, work: 'bptt', d: 64 } as const
  const long = over(records, { ...size, T: 10000 }, size)
  return [
    most('GRU by a user over the leaky cell, BPTT d=64', 3.6, over(records, { ...size, work: 'gru' }, size)),
    most('First call, BPTT d=64, compiled-wasm', 30, found(records, size)?.first_ms, ' ms'),
    most('BPTT d=64 a step, T=10000 over T=100', 1.1, long && long / 100),
  ]
}

/** All targets, with what was reached where both sides were measured. */
export const targetsOf = (records: Records): readonly Target[] =>
  [backpropagation, peers, natively, cores, recurrent, local, online, bothFaces, rest].flatMap(part => part(records))
