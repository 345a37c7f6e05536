/** Measures a problem: every engine checked, warmed up, then timed in interleaved rounds. */

import type { Engine } from './engine.ts'
import { engines } from './engines.ts'
import { cellWorks, givenOf, onlineWorks, type Problem, type Work } from './problem.ts'
import { type EngineProcess, processOf } from './process.ts'
import type { Answer, Question } from './worker.ts'

/** What was measured of an engine on a problem; one line of `--json`. */
export interface Measured extends Problem {
  readonly engine: string
  readonly ms: number
  /** Of the processor, all threads together: on a shared machine it says more than the clock. */
  readonly cpu_ms: number
  readonly first_ms: number
  readonly peak_mb: number
  /** How far its result is from what it was checked against, relative to the largest entry. */
  readonly gap: number
  readonly peak_of: 'arena' | 'rss'
  readonly reference?: string
  readonly ratio?: number
  /** The version of a library in Python, or of another Node. */
  readonly version?: string
}

/** An engine that is there and has computed the problem once. */
interface Ready {
  readonly engine: Engine
  readonly process: EngineProcess
  readonly result: readonly number[]
  readonly first_ms: number
  readonly version?: string
}

/** One whose result is right. */
interface Right extends Ready {
  readonly gap: number
}

type Say = (line: string) => void
type Of<K extends string> = Extract<Answer, { readonly [_ in K]: unknown }>

/** Milliseconds of warming up, and of one timing. */
const [warmth, least] = [500, 10]
const tolerance = { f64: 1e-9, f32: 1e-3 } as const

const dtypeOf = (engine: Engine, problem: Problem): Problem['dtype'] => engine.only ?? problem.dtype

const ready = async (engine: Engine, problem: Problem, say: Say): Promise<Ready | undefined> => {
  const process = processOf(engine)
  const reply = await process.ask({ problem: givenOf({ ...problem, dtype: dtypeOf(engine, problem) }) })
  if ('result' in reply) return { engine, process, ...reply }
  process.close()
  say(
    `${engine.name}: ${'absent' in reply ? reply.absent : `error on ${problem.work}: ${'error' in reply ? reply.error : '?'}`}`,
  )
  return undefined
}

/** ‖a - b‖∞ over ‖b‖∞; infinite where they differ in length or one is no number. */
const gapOf = (a: readonly number[], b: readonly number[]): number => {
  if (a.length !== b.length) return Number.POSITIVE_INFINITY
  const largest = (values: readonly number[]): number => values.reduce((top, x) => Math.max(top, Math.abs(x)), 0)
  const gap = largest(a.map((x, i) => x - b[i]!)) / (largest(b) || 1)
  return a.every(Number.isFinite) ? gap : Number.POSITIVE_INFINITY
}

/** Where nothing is by hand in JavaScript, or a work is to agree with another: who answers, and which work. */
const truths: Partial<Record<Work, { readonly name: string; readonly work: Work }>> = {
  rtrl: { name: 'hand-js', work: 'bptt' },
  fpbptt: { name: 'compiled-wasm', work: 'rtrl' },
  rflo: { name: 'eager', work: 'rflo' },
  snap: { name: 'eager', work: 'snap' },
  sketch: { name: 'eager', work: 'sketch' },
  ...Object.fromEntries([...onlineWorks, ...cellWorks].map(work => [work, { name: 'eager', work }])),
}

/** What all are checked against: RTRL against BPTT by hand, FP-BPTT against RTRL. */
const truthOf = async (problem: Problem, found: readonly Ready[]): Promise<readonly number[] | undefined> => {
  const { name, work } = truths[problem.work] ?? { name: 'hand-js', work: problem.work }
  const process = processOf(engines.find(engine => engine.name === name)!)
  const reply = await process.ask({ problem: givenOf({ ...problem, work, dtype: 'f64' }) })
  process.close()
  return 'result' in reply ? reply.result : found[0]?.result
}

