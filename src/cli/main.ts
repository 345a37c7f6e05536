/** `janus`: the commands of the registry. Only what a command needs is loaded when it is asked for: the proofs bring mathjs, the REPL brings everything. */
import { createRequire } from 'node:module'
import { CommanderError, Option as Flag, Command as Program } from 'commander'
import * as E from 'fp-ts/lib/Either.js'
import type { Command } from '../failure.ts'
import type { Entry, Option } from './command.ts'
import { commands } from './index.ts'

const program = new Program('janus')
  .description('Temporal credit assignment in recurrent networks: two modes, two folds, one theorem.')
  .version((createRequire(import.meta.url)('janusgrad/package.json') as { version: string }).version)
  .showSuggestionAfterError()
  .exitOverride()
  .configureHelp({ showGlobalOptions: false })

const done = async (command: Command): Promise<void> => {
  const outcome = await command()
  if (E.isRight(outcome)) return
  process.stderr.write(`janus: ${outcome.left.message}\n`)
  process.exitCode = outcome.left.code
}

/** An option as commander has it; a text that is to be made is made where `read`. */
const flag = async (flags: string, option: Option, read: boolean): Promise<Flag> => {
  const { says, required = false, hidden = false } = typeof option === 'object' ? option : { says: option }
  const text = typeof says === 'string' ? says : read ? await says() : ''
  return new Flag(flags, text).makeOptionMandatory(required).hideHelp(hidden)
}

const add = async ({ name, takes = '', does, options = {}, examples, run }: Entry): Promise<void> => {
  const added = program.command(`${name} ${takes}`).description(does)
  const read = process.argv.includes(name)
  for (const [flags, option] of Object.entries(options)) added.addOption(await flag(flags, option, read))
  if (examples) added.addHelpText('before', `${examples.join('\n')}\n`)
  added.action(async () => done(await run(added.args, added.opts())))
}

/** A reader that has seen enough is no failure, and does not hide one: the command goes on to its own exit code. */
const brokenPipe = (fault: NodeJS.ErrnoException): void => {
  if (fault.code === 'EPIPE' || process.exitCode) return
  process.exitCode = 1
  process.stderr.write(`janus: the output cannot be written (${fault.code ?? fault.message}); wanted room for it.\n`)
}
process.stdout.on('error', brokenPipe)
process.stderr.on('error', () => {})

/** Commander prints its own messages; help and version are no mistakes. */
try {
  for (const command of commands) await add(command)
  await program.parseAsync()
} catch (thrown) {
  if (!(thrown instanceof CommanderError)) throw thrown
  process.exitCode = thrown.exitCode === 0 ? 0 : 2
}
