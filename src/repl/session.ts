/** Node's prompt with our scope, commands, transcript and error messages. */
import { type REPLEval, type REPLServer, Recoverable, type ReplOptions, start } from 'node:repl'
import { commands, type Prompt, type PromptCommand } from './commands.ts'
import { type Complete, completing, type Look } from './complete.ts'
import { messageOf } from './messages.ts'
import { isBegun, pasted } from './pasted.ts'
import { isLate, lateFor, lateNames, scope } from './scope.ts'
import { writer } from './writer.ts'

type Changing = { -readonly [K in 'eval' | 'completer' | 'lastError']: REPLServer[K] }

/** The fields of Node's server that are set here. */
const inner = (server: REPLServer): Changing => server as unknown as Changing

/** Defines the public names, of this realm, so that their errors and arrays are ours; late ones are undefined as yet. */
const populate = ({ context }: REPLServer): void => {
  const define = (name: string, value: unknown): unknown =>
    Object.defineProperty(context, name, { value, configurable: true, writable: true, enumerable: true })
  for (const name of lateNames) define(name, undefined)
  for (const [name, value] of Object.entries(scope)) define(name, value)
}

/** Loads the late names of a line, and defines those that are still free. */
const bring = async ({ context }: REPLServer, code: string): Promise<void> => {
  for (const [name, value] of Object.entries(await lateFor(code)))
    if (context[name] === undefined && !(name in scope)) context[name] = value
}

const commented = (text: string): string => text.replace(/^/gm, '// ')

/** The current line of a session, and the lines without errors, each with its result below it as a comment. */
interface Memory {
  line: string
  readonly kept: string[]
}

/** Evaluates as Node does, after loading the late names of a line; keeps the lines without errors. */
const evaluating =
  (server: REPLServer, node: REPLEval, memory: Memory): REPLEval =>
  (code, context, file, done) => {
    const typed = code.endsWith('\n')
    const finish = (error: Error | null, value: unknown): void => {
      const isMissed = typed && error !== null && !error
      if (isMissed) fail(server, error)
      else if (typed && error === null)
        memory.kept.push(code.trimEnd(), ...(value === undefined ? [] : [commented(writer(value))]))
      done(isMissed ? null : error, value)
    }
    if (typed && isBegun(code)) return done(new Recoverable(new SyntaxError('an import goes on')), undefined)
    const go = (): void => node.call(server, typed ? pasted(code) : code, context, file, finish)
    if (typed) memory.line = code
    if (typed && isLate(code)) bring(server, code).then(go, go)
    else go()
  }

/** Says what was thrown, where Node takes it for no error: undefined, null, 0, ''. */
const fail = (server: REPLServer, thrown: unknown): void => {
  inner(server).lastError = thrown
  server.output.write(`Uncaught ${writer(thrown)}\n`)
}

const report = (server: REPLServer, error: unknown, code: string): void => {
  inner(server).lastError = error
  server.output.write(`${messageOf(error, code)}\n`)
}

const looking =
  (server: REPLServer, node: REPLEval): Look =>
  expression =>
    new Promise(resolve =>
      node.call(server, expression, server.context, 'repl', (error, value) => resolve(error ? undefined : value)),
    )

const promptOf = (server: REPLServer, node: REPLEval, { kept }: Memory): Prompt => {
  let stopped = false
  server.on('SIGINT', () => {
    stopped = true
  })
  return {
    say: text => void server.output.write(`${text}\n`),
    valueOf: expression =>
      new Promise((resolve, reject) =>
        node.call(server, `(${expression})`, server.context, 'repl', (error, value) =>
          error === null ? resolve(value) : reject(error),
        ),
      ),
    transcript: () => `${kept.join('\n')}\n`,
    stopped: () =>
      new Promise(resolve =>
        setImmediate(() => {
          resolve(stopped)
          stopped = false
        }),
      ),
  }
}

/** Commands that a transcript leaves out: they print no result. */
const passing = ['help', 'save']

const command = (
  server: REPLServer,
  name: string,
  { help, run }: PromptCommand,
  prompt: Prompt,
  { kept }: Memory,
): void =>
  server.defineCommand(name, {
    help,
    async action(text) {
      server.clearBufferedCommand()
      try {
        await run(text.trim(), prompt)
        if (!passing.includes(name)) kept.push(`.${name} ${text}`.trim())
      } catch (error) {
        report(server, error, text)
      }
      server.displayPrompt(true)
    },
  })

/** Notices every error of a session, whatever is thrown: `lastError` alone does not tell undefined from none. */
const watching = (server: REPLServer): (() => boolean) => {
  let [failed, last] = [false, undefined as unknown]
  Object.defineProperty(server, 'lastError', {
    get: () => last,
    set: (thrown: unknown) => {
      failed = true
      last = thrown
    },
  })
  return () => failed
}

/** A prompt of Node, and whether one of its lines has failed. */
export interface Session {
  readonly server: REPLServer
  readonly failed: () => boolean
}

/** A server with the public names in scope and the commands of this prompt. */
export const serve = (options: ReplOptions): Session => {
  const memory: Memory = { line: '', kept: [] }
  const written = (value: unknown): string => writer(value, memory.line)
  const server = start({ ...options, useGlobal: true, ignoreUndefined: true, preview: false, writer: written })
  const { eval: node, completer } = server
  const prompt = promptOf(server, node, memory)
  populate(server)
  inner(server).eval = evaluating(server, node, memory)
  inner(server).completer = completing(completer as Complete, looking(server, node)) as REPLServer['completer']
  for (const [name, one] of Object.entries(commands)) command(server, name, one, prompt, memory)
  return { server, failed: watching(server) }
}
