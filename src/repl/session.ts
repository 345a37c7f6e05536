/** Node's prompt with our scope, commands, transcript and error messages. */
import { type REPLEval, type REPLServer, Recoverable, type ReplOptions, start } from 'node:repl'
import { types } from 'node:util'
import { folded } from '../wrap.ts'
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
  /** Whether it has been evaluated, or its command has run. */
  settled: boolean
  /** What is done when code throws at once: Node then says so itself, and calls nobody back. */
  thrown: (() => void) | null
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
      memory.settled = true
      done(isMissed ? null : error, value)
    }
    if (typed && isBegun(code)) return finish(new Recoverable(new SyntaxError('an import goes on')), undefined)
    const go = (): void => {
      const { thrown } = memory
      memory.thrown = thrown ?? (() => {})
      node.call(server, typed ? pasted(code) : code, context, file, finish)
      memory.thrown = null
    }
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
  server.output.write(`${fitted(server, messageOf(error, code))}\n`)
}

/** A message broken to the width of a terminal; elsewhere as it is. `before` stands in front of it already. */
const fitted = ({ output }: REPLServer, message: string, before = ''): string => {
  const { columns } = output as Partial<NodeJS.WriteStream>
  if (columns === undefined) return message
  const lines = `${before}${message}`.split('\n').flatMap(line => folded(line, Math.max(20, columns)))
  return lines.join('\n').slice(before.length)
}

const looking =
  (server: REPLServer, node: REPLEval): Look =>
  expression =>
    new Promise(resolve =>
      node.call(server, expression, server.context, 'repl', (error, value) => resolve(error ? undefined : value)),
    )

const promptOf = (server: REPLServer, node: REPLEval, memory: Memory): Prompt => {
  let stopped = false
  server.on('SIGINT', () => {
    stopped = true
  })
  const prompt: Prompt = {
    say: text => void server.output.write(`${text}\n`),
    // in a function, so that what is thrown comes back as a rejection: Node prints at once what is thrown outside of one
    valueOf: expression =>
      new Promise((resolve, reject) =>
        node.call(server, `(async () => (${expression}\n))()`, server.context, 'repl', (error, value) =>
          error === null ? resolve(value) : reject(error),
        ),
      ),
    play: lines => play(server, memory, lines, (name, text) => runCommand(name, text, prompt, memory)),
    transcript: () => `${memory.kept.join('\n')}\n`,
    stopped: () =>
      new Promise(resolve =>
        setImmediate(() => {
          resolve(stopped)
          stopped = false
        }),
      ),
  }
  return prompt
}

const isCommand = /^\s*\.([a-z]+)\s*(.*)$/

/** What is thrown when Node has printed an error already. */
const printed = Symbol('printed')

/** Evaluates code; true where more lines belong to it. Throws what it throws later, and `printed` for what it throws at once. */
const evaluated = (server: REPLServer, memory: Memory, code: string): Promise<boolean> =>
  new Promise((resolve, reject) => {
    memory.thrown = () => reject(printed)
    server.eval.call(server, code, server.context, 'repl', (error, value) => {
      if (error instanceof Recoverable) return resolve(true)
      if (error !== null) return reject(error)
      if (value !== undefined) server.output.write(`${server.writer(value)}\n`)
      resolve(false)
    })
  })

/** Runs lines as if they were typed, those with a dot too, each when the one before has settled; up to the first that fails. */
const play = async (
  server: REPLServer,
  memory: Memory,
  lines: readonly string[],
  run: (name: string, text: string) => Promise<void>,
): Promise<void> => {
  let begun = ''
  for (const line of lines) {
    const [, name = '', text = ''] = (begun === '' ? isCommand.exec(line) : null) ?? []
    const ofNode = server.commands[name]
    if (Object.hasOwn(commands, name)) await run(name, text)
    else if (ofNode) await ofNode.action.call(server, text)
    else if (begun === '' && /^\s*(\/\/.*)?$/.test(line)) continue
    else begun = (await evaluated(server, memory, `${begun}${line}\n`)) ? `${begun}${line}\n` : ''
  }
  if (begun !== '') throw new SyntaxError('the last statement is not finished')
}

/** Commands that a transcript leaves out: they print no result, or their lines are kept themselves. */
const passing = ['help', 'save', 'load']

/** Runs a command of ours, and keeps its line. */
const runCommand = async (name: string, text: string, prompt: Prompt, { kept }: Memory): Promise<void> => {
  await commands[name]?.run(text.trim(), prompt)
  if (!passing.includes(name)) kept.push(`.${name} ${text}`.trim())
}

const command = (server: REPLServer, name: string, { help }: PromptCommand, prompt: Prompt, memory: Memory): void =>
  server.defineCommand(name, {
    help,
    async action(text) {
      server.clearBufferedCommand()
      try {
        await runCommand(name, text, prompt, memory)
      } catch (error) {
        if (error === printed) return
        report(server, error, text)
      }
      memory.settled = true
      server.displayPrompt(true)
    },
  })

/** Notices every error of a session, whatever is thrown: `lastError` alone does not tell undefined from none. */
const watching = (server: REPLServer, memory: Memory): (() => boolean) => {
  let [failed, last] = [false, undefined as unknown]
  Object.defineProperty(server, 'lastError', {
    get: () => last,
    set: (thrown: unknown) => {
      failed = true
      last = thrown
      if (memory.thrown === null) return
      memory.settled = true
      memory.thrown()
    },
  })
  return () => failed
}

/** A prompt of Node, and whether one of its lines has failed. */
export interface Session {
  readonly server: REPLServer
  readonly failed: () => boolean
  /** Whether the last line has been evaluated, or its command has run; with an argument, from now on. */
  readonly hasSettled: (now?: boolean) => boolean
}

/** A server with the public names in scope and the commands of this prompt. */
export const serve = (options: ReplOptions): Session => {
  const memory: Memory = { line: '', settled: true, thrown: null, kept: [] }
  const written = (value: unknown): string => {
    const text = writer(value, memory.line)
    return types.isNativeError(value) ? fitted(server, text, 'Uncaught ') : text
  }
  const server: REPLServer = start({
    ...options,
    useGlobal: true,
    ignoreUndefined: true,
    preview: false,
    writer: written,
  })
  const { eval: node, completer } = server
  const prompt = promptOf(server, node, memory)
  populate(server)
  inner(server).eval = evaluating(server, node, memory)
  inner(server).completer = completing(completer as Complete, looking(server, node)) as REPLServer['completer']
  for (const [name, one] of Object.entries(commands)) command(server, name, one, prompt, memory)
  const hasSettled = (now = memory.settled): boolean => {
    memory.settled = now
    return now
  }
  return { server, failed: watching(server, memory), hasSettled }
}
