import { existsSync, readFileSync } from 'node:fs'
import { dirname, join, parse } from 'node:path'
import { fileURLToPath } from 'node:url'
import { chain, type Either, tryCatch } from 'fp-ts/lib/Either.js'
import { pipe } from 'fp-ts/lib/function.js'
import { nearest } from '../../../ad/did-you-mean.ts'
import { DomainError, type JanusError, NameError } from '../../../ad/errors.ts'
import { decode, type Source } from './file.ts'
import { imageCells } from './image.ts'
import { readImages } from './images.ts'
import type { Data } from './index.ts'
import { readSeries } from './series.ts'
import { tableOf } from './table.ts'
import { readText } from './text.ts'

export type { Images } from './images.ts'
export type { Data } from './index.ts'
export type { Series } from './series.ts'
export type { Text } from './text.ts'

const who = 'data'
const shipped: ReadonlyMap<string, string> = new Map([
  ['constitution', 'constitution.txt'],
  ['sunspots', 'sunspots.csv'],
  ['digits', 'digits.csv'],
])
const names = `The shipped names are ${[...shipped.keys()].join(', ').replace(/, (?!.*,)/, ' and ')}; anything else is a path`

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

const parseAs = (source: Source, content: string): Either<JanusError, Data> =>
  /\.csv$/i.test(locate(source.name))
    ? pipe(
        tableOf(source.name, content),
        chain(
          (table): Either<JanusError, Data> =>
            table[0]?.length === imageCells ? readImages(source, table) : readSeries(source, table),
        ),
      )
    : readText(source, content)

/**
 * Reads a shipped data set (`constitution`, `sunspots`, `digits`) or a file, split 90/10 into training and held-out parts.
 * `*.csv` is a series of its last column in raw units (header optional), or images where it has 65 columns: 64 pixels
 * row by row and a label; anything else is UTF-8 text.
 * Left: NameError when nothing is there; DomainError for a directory, an empty or binary file, fewer than 20 items,
 * one distinct symbol, a cell that cannot be, or a training series that does not vary.
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
