/** What is found once: networks, their runs and gradients serve every line that asks for them, and every rule audited with them. */

/** What is made of an object, once for each, and forgotten with it. */
export const once = <K extends object, V>(make: (of: K) => V): ((of: K) => V) => {
  const known = new WeakMap<K, { readonly made: V }>()
  return of => {
    const found = known.get(of)
    if (found) return found.made
    const made = make(of)
    known.set(of, { made })
    return made
  }
}

/** What is kept under a name for as long as its holder. */
export type Kept = Map<string, unknown>

/** What is kept under a name, made where it is not there. */
export const keptAs = <A>(kept: Kept, name: string, make: () => A): A => {
  if (!kept.has(name)) kept.set(name, make())
  return kept.get(name) as A
}
