/**
 * One run in a folder at a time: a file that says which process has it. A library that renews its lock by a timer cannot serve,
 * since training leaves a timer no time; whether the process is still there can be asked.
 */
import { closeSync, existsSync, lstatSync, openSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { z } from 'zod'
import { TemporaryError } from '../failure.ts'
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

/** A run on another machine is taken to be there so long after its last sign, in ms. */
const patience = 60_000

/** How long ago there was a sign of the run that has a folder, in ms. */
const quietFor = (path: string): number => Date.now() - lstatSync(path).mtimeMs

const isAbandoned = (path: string, holder: Holder | null): boolean => {
  if (holder === null) return false
  return holder.host === hostname() ? !isAlive(holder.pid) : quietFor(path) > patience
}

const lockIn = (folder: string): string => join(folder, 'lock')

/** A sign that the run of this process is still there. Never throws. */
export const beat = (folder: string): void => {
  try {
    const now = new Date()
    utimesSync(lockIn(folder), now, now)
  } catch {}
}

/** Whether a run has the folder: its process is there, or of another machine there was a sign within a minute. */
export const isHeld = (folder: string): boolean => {
  const path = lockIn(folder)
  if (!existsSync(path)) return false
  const holder = holderOf(path)
  return holder === null ? quietFor(path) < patience : !isAbandoned(path, holder)
}

/**
 * Puts this process in the place of one that is no more. Only one may do so at a time, by a lock of its own: else a second one
 * removes the lock that the first has just made.
 */
const takenOver = (path: string): boolean => {
  const guard = `${path}.taken`
  if (!claimed(guard)) return false
  try {
    if (!isAbandoned(path, holderOf(path))) return false
    rmSync(path, { force: true })
    return claimed(path)
  } finally {
    rmSync(guard, { force: true })
  }
}

const inUse = (folder: string, path: string): TemporaryError => {
  const holder = holderOf(path)
  const by = holder ? `process ${holder.pid} on ${holder.host} since ${holder.since}` : `'${path}' does not say which`
  return new TemporaryError({
    who: 'train',
    given: `the folder '${folder}' is in use by another run (${by})`,
    wanted: 'one run in a folder at a time',
    remedy: `Wait for it, or name another folder with --out; if there is no such run, remove '${path}'`,
  })
}

/** Takes a folder for this process; what is returned gives it back. Throws a TemporaryError where another run has it. */
export const lockFolder = (folder: string): (() => void) => {
  const path = lockIn(folder)
  return onDisk(path, () => {
    if (claimed(path) || (isAbandoned(path, holderOf(path)) && takenOver(path)))
      return () => rmSync(path, { force: true })
    throw inUse(folder, path)
  })
}
