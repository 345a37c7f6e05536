/** Files of arrays: numpy's .npz and safetensors, by extension, whole or not at all. */
import { renameSync, rmSync, writeFileSync } from 'node:fs'
import { extname } from 'node:path'
import { isLeft, isRight } from 'fp-ts/lib/Either.js'
import { describe } from '../../ad/describe.ts'
import { nearest } from '../../ad/did-you-mean.ts'
import { DomainError, KindError, NameError } from '../../ad/errors.ts'
import { requireNames, requireRecord } from '../../ad/require.ts'
import { bytesOf } from '../bytes.ts'
import type { Arrays, Dtype, Held } from './dtype.ts'
import { fromNpz, toNpz } from './npz.ts'
import { invalidFile, type Place } from './paths.ts'
import { fromSafetensors, type Metadata, toSafetensors } from './safetensors.ts'

/** How arrays are written: f64 and stored by default; `deflate` is for .npz, `metadata` for .safetensors. */
export interface WriteOptions {
  readonly dtype?: Dtype
  readonly deflate?: boolean
  readonly metadata?: Metadata
}

interface Format {
  readonly takes: readonly string[]
  readonly read: (place: Place, bytes: Uint8Array) => Held
  readonly write: (place: Place, arrays: Arrays, options: Required<WriteOptions>) => Uint8Array
}

const formats: { readonly [extension: string]: Format } = {
  '.npz': {
    takes: ['dtype', 'deflate'],
    read: fromNpz,
    write: toNpz,
  },
  '.safetensors': { takes: ['dtype', 'metadata'], read: fromSafetensors, write: toSafetensors },
}

const formatOf = (place: Place): Format => {
  requirePath(place.who, place.file)
  const format = formats[extname(place.file).toLowerCase()]
  if (format) return format
  throw invalidFile(place, 'has another extension', Object.keys(formats).join(' or '), 'The extension names the format')
}

const codeOf = (cause: unknown): string =>
  cause instanceof Error && 'code' in cause ? String(cause.code) : 'unknown error'

/** A longer file is no Buffer in Node 20. */
const longest = 2 ** 32 - 1

/** Refuses what is no text: node:fs takes a number for an open file. */
const requirePath = (who: Place['who'], path: unknown): void => {
  if (typeof path === 'string') return
  throw new KindError({
    who,
    given: `${describe(path)} as the path`,
    wanted: 'a path, as text',
    remedy: `The path comes first: ${who === 'writeArrays' ? "writeArrays('weights.npz', arrays)" : `${who}('weights.npz')`}`,
  })
}

const read = (place: Place): Uint8Array => {
  try {
    return bytesOf(place.file, longest)
  } catch (cause) {
    const code = codeOf(cause)
    if (code !== 'ENOENT') throw invalidFile(place, `cannot be read (${code})`, 'a readable file', 'Look at its rights')
    const given = `'${place.file}' was not found`
    throw new NameError({ who: place.who, given, wanted: 'a file of arrays', remedy: 'Check its path' })
  }
}

const held = (who: Place['who'], file: string): Held => {
  const place = { who, file }
  return formatOf(place).read(place, read(place))
}

/** Which tensors are read: those of these names; all of floating-point numbers by default. */
export interface ReadOptions {
  readonly names?: readonly string[]
}

const absent = ({ who, file }: Place, name: string, known: readonly string[]): NameError => {
  const near = nearest(name, known)
  return new NameError({
    who,
    given: `no tensor '${name}' in '${file}'`,
    wanted: known.join(', ') || 'a file that holds one',
    remedy: near === undefined ? 'Name one that it holds' : `Did you mean '${near}'?`,
  })
}

/** The tensors that were asked for by name, every one of them. */
const selected = (place: Place, { tensors }: Held, names: readonly string[]): Arrays =>
  Object.fromEntries(
    names.map(name => {
      const found = tensors.get(name)?.()
      if (!found) throw absent(place, name, [...tensors.keys()])
      if (isLeft(found)) throw found.left
      return [name, found.right]
    }),
  )

