/** A function of words and numbers that keeps the results it found last, so many of them: for what takes time and is asked for again. */
export const latest = <Args extends readonly unknown[], A>(
  most: number,
  find: (...args: Args) => A,
): ((...args: Args) => A) => {
  const known = new Map<string, A>()
  return (...args) => {
    const key = JSON.stringify(args)
    if (known.has(key)) return known.get(key) as A
    const found = find(...args)
    if (known.size === most) known.delete(known.keys().next().value as string)
    known.set(key, found)
    return found
  }
}
