/** A thread of Node's: told by a port and a signal in shared memory, so that the caller can wait for it. */
import * as errors from '../../ad/errors.ts'
import type { Order, Program } from './orders.ts'
import { type Answer, answered, begun, ordered, type Port, type Receive } from './serve.ts'

/** What is used of node:worker_threads. */
interface Threads {
  readonly MessageChannel: new () => { readonly port1: Port & { unref(): void }; readonly port2: Port }
  readonly receiveMessageOnPort: Receive
  readonly Worker: new (
    code: string,
    options: object,
  ) => {
    unref(): void
    on(event: string, heard: () => void): void
    terminate(): Promise<number>
    readonly performance: { eventLoopUtilization(): { readonly idle: number } }
  }
}

interface Host {
  readonly process?: { getBuiltinModule?(name: string): Threads | undefined }
}

/** Where threads can be started and waited for; null in a page. */
export const threads = (): Threads | null =>
  typeof SharedArrayBuffer === 'undefined'
    ? null
    : ((globalThis as Host).process?.getBuiltinModule?.('node:worker_threads') ?? null)

/** Who carries out orders: `give` begins, `take` waits for the results. */
export interface Worker<P> {
  give(orders: readonly Order<P>[]): void
  take(): readonly unknown[]
}

export interface Thread extends Worker<Program> {
  /** Whether it can still be told anything. */
  readonly alive: boolean
  end(): Promise<unknown>
}

/** How long the caller sleeps before it looks whether the thread is still there, and how long one may take to begin, milliseconds. */
const limits = { patience: 500, beginning: 60_000 }

/** Runs in the thread: says so where it cannot begin, and when it ends. */
const bootstrap = `
const { workerData: { url, port, signal }, receiveMessageOnPort } = require('node:worker_threads')
Atomics.store(signal, ${begun}, 1)
const broke = text => {
  port.postMessage({ broke: text })
  Atomics.add(signal, ${answered}, 1)
  Atomics.notify(signal, ${answered})
}
process.on('exit', code => broke('it ended with code ' + code))
import(url).then(({ serve }) => setImmediate(() => serve(port, signal, receiveMessageOnPort)), thrown => broke(String(thrown)))
`

const served = (): string => new URL(`./serve${import.meta.url.endsWith('.ts') ? '.ts' : '.js'}`, import.meta.url).href

const died = (why: string): never => {
  throw new errors.KindError({
    who: 'workers',
    given: `a worker thread that died: ${why}`,
    wanted: 'one that carries out its orders',
    remedy: 'Call again, which starts another; or leave workers out',
  })
}

/** Throws what was thrown in a thread, as an error of the same kind. */
const rethrow = ({ name, ...complaint }: Extract<Answer, { complaint: unknown }>['complaint']): never => {
  const kinds = errors as unknown as Readonly<Record<string, new (complaint: errors.Complaint) => errors.JanusError>>
  throw new (kinds[name] ?? errors.KindError)(complaint)
}

/**
 * Whether a port is closed, as it is once its thread has ended, by whatever end, and the last of its messages has been asked for. No
 * property of a port says so; but one that is listed twice for transfer is refused, and the message says so where it is closed.
 */
const isClosed = (port: object): boolean => {
  try {
    structuredClone(null, { transfer: [port, port] as unknown as ArrayBuffer[] })
    return false
  } catch (refused) {
    return /detached/.test((refused as Error).message)
  }
}

/** Starts a thread, which does not keep the process alive. */
export const thread = (
  { MessageChannel, Worker: Started, receiveMessageOnPort }: Threads,
  url: string = served(),
  { patience, beginning } = limits,
): Thread => {
  const signal = new Int32Array(new SharedArrayBuffer(12))
  const { port1, port2 } = new MessageChannel()
  const workerData = { url, port: port2, signal }
  const worker = new Started(bootstrap, { eval: true, execArgv: [], workerData, transferList: [port2] })
  let alive = true
  const ended = (): void => {
    alive = false
  }
  worker.unref()
  port1.unref()
  worker.on('error', ended)
  worker.on('exit', ended)
  const tells = !isClosed(port1)
  /** Whether the thread has ended, though the caller has not been back at its event loop, where it would hear of that. */
  const isGone = (): boolean =>
    !alive || (tells && isClosed(port1)) || worker.performance.eventLoopUtilization().idle < 0
  const wait = (): Answer => {
    const since = Date.now()
    for (;;) {
      const seen = Atomics.load(signal, answered)
      const got = receiveMessageOnPort(port1)
      if (got) return got.message as Answer
      if (isGone()) return { broke: 'it was ended' }
      if (Atomics.load(signal, begun) === 0 && Date.now() - since > beginning)
        return { broke: `it has not begun in ${beginning / 1000} s` }
      Atomics.wait(signal, answered, seen, patience)
    }
  }
  let awaited = 0
  /** All answers that are still to come; after one that says that the thread broke there are no more. */
  const answers = (): readonly Answer[] => {
    const found: Answer[] = []
    for (; awaited > 0; awaited--) {
      const answer = wait()
      found.push(answer)
      if ('broke' in answer) awaited = 1
    }
    return found
  }
  return {
    get alive() {
      return alive
    },
    give: orders => {
      port1.postMessage(orders)
      awaited++
      Atomics.add(signal, ordered, 1)
      Atomics.notify(signal, ordered)
    },
    take: () => {
      const found = answers()
      for (const answer of found) {
        if ('complaint' in answer) return rethrow(answer.complaint)
        if ('broke' in answer) {
          ended()
          void worker.terminate()
          return died(answer.broke)
        }
      }
      return found.flatMap(answer => ('results' in answer ? answer.results : []))
    },
    end: () => {
      ended()
      return worker.terminate()
    },
  }
}
