/** What a scheduler is given of a sweep. */

export interface Submitted {
  /** The sweep file as it was named. */
  readonly path: string
  /** Runs of its plan. */
  readonly count: number
}

/** The text that submits a sweep, an indexed task a run. */
export type Engine = (sweep: Submitted) => string

/** A word as a POSIX shell reads it back. */
export const quoted = (word: string): string =>
  /^[\w./@%+=:,-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`
