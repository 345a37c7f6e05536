/** What a reproduction is: experiments, the published figures, and what ours are held to. */
import type { Paper } from '../../rules/index.ts'
import type { Settings } from '../experiments/plan.ts'
import type { Standing } from '../sweeps/stand.ts'

/** A sweep of a reproduction, with the rules that are run beside those that train. */
export interface Part {
  readonly settings: Settings
  /** As `--shadow` has it. */
  readonly shadow?: string
  /** Updates to a line of shadows.jsonl; 1 by default. */
  readonly shadowEvery?: number
}

/** A run that came to an end, and the folder that it is in. */
export interface Run extends Standing {
  readonly folder: string
}

/** The runs of a reproduction by the names of its sweeps. */
export type Runs = Readonly<Record<string, readonly Run[]>>

/** A figure of ours beside the published one. */
export interface Outcome {
  readonly ours: string
  readonly matches: boolean
}

/** A figure that was published, and how ours is found and held to it. */
export interface Figure {
  /** What it is a figure of. */
  readonly of: string
  readonly theirs: string
  /** What ours is held to, in words. */
  readonly held: string
  found(runs: Runs): Outcome | Promise<Outcome>
}

export interface Reproduction {
  readonly name: string
  readonly title: string
  readonly paper: Paper
  /** The protocol, and where ours is another. */
  readonly protocol: string
  /** CPU minutes of all of it, as they were measured; of a part the same share. */
  readonly minutes: number
  /** Whether the minutes were extrapolated from a part of the runs. */
  readonly estimated?: true
  /** Its sweeps by name; what has to be written before they can be read is written in the folder. */
  sweeps?(folder: string): Readonly<Record<string, Part>>
  readonly figures: readonly Figure[]
}
