/** Arrays by name as safetensors has them: the header's length in 8 bytes, the header in JSON, the numbers end to end. */
import { isLeft, right } from 'fp-ts/lib/Either.js'
import { z } from 'zod'
import { parseJson } from '../json.ts'
import { type Arrays, type Dtype, decoded, encoded, foreign, type Held, type Precision, type Stored } from './dtype.ts'
import { again, invalidFile, type Place, reason } from './paths.ts'

/** Words that a file carries beside its tensors. */
export type Metadata = { readonly [key: string]: string }

/** The reference implementation's own limit, in bytes. */
const longest = 100_000_000
const notes = '__metadata__'
const size = z.int().min(0)
const form = z.strictObject({ dtype: z.string(), shape: z.array(size), data_offsets: z.tuple([size, size]) })
type Entry = z.infer<typeof form>

const dtypes: { readonly [name: string]: Precision } = { F64: 'f64', F32: 'f32', F16: 'f16', BF16: 'bf16' }

const textOf = (place: Place, bytes: Uint8Array): string => {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch (cause) {
    throw invalidFile(place, `has a header that is not UTF-8: ${reason(cause)}`, 'a JSON object in UTF-8', again)
  }
}

const parsed = (place: Place, bytes: Uint8Array): Readonly<Record<string, unknown>> => {
  const found = parseJson(textOf(place, bytes))
  if (isLeft(found)) throw invalidFile(place, `has a header that ${found.left}`, 'a JSON object in UTF-8', again)
  const header = found.right
  if (typeof header === 'object' && header !== null && !Array.isArray(header)) return header as Record<string, unknown>
  throw invalidFile(place, 'has a header that is not an object', 'a JSON object, tensors by name', again)
}

const split = (place: Place, bytes: Uint8Array): { readonly header: object; readonly numbers: Uint8Array } => {
  const file = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  if (file.length < 8)
    throw invalidFile(place, `has ${file.length} bytes`, 'at least the 8 of its header length', again)
  const length = Number(file.readBigUInt64LE())
  if (length > longest)
    throw invalidFile(place, `claims a header of ${length} bytes`, `at most ${longest}`, 'Is it a safetensors file?')
  if (8 + length > file.length)
    throw invalidFile(place, `claims a header of ${length} bytes`, `at most the ${file.length - 8} that follow`, again)
  return { header: parsed(place, bytes.subarray(8, 8 + length)), numbers: bytes.subarray(8 + length) }
}

const metadataOf = (place: Place, header: object): Metadata => {
  const found = z.record(z.string(), z.string()).safeParse(Object.entries(header).find(([k]) => k === notes)?.[1] ?? {})
  if (found.success) return found.data
  throw invalidFile(place, `has a ${notes} of other things`, 'strings by name', 'Write numbers as strings there')
}

const entryOf = (place: Place, value: unknown): Entry => {
  const found = form.safeParse(value)
  if (found.success) return found.data
  const [issue] = found.error.issues
  const what = `has a malformed entry: ${issue?.path.join('.') || 'it'}: ${issue?.message}`
  throw invalidFile(place, what, 'dtype, shape and data_offsets [begin, end]', again)
}

/** Numbers lie end to end from 0 to the end of the file: no overlap, no hole, nothing after. */
const checkOffsets = (place: Place, entries: readonly (readonly [string, Entry])[], length: number): void => {
  const sorted = entries.map(([tensor, { data_offsets }]) => [data_offsets, tensor] as const)
  let at = 0
  for (const [[begin, end], tensor] of sorted.sort(([a], [b]) => a[0] - b[0] || a[1] - b[1])) {
    const wanted = `offsets from ${at}, where the one before ends, to at most ${length}, where the file does`
    if (begin !== at || end < begin || end > length)
      throw invalidFile({ ...place, tensor }, `has data_offsets [${begin}, ${end}]`, wanted, again)
    at = end
  }
  if (at !== length)
    throw invalidFile(place, `has ${length} bytes of numbers`, `the ${at} that its header names`, again)
}

const storedAt = (place: Place, numbers: Uint8Array, { dtype, shape, data_offsets }: Entry): Stored => {
  const known = Object.hasOwn(dtypes, dtype) ? dtypes[dtype] : undefined
  if (!known) return () => foreign(place, dtype)
  return () => right(decoded(place, numbers.subarray(...data_offsets), { dtype: known, little: true, shape }))
}

/**
 * What a safetensors file holds; of F64, F32, F16 and BF16 the numbers. Throws a DomainError for a header that is too long, cut
 * off or malformed, and for offsets that overlap, leave holes or run out of the file; a tensor throws a ShapeError where its
 * offsets do not fit its shape.
 */
export const fromSafetensors = (place: Place, bytes: Uint8Array): Held => {
  const { header, numbers } = split(place, bytes)
  const metadata = metadataOf(place, header)
  const entries = Object.entries(header)
    .filter(([tensor]) => tensor !== notes)
    .map(([tensor, value]) => [tensor, entryOf({ ...place, tensor }, value)] as const)
  checkOffsets(place, entries, numbers.length)
  const tensors = entries.map(([tensor, entry]) => [tensor, storedAt({ ...place, tensor }, numbers, entry)] as const)
  return { tensors: new Map(tensors), metadata }
}

/** How a safetensors file is written. */
export interface SafetensorsOptions {
  readonly dtype: Dtype
  readonly metadata: Metadata
}

/** A safetensors file of these arrays, its numbers from a multiple of 8 bytes on. Throws as `encoded` does, and for the name `__metadata__`. */
export const toSafetensors = (place: Place, arrays: Arrays, { dtype, metadata }: SafetensorsOptions): Uint8Array => {
  if (Object.hasOwn(arrays, notes))
    throw invalidFile({ ...place, tensor: notes }, 'has a name that is taken', 'another name', 'Give words as metadata')
  const numbers = Object.entries(arrays).map(([tensor, value]) => encoded({ ...place, tensor }, value, dtype))
  let at = 0
  const entries = Object.entries(arrays).map(([name, { shape }], i) => {
    const begin = at
    at += numbers[i]?.length ?? 0
    return [name, { dtype: dtype === 'f64' ? 'F64' : 'F32', shape, data_offsets: [begin, at] }] as const
  })
  const words = Object.keys(metadata).length > 0 ? [[notes, metadata] as const] : []
  const text = Buffer.from(JSON.stringify(Object.fromEntries([...words, ...entries])))
  const header = Buffer.alloc(8 * Math.ceil(text.length / 8), ' ')
  if (header.length > longest)
    throw invalidFile(
      place,
      `would have a header of ${header.length} bytes`,
      `at most ${longest}`,
      'Write several files',
    )
  text.copy(header)
  const length = Buffer.alloc(8)
  length.writeBigUInt64LE(BigInt(header.length))
  return Buffer.concat([length, header, ...numbers])
}
