/** `janus` as a function of words. Only what a command needs is loaded when it is asked for: the proofs bring mathjs, the REPL brings everything. */
import { createRequire } from 'node:module'
import { CommanderError, Option as Flag, Command as Program } from 'commander'
import * as E from 'fp-ts/lib/Either.js'
import type { Command } from '../failure.ts'
import type { Entry, Option } from './command.ts'
import { commands } from './index.ts'

const { version } = createRequire(import.meta.url)('janusgrad/package.json') as { readonly version: string }

const janus = (): Program =>
  new Program('janus')
    .description('Temporal credit assignment in recurrent networks: two modes, two folds, one theorem.')
    .version(version)
    .showSuggestionAfterError()
    .exitOverride()
    .configureHelp({ showGlobalOptions: false })

/** Problems with settings of training, which several commands take, are those of the command that was typed. */
const problemsOf = (name: string, message: string): string => message.replaceAll(/^train: /gm, `${name}: `)

/** The exit code of a command; why it stopped is printed. */
const codeOf = async (name: string, command: Command): Promise<number> => {
  const outcome = await command()
  if (E.isRight(outcome)) return 0
  process.stderr.write(`janus: ${problemsOf(name, outcome.left.message)}\n`)
  return outcome.left.code
}

/** An option as commander has it; a text that is to be made is made where `read`. */
const flag = async (flags: string, option: Option, read: boolean): Promise<Flag> => {
  const { says, required = false, hidden = false } = typeof option === 'object' ? option : { says: option }
  const text = typeof says === 'string' ? says : read ? await says() : ''
  return new Flag(flags, text).makeOptionMandatory(required).hideHelp(hidden)
}

/** Adds a command to the program; its options are made in full where it is `read`, and `done` is told its exit code. */
const add = async (program: Program, entry: Entry, read: boolean, done: (code: number) => void): Promise<void> => {
  const { name, takes = '', does, options = {}, examples, run } = entry
  const added = program.command(`${name} ${takes}`).description(does)
  for (const [flags, option] of Object.entries(options)) added.addOption(await flag(flags, option, read))
  if (examples) added.addHelpText('before', `${examples.join('\n')}\n`)
  added.action(async () => done(await codeOf(name, await run(added.args, added.opts()))))
}

/**
 * Runs `janus` on the words after its name, prints, and gives the exit code: 0 done, 1 a run or a proof failed, 2 wrong usage,
 * 75 try again, 130 stopped by Ctrl-C.
 * Commander prints its own messages; help and version are no mistakes.
 */
export const runCommand = async (words: readonly string[]): Promise<number> => {
  const program = janus()
  let code = 0
  const done = (found: number): void => {
    code = found
  }
  for (const entry of commands) await add(program, entry, words.includes(entry.name), done)
  try {
    await program.parseAsync(words, { from: 'user' })
  } catch (thrown) {
    if (!(thrown instanceof CommanderError)) throw thrown
    return thrown.exitCode === 0 ? 0 : 2
  }
  return code
}
