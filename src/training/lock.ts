/**
 * One run in a folder at a time: a file that says which process has it. A library that renews its lock by a timer cannot serve,
 * since training leaves a timer no time; whether the process is still there can be asked.
 */
import { closeSync, lstatSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { z } from 'zod'
import { RunError } from '../failure.ts'
import { codeOf, onDisk } from './whole-file.ts'

const form = z.object({ pid: z.int().min(1), host: z.string(), since: z.string() })
type Holder = z.output<typeof form>

/** Whether the file was made, with this process in it; false where there is one already. */
const claimed = (path: string): boolean => {
  try {
    const file = openSync(path, 'wx')
    try {
      writeFileSync(file, JSON.stringify({ pid: process.pid, host: hostname(), since: new Date().toISOString() }))
    } catch (cause) {
      rmSync(path, { force: true })
      throw cause
    } finally {
      closeSync(file)
    }
    return true
  } catch (cause) {
    if (codeOf(cause) === 'EEXIST') return false
    throw cause
  }
}

/** Who has the folder; null where the file does not say, as one that is being written, or is no file. */
const holderOf = (path: string): Holder | null => {
  try {
    const { size } = lstatSync(path)
    if (!lstatSync(path).isFile() || size > 1000) return null
    return form.parse(JSON.parse(readFileSync(path, 'utf8')))
  } catch {
    return null
  }
}

/** Whether a process of this machine is still there. */
const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0)
    return true
  } catch (cause) {
    return codeOf(cause) !== 'ESRCH'
  }
}

const isAbandoned = (holder: Holder | null): boolean =>
  holder !== null && holder.host === hostname() && !isAlive(holder.pid)

/**
 * Puts this process in the place of one that is no more. Only one may do so at a time, by a lock of its own: else a second one
 * removes the lock that the first has just made.
 */
const takenOver = (path: string): boolean => {
  const guard = `${path}.taken`
  if (!claimed(guard)) return false
  try {
    if (!isAbandoned(holderOf(path))) return false
    rmSync(path, { force: true })
    return claimed(path)
  } finally {
    rmSync(guard, { force: true })
  }
}

const inUse = (folder: string, path: string): RunError => {
  const holder = holderOf(path)
  const by = holder ? `process ${holder.pid} on ${holder.host} since ${holder.since}` : `'${path}' does not say which`
  return new RunError({
    who: 'train',
    given: `the folder '${folder}' is in use by another run (${by})`,
    wanted: 'one run in a folder at a time',
    remedy: `Wait for it, or name another folder with --out; if there is no such run, remove '${path}'`,
  })
}

/** Takes a folder for this process; what is returned gives it back. Throws a RunError where another run has it. */
export const lockFolder = (folder: string): (() => void) => {
  const path = join(folder, 'lock')
  return onDisk(path, () => {
    if (claimed(path) || (isAbandoned(holderOf(path)) && takenOver(path))) return () => rmSync(path, { force: true })
    throw inUse(folder, path)
  })
}