/** An engine with its gap, if that is small enough. */
const checked = (one: Ready, truth: readonly number[], problem: Problem, say: Say): readonly Right[] => {
  const { engine, process, result } = one
  const [gap, allowed] = [gapOf(result, truth), tolerance[dtypeOf(engine, problem)]]
  if (gap <= allowed) return [{ ...one, gap }]
  process.close()
  const { work, d, T, B } = problem
  say(`error: ${engine.name} is wrong on ${work} d=${d} T=${T} B=${B}: off by ${gap.toExponential(1)}, not timed`)
  return []
}

const ask = async <K extends string>({ engine, process }: Ready, question: Question, key: K): Promise<Of<K>> => {
  const reply = await process.ask(question)
  if (key in reply) return reply as Of<K>
  throw new Error(`${engine.name}: ${'error' in reply ? reply.error : 'no answer'}`)
}

const median = (xs: readonly number[]): number => {
  const [sorted, half] = [xs.toSorted((a, b) => a - b), xs.length >> 1]
  return xs.length % 2 ? sorted[half]! : (sorted[half - 1]! + sorted[half]!) / 2
}

/** A call of seconds is timed in fewer rounds. */
const roundsOf = (ms: number, rounds: number): number => Math.min(rounds, ms > 10_000 ? 1 : ms > 2_000 ? 3 : rounds)

/** Milliseconds on the clock, and of the processor. */
interface Times {
  readonly ms: number
  readonly cpu_ms: number
}

/** Medians of rounds in which every engine has its turn, so that a slow moment of the machine falls on all alike. */
const timesOf = async (all: readonly Ready[], rounds: number): Promise<readonly Times[]> => {
  const once: number[] = []
  for (const one of all) once.push((await ask(one, { warm: warmth }, 'ms')).ms)
  const times: Times[][] = all.map(() => [])
  for (let round = 0; round < rounds; round++)
    for (const [i, one] of all.entries()) {
      if (round >= roundsOf(once[i]!, rounds)) continue
      const { ms, cpu_ms = ms } = await ask(one, { time: Math.max(1, Math.ceil(least / once[i]!)) }, 'ms')
      times[i]!.push({ ms, cpu_ms })
    }
  return times.map(list => ({ ms: median(list.map(({ ms }) => ms)), cpu_ms: median(list.map(({ cpu_ms }) => cpu_ms)) }))
}

const recordOf = async (one: Right, problem: Problem, times: Times): Promise<Measured> => {
  const { engine, process, first_ms, gap, version } = one
  const { peak_mb, of } = await ask(one, { memory: true }, 'peak_mb')
  process.close()
  const facts = {
    engine: engine.name,
    ...times,
    first_ms,
    peak_mb,
    peak_of: of,
    gap,
    ...(version !== undefined && { version }),
  }
  return { ...problem, dtype: dtypeOf(engine, problem), ...facts }
}

const compared = (record: Measured, all: readonly Measured[]): Measured => {
  const reference = engines.find(({ name }) => name === record.engine)?.reference
  const other = all.find(({ engine }) => engine === reference)
  return other && reference ? { ...record, reference, ratio: record.ms / other.ms } : record
}

/** Measures a problem on engines by name; says in a line what is absent or wrong. */
export const measured = async (
  problem: Problem,
  names: readonly string[],
  rounds: number,
  say: Say,
): Promise<readonly Measured[]> => {
  const found: Ready[] = []
  for (const engine of engines.filter(({ name, works }) => names.includes(name) && works.includes(problem.work))) {
    const one = await ready(engine, problem, say)
    if (one) found.push(one)
  }
  const truth = await truthOf(problem, found)
  const right = truth ? found.flatMap(one => checked(one, truth, problem, say)) : []
  const times = await timesOf(right, rounds)
  const records: Measured[] = []
  for (const [i, one] of right.entries()) records.push(await recordOf(one, problem, times[i]!))
  return records.map(record => compared(record, records))
}
