/** What code is written with: where things lie, the locals of a function, and what it calls. */
import { type Kind, op } from './assembler.ts'
import type { Host } from './operations.ts'
import type { Dtype, Port } from './plan.ts'
import type { View } from './views.ts'

/** An address: a local that holds the first part, or none, and bytes to add. */
export interface Address {
  readonly base: number | null
  readonly at: number
}

/** Where things lie whose place is known before frames are counted, in bytes. */
export interface Layout {
  readonly dtype: Dtype
  readonly ports: readonly Port[]
  /** Address of an unframed port. */
  readonly port: (port: number) => number
  /** Address of the word that holds where a framed port begins. */
  readonly base: (port: number) => number
  /** Bytes from one row of a framed port to the next. */
  readonly row: (port: number) => number
  readonly constant: (store: View['store']) => number
  readonly words: (words: readonly number[]) => number
  /** Where the places of stages begin. */
  readonly own: number
  /** Whether a call of so many operations goes to the library for large products. */
  readonly large: (kernel: string, operations: number) => boolean
}

/** A function being written: its locals, and what it calls. */
export interface Writing {
  readonly layout: Layout
  readonly local: (kind: Kind) => number
  readonly imported: (module: string, name: string, takes: number) => number
  readonly address: (view: View) => Address
  readonly hosts: Host[]
}

export const bytesOf = (dtype: Dtype): number => (dtype === 'f64' ? 8 : 4)

/** Runs the body with a counter from 0 to count - 1. */
export const counted = (counter: number, count: number, body: readonly number[], step = 1): number[] => [
  ...op.constant(0),
  ...op.set(counter),
  ...op.loop([
    ...body,
    ...op.get(counter),
    ...op.constant(step),
    ...op.add,
    ...op.set(counter),
    ...op.get(counter),
    ...op.constant(count),
    ...op.below,
  ]),
]
