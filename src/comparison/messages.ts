/** What is sent between the process that compares and its workers; structured clones, so that numbers that are not finite arrive. */
import type { Outcome, Running } from '../experiments/run.ts'
import type { ShadowPlan } from '../experiments/shadows.ts'
import type { Failure } from '../failure.ts'
import type { Config } from '../training/settings.ts'

/** How every run of a comparison is run. */
export type How = Pick<Running, 'out' | 'fresh' | 'retry' | 'allowOtherEngine' | 'checkpointEvery'> & {
  /** Rules beside those that train, as they were written: a rule is no message. */
  readonly shadows?: (Omit<ShadowPlan, 'choices'> & { readonly rules: string }) | undefined
}

/** A run, by its place in what is run. */
export interface Job {
  readonly position: number
  readonly id: string
  readonly config: Config
  /** Updates. */
  readonly steps: number
}

/** Runs as jobs, by their places in a list. */
export const jobsOf = (
  runs: readonly { readonly id: string; readonly config: Config; readonly options: { readonly steps: number } }[],
): readonly Job[] => runs.map(({ id, config, options }, position) => ({ position, id, config, steps: options.steps }))

export type ToWorker = { readonly is: 'job'; readonly job: Job; readonly how: How } | { readonly is: 'stop' }

/** How far a run is. */
export interface Seen {
  readonly step: number
  readonly held?: number | undefined
}

/** How a run ended: with an outcome, where it diverged, or by a failure. */
export type Ending =
  | { readonly is: 'done'; readonly outcome: Outcome }
  | {
      readonly is: 'diverged'
      readonly folder: string
      readonly step: number
      readonly message: string
      readonly looks: Outcome['looks']
    }
  | { readonly is: 'failed'; readonly failure: Failure }

export type FromWorker =
  | { readonly is: 'seen'; readonly seen: Seen }
  | { readonly is: 'notice'; readonly line: string }
  | { readonly is: 'ended'; readonly ending: Ending }
