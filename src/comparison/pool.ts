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

const lost = (job: Job, why: string): Ending => ({
  is: 'failed',
  failure: { message: `compare: ${why}, twice; wanted a run that ends. Run it alone by \`janus train\` to see why.`, code: 1 },
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
    let worker: ChildProcess | null = null
    for (let next = waiting.shift(); next && !signal?.aborted; next = waiting.shift()) {
      const [place, job] = next
      watching.began(job)
      let found: Ending | string = ''
      for (let attempt = 1; typeof found === 'string' && attempt <= attempts && !(signal?.aborted && attempt > 1); attempt++) {
        worker ??= spawn()
        found = await onWorker(worker, job, how, watching)
        if (typeof found !== 'string') continue
        worker = null
        watching.notice(job, `${found}${attempt < attempts ? '; the run is begun again' : ''}`)
      }
      const ending = typeof found === 'string' ? lost(job, found) : found
      endings[place] = ending
      watching.ended(job, ending)
    }
    worker?.disconnect()
  }
  signal?.addEventListener('abort', stop)
  try {
    await Promise.all(Array.from({ length: Math.max(1, Math.min(workers, jobs.length)) }, follow))
  } finally {
    signal?.removeEventListener('abort', stop)
  }
  return endings
}
