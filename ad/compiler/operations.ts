/** What a stage does to memory, one operation after the other: what graphs are lowered to, and code is emitted from. */
import type { Step } from '../modes/trace.ts'
import type { Store, View } from './views.ts'

/** One entry-by-entry operation inside a loop: arguments made in the same loop stay in registers. */
export interface Lane {
  readonly name: string
  readonly args: readonly View[]
  readonly store: Store
}

/** Entry-by-entry operations of one size, done in one pass of rows × columns. */
export interface Loop {
  readonly kind: 'loop'
  nest: readonly [rows: number, columns: number]
  readonly lanes: Lane[]
}

/** An argument of a kernel: the address of a view, the address of a list of words, or a plain number. */
export type Argument = View | readonly number[] | number

/** How often a call is repeated, and by how many numbers each argument moves on. */
export interface Repeat {
  readonly count: number
  readonly steps: readonly number[]
}

/** A call of a kernel; the first argument is where it writes. */
export interface Call {
  readonly kind: 'call'
  readonly kernel: string
  readonly args: readonly Argument[]
  readonly repeats: readonly Repeat[]
}

/** A row without a kernel, called back in JavaScript. */
export interface Host {
  readonly kind: 'host'
  readonly step: Step
  readonly out: View
  readonly args: readonly View[]
}

export type Operation = Loop | Call | Host

export const isView = (x: Argument): x is View => typeof x === 'object' && 'store' in x
