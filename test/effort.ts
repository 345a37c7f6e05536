/**
 * How hard the tests try. `npm test` decides every proposition on an eighth of its random cases, tries a quarter of long lists, and
 * leaves out what takes long and is one more of its kind (full-effort.ts). `npm test -- --full` leaves nothing out.
 */

export const full = process.env.JANUS_EFFORT === 'full'

/** How many random cases of so many are tried: all, or an eighth. */
export const share = (cases: number): number => (full ? cases : Math.ceil(cases / 8))

/** What is tried of a long list: all, or every fourth of it. */
export const some = <A>(list: readonly A[]): readonly A[] => (full ? list : list.filter((_, i) => i % 4 === 0))

/** What the title of a test ends with that waits for the full effort. */
export const waits = ' (--full)'
