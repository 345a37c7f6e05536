/** Real processes that are killed at a random time, again and again, until one comes through; for the suite and for `npm run test:long`. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import type { Random } from '../../../nets/random.ts'
import { files } from '../../../src/experiments/files.ts'
import { janus } from '../../root.ts'
import { contents, ran } from './cuts.ts'

/** A small run of a few tenths of a second. */
const settings = { data: 'sunspots', hidden: 2, window: 8, steps: 1000, engine: 'compiled-js' } as const

/** The run by some rule, in the words of `janus train`. */
const argumentsFor = (rule: string, out: string): readonly string[] =>
  Object.entries({ ...settings, rule, out, 'checkpoint-every': 0.02 }).flatMap(([name, value]) => [
    `--${name}`,
    `${value}`,
  ])

const started = (words: readonly string[]) => spawn(process.execPath, [janus, 'train', ...words], { stdio: 'ignore' })

/** Whether the lock of a run is that of a process. */
const isOf = (pid: number | undefined, lock: string): boolean =>
  existsSync(lock) && readFileSync(lock, 'utf8').includes(`"pid":${pid},`)

/** Waits until a process has taken the folder of its run and there is something to go on from, or the process has ended. */
const takenBy = async (child: ReturnType<typeof started>, out: string): Promise<void> => {
  const isThere = (id: string): boolean =>
    isOf(child.pid, join(out, id, 'lock')) && existsSync(join(out, id, files.checkpoint))
  while (child.exitCode === null && !(existsSync(out) && readdirSync(out).some(isThere))) await setTimeout(5)
}

/** A run that nobody kills, begun or gone on with in this process. */
export const leftAlone = async (rule: string, out: string): Promise<Readonly<Record<string, string>>> =>
  contents((await ran({ ...settings, rule }, { out })).folder)

/** How a run is killed: how often, and each time at most so many ms after it has taken its folder and a checkpoint is there. */
interface Killing {
  readonly kills: number
  readonly within: number
  readonly random: Random
}

/** A run whose processes are killed, and that is then left alone. */
export const killed = async (
  rule: string,
  out: string,
  { kills, within, random }: Killing,
): Promise<{ readonly killed: number; readonly files: Readonly<Record<string, string>> }> => {
  let count = 0
  for (let i = 0; i < kills; i++) {
    const child = started(argumentsFor(rule, out))
    const ended = once(child, 'exit')
    await takenBy(child, out)
    await Promise.race([ended, setTimeout(within * random.uniform())])
    child.kill('SIGKILL')
    const [, signal] = await ended
    if (signal === 'SIGKILL') count++
  }
  return { killed: count, files: await leftAlone(rule, out) }
}
