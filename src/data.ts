import { createHash } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { dirname, join, parse } from 'node:path'
import { fileURLToPath } from 'node:url'
import { chain, type Either, left, map, right, sequenceArray, tryCatch } from 'fp-ts/lib/Either.js'
import { pipe } from 'fp-ts/lib/function.js'
import { DomainError, type JanusError, NameError } from '../ad/errors.ts'
import { nearest } from './nearest.ts'

/** A text as codes into its symbols (sorted by code point over the whole text); the digest is SHA-256 in hex. */
export type Text = {
  readonly kind: 'text'
  readonly name: string
  readonly symbols: readonly string[]
  readonly train: readonly number[]
  readonly held: readonly number[]
  readonly digest: string
}

/** A series in raw units, with the mean and population deviation (above 0) of its training part only. */
export type Series = {
  readonly kind: 'series'
  readonly name: string
  readonly unit: string
  readonly train: readonly number[]
  readonly held: readonly number[]
  readonly mean: number
  readonly deviation: number
  readonly digest: string
}

/** A data set: its first 90% (rounded down) to train on, the tail held out. */
export type Data = Text | Series

type Source = { readonly name: string; readonly bytes: Uint8Array }
type Column = { readonly unit: string; readonly values: readonly number[] }

const who = 'data'
const fewest = 20
const shipped: ReadonlyMap<string, string> = new Map([
  ['constitution', 'constitution.txt'],
  ['sunspots', 'sunspots.csv'],
])
const names = `The shipped names are ${[...shipped.keys()].join(' and ')}; anything else is a path`

const refuse = (given: string, wanted: string, remedy: string): Either<JanusError, never> =>
  left(new DomainError({ who, given, wanted, remedy }))

const rootFrom = (folder: string): string =>
  existsSync(join(folder, 'data', 'constitution.txt')) || dirname(folder) === folder
    ? folder
    : rootFrom(dirname(folder))

const locate = (name: string): string => {
  const file = shipped.get(name)
  return file === undefined ? name : join(rootFrom(dirname(fileURLToPath(import.meta.url))), 'data', file)
}

const guess = (name: string): string => {
  const near = nearest(parse(name).name, [...shipped.keys()])
  return near === undefined ? '' : `Did you mean \`${near}\`? `
}

const unreadable = (name: string, cause: unknown): JanusError => {
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : 'an unknown error'
  if (code === 'ENOENT' || code === 'ENOTDIR')
    return new NameError({ who, given: `'${name}' was not found`, wanted: 'a data set', remedy: guess(name) + names })
  const given = code === 'EISDIR' ? `'${name}' is a directory` : `'${name}' cannot be read (${code})`
  return new DomainError({ who, given, wanted: 'a readable file', remedy: 'Name a .csv or a text file' })
}

const readBytes = (name: string): Either<JanusError, Source> =>
  tryCatch(
    () => ({ name, bytes: readFileSync(locate(name)) }),
    cause => unreadable(name, cause),
  )

const decode = ({ name, bytes }: Source): Either<JanusError, string> => {
  const binary = () => refuse(`'${name}' is binary`, 'UTF-8 text', 'Convert the file to UTF-8 without NUL bytes')
  if (bytes.length === 0) return refuse(`'${name}' is empty`, 'text or a series', 'Give a file with content')
  if (bytes.includes(0)) return binary()
  try {
    return right(new TextDecoder('utf-8', { fatal: true }).decode(bytes))
  } catch {
    return binary()
  }
}

const split = <A>(items: readonly A[]): { readonly train: readonly A[]; readonly held: readonly A[] } => {
  const cut = Math.floor((9 * items.length) / 10)
  return { train: items.slice(0, cut), held: items.slice(cut) }
}

const enough = (name: string, count: number, what: string): Either<JanusError, number> =>
  count >= fewest
    ? right(count)
    : refuse(`'${name}' has ${count} ${what}`, `at least ${fewest}`, 'Give a longer file, so a tenth can be held out')

const digestOf = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex')

