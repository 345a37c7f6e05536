/** What the tests of the recipes share: a small sweep, the same run serially, and runs whose processes are killed. */
import { execFile, execFileSync, spawn } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { promisify } from 'node:util'
import { root } from '../../root.ts'
import { compared, contents } from '../../src/experiments/cuts.ts'

export const recipes = `${root}examples/scale/`

/** The environment of a recipe: `janus` is the one under test, and no job of a scheduler is around it. */
export const environment: NodeJS.ProcessEnv = { ...process.env, PATH: `${root}bin${delimiter}${process.env.PATH}` }

/** Why a recipe cannot be run here; null where it can. */
export const lacking = (...programs: readonly string[]): string | null => {
  const absent = programs.filter(name => {
    try {
      execFileSync('sh', ['-c', `command -v ${name}`], { stdio: 'ignore' })
      return false
    } catch {
      return true
    }
  })
  return absent.length === 0 ? null : `not installed: ${absent.join(', ')}`
}

/** A folder with a sweep of so many runs, half of them of each rule. */
export const swept = (name: string, runs: number, steps = 400): string => {
  const folder = mkdtempSync(join(tmpdir(), `janusgrad-${name}-`))
  const lines = [
    'task: add',
    'rule: [rtrl, rflo]',
    'hidden: 4',
    `steps: ${steps}`,
    `seed: 1..${runs / 2}`,
    'engine: compiled-js',
  ]
  writeFileSync(join(folder, 'sweep.yaml'), `${lines.join('\n')}\n`)
  return folder
}

interface Ended {
  readonly code: number
  readonly out: string
  readonly err: string
}

/** A program in a folder, to its end. */
export const ended = (folder: string, words: readonly string[], env = environment): Promise<Ended> =>
  promisify(execFile)(words[0] ?? '', words.slice(1), { cwd: folder, env }).then(
    ({ stdout, stderr }) => ({ code: 0, out: stdout, err: stderr }),
    ({ code, stdout, stderr }) => ({ code, out: stdout, err: stderr }),
  )

/** A program in a folder that goes on by itself, what it prints left out. */
export const begun = (folder: string, words: readonly string[]) =>
  spawn(words[0] ?? '', words.slice(1), { cwd: folder, env: environment, stdio: 'ignore' })

const filesIn = (out: string): Readonly<Record<string, Readonly<Record<string, string>>>> =>
  Object.fromEntries(
    readdirSync(out).map(id => {
      const all = contents(join(out, id))
      return [id, Object.fromEntries(compared.map(name => [name, all[name] ?? '']))]
    }),
  )

/** The files of the runs of a folder, and those of the same sweep one run after another. */
export const besideSerial = async (folder: string) => {
  const { code, err } = await ended(folder, 'janus run sweep.yaml --workers 1 --quiet --out serial'.split(' '))
  if (code !== 0) throw new Error(err)
  return { runs: filesIn(join(folder, 'runs')), serial: filesIn(join(folder, 'serial')) }
}

/** A process as /proc has it; null where it is gone. */
const processOf = (pid: number): { readonly parent: number; readonly command: string } | null => {
  try {
    const parent = Number(/^PPid:\s*(\d+)$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1])
    return { parent, command: readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ') }
  } catch {
    return null
  }
}

/** The process of a run by its lock; null where it has none. */
const workerOf = (lock: string): number | null => {
  try {
    return JSON.parse(readFileSync(lock, 'utf8')).pid
  } catch {
    return null
  }
}

/** Kills a run: its `janus run` and the worker of that. False where they are gone already. */
const killedBy = (lock: string): boolean => {
  const worker = workerOf(lock)
  const parent = worker === null ? null : (processOf(worker)?.parent ?? null)
  if (worker === null || parent === null || !processOf(parent)?.command.includes('janus run')) return false
  process.kill(parent, 'SIGKILL')
  process.kill(worker, 'SIGKILL')
  return true
}

/** Kills by -9 so many runs of a folder, each as soon as it has begun, none twice; resolves with their ids. */
export const killing = async (folder: string, count: number): Promise<readonly string[]> => {
  const [out, found]: [string, string[]] = [join(folder, 'runs'), []]
  while (found.length < count) {
    await setTimeout(20)
    for (const id of existsSync(out) ? readdirSync(out) : [])
      if (found.length < count && !found.includes(id) && killedBy(join(out, id, 'lock'))) found.push(id)
  }
  return found
}
