/** Runs on worker processes, so many at a time: as they would be one after another, byte for byte, since each is a run of its own. */
import { type ChildProcess, fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import type { Ending, FromWorker, How, Job, Seen, ToWorker } from './messages.ts'

/** What happens to runs, as it happens. */
export interface Watching {
  began(job: Job): void
  seen(job: Job, seen: Seen): void
  ended(job: Job, ending: Ending): void
  notice(job: Job, line: string): void
}

export interface Pool {
  readonly workers: number
  readonly how: How
  /** Stops every run after an update, with a checkpoint; none is begun any more. */
  readonly signal?: AbortSignal
  readonly watching: Watching
}

const path = fileURLToPath(new URL('./worker.js', import.meta.url))

/** How often a run is begun whose worker dies. */
const attempts = 2

const died = (job: Job, code: number | null, signal: string | null): string =>
  `run ${job.id}: its worker process died (${signal ?? `exit code ${code}`})`

const lost = (why: string): Ending => ({
  is: 'failed',
  failure: { message: `compare: ${why}; wanted a run that ends. Run it alone by \`janus train\` to see why.`, code: 1 },
})

/** One run on a worker. Resolves with how it ended, or with why the worker died. */
const onWorker = (worker: ChildProcess, job: Job, how: How, watching: Watching): Promise<Ending | string> =>
  new Promise(resolve => {
    const hear = (message: FromWorker): void => {
      if (message.is === 'seen') watching.seen(job, message.seen)
      else if (message.is === 'notice') watching.notice(job, message.line)
      else finish(message.ending)
    }
    const gone = (code: number | null, signal: string | null): void => finish(died(job, code, signal))
    const finish = (found: Ending | string): void => {
      worker.off('message', hear).off('exit', gone)
      resolve(found)
    }
    worker.on('message', hear).on('exit', gone)
    worker.send({ is: 'job', job, how } satisfies ToWorker, error => error && gone(worker.exitCode, worker.signalCode))
  })

/** Runs every job; what it came to, in the order of the jobs. Undefined for those that a signal kept from beginning. */
export const pooled = async (
  jobs: readonly Job[],
  { workers, how, signal, watching }: Pool,
): Promise<readonly (Ending | undefined)[]> => {
  const endings: (Ending | undefined)[] = jobs.map(() => undefined)
  const waiting = [...jobs.entries()]
  const alive = new Set<ChildProcess>()
  const spawn = (): ChildProcess => {
    const worker = fork(path, { serialization: 'advanced', stdio: ['ignore', 'inherit', 'inherit', 'ipc'] })
    worker.on('error', () => {})
    alive.add(worker)
    return worker.once('exit', () => alive.delete(worker))
  }
  const stop = (): void => {
    for (const worker of alive) if (worker.connected) worker.send({ is: 'stop' } satisfies ToWorker, () => {})
  }
  const follow = async (): Promise<void> => {
    const own: { worker: ChildProcess | null } = { worker: null }
    /** A run, begun again once where its worker dies. */
    const endingOf = async (job: Job): Promise<Ending> => {
      for (let attempt = 1; ; attempt++) {
        own.worker ??= spawn()
        const found = await onWorker(own.worker, job, how, watching)
        if (typeof found !== 'string') return found
        own.worker = null
        if (attempt === attempts || signal?.aborted) return lost(found)
        watching.notice(job, `${found}; the run is begun again`)
      }
    }
    for (let next = waiting.shift(); next && !signal?.aborted; next = waiting.shift()) {
      const [place, job] = next
      watching.began(job)
      const ending = await endingOf(job)
      endings[place] = ending
      watching.ended(job, ending)
    }
    own.worker?.disconnect()
  }
  signal?.addEventListener('abort', stop)
  try {
    await Promise.all(Array.from({ length: Math.max(1, Math.min(workers, jobs.length)) }, follow))
  } finally {
    signal?.removeEventListener('abort', stop)
  }
  return endings
}
