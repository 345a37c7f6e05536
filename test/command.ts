/** The command as its user types it, without a process of its own. */
import { runCommand } from '../src/cli/run.ts'
import { captured } from './captured.ts'

/** What became of a command. */
export interface Outcome {
  readonly code: number
  readonly out: string
  readonly err: string
}

/** Runs `janus` on some words: its exit code and what it printed. For signals, pipes and kills start `bin/janus` itself. */
export const call = async (...words: readonly string[]): Promise<Outcome> => {
  const { result: code, stdout: out, stderr: err } = await captured(() => runCommand(words))
  return { code, out, err }
}