/** The tensors of floating-point numbers; a file that holds others alone has nothing to read. */
const floating = ({ tensors }: Held): Arrays => {
  const found = [...tensors].map(([name, read]) => [name, read()] as const)
  const other = found.find(([, one]) => isLeft(one))?.[1]
  if (other && isLeft(other) && found.every(([, one]) => isLeft(one))) throw other.left
  return Object.fromEntries(found.flatMap(([name, one]) => (isRight(one) ? [[name, one.right] as const] : [])))
}

/**
 * The tensors of an .npz or .safetensors file by name, those of floating-point numbers or those that `names` asks for; single
 * and half precision (F16, BF16) widened; numbers are as they are, NaN too. Integers, booleans and texts beside them are passed
 * over. Throws a NameError where there is no file or not the tensor asked for, a DomainError for a file that is broken, for a
 * tensor asked for that holds no floating-point numbers and for a file without any, a ShapeError for numbers that do not fill
 * their shape; each names the file and the tensor.
 */
export const readArrays = (path: string, options: ReadOptions = {}): Arrays => {
  const place = { who: 'readArrays', file: path } as const
  requireNames(place.who, options, ['names'])
  const all = held(place.who, path)
  return options.names ? selected(place, all, options.names) : floating(all)
}

/** The words that a .safetensors file carries beside its tensors; an .npz has none. Throws as `readArrays` does. */
export const readMetadata = (path: string): Metadata => held('readMetadata', path).metadata

const checkOptions = (place: Place, { takes }: Format, options: WriteOptions): void => {
  const other = Object.keys(options).find(name => !takes.includes(name))
  if (other !== undefined)
    throw new NameError({
      who: place.who,
      given: `the option '${other}' for '${place.file}'`,
      wanted: takes.join(' or '),
      remedy: 'deflate is for .npz, metadata for .safetensors',
    })
  const { dtype = 'f64', metadata = {} } = options
  if (dtype !== 'f64' && dtype !== 'f32')
    throw new DomainError({ who: place.who, given: `dtype ${dtype}`, wanted: "'f64' or 'f32'", remedy: 'Choose one' })
  const odd = Object.entries(metadata).find(([, word]) => typeof word !== 'string')
  if (odd) throw invalidFile(place, `would carry '${odd[0]}' as ${typeof odd[1]}`, 'strings', 'Write it as a string')
}

/** A whole file or none: written beside its place, then moved there. */
const writeWhole = (place: Place, bytes: Uint8Array): void => {
  const beside = `${place.file}.${process.pid}.tmp`
  try {
    writeFileSync(beside, bytes, { flush: true })
    renameSync(beside, place.file)
  } catch (cause) {
    rmSync(beside, { force: true })
    throw invalidFile(
      place,
      `cannot be written (${codeOf(cause)})`,
      'a place in a folder that is there',
      'Name another',
    )
  }
}

/**
 * Writes tensors by name to an .npz or .safetensors file, whole or not at all. Throws a KindError for what is no tensor, a
 * ShapeError for one that is not full, a NameError for an option of the other format, a DomainError for a number beyond f32's
 * range and a place that cannot be written.
 */
export const writeArrays = (path: string, arrays: Arrays, options: WriteOptions = {}): void => {
  const place = { who: 'writeArrays', file: path } as const
  const format = formatOf(place)
  requireRecord(place.who, options, `a record of ${format.takes.join(', ')}`, 'Options are named: { name: value }')
  checkOptions(place, format, options)
  requireRecord(place.who, arrays, 'tensors by name', "Write writeArrays('weights.npz', { W: tensor([1, 2]) })")
  writeWhole(place, format.write(place, arrays, { dtype: 'f64', deflate: false, metadata: {}, ...options }))
}
