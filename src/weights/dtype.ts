/** Numbers as files hold them: 8 or 4 bytes each, the least significant first by default. */
import { bracket, KindError } from '../../ad/errors.ts'
import { type Shape, sizeOf, type Tensor, tensorOf } from '../../ad/tensor.ts'
import { isValue } from '../../ad/value.ts'
import { misshapen, type Place, unsound } from './paths.ts'

/** IEEE 754 double or single precision. */
export type Dtype = 'f64' | 'f32'

/** Tensors by name, as a file holds them. */
export type Arrays = { readonly [name: string]: Tensor }

/** How the bytes of a tensor are to be taken, row-major. */
export interface Encoding {
  readonly dtype: Dtype
  readonly little: boolean
  readonly shape: Shape
}

/** Bytes a number takes. */
export const width = (dtype: Dtype): number => (dtype === 'f64' ? 8 : 4)

const viewOf = (bytes: Uint8Array): DataView => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)

/** The tensor that bytes hold. Throws a ShapeError where they are not exactly as many as its shape takes. */
export const decoded = (place: Place, bytes: Uint8Array, { dtype, little, shape }: Encoding): Tensor => {
  const [each, count] = [width(dtype), sizeOf(shape)]
  if (!shape.every(Number.isSafeInteger) || count * each !== bytes.byteLength)
    throw misshapen(
      place,
      `has ${bytes.byteLength} bytes for shape ${bracket(shape)}`,
      `${count * each} bytes, ${each} a number`,
      'The file is cut off, or its header is wrong: save it again',
    )
  const [view, data] = [viewOf(bytes), new Float64Array(count)]
  if (dtype === 'f64') for (let i = 0; i < count; i++) data[i] = view.getFloat64(8 * i, little)
  else for (let i = 0; i < count; i++) data[i] = view.getFloat32(4 * i, little)
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
  throw unsound(place, `holds ${data[i]}`, 'numbers below 3.4e38 in single precision', "Write it with dtype: 'f64'")
}

/** The bytes of a tensor, least significant first. Throws a KindError, a ShapeError, or a DomainError beyond f32's range. */
export const encoded = (place: Place, value: Tensor, dtype: Dtype): Uint8Array => {
  const { data } = checkTensor(place, value)
  if (dtype === 'f32') checkRange(place, data)
  const bytes = new Uint8Array(data.length * width(dtype))
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
