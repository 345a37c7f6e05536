/** Arrays by name as numpy.savez and savez_compressed write them: a zip of .npy entries, stored or deflated. */
import { crc32 } from 'node:zlib'
import { unzipSync, zipSync } from 'fflate'
import type { Arrays, Dtype } from './dtype.ts'
import { fromNpy, toNpy } from './npy.ts'
import { again, type Place, reason, unsound } from './paths.ts'

type Entries = { readonly [name: string]: Uint8Array }

const [directoryEnd, directoryEntry] = [Buffer.of(0x50, 0x4b, 5, 6), 0x02014b50]
/** Deflate gains no more than this (zlib's own bound): a larger claim is no zip of ours to unpack. */
const densest = 1032

const broken = (place: Place, what: string): Error =>
  unsound(place, `is no sound zip: ${what}`, 'an .npz file, whole', again)

/** The checksum of every entry, in the order of the directory at the end of the file; fflate compares none. */
const checksums = (place: Place, bytes: Uint8Array): readonly number[] => {
  const file = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const end = file.lastIndexOf(directoryEnd)
  if (end < 0 || end + 22 > file.length) throw broken(place, 'its directory is missing')
  const sums: number[] = []
  let at = file.readUInt32LE(end + 16)
  while (sums.length < file.readUInt16LE(end + 10)) {
    if (at + 46 > end || file.readUInt32LE(at) !== directoryEntry)
      throw broken(place, 'its directory is cut off, or that of a zip64')
    sums.push(file.readUInt32LE(at + 16))
    at += 46 + file.readUInt16LE(at + 28) + file.readUInt16LE(at + 30) + file.readUInt16LE(at + 32)
  }
  return sums
}

const unzipped = (place: Place, bytes: Uint8Array, names: string[]): Entries => {
  const keep = ({ name, size, originalSize }: { name: string; size: number; originalSize: number }): boolean => {
    if (names.includes(name)) throw broken(place, `it holds '${name}' twice`)
    if (originalSize > densest * size + 64) throw broken(place, `'${name}' claims ${originalSize} bytes`)
    return names.push(name) > 0
  }
  try {
    return unzipSync(bytes, { filter: keep })
  } catch (cause) {
    if (cause instanceof Error && 'who' in cause) throw cause
    throw broken(place, reason(cause))
  }
}

const suffix = '.npy'

/** The arrays of an .npz file. Throws a DomainError for a broken zip, entry or type, a ShapeError for numbers that do not fill a shape. */
export const fromNpz = (place: Place, bytes: Uint8Array): Arrays => {
  const sums = checksums(place, bytes)
  const names: string[] = []
  const entries = unzipped(place, bytes, names)
  if (names.length !== sums.length) throw broken(place, `its directory has ${sums.length} entries or ${names.length}`)
  return Object.fromEntries(
    names.map((entry, i) => {
      const npy = entries[entry] ?? new Uint8Array()
      const at = { ...place, tensor: entry.endsWith(suffix) ? entry.slice(0, -suffix.length) : entry }
      if (crc32(npy) !== sums[i])
        throw unsound(at, 'does not have the checksum it was saved with', 'its own bytes', again)
      return [at.tensor, fromNpy(at, npy)]
    }),
  )
}

/** How an .npz file is written. */
export interface NpzOptions {
  readonly dtype: Dtype
  readonly deflate: boolean
}

/** An .npz file of these arrays; the same arrays give the same bytes, for entries are dated 1980, the first year that zip has. */
export const toNpz = (place: Place, arrays: Arrays, { dtype, deflate }: NpzOptions): Uint8Array => {
  const entries = Object.entries(arrays).map(([tensor, value]) => [
    `${tensor}${suffix}`,
    toNpy({ ...place, tensor }, value, dtype),
  ])
  return zipSync(Object.fromEntries(entries) as Entries as Record<string, Uint8Array>, {
    level: deflate ? 6 : 0,
    mtime: new Date(1980, 0, 1),
  })
}