const toText = ({ name, bytes }: Source, content: string): Either<JanusError, Data> => {
  const chars = [...content]
  const symbols = [...new Set(chars)].sort((a, b) => (a.codePointAt(0) ?? 0) - (b.codePointAt(0) ?? 0))
  const codes = new Map(symbols.map((symbol, code) => [symbol, code]))
  const coded = split(chars.map(char => codes.get(char) ?? 0))
  return pipe(
    enough(name, chars.length, 'symbols'),
    chain(() =>
      symbols.length > 1
        ? right({ kind: 'text' as const, name, symbols, ...coded, digest: digestOf(bytes) })
        : refuse(
            `'${name}' repeats one symbol`,
            'at least 2 distinct symbols',
            'Give a text with something to predict',
          ),
    ),
  )
}

const lastCell = (line: string): string =>
  line
    .slice(line.lastIndexOf(',') + 1)
    .trim()
    .replace(/^"(.*)"$/, '$1')
    .trim()

const numeric = (cell: string): boolean => /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(cell)

const missing = (cell: string): boolean => /^[+-]?(nan|inf|infinity)$/i.test(cell)

const toValue = (name: string, cell: string, line: number): Either<JanusError, number> =>
  numeric(cell) && Number.isFinite(Number(cell))
    ? right(Number(cell))
    : refuse(`'${name}' line ${line} ends in '${cell}'`, 'a finite number', 'Correct that cell or drop that line')

const toColumn = (name: string, content: string): Either<JanusError, Column> => {
  const lines = content.trimEnd().split(/\r?\n/)
  const width = (line: string): number => line.split(',').length
  const ragged = lines.findIndex(line => width(line) !== width(lines[0] ?? ''))
  if (ragged >= 0)
    return refuse(
      `'${name}' line ${ragged + 1} has ${width(lines[ragged] ?? '')} cells, line 1 has ${width(lines[0] ?? '')}`,
      'as many cells in every line, separated by commas',
      'Write decimals with a point, and separate cells with commas',
    )
  const cells = lines.map(lastCell)
  const first = cells[0] ?? ''
  const skipped = numeric(first) || missing(first) ? 0 : 1
  const unit = (skipped === 1 && first) || 'value'
  return pipe(
    sequenceArray(cells.slice(skipped).map((cell, i) => toValue(name, cell, i + skipped + 1))),
    map(values => ({ unit, values })),
  )
}

const meanOf = (values: readonly number[]): number => values.reduce((sum, v) => sum + v, 0) / values.length

const toSeries = ({ name, bytes }: Source, { unit, values }: Column): Either<JanusError, Data> => {
  const { train, held } = split(values)
  const mean = meanOf(train)
  const deviation = train.every(v => v === train[0]) ? 0 : Math.sqrt(meanOf(train.map(v => (v - mean) ** 2)))
  const series = { kind: 'series' as const, name, unit, train, held, mean, deviation, digest: digestOf(bytes) }
  const given = `'${name}' has a training part of deviation ${deviation}`
  return pipe(
    enough(name, values.length, 'values'),
    chain(() =>
      deviation > 0 && Number.isFinite(deviation)
        ? right(series)
        : refuse(given, 'a finite deviation above 0', 'Give a series that varies over its first 90%, or rescale it'),
    ),
  )
}

const parseAs = (source: Source, content: string): Either<JanusError, Data> =>
  /\.csv$/i.test(locate(source.name))
    ? pipe(
        toColumn(source.name, content),
        chain(column => toSeries(source, column)),
      )
    : toText(source, content)

/**
 * Reads a shipped data set (`constitution`, `sunspots`) or a file, split 90/10 into training and held-out parts.
 * `*.csv` is a series of its last column in raw units (header optional); anything else is UTF-8 text.
 * Left: NameError when nothing is there; DomainError for a directory, an empty or binary file, fewer than 20 items,
 * one distinct symbol, a cell that is not a finite number, or a training series that does not vary.
 */
export const readData = (nameOrPath: string): Either<JanusError, Data> =>
  pipe(
    readBytes(nameOrPath),
    chain(source =>
      pipe(
        decode(source),
        chain(content => parseAs(source, content)),
      ),
    ),
  )
