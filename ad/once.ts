/** A function of objects that is worked out once for each, and forgotten with it. */
export const once = <K extends object, A>(find: (of: K) => A): ((of: K) => A) => {
  const known = new WeakMap<K, { readonly found: A }>()
  return of => {
    const earlier = known.get(of)
    if (earlier) return earlier.found
    const found = find(of)
    known.set(of, { found })
    return found
  }
}
