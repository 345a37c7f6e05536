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

/** What every data set has; the digest is SHA-256 in hex, of the file's bytes and of what was chosen of it. */
export interface Parts<A> {
  readonly name: string
  readonly train: readonly A[]
  readonly held: readonly A[]
  readonly digest: string
}

const fewest = 20

/** Data that cannot be used. */
export const refuse = (given: string, wanted: string, remedy: string): Either<JanusError, never> =>
  left(new DomainError({ who: 'data', given, wanted, remedy }))

/** Bytes as UTF-8. Left: none, or binary. */
export const decode = ({ name, bytes }: Source): Either<JanusError, string> => {
  const binary = () => refuse(`'${name}' is binary`, 'UTF-8 text', 'Convert the file to UTF-8 without NUL bytes')
  if (bytes.length === 0) return refuse(`'${name}' is empty`, 'text or a series', 'Give a file with content')
  if (bytes.includes(0)) return binary()
  try {
    return right(new TextDecoder('utf-8', { fatal: true }).decode(bytes))
  } catch {
    return binary()
  }
}

/** The first 90% (rounded down) of the items, and the tail. */
export const partsOf = <A>({ name, bytes, choice = '' }: Source, items: readonly A[]): Parts<A> => {
  const cut = Math.floor((9 * items.length) / 10)
  const digest = createHash('sha256').update(bytes).update(choice).digest('hex')
  return { name, train: items.slice(0, cut), held: items.slice(cut), digest }
}

/** Left: fewer items than a tenth can be held out of. */
export const enough = (name: string, count: number, what: string): Either<JanusError, number> =>
  count >= fewest
    ? right(count)
    : refuse(`'${name}' has ${count} ${what}`, `at least ${fewest}`, 'Give a longer file, so a tenth can be held out')
