/** What a thread does: it waits for orders, carries them out, and answers. Loaded by thread.ts, in a thread of its own. */
import { JanusError } from '../../ad/errors.ts'
import { keeping, type Order, type Program, worker } from './orders.ts'

/** A port of Node's, as it is used here. */
export interface Port {
  postMessage(message: unknown, moved?: readonly unknown[]): void
}
export type Receive = (port: Port) => { readonly message: unknown } | undefined

/** The words of the shared signal: orders given and answers given, each counted up and woken; and whether the thread has begun. */
export const [ordered, answered, begun] = [0, 1, 2]

/** An answer: results; what a caller did wrong, word for word; or what broke. */
export type Answer =
  | { readonly results: readonly unknown[] }
  | { readonly complaint: Pick<JanusError, 'name' | 'who' | 'given' | 'wanted' | 'remedy'> }
  | { readonly broke: string }

const failure = (thrown: unknown): Answer => {
  if (!(thrown instanceof JanusError)) return { broke: String((thrown as Error)?.stack ?? thrown) }
  const { name, who, given, wanted, remedy } = thrown
  return { complaint: { name, who, given, wanted, remedy } }
}

/** Serves for as long as the thread lives. */
export const serve = (port: Port, signal: Int32Array, receive: Receive): never => {
  const carryOut = worker<Program>(keeping())
  const answer = (orders: readonly Order<Program>[]): Answer => {
    try {
      return { results: carryOut(orders) }
    } catch (thrown) {
      return failure(thrown)
    }
  }
  for (;;) {
    const seen = Atomics.load(signal, ordered)
    const got = receive(port)
    if (got) {
      port.postMessage(answer(got.message as readonly Order<Program>[]))
      Atomics.add(signal, answered, 1)
      Atomics.notify(signal, answered)
    } else Atomics.wait(signal, ordered, seen)
  }
}
