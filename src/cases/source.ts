/** A case file as it lies on the disk: read, or refused with what is wrong with it. */
import * as E from 'fp-ts/lib/Either.js'
import { bytesOf, longestText } from '../bytes.ts'
import { parseJson } from '../json.ts'
import { type Case, readCase } from './case.ts'

/** A case, and the JSON it was read from: arguments are given back as they came. */
export interface Source {
  readonly read: Case
  readonly args: readonly unknown[]
}

const reasons: Readonly<Record<string, string>> = {
  ENOENT: 'no such file',
  EISDIR: 'a folder',
  EACCES: 'not readable by this user',
}

const contents = (file: string): E.Either<string, string> =>
  E.tryCatch(
    () => bytesOf(file, longestText).toString('utf8'),
    thrown => {
      const code = (thrown as NodeJS.ErrnoException).code ?? ''
      return `check: ${file}: ${reasons[code] ?? code}; wanted a case file. Check the path.`
    },
  )

const parsed = (file: string, text: string): E.Either<string, unknown> =>
  E.mapLeft((fault: string) => `check: ${file}: ${fault}; wanted one JSON object. Repair the file.`)(parseJson(text))

const argsOf = (json: unknown): readonly unknown[] =>
  ((json as { readonly rules?: readonly { readonly args: unknown }[] }).rules ?? []).map(({ args }) => args)

const sourceOf = (file: string, json: unknown): E.Either<string, Source> => {
  const read = readCase(json)
  if (E.isRight(read)) return E.right({ read: read.right, args: argsOf(json) })
  const lines = read.left.split('\n').map(line => `  ${line}`)
  return E.left([`check: ${file}: not a usable case:`, ...lines].join('\n'))
}

/** Reads a case file. Left says what is wrong with it, whole. */
export const load = (file: string): E.Either<string, Source> => {
  const text = contents(file)
  const json = E.isRight(text) ? parsed(file, text.right) : text
  return E.isRight(json) ? sourceOf(file, json.right) : json
}
