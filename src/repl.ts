/** `janus repl`: a prompt with every public name in scope. */
import { homedir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { type REPLServer, type ReplOptions, start } from 'node:repl'
import { PassThrough } from 'node:stream'
import { inspect, types } from 'node:util'
import * as TE from 'fp-ts/lib/TaskEither.js'
import { DomainError, JanusError } from '../ad/errors.ts'
import * as proofs from '../proofs/index.ts'
import type { Command, Failure } from './failure.ts'
import * as janus from './index.ts'

/** Where a session reads and writes. */
export interface Streams {
  readonly input: NodeJS.ReadableStream
  readonly output: NodeJS.WritableStream
}

const banner = 'janusgrad: every public name is in scope, top-level await works. Type .help for the commands.'

/** What went wrong in one line, two at most: a JanusError's own sentence, or the name and message of any other. */
export const messageOf = (thrown: unknown): string => {
  if (thrown instanceof JanusError) return thrown.message
  const text = types.isNativeError(thrown) ? `${thrown.name}: ${thrown.message}` : inspect(thrown)
  return text.split('\n').slice(0, 2).join('\n')
}

/** A value as the prompt prints it: tensors by shape and digits, errors by their message without a stack. */
export const writer = (value: unknown): string =>
  types.isNativeError(value) ? messageOf(value) : inspect(value, { depth: 3, maxArrayLength: 20 })

const AsyncFunction = (async () => {}).constructor as FunctionConstructor

/** Everything public, the proofs too. */
const scope = { ...proofs, ...janus }

/** The value of one expression in the scope of everything public; `await` may stand in it. */
export const evaluate = async (expression: string): Promise<unknown> =>
  AsyncFunction(...Object.keys(scope), `return (${expression}\n)`)(...Object.values(scope))

/** A server with the public names in scope. The scope is this realm's own, so that its errors and arrays are ours. */
const serve = (options: ReplOptions): REPLServer => {
  const server = start({ ...options, useGlobal: true, ignoreUndefined: true, preview: false, writer })
  for (const [name, value] of Object.entries(scope))
    Object.defineProperty(server.context, name, { value, configurable: true, writable: true, enumerable: true })
  return server
}

const ended = (server: REPLServer): Promise<void> => new Promise(resolve => server.on('exit', resolve))

/** A prompt, with a history that outlives the session; ends when its reader leaves. */
export const converse = async ({ input, output }: Streams): Promise<void> => {
  output.write(`${banner}\n`)
  const server = serve({ prompt: 'janus> ', input, output, terminal: true })
  server.setupHistory(join(homedir(), '.janus_history'), () => {})
  await ended(server)
}

/** The last line of a script: nothing, or a syntax error where a statement was left open. Asks for no more lines. */
const finish = (server: REPLServer): string => {
  server.displayPrompt = () => {}
  return ';\n'
}

/**
 * Runs a script line by line and prints its results, without prompts. A line is fed only when the one before has
 * settled, so that `await` keeps the order. Throws a DomainError at the end when a line failed.
 */
export const perform = async ({ input, output }: Streams): Promise<void> => {
  const reader = createInterface({ input })
  const lines = reader[Symbol.asyncIterator]()
  const feed = new PassThrough()
  const server = serve({ prompt: '', input: feed, output, terminal: false })
  const next = async (): Promise<void> => {
    const { done, value } = await lines.next()
    if (!done) feed.write(`${value}\n`)
    else feed.end(finish(server))
  }
  server.displayPrompt = () => void next()
  await Promise.all([next(), ended(server)])
  reader.close()
  if (server.lastError !== undefined)
    throw new DomainError({
      who: 'repl',
      given: 'a line of the script failed',
      wanted: 'a script that runs through',
      remedy: 'What went wrong is printed where it happened',
    })
}

const run = async (expression: string | undefined): Promise<void> => {
  const { stdin: input, stdout: output } = process
  if (expression !== undefined) console.log(writer(await evaluate(expression)))
  else await (input.isTTY ? converse : perform)({ input, output })
}

/** The prompt, a script from a pipe, or with `eval` the value of one expression. What fails exits with 1. */
export const repl = (options: { readonly eval?: string }): Command =>
  TE.tryCatch(
    () => run(options.eval),
    (thrown): Failure => ({ message: messageOf(thrown), code: 1 }),
  )
