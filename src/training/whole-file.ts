/** Files that are whole or not there, on a disk that may be full: written beside their place and moved, or line by line. */
import { closeSync, fsyncSync, ftruncateSync, openSync, renameSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { RunError, TemporaryError } from '../failure.ts'

const outOfSpace = ['ENOSPC', 'EDQUOT', 'EFBIG']

/** Why the system did not do something: EACCES, ENOSPC; undefined for an error that is not the system's. */
export const codeOf = (cause: unknown): string | undefined =>
  cause instanceof Error && 'code' in cause ? String(cause.code) : undefined

/** Whether the disk, or the user's part of it, is full. */
export const isFull = (cause: unknown): boolean => outOfSpace.includes(codeOf(cause) ?? '')

/** Does something to a file or folder; what the system refuses is thrown as a RunError that names it, a full disk as a TemporaryError. */
export const onDisk = <A>(path: string, body: () => A): A => {
  try {
    return body()
  } catch (cause) {
    const code = codeOf(cause)
    if (code === undefined) throw cause
    const Thrown = isFull(cause) ? TemporaryError : RunError
    throw new Thrown({
      who: 'train',
      given: `'${path}' cannot be written (${code}${isFull(cause) ? ', no space left' : ''})`,
      wanted: 'a folder with room for the run',
      remedy: `${isFull(cause) ? 'Free some space' : 'Make it writable'}, or name another folder with --out`,
    })
  }
}

/** Where a file is written before it is moved to its place. */
export const beside = (path: string): string => `${path}.tmp`

/** Opens a new file; what stands there, a link too, is removed and not followed. */
const openNew = (path: string): number => {
  rmSync(path, { force: true })
  return openSync(path, 'wx')
}

/** A whole file or none, on the disk before it takes its place. Throws a RunError. */
export const writeWhole = (path: string, content: string | Uint8Array): void =>
  onDisk(path, () => {
    const part = beside(path)
    try {
      const file = openNew(part)
      try {
        writeFileSync(file, content, { flush: true })
      } finally {
        closeSync(file)
      }
      renameSync(part, path)
    } catch (cause) {
      rmSync(part, { force: true })
      throw cause
    }
  })

/** Opens a file to write after its first bytes; what follows them is cut off. */
const openCut = (path: string, kept: number): number => {
  truncateSync(path, kept)
  return openSync(path, 'a')
}

/** A file that grows by whole lines. */
export interface Lines {
  readonly add: (line: string) => void
  /** What was added is on the disk, not only on its way. */
  readonly settle: () => void
  /** May be called again. */
  readonly close: () => void
}

/** Opens a file of lines, a new one or one that has so many bytes to keep; a line that does not fit on the disk is cut off again. Throws a RunError. */
export const openLines = (path: string, kept = 0): Lines => {
  const file = onDisk(path, () => (kept === 0 ? openNew(path) : openCut(path, kept)))
  let [length, open] = [kept, true]
  return {
    add: line =>
      onDisk(path, () => {
        const bytes = Buffer.from(`${line}\n`)
        try {
          writeFileSync(file, bytes)
        } catch (cause) {
          ftruncateSync(file, length)
          throw cause
        }
        length += bytes.length
      }),
    settle: () => onDisk(path, () => fsyncSync(file)),
    close: () => {
      if (open) closeSync(file)
      open = false
    },
  }
}
