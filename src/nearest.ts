import { closest, distance } from 'fastest-levenshtein'

/** The known name that a mistyped one is near: an edit for every three letters, two at most, case ignored. */
export const nearest = (given: string, known: readonly string[]): string | undefined => {
  const name = given.toLowerCase()
  const near = closest(name, [...known])
  return distance(name, near) <= Math.min(2, Math.max(1, Math.floor(name.length / 3))) ? near : undefined
}
