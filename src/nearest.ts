import { closest, distance } from 'fastest-levenshtein'

/** The known name that a mistyped one is within two edits of, case ignored; undefined where none is. */
export const nearest = (given: string, known: readonly string[]): string | undefined => {
  const name = given.toLowerCase()
  const near = closest(name, [...known])
  return distance(name, near) <= 2 ? near : undefined
}
