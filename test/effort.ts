/**
 * How hard the tests try. `npm test` takes three minutes on two cores: it decides every proposition on a quarter of its random cases,
 * and leaves out what takes long and is one more of its kind (full-effort.ts). `npm test -- --full` leaves nothing out.
 */

export const full = process.env.JANUS_EFFORT === 'full'

/** How many random cases of so many are tried: all, or a quarter. */
export const share = (cases: number): number => (full ? cases : Math.ceil(cases / 4))

/** What the title of a test ends with that waits for the full effort. */
export const waits = ' (--full)'
