/** One numpy array as bytes: the .npy format, versions 1 to 3 (numpy.lib.format, NEP 1). */
import type { Shape, Tensor } from '../../ad/tensor.ts'
import { type Dtype, decoded, type Encoding, encoded, rowMajor } from './dtype.ts'
import { again, type Place, unsound } from './paths.ts'

const magic = '\x93NUMPY'
const latin = (bytes: Uint8Array): string => Buffer.from(bytes).toString('latin1')

interface Preamble {
  readonly header: string
  /** Where the numbers begin. */
  readonly start: number
}

/** Magic, two bytes of version, the header's length in 2 bytes (version 1) or 4, the header. */
const preamble = (place: Place, bytes: Uint8Array): Preamble => {
  const wanted = `a .npy array: the magic '\\x93NUMPY', then version 1, 2 or 3`
  if (latin(bytes.subarray(0, 6)) !== magic)
    throw unsound(place, 'is no .npy array', wanted, 'Write it with numpy.savez')
  const version = bytes[6] ?? 0
  if (version < 1 || version > 3)
    throw unsound(place, `has .npy version ${version}`, wanted, 'Write it with numpy.savez')
  const sized = version === 1 ? 10 : 12
  const length = Buffer.from(bytes.subarray(8, sized)).reduceRight((sum, byte) => 256 * sum + byte, 0)
  const start = sized + length
  if (bytes.length < start)
    throw unsound(place, `ends in its header, at byte ${bytes.length}`, `at least ${start} bytes`, again)
  return { header: latin(bytes.subarray(sized, start)).trim(), start }
}

const floats: { readonly [descr: string]: Pick<Encoding, 'dtype' | 'little'> } = {
  '<f8': { dtype: 'f64', little: true },
  '<f4': { dtype: 'f32', little: true },
  '>f8': { dtype: 'f64', little: false },
  '>f4': { dtype: 'f32', little: false },
}

const keyed = (place: Place, header: string, key: string, form: string): string => {
  const found = new RegExp(`['"]${key}['"]\\s*:\\s*${form}\\s*[,}]`).exec(header)?.[1]
  if (found !== undefined && header.startsWith('{') && header.endsWith('}')) return found
  const shown = header.length > 90 ? `${header.slice(0, 89)}…` : header
  throw unsound(place, `has no sound ${key} in its header ${shown}`, 'descr, fortran_order and shape', again)
}

/** `(3, 4)`, `(3,)` or `()`. */
const shapeOf = (place: Place, header: string): Shape =>
  keyed(place, header, 'shape', '\\(\\s*((?:\\d+\\s*,\\s*)*(?:\\d+)?)\\s*\\)')
    .split(',')
    .map(size => size.trim())
    .filter(size => size !== '')
    .map(Number)

/**
 * The tensor of a .npy array of <f8, <f4, >f8 or >f4, in C or Fortran order. Throws a DomainError for any other type and for
 * a header that is cut off or unsound, a ShapeError where the numbers do not fill the shape.
 */
export const fromNpy = (place: Place, bytes: Uint8Array): Tensor => {
  const { header, start } = preamble(place, bytes)
  const descr = keyed(place, header, 'descr', `('[^']*'|"[^"]*"|\\[.*\\])`)
  const kind = floats[descr.slice(1, -1)]
  if (!kind)
    throw unsound(place, `is of type ${descr}`, `'<f8' or '<f4', floating-point numbers`, "Save it as .astype('<f8')")
  const columns = keyed(place, header, 'fortran_order', '(True|False)') === 'True'
  const tensor = decoded(place, bytes.subarray(start), { ...kind, shape: shapeOf(place, header) })
  return columns ? rowMajor(tensor) : tensor
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
