/** Zip files (PKWARE's APPNOTE 6.3.3), zip64 among them: entries stored or deflated, one after the other, nothing else. */
import { crc32, deflateRawSync, inflateRawSync } from 'node:zlib'
import { again, invalidFile, type Place, reason } from './paths.ts'

/** An entry of a zip file: its name, and its bytes, unpacked and held to their checksum when they are asked for. */
export interface Entry {
  readonly name: string
  readonly bytes: (place: Place) => Uint8Array
}

/** What the directory says of an entry: where its own header begins, how it is packed, how long it is. */
interface Listed {
  readonly name: string
  readonly at: number
  readonly method: number
  readonly sum: number
  readonly packed: number
  readonly length: number
}

const [local, listed, end, end64, locator] = [0x04034b50, 0x02014b50, 0x06054b50, 0x06064b50, 0x07064b50] as const
/** What 2 and 4 bytes hold at most: a number that is larger stands in the zip64 records. */
const [most16, most32] = [0xffff, 0xffffffff]
const [stored, deflated] = [0, 8]
const [encrypted, inUtf8] = [1, 0x800]
/** Deflate gains no more than this (zlib's own bound): a larger claim is no zip to unpack. */
const densest = 1032

const broken = (place: Place, what: string): Error =>
  invalidFile(place, `is no sound zip: ${what}`, 'an .npz file, whole', again)

/** A number of 8 bytes; none of a sound file is beyond 2⁵³. */
const long = (file: Buffer, at: number): number => Number(file.readBigUInt64LE(at))

/** The record at the end of the file; a comment may follow it, up to the end. */
const endOf = (place: Place, file: Buffer): number => {
  for (let at = file.length - 22; at >= Math.max(0, file.length - 22 - most16); at--)
    if (file.readUInt32LE(at) === end && at + 22 + file.readUInt16LE(at + 20) === file.length) return at
  throw broken(place, 'its directory is missing')
}

interface Directory {
  readonly count: number
  readonly from: number
  readonly to: number
}

/** Where the directory is, and how many entries it has; in a zip64 where its own record says. */
const directoryOf = (place: Place, file: Buffer): Directory => {
  const at = endOf(place, file)
  const span = (count: number, size: number, from: number, before: number): Directory => {
    if (from + size > before || count * 46 > size) throw broken(place, 'its directory is cut off')
    return { count, from, to: from + size }
  }
  if (at < 20 || file.readUInt32LE(at - 20) !== locator)
    return span(file.readUInt16LE(at + 10), file.readUInt32LE(at + 12), file.readUInt32LE(at + 16), at)
  const own = long(file, at - 12)
  if (own + 56 > at - 20 || file.readUInt32LE(own) !== end64) throw broken(place, 'its zip64 record is missing')
  return span(long(file, own + 32), long(file, own + 40), long(file, own + 48), own)
}

/** The 8-byte numbers of an entry's zip64 field, in their order. */
const longs = (place: Place, file: Buffer, from: number, to: number): readonly number[] => {
  for (let at = from; at + 4 <= to; at += 4 + file.readUInt16LE(at + 2)) {
    const [id, size] = [file.readUInt16LE(at), file.readUInt16LE(at + 2)]
    if (at + 4 + size > to) break
    if (id === 1) return Array.from({ length: Math.floor(size / 8) }, (_, i) => long(file, at + 4 + 8 * i))
  }
  throw broken(place, 'an entry lacks its zip64 field')
}

/** One entry of the directory, and where the next begins. */
const listedAt = (place: Place, file: Buffer, at: number, to: number): readonly [Listed, next: number] => {
  if (at + 46 > to || file.readUInt32LE(at) !== listed) throw broken(place, 'its directory is cut off')
  const [flags, method, sum] = [file.readUInt16LE(at + 8), file.readUInt16LE(at + 10), file.readUInt32LE(at + 16)]
  const more = at + 46 + file.readUInt16LE(at + 28)
  const next = more + file.readUInt16LE(at + 30) + file.readUInt16LE(at + 32)
  if (next > to) throw broken(place, 'its directory is cut off')
  const name = file.toString(flags & inUtf8 ? 'utf8' : 'latin1', at + 46, more)
  if (flags & encrypted) throw broken(place, `'${name}' is encrypted`)
  const short = [file.readUInt32LE(at + 24), file.readUInt32LE(at + 20), file.readUInt32LE(at + 42)]
  const beyond = short.includes(most32) ? [...longs(place, file, more, more + file.readUInt16LE(at + 30))] : []
  const [length, packed, from] = short.map(x => (x === most32 ? (beyond.shift() ?? most32) : x)) as [
    number,
    number,
    number,
  ]
  return [{ name, at: from, method, sum, packed, length }, next]
}

const listing = (place: Place, file: Buffer, { count, from, to }: Directory): readonly Listed[] => {
  const all: Listed[] = []
  let at = from
  for (let i = 0; i < count; i++) {
    const [entry, next] = listedAt(place, file, at, to)
    all.push(entry)
    at = next
  }
  if (at !== to) throw broken(place, `its directory has more than the ${count} entries that it counts`)
  return all
}

/** Where an entry's bytes begin: after its own header, which repeats its name. */
const startOf = (place: Place, file: Buffer, { name, at }: Listed): number => {
  if (at + 30 > file.length || file.readUInt32LE(at) !== local)
    throw broken(place, `'${name}' is not where it should be`)
  return at + 30 + file.readUInt16LE(at + 26) + file.readUInt16LE(at + 28)
}

