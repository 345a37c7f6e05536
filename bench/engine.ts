/** What an engine is to the bench: something that prepares a problem, calls it, and says what came of it. */

import type { Given, Work } from './problem.ts'

/** A prepared problem. `call` computes everything anew; `result` reads what the last call left. */
export interface Running {
  call(): unknown
  result(): ArrayLike<number>
  /** Bytes of the memory the engine lays out itself, where it knows them. */
  bytes?(): number
}

/** Why an engine is not here, in one line. */
export interface Absent {
  readonly absent: string
}

export type Prepare = (given: Given) => Promise<Running | Absent>

/** An engine by name: the works it does, and its code, loaded only in the process that runs it. */
export interface Engine {
  readonly name: string
  readonly works: readonly Work[]
  /** The hand-written reference it is compared with. */
  readonly reference?: string
  /** The one precision it has, where it has one. */
  readonly only?: 'f32'
  /** Missing where the engine lives in Python. */
  readonly load?: () => Promise<Prepare>
  /** Its name in `peers.py`, where it is one of several ways to run a library. */
  readonly peer?: string
  /** How many threads its libraries may take; one where nothing is said. */
  readonly threads?: number
  /** The Node that runs it, by its major version, where it is not the one that runs the bench. */
  readonly node?: number
}
