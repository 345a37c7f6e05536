/** Where in a text something is wrong: errors that quote the line, name the column and point at it. */
import type { Complaint, JanusError } from '../errors.ts'

/** A text, and in whose name it is refused. */
export interface Source {
  readonly who: string
  readonly text: string
}

type Kind = new (complaint: Complaint) => JanusError
type Problem = Omit<Complaint, 'who'>

const widest = 72

/** The line that an offset is in, its number, and the column of the offset in it; both count from 1. */
const lineAt = (
  text: string,
  at: number,
): { readonly line: string; readonly number: number; readonly column: number } => {
  const before = text.slice(0, at).split('\n')
  const [here = ''] = text.slice(at).split('\n')
  const start = before.at(-1) as string
  return { line: (start + here).replaceAll('\t', ' '), number: before.length, column: [...start].length + 1 }
}

/** The part of a line around a column that fits a page, and where the column is in it. */
const windowed = (line: string, column: number): readonly [part: string, column: number] => {
  const letters = [...line]
  if (letters.length <= widest) return [line, column]
  const from = Math.max(0, Math.min(column - widest / 2, letters.length - widest + 2))
  const part = letters.slice(from, from + widest - 2).join('')
  return [`${from > 0 ? '…' : ''}${part}${from + widest - 2 < letters.length ? '…' : ''}`, column - from + +(from > 0)]
}

/** An error about a place of a text: `who: "line" at column 16: what is there; wanted … . …`, and below it the line, with a caret. */
export const pointed = (Kind: Kind, { who, text }: Source, at: number, problem: Problem): JanusError => {
  const { line, number, column } = lineAt(text, at)
  const [part, place] = windowed(line, column)
  const where = text.includes('\n') ? `line ${number}, column ${column}` : `column ${column}`
  const error = new Kind({ ...problem, who, given: `"${part}" at ${where}: ${problem.given}` })
  error.message += `\n  ${part}\n  ${' '.repeat(place - 1)}^`
  return error
}
