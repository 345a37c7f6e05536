/** One run of a pool, in whichever process it is run. */
import { join } from 'node:path'
import * as E from 'fp-ts/lib/Either.js'
import { recordedIn } from '../experiments/files.ts'
import { type Progress, runExperiment } from '../experiments/run.ts'
import { readShadows, type ShadowPlan } from '../experiments/shadows.ts'
import { failed } from '../failure.ts'
import type { Checked } from '../options.ts'
import { isLooking } from '../training/experiment.ts'
import type { Ending, How, Job, Seen } from './messages.ts'
import { divergenceIn, placeOf } from './place.ts'

/** What hears of a run as it goes on. */
export interface Listener {
  seen(seen: Seen): void
  notice(line: string): void
}

/** How often progress is reported, in ms. */
const interval = 200

/** Reports progress now and then, and always where there is a held-out figure. */
const reporting = ({ seen }: Listener): ((progress: Progress) => void) => {
  let last = 0
  return ({ step, held }) => {
    if (held === undefined && performance.now() - last < interval) return
    last = performance.now()
    seen({ step, held })
  }
}

/** A run that diverged within so many updates, as its folder has it; null where it did not. */
const divergence = (folder: string, steps: number): Ending | null => {
  const error = divergenceIn(folder, steps)
  if (error === null) return null
  const looks = recordedIn(folder).metrics.filter(isLooking)
  return { is: 'diverged', folder, step: error.step, message: error.message, looks }
}

const shadowsOf = async ({ shadows }: How): Promise<Checked<ShadowPlan | undefined>> => {
  if (!shadows) return E.right(undefined)
  const { rules, ...how } = shadows
  return E.Functor.map(await readShadows(rules), choices => ({ choices, ...how }))
}

/** How a run ended. The signal stops it after an update, with a checkpoint. */
export const runJob = async (job: Job, how: How, signal: AbortSignal, listener: Listener): Promise<Ending> => {
  const out = how.fresh ? how.out : placeOf(how.out, job)
  const folder = join(out, job.id)
  const before = how.retry || how.fresh ? null : divergence(folder, job.steps)
  if (before) return before
  const shadows = await shadowsOf(how)
  if (E.isLeft(shadows)) return { is: 'failed', failure: failed(shadows.left) }
  const { notice: onNotice } = listener
  const running = { ...how, shadows: shadows.right, out, signal, onProgress: reporting(listener), onNotice }
  const found = await runExperiment(job.config, running)()
  if (E.isRight(found)) return { is: 'done', outcome: found.right }
  return divergence(folder, job.steps) ?? { is: 'failed', failure: found.left }
}
