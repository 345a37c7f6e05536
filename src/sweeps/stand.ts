/** Where the runs of a sweep stand, as their folders have it. */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { divergenceIn, placeOf } from '../comparison/place.ts'
import { errorIn, files, recordedIn, resultIn } from '../experiments/files.ts'
import { isHeld } from '../training/lock.ts'
import type { SweepRun } from './sweep.ts'

/** A run came to its end, which may be that it diverged; is on its way; or is missing, for one of three reasons. */
export type Stand =
  | { readonly is: 'finished'; readonly held: number; readonly unit: string }
  | { readonly is: 'diverged'; readonly step: number }
  | { readonly is: 'running' }
  | { readonly is: 'not begun' }
  | { readonly is: 'interrupted'; readonly step: number }
  | { readonly is: 'failed'; readonly step: number; readonly message: string }

/** A run of a sweep, and where it stands. */
export interface Standing {
  readonly run: SweepRun
  readonly stand: Stand
}

/** What is known of a run that did not come to the end of so many updates. */
const unfinished = (folder: string, steps: number): Stand => {
  if (isHeld(folder)) return { is: 'running' }
  const diverged = divergenceIn(folder, steps)
  if (diverged) return { is: 'diverged', step: diverged.step }
  const error = errorIn(folder)
  if (error) return { is: 'failed', step: error.step, message: error.message }
  if (!existsSync(join(folder, files.config))) return { is: 'not begun' }
  return { is: 'interrupted', step: Math.max(recordedIn(folder).metrics.length - 1, 0) }
}

/** Where a run stands in a folder of folders; of a finished one only its result is read. */
export const standOf = (out: string, { id, options: { steps } }: SweepRun): Stand => {
  const folder = join(placeOf(out, { id, steps }), id)
  const result = resultIn(folder)
  if (result?.steps === steps) return { is: 'finished', held: result.held.after, unit: result.held.unit }
  return unfinished(folder, steps)
}

export const standsOf = (out: string, runs: readonly SweepRun[]): readonly Standing[] =>
  runs.map(run => ({ run, stand: standOf(out, run) }))

/** Whether a run came to its end. */
export const isOver = ({ stand }: Standing): boolean => stand.is === 'finished' || stand.is === 'diverged'

/** Whether it is to be submitted again: it has no end, and no process is at it. */
export const isMissing = (standing: Standing): boolean => !isOver(standing) && standing.stand.is !== 'running'

/** Why a run has no end. */
export const whyOf = ({ run, stand }: Standing): string => {
  const { steps } = run.options
  if (stand.is === 'interrupted') return `stopped or killed after ${stand.step} of ${steps} updates`
  if (stand.is === 'failed') return `failed in update ${stand.step}, goes on only with --retry: ${stand.message}`
  return stand.is
}
