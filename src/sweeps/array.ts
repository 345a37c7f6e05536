/** Positions as the arrays of schedulers are written: 3,17-19. */
import * as E from 'fp-ts/lib/Either.js'
import { type Checked, reader } from '../options.ts'

/** Ascending positions as an array expression whose numbers begin at a base; nothing of none. */
export const arrayOf = (positions: readonly number[], base = 0): string => {
  const stretches: (readonly [first: number, last: number])[] = []
  for (const position of positions) {
    const [first, last] = stretches.at(-1) ?? []
    if (first !== undefined && last === position - 1) stretches[stretches.length - 1] = [first, position]
    else stretches.push([position, position])
  }
  return stretches
    .map(([first, last]) => (first === last ? `${first + base}` : `${first + base}-${last + base}`))
    .join()
}

/** More than any plan has. */
const most = 1_000_000

const { refuse } = reader('run')

/** The numbers of one part, 3 or 17-19; null for what is neither. */
const stretch = (part: string): readonly number[] | null => {
  const [, low = '', high = low] = /^(\d{1,15})(?:-(\d{1,15}))?$/.exec(part) ?? []
  const length = low === '' ? 0 : Number(high) - Number(low) + 1
  return length < 1 || length > most ? null : Array.from({ length }, (_, i) => Number(low) + i)
}

/** The numbers of an array expression, each once, ascending. Left: what is none. */
export const numbersIn = (option: string, text: string): Checked<readonly number[]> => {
  const parts = text.split(',').map(part => stretch(part.trim()))
  if (parts.includes(null))
    return refuse(`${option} ${text}`, 'whole numbers as 3 or 3,17-19', `Try ${option} 0, or what janus missing prints`)
  return E.right([...new Set(parts.flatMap(part => part ?? []))].toSorted((a, b) => a - b))
}
