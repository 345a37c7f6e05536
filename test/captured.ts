/** What a body prints, kept apart from what runs beside it: the cheap stand-in for a process of its own. */
import { AsyncLocalStorage } from 'node:async_hooks'

/** What went to the two streams. */
interface Printed {
  stdout: string
  stderr: string
}

const printing = new AsyncLocalStorage<Printed>()

/** A stream's text goes to the body that writes it; outside of one it is printed. A test is no terminal. */
for (const name of ['stdout', 'stderr'] as const) {
  const stream = process[name]
  const write = stream.write.bind(stream) as (...args: readonly unknown[]) => boolean
  stream.isTTY = false
  stream.write = (chunk: string | Uint8Array, ...rest: readonly unknown[]): boolean => {
    const here = printing.getStore()
    if (!here) return write(chunk, ...rest)
    here[name] += typeof chunk === 'string' ? chunk : Buffer.from(chunk).toString()
    for (const done of rest) if (typeof done === 'function') process.nextTick(done)
    return true
  }
}

/** Runs a body, and gives its result and what it printed until then. */
export const captured = async <A>(body: () => A | Promise<A>): Promise<{ readonly result: A } & Readonly<Printed>> => {
  const printed: Printed = { stdout: '', stderr: '' }
  const result = await printing.run(printed, async () => body())
  return { result, ...printed }
}
