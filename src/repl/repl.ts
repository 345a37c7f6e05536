/** `janus repl`: a prompt with every public name in scope. */
import { homedir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { REPLServer } from 'node:repl'
import { PassThrough } from 'node:stream'
import * as TE from 'fp-ts/lib/TaskEither.js'
import { DomainError } from '../../ad/errors.ts'
import type { Command, Failure } from '../failure.ts'
import { evaluate } from './evaluate.ts'
import { messageOf } from './messages.ts'
import { serve } from './session.ts'
import { writer } from './writer.ts'

/** Where a session reads and writes. */
export interface Streams {
  readonly input: NodeJS.ReadableStream
  readonly output: NodeJS.WritableStream
}

const banner = 'janusgrad: all public names are in scope; .help lists commands, tab completes.'

const ended = (server: REPLServer): Promise<void> => new Promise(resolve => server.on('exit', resolve))

/** A prompt, with a history that outlives the session; ends when its reader leaves. */
export const converse = async ({ input, output }: Streams): Promise<void> => {
  output.write(`${banner}\n`)
  const { server } = serve({ prompt: 'janus> ', input, output, terminal: true, breakEvalOnSigint: true })
  server.setupHistory(join(homedir(), '.janus_history'), () => {})
  await ended(server)
}

/** The last line of a script: nothing, or a syntax error where a statement was left open. No prompt follows. */
const finish = (server: REPLServer): string => {
  server.displayPrompt = () => {}
  return ';\n'
}

/** The commands of Node's own, which say when they are done by a prompt alone. */
const ofNode = /^\s*\.(break|clear|editor|exit)\b/

/** Whether a line begins with a dot and a word that is no command: unless it goes on with an expression, Node says so. */
const isUnknown = (server: REPLServer, line: string): boolean => {
  const [, name] = /^\s*\.([a-z]+)/.exec(line) ?? []
  return name !== undefined && !(name in server.commands)
}

/**
 * Runs a script line by line and prints its results, without prompts. A line is fed only when the one before has
 * settled, so that `await` keeps the order; what fails meanwhile, a promise that nobody awaits, is printed and feeds none.
 * `idle` waits until nothing is left to run. Throws a DomainError at the end if a line failed, or anything it left running.
 */
export const perform = async ({ input, output }: Streams, idle = async (): Promise<void> => {}): Promise<void> => {
  const reader = createInterface({ input })
  const lines = reader[Symbol.asyncIterator]()
  const feed = new PassThrough()
  const { server, failed, hasSettled } = serve({ prompt: '', input: feed, output, terminal: false })
  let [asking, fed] = [false, '']
  const next = async (): Promise<void> => {
    if (asking) return
    if (!(hasSettled() || ofNode.test(fed) || isUnknown(server, fed))) return
    if (isUnknown(server, fed) && !hasSettled()) Object.assign(server, { lastError: new SyntaxError(fed) })
    asking = true
    const { done, value } = await lines.next()
    fed = value ?? ''
    hasSettled(false)
    if (done) return void feed.end(finish(server))
    asking = false
    feed.write(`${value}\n`)
  }
  server.displayPrompt = () => void next()
  await Promise.all([next(), ended(server)])
  reader.close()
  await idle()
  if (failed())
    throw new DomainError({
      who: 'repl',
      given: 'a line of the script failed',
      wanted: 'a script that runs through',
      remedy: 'Its error is printed at its place',
    })
}

/** Until the process has nothing left to do. */
const exhausted = (): Promise<void> => new Promise(resolve => void process.once('beforeExit', () => resolve()))

const run = async (expression: string | undefined): Promise<void> => {
  const { stdin: input, stdout: output } = process
  if (expression !== undefined) console.log(writer(await evaluate(expression)))
  else await (input.isTTY ? converse({ input, output }) : perform({ input, output }, exhausted))
}

/** The prompt, a script from a pipe, or with `eval` the value of one expression. A failure exits with 1. */
export const repl = (options: { readonly eval?: string }): Command =>
  TE.tryCatch(
    () => run(options.eval),
    (thrown): Failure => ({ message: messageOf(thrown, options.eval), code: 1 }),
  )
