/** What is found once: networks, their runs and gradients serve every line that asks for them, and every rule audited with them. */

/** What is kept under a name for as long as its holder. */
export type Kept = Map<string, unknown>

/** What is kept under a name, made where it is not there. */
export const keptAs = <A>(kept: Kept, name: string, make: () => A): A => {
  if (!kept.has(name)) kept.set(name, make())
  return kept.get(name) as A
}
