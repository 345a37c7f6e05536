/**
 * One engine in a process of its own, asked by lines of JSON: a problem first, then to warm up, to time, to say its
 * memory. Nothing another engine compiled, or left to be collected, is then in its way. `peers.py` speaks the same.
 */

import { createInterface } from 'node:readline'
import type { Engine, Running } from './engine.ts'
import { engines } from './engines.ts'
import { firstLine } from './packages.ts'
import type { Given } from './problem.ts'

/** What a process is asked, one line each. */
export type Question =
  | { readonly problem: Given }
  | { readonly warm: number }
  | { readonly time: number }
  | { readonly memory: true }
/** What it answers: its result and first call, milliseconds a call, on the clock and of the processor, megabytes, or why not. */
export type Answer =
  | { readonly result: readonly number[]; readonly first_ms: number; readonly version?: string }
  | { readonly ms: number; readonly cpu_ms?: number }
  | { readonly peak_mb: number; readonly of: 'arena' | 'rss' }
  | { readonly absent: string }
  | { readonly error: string }

const collect = (globalThis as { gc?: () => void }).gc ?? (() => {})
const before = process.memoryUsage().rss

/** Milliseconds of some calls together. */
const timed = async (running: Running, calls: number): Promise<number> => {
  const from = performance.now()
  for (let i = 0; i < calls; i++) {
    const pending = running.call()
    if (pending instanceof Promise) await pending
  }
  return performance.now() - from
}

/** Calls until some milliseconds have passed, twice at least; then how long one call takes, of ever more together. */
const warmed = async (running: Running, least: number): Promise<number> => {
  let [spent, calls] = [0, 0]
  while (spent < least || calls < 2) {
    spent += await timed(running, 1)
    calls++
  }
  for (let together = 1; ; together *= 4) {
    const ms = await timed(running, together)
    if (ms >= 1) return ms / together
  }
}

const memoryOf = (running: Running): Answer => {
  const bytes = running.bytes?.()
  if (bytes !== undefined) return { peak_mb: bytes / 1e6, of: 'arena' }
  return { peak_mb: Math.max(0, process.resourceUsage().maxRSS * 1024 - before) / 1e6, of: 'rss' }
}

let running: Running | undefined

const prepared = async (engine: Engine, given: Given): Promise<Answer> => {
  const found = await (await engine.load?.())?.(given)
  if (!found || 'absent' in found) return found ?? { absent: `${engine.name} does not run in Node` }
  running = found
  const first_ms = await timed(found, 1)
  const version = engine.node === undefined ? {} : { version: `Node ${process.versions.node}` }
  return { result: [...Array.from(found.result())], first_ms, ...version }
}

const answer = async (engine: Engine, question: Question): Promise<Answer> => {
  if ('problem' in question) return prepared(engine, question.problem)
  if (!running) return { error: 'asked before a problem was given' }
  if ('warm' in question) return { ms: await warmed(running, question.warm) }
  if ('memory' in question) return memoryOf(running)
  collect()
  if (question.time > 1) await timed(running, 1)
  const from = process.cpuUsage()
  const ms = (await timed(running, question.time)) / question.time
  const { user, system } = process.cpuUsage(from)
  return { ms, cpu_ms: (user + system) / 1000 / question.time }
}

const engine = engines.find(({ name }) => name === process.argv[2])
for await (const line of createInterface({ input: process.stdin })) {
  const question = JSON.parse(line) as Question
  const reply = engine
    ? await answer(engine, question).catch(error => ({ error: firstLine(error) }))
    : { error: 'no such engine' }
  process.stdout.write(`${JSON.stringify(reply)}\n`)
}
