/** Runs on worker processes, so many at a time, or in this one: as they would be one after another, byte for byte, since each is its own. */
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
  /** How many processes; with 0 the runs are run one after another in this one. */
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

/** What runs jobs one after another. */
interface Runner {
  run(job: Job): Promise<Ending>
  end(): void
}

/** Runs in this process, whose modules are read only where they are wanted. */
const here = ({ how, watching, signal = new AbortController().signal }: Pool): Runner => ({
  run: async job => {
    const { runJob } = await import('./job.ts')
    return runJob(job, how, signal, {
      seen: seen => watching.seen(job, seen),
      notice: line => watching.notice(job, line),
    })
  },
  end: () => {},
})

/** A process among those that are alive. */
const spawned = (alive: Set<ChildProcess>): ChildProcess => {
  const worker = fork(path, { serialization: 'advanced', stdio: ['ignore', 'inherit', 'inherit', 'ipc'] })
  alive.add(worker)
  return worker.on('error', () => {}).once('exit', () => alive.delete(worker))
}

/** Runs on a process of their own. One whose worker dies is begun again once. */
const apart = ({ how, watching, signal }: Pool, alive: Set<ChildProcess>): Runner => {
  let worker: ChildProcess | null = null
  return {
    run: async job => {
      for (let attempt = 1; ; attempt++) {
        worker ??= spawned(alive)
        const found = await onWorker(worker, job, how, watching)
        if (typeof found !== 'string') return found
        worker = null
        if (attempt === attempts || signal?.aborted) return lost(found)
        watching.notice(job, `${found}; the run is begun again`)
      }
    },
    end: () => worker?.disconnect(),
  }
}

/** Runs every job; what it came to, in the order of the jobs. Undefined for those that a signal kept from beginning. */
export const pooled = async (jobs: readonly Job[], pool: Pool): Promise<readonly (Ending | undefined)[]> => {
  const { workers, signal, watching } = pool
  const endings: (Ending | undefined)[] = jobs.map(() => undefined)
  const waiting = jobs.entries()
  const follow = async (runner: Runner): Promise<void> => {
    for (const [place, job] of waiting) {
      if (signal?.aborted) break
      watching.began(job)
      const ending = await runner.run(job)
      endings[place] = ending
      watching.ended(job, ending)
    }
    runner.end()
  }
  const alive = new Set<ChildProcess>()
  const stop = (): void => {
    for (const worker of alive) if (worker.connected) worker.send({ is: 'stop' } satisfies ToWorker, () => {})
  }
  const runners =
    workers === 0 ? [here(pool)] : Array.from({ length: Math.min(workers, jobs.length) }, () => apart(pool, alive))
  signal?.addEventListener('abort', stop)
  try {
    await Promise.all(runners.map(follow))
  } finally {
    signal?.removeEventListener('abort', stop)
  }
  return endings
}
