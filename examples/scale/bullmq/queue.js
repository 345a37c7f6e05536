// Puts the runs of a sweep into a queue on Redis, a job a run, waits until workers have done them all, and prints what each came to.
//   node queue.js SWEEP.yaml [redis://HOST:PORT]
import { execFileSync } from 'node:child_process'
import { setTimeout } from 'node:timers/promises'
import { Queue } from 'bullmq'

const [sweep, url = 'redis://127.0.0.1:6379'] = process.argv.slice(2)
const queue = new Queue('janus', { connection: { url, maxRetriesPerRequest: null } })
queue.on('error', ({ message }) => console.error(`queue: ${message}`)) // Redis may be away for a while

const plan = execFileSync('janus', ['plan', sweep], { encoding: 'utf8', maxBuffer: 2 ** 30 })
const runs = plan.trim().split('\n').map(JSON.parse)

// The id of a run names its job: a run is in the queue once, however often it is put there. A jobId may be no whole number.
await queue.addBulk(
  runs.map(({ id }) => ({
    name: 'run',
    data: { sweep, id },
    opts: { jobId: `run-${id}`, attempts: 100_000, backoff: { type: 'fixed', delay: 2000 } },
  })),
)

const stateOf = async id => {
  const job = await queue.getJob(`run-${id}`)
  return { state: await job.getState(), result: job.returnvalue, reason: job.failedReason }
}

for (;;) {
  const found = await Promise.all(runs.map(({ id }) => stateOf(id)))
  if (found.every(({ state }) => state === 'completed' || state === 'failed')) {
    for (const { result, reason } of found) console.log(JSON.stringify(result ?? { failed: reason }))
    process.exitCode = found.some(({ state }) => state === 'failed') ? 1 : 0
    break
  }
  await setTimeout(500)
}
await queue.close()
