import { distance } from 'fastest-levenshtein'

const letters = (text: string): string => [...text].toSorted().join('')

/** The known name that a mistyped one is near: one edit away, two with the same first letter (its letters in another order first), or the only one it begins; case ignored. */
export const nearest = (given: string, known: readonly string[]): string | undefined => {
  if (known.length === 0) return undefined
  const [name, ...names] = [given, ...known].map(text => text.toLowerCase()) as [string, ...string[]]
  const far = (other: string): number => distance(name, other) - (letters(other) === letters(name) ? 0.5 : 0)
  const near = names.reduce((best, other) => (far(other) < far(best) ? other : best))
  const edits = distance(name, near)
  if (edits <= 1 || (edits === 2 && near[0] === name[0])) return known[names.indexOf(near)]
  const prefixed = known.filter((_, i) => name.length > 2 && names[i]?.startsWith(name))
  return prefixed.length === 1 ? prefixed[0] : undefined
}
