import { closest, distance } from 'fastest-levenshtein'

/** The known name that a mistyped one is near: one edit away, or two with the same first letter, case ignored. */
export const nearest = (given: string, known: readonly string[]): string | undefined => {
  if (known.length === 0) return undefined
  const [name, ...names] = [given, ...known].map(text => text.toLowerCase()) as [string, ...string[]]
  const near = closest(name, names)
  const edits = distance(name, near)
  return edits <= 1 || (edits === 2 && near[0] === name[0]) ? known[names.indexOf(near)] : undefined
}
