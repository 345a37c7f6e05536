/** Scripts at the prompt without a process of their own. */
import { PassThrough } from 'node:stream'
import { text } from 'node:stream/consumers'
import { perform } from '../../../src/repl/repl.ts'

/** What a script prints in this process, and what it threw at its end. What it declares stays for the scripts after it. */
export const played = async (script: string): Promise<{ printed: string; thrown: unknown }> => {
  const [input, output] = [new PassThrough(), new PassThrough()]
  input.end(script)
  const ending = perform({ input, output }).then(
    () => undefined,
    (error: unknown) => error,
  )
  const thrown = await ending
  output.end()
  return { printed: await text(output), thrown }
}
