import { visible } from './visible.ts'

/** What an error says: who complains, what was given, what was wanted, and what to do about it. */
export interface Complaint {
  readonly who: string
  readonly given: string
  readonly wanted: string
  readonly remedy?: string
}

/** A caller's mistake. Printed as `who: given; wanted … . remedy.`, control characters of what was given written out. */
export class JanusError extends Error implements Complaint {
  readonly who: string
  readonly given: string
  readonly wanted: string
  readonly remedy: string
  constructor({ who, given, wanted, remedy = '' }: Complaint) {
    super(visible(`${who}: ${given}; wanted ${wanted}.${remedy && ` ${remedy}${/[.?]$/.test(remedy) ? '' : '.'}`}`))
    this.name = new.target.name
    this.who = who
    this.given = given
    this.wanted = wanted
    this.remedy = remedy
  }
}

/** Shapes that do not fit together. */
export class ShapeError extends JanusError {}
/** A number or option outside its range. */
export class DomainError extends JanusError {}
/** A name that nothing answers to. */
export class NameError extends JanusError {}
/** A NaN or an infinity, reported where it first appears. */
export class NonFiniteError extends JanusError {}
/** A rule, loss or value used where its kind cannot serve. */
export class KindError extends JanusError {}

/** Our own fault, not the caller's. */
export const internal = (message: string): Error => new Error(`internal: ${message}`)

/** `[3, 2]`, as every message prints a shape. */
export const bracket = (shape: readonly number[]): string => `[${shape.join(', ')}]`
