/** Numbers as files hold them: 8, 4 or 2 bytes each, the least significant first by default. */
import { type Either, left } from 'fp-ts/lib/Either.js'
import { bracket, type JanusError, KindError } from '../../ad/errors.ts'
import { type Shape, sizeOf, type Tensor, tensorOf } from '../../ad/tensor.ts'
import { isValue } from '../../ad/value.ts'
import { invalidFile, misshapen, type Place } from './paths.ts'

/** IEEE 754 double or single precision: what is written. */
export type Dtype = 'f64' | 'f32'

/** What is read: half precision too, of IEEE 754 (f16) or with the exponents of f32 (bf16). */
export type Precision = Dtype | 'f16' | 'bf16'

/** Tensors by name, as a file holds them. */
export type Arrays = { readonly [name: string]: Tensor }

/** A tensor of a file, read when it is asked for. Left: it holds no floating-point numbers. Throws where it is broken. */
export type Stored = () => Either<JanusError, Tensor>

/** What a file holds by name, and the words beside it. */
export interface Held {
  readonly tensors: ReadonlyMap<string, Stored>
  readonly metadata: { readonly [key: string]: string }
}

/** A tensor of numbers that are not in floating point, or of no numbers. */
export const foreign = (place: Place, type: string): Either<JanusError, never> =>
  left(
    invalidFile(
      place,
      `is of type ${type}`,
      'floating-point numbers of 8, 4 or 2 bytes',
      "Save it as doubles: .astype('<f8') in numpy, .double() in PyTorch",
    ),
  )

/** How the bytes of a tensor are read, row-major. */
export interface Encoding {
  readonly dtype: Precision
  readonly little: boolean
  readonly shape: Shape
}

/** Bytes a number takes. */
const widths: { readonly [P in Precision]: number } = { f64: 8, f32: 4, f16: 2, bf16: 2 }

/** A number of half precision by its 16 bits: 1 of sign, 5 of exponent, 10 of fraction (IEEE 754-2008). */
const half = (bits: number): number => {
  const [sign, exponent, fraction] = [bits & 0x8000 ? -1 : 1, (bits >> 10) & 31, bits & 1023]
  if (exponent === 31) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN
  return exponent === 0 ? sign * fraction * 2 ** -24 : sign * (1024 + fraction) * 2 ** (exponent - 25)
}

const single = new DataView(new ArrayBuffer(4))
/** A number of f32 by its upper 16 bits. */
const upper = (bits: number): number => {
  single.setUint16(0, bits)
  return single.getFloat32(0)
}

/** How a number of each precision is read. */
const readers: { readonly [P in Precision]: (view: DataView, at: number, little: boolean) => number } = {
  f64: (view, at, little) => view.getFloat64(at, little),
  f32: (view, at, little) => view.getFloat32(at, little),
  f16: (view, at, little) => half(view.getUint16(at, little)),
  bf16: (view, at, little) => upper(view.getUint16(at, little)),
}

const viewOf = (bytes: Uint8Array): DataView => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)

/** The most axes that numpy gives an array. */
const deepest = 64

/** The tensor that bytes hold. Throws a ShapeError where they are not exactly as many as its shape takes. */
export const decoded = (place: Place, bytes: Uint8Array, { dtype, little, shape }: Encoding): Tensor => {
  if (shape.length > deepest)
    throw misshapen(
      place,
      `has ${shape.length} axes`,
      `at most ${deepest}, as numpy has`,
      'Its header is wrong: save it again',
    )
  const [each, count] = [widths[dtype], sizeOf(shape)]
  if (!shape.every(Number.isSafeInteger) || count * each !== bytes.byteLength)
    throw misshapen(
      place,
      `has ${bytes.byteLength} bytes for shape ${bracket(shape)}`,
      `${count * each} bytes, ${each} a number`,
      'The file is cut off, or its header is wrong: save it again',
    )
  const [view, data, read] = [viewOf(bytes), new Float64Array(count), readers[dtype]]
  for (let i = 0; i < count; i++) data[i] = read(view, each * i, little)
  return tensorOf(shape, data)
}

const checkTensor = (place: Place, value: unknown): Tensor => {
  if (!isValue(value) || value.interpreter !== null)
    throw new KindError({
      who: place.who,
      given: `'${place.tensor}' that is not a tensor`,
      wanted: 'tensors by name, in one flat record',
      remedy: 'Make tensors of numbers with tensor, and of parameters with toTorch',
    })
  if (sizeOf(value.shape) === value.data.length) return value
  const given = `has ${value.data.length} numbers for shape ${bracket(value.shape)}`
  throw misshapen(place, given, `${sizeOf(value.shape)} numbers`, 'Make it with tensor, which checks')
}

const checkRange = (place: Place, data: Float64Array): void => {
  const i = data.findIndex(x => Number.isFinite(x) && !Number.isFinite(Math.fround(x)))
  if (i < 0) return
  throw invalidFile(place, `holds ${data[i]}`, 'numbers below 3.4e38 in single precision', "Write it with dtype: 'f64'")
}

/** The bytes of a tensor, least significant first. Throws a KindError, a ShapeError, or a DomainError beyond f32's range. */
export const encoded = (place: Place, value: Tensor, dtype: Dtype): Uint8Array => {
  const { data } = checkTensor(place, value)
  if (dtype === 'f32') checkRange(place, data)
  const bytes = new Uint8Array(data.length * widths[dtype])
  const view = viewOf(bytes)
  if (dtype === 'f64') for (let i = 0; i < data.length; i++) view.setFloat64(8 * i, data[i] as number, true)
  else for (let i = 0; i < data.length; i++) view.setFloat32(4 * i, data[i] as number, true)
  return bytes
}

/** A tensor stored column-major, its shape still outermost first, set row-major. */
export const rowMajor = ({ shape, data }: Tensor): Tensor => {
  const strides = shape.map((_, k) => sizeOf(shape.slice(0, k)))
  const place = (i: number): number => {
    let [rest, at] = [i, 0]
    for (let k = shape.length - 1; k >= 0; k--) {
      const n = shape[k] as number
      at += (rest % n) * (strides[k] as number)
      rest = Math.floor(rest / n)
    }
    return at
  }
  return tensorOf(
    shape,
    data.map((_, i) => data[place(i)] as number),
  )
}
