/** One numpy array as bytes: the .npy format, versions 1 to 3 (numpy.lib.format, NEP 1). */
import { type Either, right } from 'fp-ts/lib/Either.js'
import type { JanusError } from '../../ad/errors.ts'
import type { Shape, Tensor } from '../../ad/tensor.ts'
import { type Dtype, decoded, type Encoding, encoded, foreign, type Precision, rowMajor } from './dtype.ts'
import { again, invalidFile, type Place } from './paths.ts'
import { literal } from './python-literal.ts'

const magic = '\x93NUMPY'
const latin = (bytes: Uint8Array): string => Buffer.from(bytes).toString('latin1')

/** Whether bytes begin as a .npy array does. */
export const isNpy = (bytes: Uint8Array): boolean => latin(bytes.subarray(0, 6)) === magic

interface Preamble {
  readonly header: string
  /** Where the numbers begin. */
  readonly start: number
}

/** Magic, two bytes of version, the header's length in 2 bytes (version 1) or 4, the header. */
const preamble = (place: Place, bytes: Uint8Array): Preamble => {
  const wanted = `a .npy array: the magic '\\x93NUMPY', then version 1, 2 or 3`
  if (!isNpy(bytes)) throw invalidFile(place, 'is no .npy array', wanted, 'Write it with numpy.savez')
  const version = bytes[6] ?? 0
  if (version < 1 || version > 3)
    throw invalidFile(place, `has .npy version ${version}`, wanted, 'Write it with numpy.savez')
  const sized = version === 1 ? 10 : 12
  const length = Buffer.from(bytes.subarray(8, sized)).reduceRight((sum, byte) => 256 * sum + byte, 0)
  const start = sized + length
  if (bytes.length < start)
    throw invalidFile(place, `ends in its header, at byte ${bytes.length}`, `at least ${start} bytes`, again)
  return { header: latin(bytes.subarray(sized, start)).trim(), start }
}

const precisions: { readonly [code: string]: Precision } = { f8: 'f64', f4: 'f32', f2: 'f16' }

/** `<f8`: the order of the bytes, and the kind and width of a number. */
const typeOf = (descr: unknown): Pick<Encoding, 'dtype' | 'little'> | undefined => {
  const dtype = typeof descr === 'string' && /^[<>]/.test(descr) ? precisions[descr.slice(1)] : undefined
  return dtype && { dtype, little: String(descr).startsWith('<') }
}

const isSize = (size: unknown): size is number => typeof size === 'number' && Number.isSafeInteger(size) && size >= 0

interface Header {
  readonly descr: unknown
  readonly columns: boolean
  readonly shape: Shape
}

/** A header's dictionary: descr, fortran_order and shape. */
const headerOf = (place: Place, text: string): Header => {
  const found = literal(text)
  const { descr, fortran_order: columns, shape } = found instanceof Map ? Object.fromEntries(found) : {}
  if (descr !== undefined && typeof columns === 'boolean' && Array.isArray(shape) && shape.every(isSize))
    return { descr, columns, shape }
  const shown = text.length > 90 ? `${text.slice(0, 89)}…` : text
  throw invalidFile(place, `has a malformed header: ${shown}`, 'a dictionary of descr, fortran_order and shape', again)
}

/**
 * The tensor of a .npy array of floating-point numbers, in C or Fortran order and either order of bytes. Left: it is of another
 * type. Throws a DomainError for a header that is cut off or malformed, a ShapeError where the numbers do not fill the shape.
 */
export const fromNpy = (place: Place, bytes: Uint8Array): Either<JanusError, Tensor> => {
  const { header, start } = preamble(place, bytes)
  const { descr, columns, shape } = headerOf(place, header)
  const type = typeOf(descr)
  if (!type) return foreign(place, typeof descr === 'string' ? `'${descr}'` : 'records')
  const tensor = decoded(place, bytes.subarray(start), { ...type, shape })
  return right(columns ? rowMajor(tensor) : tensor)
}

/** A .npy array of version 1, C order, little-endian; its numbers begin at a multiple of 64 bytes, as numpy's do. */
export const toNpy = (place: Place, tensor: Tensor, dtype: Dtype): Uint8Array => {
  const numbers = encoded(place, tensor, dtype)
  const shape = `(${tensor.shape.map(n => `${n},`).join(' ')})`
  const header = `{'descr': '${dtype === 'f64' ? '<f8' : '<f4'}', 'fortran_order': False, 'shape': ${shape}, }`
  const padded = `${header.padEnd(64 * Math.ceil((header.length + 11) / 64) - 11)}\n`
  const length = Buffer.of(padded.length % 256, Math.floor(padded.length / 256))
  return Buffer.concat([Buffer.from(`${magic}\x01\x00`, 'latin1'), length, Buffer.from(padded, 'latin1'), numbers])
}
