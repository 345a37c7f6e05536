/** The bytes of a file that someone names: never without end, however the path is made. */
import { closeSync, fstatSync, openSync, readSync } from 'node:fs'

/** The most bytes that one string can hold in V8, were each a character of its own. */
export const longestText = 2 ** 29 - 64

/** What is said of a path that cannot be read, in place of a code of the system's. */
const refusal = (code: string): Error => Object.assign(new Error(code), { code })

const refuseEndless = (file: number, most: number): void => {
  const stat = fstatSync(file)
  if (stat.isCharacterDevice() || stat.isBlockDevice()) throw refusal('a device, not a file')
  if (stat.size > most) throw refusal(`longer than ${most} bytes`)
}

const stretch = 2 ** 20

const read = (file: number, most: number): Buffer => {
  const parts: Buffer[] = []
  for (let total = 0; ; ) {
    const part = Buffer.allocUnsafe(stretch)
    const count = readSync(file, part)
    if (count === 0) return Buffer.concat(parts)
    total += count
    if (total > most) throw refusal(`longer than ${most} bytes`)
    parts.push(part.subarray(0, count))
  }
}

/**
 * The bytes of a file, or of a pipe up to its end. Throws what node:fs does, and an Error with a `code` in words for a device and
 * for more than `most` bytes.
 */
export const bytesOf = (path: string, most: number): Buffer => {
  const file = openSync(path, 'r')
  try {
    refuseEndless(file, most)
    return read(file, most)
  } finally {
    closeSync(file)
  }
}
