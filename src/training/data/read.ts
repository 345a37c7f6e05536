import { existsSync } from 'node:fs'
import { dirname, extname, join, parse } from 'node:path'
import { fileURLToPath } from 'node:url'
import { chain, type Either, left, map, mapLeft, right, tryCatch } from 'fp-ts/lib/Either.js'
import { pipe } from 'fp-ts/lib/function.js'
import { nearest } from '../../../ad/did-you-mean.ts'
import { DomainError, type JanusError, NameError } from '../../../ad/errors.ts'
import { bytesOf, longestText } from '../../bytes.ts'
import { callParts, readCallOptions } from '../../call-options.ts'
import { mistake } from '../../failure.ts'
import { type ColumnOptions, columnsOf } from './columns.ts'
import { decode, refuse, type Source } from './file.ts'
import { imageCells } from './image.ts'
import { type ReadAs, readImages, readingOptions } from './images.ts'
import type { Data } from './index.ts'
import { readSeries } from './series.ts'
import { type Table, tableOf } from './table.ts'
import { readText } from './text.ts'
import { readVectors } from './vectors.ts'

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

const didYouMean = (name: string): string => {
  const near = nearest(parse(name).name, [...shipped.keys()])
  return near === undefined ? '' : `Did you mean \`${near}\`? `
}

const unreadable = (name: string, cause: unknown): JanusError => {
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : 'an unknown error'
  if (code === 'ENOENT' || code === 'ENOTDIR')
    return new NameError({
      who,
      given: `'${name}' was not found`,
      wanted: 'a data set',
      remedy: didYouMean(name) + names,
    })
  const given = code === 'EISDIR' ? `'${name}' is a directory` : `'${name}' cannot be read (${code})`
  return new DomainError({ who, given, wanted: 'a readable file', remedy: 'Name a .csv, a .tsv or a text file' })
}

const readBytes = (name: string): Either<JanusError, Source> =>
  tryCatch(
    // the column of a shipped table is no guess
    () => ({ name, bytes: bytesOf(locate(name), longestText), ...(shipped.has(name) && { choice: '' }) }),
    cause => unreadable(name, cause),
  )

/** How the cells of a table are separated, by the extension of its file. */
const delimiters: { readonly [extension: string]: ',' | '\t' } = { '.csv': ',', '.tsv': '\t', '.tab': '\t' }

const noColumns = (name: string): Either<JanusError, never> =>
  left(
    new DomainError({
      who,
      given: `--column or --target of '${name}'`,
      wanted: 'them only of a table: a .csv or a .tsv',
      remedy: 'Leave them out, or name a table',
    }),
  )

/** One column is a series, several are a series of vectors; a table of images is one only where no column is asked for. */
const parseTable = (source: Source, table: Table, options: ColumnOptions, as: ReadAs): Either<JanusError, Data> => {
  const isDefault = options.column === undefined && options.target === undefined
  if (isDefault && table.first.cells.length === imageCells) return readImages(source, table, as)
  return pipe(
    tryCatch(() => columnsOf(source.name, table, options), mistake),
    chain((columns): Either<JanusError, Data> => {
      const { inputs, targets } = columns
      const chosen = isDefault ? source : { ...source, choice: JSON.stringify([inputs, targets]) }
      const single = inputs.length === 1 && targets.length === 1 && inputs[0]?.index === targets[0]?.index
      return single ? readSeries(chosen, table, columns) : readVectors(chosen, table, columns)
    }),
  )
}

const parseAs = (source: Source, content: string, options: ColumnOptions, as: ReadAs): Either<JanusError, Data> => {
  const delimiter = delimiters[extname(locate(callParts(source.name)[0])).toLowerCase()]
  if (delimiter !== undefined)
    return pipe(
      tableOf(source.name, content, delimiter),
      chain(table => parseTable(source, table, options, as)),
    )
  return options.column === undefined && options.target === undefined
    ? readText(source, content)
    : noColumns(source.name)
}

/** A name, and what stands in parentheses after it; a file of that very name has none. */
const partsOfName = (given: string): readonly [name: string, inside: string] =>
  existsSync(given) ? [given, ''] : callParts(given)

/** How images are to be read. Left: an option that there is not, or one against the other. */
const readAs = (name: string, inside: string): Either<JanusError, ReadAs> =>
  pipe(
    readCallOptions({ what: 'data' }, name, readingOptions, inside),
    mapLeft(([problem]) => problem as JanusError),
    chain(({ by, permuted = null }) =>
      by === 'row' && permuted !== null
        ? refuse(`${name}(${inside})`, 'pixels to be permuted one by one', 'Leave by=row or permuted out')
        : right({
            kind: by === 'pixel' || permuted !== null ? 'pixels' : 'images',
            permuted: permuted as number | null,
          }),
    ),
  )

/** Refuses a way to read images of what are none. */
const onlyImages =
  (name: string, inside: string) =>
  (data: Data): Either<JanusError, Data> =>
    inside === '' || data.kind === 'images' || data.kind === 'pixels'
      ? right(data)
      : refuse(`'${name}' with (${inside})`, 'images: a table of 65 columns', `Write ${name}`)

/**
 * Reads a shipped data set (`constitution`, `sunspots`, `digits`) or a file, split 90/10 into training and held-out parts.
 * `*.csv` and `*.tsv` are tables as RFC 4180 has them (header optional): a series in raw units, of the column asked for or the
 * last; of several columns a series of vectors; images where there are 65 columns and none is asked for: 64 pixels row by row
 * and a label (`digits(by=pixel, permuted=1)` pixel by pixel, in the order of a seed). Anything else is UTF-8 text.
 * Left: NameError when nothing is there, or no such column; DomainError for a directory, an empty or binary file, fewer than
 * 20 items, one distinct symbol, a cell that cannot be, or a training series that does not vary.
 */
export const readData = (nameOrPath: string, options: ColumnOptions = {}): Either<JanusError, Data> => {
  const [name, inside] = partsOfName(nameOrPath)
  return pipe(
    readAs(name, inside),
    chain(as =>
      pipe(
        readBytes(name),
        map(source => (inside === '' ? source : { ...source, name: nameOrPath, choice: JSON.stringify(as) })),
        chain(source =>
          pipe(
            decode(source),
            chain(content => parseAs(source, content, options, as)),
          ),
        ),
      ),
    ),
    chain(onlyImages(name, inside)),
  )
}