/** Refuses names that come twice, entries that overlap or run on, and such as claim more than they can hold. */
const checkEntries = (place: Place, file: Buffer, all: readonly Listed[], from: number): void => {
  const names = new Set<string>()
  for (const { name, packed, length } of all) {
    if (names.has(name)) throw broken(place, `it holds '${name}' twice`)
    if (length > densest * packed + 64) throw broken(place, `'${name}' claims ${length} bytes`)
    names.add(name)
  }
  const inOrder = [...all].sort((a, b) => a.at - b.at)
  for (const [i, entry] of inOrder.entries())
    if (startOf(place, file, entry) + entry.packed > (inOrder[i + 1]?.at ?? from))
      throw broken(place, `'${entry.name}' runs into what comes after it`)
}

const unpacked = (place: Place, file: Buffer, entry: Listed): Uint8Array => {
  const { name, method, packed, length } = entry
  const start = startOf(place, file, entry)
  const bytes = file.subarray(start, start + packed)
  if (method === stored) return bytes
  if (method !== deflated) throw broken(place, `'${name}' is packed by method ${method}`)
  try {
    return inflateRawSync(bytes, { maxOutputLength: Math.max(1, length) })
  } catch (cause) {
    throw broken(place, `'${name}': ${reason(cause)}`)
  }
}

const checked = (place: Place, bytes: Uint8Array, { name, length, sum }: Listed): Uint8Array => {
  if (bytes.length !== length) throw broken(place, `'${name}' is not of its ${length} bytes`)
  if (crc32(bytes) === sum) return bytes
  throw invalidFile(place, 'does not have the checksum it was saved with', 'its own bytes', again)
}

/**
 * The entries of a zip file, in the order of its directory. Throws a DomainError for a directory that is missing, cut off or
 * malformed, for entries that overlap, come twice or are encrypted; an entry's bytes throw one where they are not those saved.
 */
export const unzipped = (place: Place, bytes: Uint8Array): readonly Entry[] => {
  const file = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const directory = directoryOf(place, file)
  const all = listing(place, file, directory)
  checkEntries(place, file, all, directory.from)
  return all.map(entry => ({ name: entry.name, bytes: at => checked(at, unpacked(at, file, entry), entry) }))
}

/** Fields of 2, 4 and 8 bytes, one after the other. */
const fields = (...parts: readonly (readonly [width: 2 | 4 | 8, value: number])[]): Buffer => {
  const out = Buffer.alloc(parts.reduce((sum, [width]) => sum + width, 0))
  let at = 0
  for (const [width, value] of parts) {
    if (width === 8) out.writeBigUInt64LE(BigInt(value), at)
    else out.writeUIntLE(value, at, width)
    at += width
  }
  return out
}

/** 1 January 1980, the first day that zip has: the same entries give the same bytes. */
const day = 33

/** What a header of an entry says in both its places: version, flags, method, time, day, checksum, sizes, lengths of name and fields. */
const described = (name: Buffer, method: number, sum: number, packed: number, length: number): Buffer =>
  Buffer.concat([
    fields([2, 20], [2, inUtf8], [2, method], [2, 0], [2, day]),
    fields([4, sum], [4, packed], [4, length], [2, name.length], [2, 0]),
  ])

/** The records at the end: those of a zip64 where there are too many entries for 2 bytes. */
const ending = (count: number, size: number, from: number): Buffer => {
  const plain = (n: number): Buffer => fields([4, end], [4, 0], [2, n], [2, n], [4, size], [4, from], [2, 0])
  if (count < most16) return plain(count)
  const own = fields([4, end64], [8, 44], [2, 45], [2, 45], [8, 0], [8, count], [8, count], [8, size], [8, from])
  return Buffer.concat([own, fields([4, locator], [4, 0], [8, from + size], [4, 1]), plain(most16)])
}

const checkName = (place: Place, name: string): void => {
  const length = Buffer.byteLength(name)
  if (length <= most16) return
  throw invalidFile(place, `would hold a name of ${length} bytes`, `at most ${most16}`, 'Shorten the name')
}

/** A zip file of entries by name, stored or deflated. Throws a DomainError where it would be longer than 4 GiB, or a name longer than 65,535 bytes. */
export const zipped = (
  place: Place,
  entries: readonly (readonly [name: string, bytes: Uint8Array])[],
  deflate: boolean,
): Uint8Array => {
  const [parts, directory]: [Uint8Array[], Uint8Array[]] = [[], []]
  let at = 0
  for (const [name, bytes] of entries) {
    checkName(place, name)
    const [called, packed] = [Buffer.from(name), deflate ? deflateRawSync(bytes, { level: 6 }) : bytes]
    const header = described(called, deflate ? deflated : stored, crc32(bytes), packed.length, bytes.length)
    parts.push(fields([4, local]), header, called, packed)
    directory.push(fields([4, listed], [2, 20]), header, fields([2, 0], [2, 0], [2, 0], [4, 0], [4, at]), called)
    at += 4 + header.length + called.length + packed.length
    if (at >= most32) throw invalidFile(place, 'would be longer than 4 GiB', 'less in one file', 'Write several files')
  }
  const size = directory.reduce((sum, { length }) => sum + length, 0)
  return Buffer.concat([...parts, ...directory, ending(entries.length, size, at)])
}
