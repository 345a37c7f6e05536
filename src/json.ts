/** JSON of files that anyone may have written. */
import { type Either, left, right } from 'fp-ts/lib/Either.js'

/** Nothing here nests deeper than this: what is read is walked by functions that call themselves. */
const deepest = 64

const byteOrderMark = '\uFEFF'

/** What RFC 8259 calls a structure, and texts with the colon after them where they are keys. */
const structure = /"([^"\\]*(?:\\.[^"\\]*)*)"(\s*:)?|[[\]{}]/gs

const keyOf = (raw: string): string => (raw.includes('\\') ? (JSON.parse(`"${raw}"`) as string) : raw)

/** What is wrong with sound JSON: a depth no one wants, or a key that an object has twice, of which one would be lost. */
const fault = (text: string): string | undefined => {
  const open: (Set<string> | null)[] = []
  for (const [mark, raw, colon] of text.matchAll(structure)) {
    if (mark === '{' || mark === '[') open.push(mark === '{' ? new Set() : null)
    else if (mark === '}' || mark === ']') open.pop()
    else if (colon !== undefined) {
      const [keys, key] = [open.at(-1), keyOf(raw as string)]
      if (keys?.has(key)) return `has the key ${JSON.stringify(key)} twice in one object`
      keys?.add(key)
    }
    if (open.length > deepest) return `nests more than ${deepest} deep`
  }
  return undefined
}

/** A text as JSON, after a byte order mark or without. Left: why not, as `is not JSON (…)`, to be said of the file. */
export const parseJson = (given: string): Either<string, unknown> => {
  const text = given.startsWith(byteOrderMark) ? given.slice(1) : given
  let found: unknown
  try {
    found = JSON.parse(text)
  } catch (thrown) {
    return left(`is not JSON (${thrown instanceof Error ? thrown.message : String(thrown)})`)
  }
  const wrong = fault(text)
  return wrong === undefined ? right(found) : left(wrong)
}
