// Takes runs of a sweep from a queue on Redis, one at a time. Start as many as there are cores, on any machine that has the folder.
//   node worker.js [redis://HOST:PORT]
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { UnrecoverableError, Worker } from 'bullmq'

const [url = 'redis://127.0.0.1:6379'] = process.argv.slice(2)

// A run is a process of its own: in this one it would leave no time to renew the lock of its job.
const janus = (...words) => promisify(execFile)('janus', words)

const run = async ({ data: { sweep, id } }) => {
  try {
    const { stdout } = await janus('run', sweep, '--id', id, '--json', '--quiet')
    return JSON.parse(stdout)
  } catch (error) {
    // 1 a run failed, 2 the sweep is wrong: the same again would do the same. All else (75, a signal) may do better.
    throw error.code === 1 || error.code === 2 ? new UnrecoverableError(error.stderr) : error
  }
}

const worker = new Worker('janus', run, {
  connection: { url, maxRetriesPerRequest: null },
  lockDuration: 10_000, // a worker that is silent for so long is dead, and its job another's
  stalledInterval: 5000,
  maxStalledCount: 5, // jobs that are begun again because of that
})
worker.on('error', ({ message }) => console.error(`worker: ${message}`)) // Redis may be away for a while
process.once('SIGTERM', () => worker.close())
