import { closest, distance } from 'fastest-levenshtein'

/** The known name that a mistyped one is near: one edit away, two with the same first letter, or the only one it begins; case ignored. */
export const nearest = (given: string, known: readonly string[]): string | undefined => {
  if (known.length === 0) return undefined
  const [name, ...names] = [given, ...known].map(text => text.toLowerCase()) as [string, ...string[]]
  const near = closest(name, names)
  const edits = distance(name, near)
  if (edits <= 1 || (edits === 2 && near[0] === name[0])) return known[names.indexOf(near)]
  const prefixed = known.filter((_, i) => name.length > 2 && names[i]?.startsWith(name))
  return prefixed.length === 1 ? prefixed[0] : undefined
}
