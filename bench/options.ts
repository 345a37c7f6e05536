/** What is asked on the command line, and which problems that makes. */

import { parseArgs } from 'node:util'
import { engines } from './engines.ts'
import { type Dtype, type Problem, type Work, works } from './problem.ts'

export interface Options {
  readonly works: readonly string[]
  readonly engines: readonly string[]
  readonly d?: readonly number[]
  readonly T?: readonly number[]
  readonly B?: readonly number[]
  readonly dtype: Dtype
  readonly rounds: number
  readonly json: boolean
  readonly write?: string
}

/** What a problem is measured on: its engines may be fewer than were asked for. */
export interface Case {
  readonly problem: Problem
  readonly engines: readonly string[]
}

export const usage = `node dist/bench/main.js [work…] [options]
  works      ${works.join(', ')}, growth, scaling; all but scaling where none is named
  --engines  ${engines.map(({ name }) => name).join(',')}
  --d --T --B  sizes, as 32,64; where none is given, those of docs/performance.md
  --dtype    f64 or f32        --rounds N  9 where not given
  --json     one object a line --write FILE  the tables in Markdown`

const list = (text: string | undefined): readonly string[] | undefined => text?.split(',').filter(part => part !== '')

const counts = (name: string, text: string | undefined): readonly number[] | undefined =>
  list(text)?.map(part => {
    const count = Number(part)
    if (!Number.isInteger(count) || count < 1) throw new RangeError(`--${name} wants whole numbers, got ${part}`)
    return count
  })

const known = (what: string, names: readonly string[], all: readonly string[]): readonly string[] => {
  const other = names.find(name => !all.includes(name))
  if (other !== undefined) throw new RangeError(`no ${what} '${other}': there are ${all.join(', ')}`)
  return names
}

const text = { type: 'string' } as const
const flags = { engines: text, d: text, T: text, B: text, dtype: text, rounds: text, write: text } as const

/** Reads the command line. Throws a RangeError that says what is wrong. */
export const optionsOf = (args: readonly string[]): Options => {
  const options = { ...flags, json: { type: 'boolean' } } as const
  const { values, positionals } = parseArgs({ args: [...args], options, allowPositionals: true })
  const names = engines.map(({ name }) => name)
  const dtype = known('dtype', [values.dtype ?? 'f64'], ['f64', 'f32'])[0] as Dtype
  const [d, T, B] = [counts('d', values.d), counts('T', values.T), counts('B', values.B)]
  return {
    works: known('work', positionals, [...works, 'growth', 'scaling']),
    engines: known('engine', list(values.engines) ?? names, names),
    ...(d && { d }),
    ...(T && { T }),
    ...(B && { B }),
    dtype,
    rounds: counts('rounds', values.rounds)?.[0] ?? 9,
    json: values.json ?? false,
    ...(values.write !== undefined && { write: values.write }),
  }
}

/** Sizes of a work where none is given, and the engines that are left out where they would take minutes. */
interface Sizes {
  readonly d: readonly number[]
  readonly T?: readonly number[]
  readonly B?: readonly number[]
  readonly without?: readonly string[]
}

const slow = ['eager', 'jax-js', 'tfjs', 'pytorch']
const numbers = ['numpy', 'jax']
/** The same libraries in other ways, and those and ours in another Node. */
const otherPeers = engines.flatMap(({ name, peer }) => (peer ? [name] : []))
const others = engines.flatMap(({ name, peer, node }) => (peer || node ? [name] : []))
const allBut = (name: string): readonly string[] => engines.map(one => one.name).filter(other => other !== name)
const steps = (T: number): readonly Sizes[] => [{ d: [32], T: [T], without: [...slow, 'compiled-js'] }]
const fusedSizes: readonly Sizes[] = [{ d: [64, 128], B: [1, 32], without: ['eager', 'compiled-js'] }]
const usual: Readonly<Record<Work, readonly Sizes[]>> = {
  bptt: [
    { d: [32, 64, 128], B: [1, 32] },
    { d: [64], T: [1000, 10000], without: [...slow, ...numbers, ...others] },
    { d: [50], without: [...slow, ...others] },
  ],
  rtrl: [
    { d: [32, 64] },
    { d: [128], without: [...slow, 'compiled-js', 'hand-js'] },
    { d: [32, 64], T: [20], B: [32], without: [...slow, 'compiled-js', 'hand-js', ...numbers, ...otherPeers] },
    { d: [128], T: [512], without: allBut('compiled-wasm') },
  ],
  fpbptt: [
    { d: [64], T: [512] },
    { d: [128], T: [512], without: ['eager', 'compiled-js'] },
  ],
  rflo: [{ d: [50] }],
  snap: [{ d: [50, 64] }],
  sketch: [{ d: [64], without: ['eager', 'compiled-js'] }],
  'online-rflo': steps(8192),
  'online-snap': steps(8192),
  'online-uoro': steps(8192),
  'online-rtrl': steps(1024),
  gru: [{ d: [32, 64, 128] }],
  'gru-pytorch': fusedSizes,
  lstm: fusedSizes,
  matvec: [{ d: [32, 64, 128, 256] }],
  gemm: [{ d: [64, 256] }],
}

const [n, m] = [8, 1]

const grid = (work: Work, { d, T = [100], B = [1] }: Sizes, dtype: Dtype): readonly Problem[] => {
  const product = work === 'matvec' || work === 'gemm'
  const [Ts, Bs] = product ? [[1], [1]] : [T, B]
  return Bs.flatMap(B => Ts.flatMap(T => d.map(d => ({ work, d, n, m, T, B, dtype }))))
}

/** The problems that were asked for: the usual ones of each work where no size is given. */
export const casesOf = ({ works: named, engines: given, d, T, B, dtype }: Options): readonly Case[] => {
  const chosen = works.filter(work => named.length === 0 || named.includes(work))
  return chosen.flatMap(work => {
    const isSized = d || T || B
    const sizes = isSized ? [{ d: d ?? [32, 64, 128], T: T ?? [100], B: B ?? [1] }] : usual[work]
    return sizes.flatMap((size: Sizes) => {
      const left = given.filter(name => !size.without?.includes(name))
      return grid(work, size, dtype).map(problem => ({ problem, engines: left }))
    })
  })
}
