/** A worker of the pool: a process that runs what it is sent, one run after another, and says how far it is. */
import { type Listener, runJob } from './job.ts'
import type { FromWorker, ToWorker } from './messages.ts'

/** A process that is no more has no use for it: that it cannot be sent is no failure of the run. */
const send = (message: FromWorker): void => {
  if (process.connected) process.send?.(message, undefined, undefined, () => {})
}

const listener: Listener = {
  seen: seen => send({ is: 'seen', seen }),
  notice: line => send({ is: 'notice', line }),
}
const stopping = new AbortController()

process.on('message', async (message: ToWorker) => {
  if (message.is === 'stop') stopping.abort()
  else send({ is: 'ended', ending: await runJob(message.job, message.how, stopping.signal, listener) })
})

/** Ctrl-C reaches every process of the terminal: the one that compares says when to stop, and when it is gone, so is this one. */
for (const signal of ['SIGINT', 'SIGTERM', 'SIGUSR2'] as const) process.on(signal, () => {})
process.on('disconnect', () => stopping.abort())
