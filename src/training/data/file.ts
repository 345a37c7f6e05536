/** A file of data: its bytes as text, and its items in the two parts that are trained on and held out. */
import { createHash } from 'node:crypto'
import { type Either, left, right } from 'fp-ts/lib/Either.js'
import { DomainError, type JanusError } from '../../../ad/errors.ts'

/** A file's name, as it was asked for, and its bytes; what was chosen of it, where it is not read whole. */
export interface Source {
  readonly name: string
  readonly bytes: Uint8Array
  readonly choice?: string
}

/** Items by number, which may be made only as they are asked for; a list is one. */
export interface Items<A> {
  readonly length: number
  at(i: number): A | undefined
}

/** How many items after its input a target comes, where items are predicted from those before them; 1 where nothing is said. */
export const horizonOf = ({ horizon = 1 }: { readonly kind: string; readonly horizon?: number | undefined }): number =>
  horizon

/** What every data set has; the digest is SHA-256 in hex, of the file's bytes and of what was chosen of it. */
export interface Parts<A, I extends Items<A> = readonly A[]> {
  readonly name: string
  readonly train: I
  readonly held: I
  readonly digest: string
}

const fewest = 20
/** Losses of the training part that there are at least: as many as `fewest` items have one step ahead. */
const fewestLosses = 17

/** Data that cannot be used. */
export const refuse = (given: string, wanted: string, remedy: string): Either<JanusError, never> =>
  left(new DomainError({ who: 'data', given, wanted, remedy }))

/** Formats that people keep tables and arrays in, by the bytes that such a file begins with. */
const formats: readonly (readonly [begins: readonly number[], name: string, remedy: string])[] = [
  [
    [0x50, 0x41, 0x52, 0x31],
    'a Parquet file',
    "Write it as a table: pandas.read_parquet('…').to_csv('….csv', index=False)",
  ],
  [[0x50, 0x4b, 0x03, 0x04], 'a zip: a workbook, an .npz', 'Write one table of it as a .csv'],
  [
    [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59],
    'a numpy array',
    "Write it as a table: numpy.savetxt('….csv', x, delimiter=',')",
  ],
  [[0x1f, 0x8b], 'compressed', 'Unpack it: gunzip'],
  [[0x89, 0x48, 0x44, 0x46], 'an HDF5 file', 'Write one table of it as a .csv'],
  [[0xff, 0xfe], 'UTF-16', 'Save it as UTF-8'],
  [[0xfe, 0xff], 'UTF-16', 'Save it as UTF-8'],
]

/** Bytes as UTF-8. Left: none, or binary. */
export const decode = ({ name, bytes }: Source): Either<JanusError, string> => {
  const binary = () => {
    const [, what = 'binary', remedy = 'Convert the file to UTF-8 without NUL bytes'] =
      formats.find(([begins]) => begins.every((byte, i) => bytes[i] === byte)) ?? []
    return refuse(`'${name}' is ${what}`, 'a table (.csv, .tsv) or a text, in UTF-8', remedy)
  }
  if (bytes.length === 0) return refuse(`'${name}' is empty`, 'text or a series', 'Give a file with content')
  if (bytes.includes(0)) return binary()
  try {
    return right(new TextDecoder('utf-8', { fatal: true }).decode(bytes))
  } catch {
    return binary()
  }
}

/** How many of so many items are trained on: 90%, rounded down. */
export const trainedOf = (count: number): number => Math.floor((9 * count) / 10)

/** SHA-256 in hex of a file's bytes and of what was chosen of it. */
const digestOf = ({ bytes, choice = '' }: Source): string =>
  createHash('sha256').update(bytes).update(choice).digest('hex')

/** The first 90% (rounded down) of so many items, and the tail. */
export const partsOf = <I>(source: Source, count: number, slice: (from: number, to: number) => I) => {
  const cut = trainedOf(count)
  return { name: source.name, train: slice(0, cut), held: slice(cut, count), digest: digestOf(source) }
}

/** The same of a list. */
export const partsOfList = <A>(source: Source, items: readonly A[]): Parts<A> =>
  partsOf(source, items.length, (from, to) => items.slice(from, to))

/** Left: fewer items than a tenth can be held out of. */
export const enough = (name: string, count: number, what: string): Either<JanusError, number> =>
  count >= fewest
    ? right(count)
    : refuse(`'${name}' has ${count} ${what}`, `at least ${fewest}`, 'Give a longer file, so a tenth can be held out')

/** Data with their targets `horizon` items after their inputs. Left: too few inputs to learn from. */
export const ahead = <D extends Pick<Parts<unknown, Items<unknown>>, 'name' | 'train'>>(
  data: D,
  horizon: number,
): Either<JanusError, D & { readonly horizon: number }> =>
  data.train.length - horizon >= fewestLosses
    ? right({ ...data, horizon })
    : refuse(
        `horizon ${horizon} of '${data.name}', of which ${data.train.length} are trained on`,
        `at most ${data.train.length - fewestLosses}, so that ${fewestLosses} targets are left`,
        'Lower --horizon, or give a longer file',
      )
