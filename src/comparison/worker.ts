/** A worker of the pool: runs what it is sent, one run after another, and says how far it is. */
import { join } from 'node:path'
import * as E from 'fp-ts/lib/Either.js'
import { recordedIn } from '../experiments/files.ts'
import { type Progress, runExperiment } from '../experiments/run.ts'
import { readShadows, type ShadowPlan } from '../experiments/shadows.ts'
import { failed } from '../failure.ts'
import type { Checked } from '../options.ts'
import { isLooking } from '../training/experiment.ts'
import type { Ending, FromWorker, How, Job, ToWorker } from './messages.ts'
import { divergenceIn, placeOf } from './place.ts'

/** A process that is no more has no use for it: that it cannot be sent is no failure of the run. */
const send = (message: FromWorker): void => {
  if (process.connected) process.send?.(message, undefined, undefined, () => {})
}

const stopping = new AbortController()

/** How often progress is sent, in ms. */
const interval = 200

/** Sends progress now and then, and always where there is a held-out figure. */
const reporting = (): ((progress: Progress) => void) => {
  let sent = 0
  return ({ step, held }) => {
    if (held === undefined && performance.now() - sent < interval) return
    sent = performance.now()
    send({ is: 'seen', seen: { step, held } })
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

const run = async (job: Job, how: How): Promise<Ending> => {
  const out = how.fresh ? how.out : placeOf(how.out, job)
  const folder = join(out, job.id)
  const before = how.retry || how.fresh ? null : divergence(folder, job.steps)
  if (before) return before
  const onNotice = (line: string): void => send({ is: 'notice', line })
  const shadows = await shadowsOf(how)
  if (E.isLeft(shadows)) return { is: 'failed', failure: failed(shadows.left) }
  const running = { ...how, shadows: shadows.right, out, signal: stopping.signal, onProgress: reporting(), onNotice }
  const found = await runExperiment(job.config, running)()
  if (E.isRight(found)) return { is: 'done', outcome: found.right }
  return divergence(folder, job.steps) ?? { is: 'failed', failure: found.left }
}

process.on('message', async (message: ToWorker) => {
  if (message.is === 'stop') stopping.abort()
  else send({ is: 'ended', ending: await run(message.job, message.how) })
})

/** Ctrl-C reaches every process of the terminal: the one that compares says when to stop, and when it is gone, so is this one. */
for (const signal of ['SIGINT', 'SIGTERM', 'SIGUSR2'] as const) process.on(signal, () => {})
process.on('disconnect', () => stopping.abort())
