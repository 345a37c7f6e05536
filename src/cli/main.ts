/** `janus` as a process: its words, its exit code, and a reader that goes away. */
import { runCommand } from './run.ts'

/** A reader that has seen enough is no failure, and does not hide one: the command goes on to its own exit code. */
const brokenPipe = (fault: NodeJS.ErrnoException): void => {
  if (fault.code === 'EPIPE' || process.exitCode) return
  process.exitCode = 1
  process.stderr.write(`janus: the output cannot be written (${fault.code ?? fault.message}); wanted room for it.\n`)
}
process.stdout.on('error', brokenPipe)
process.stderr.on('error', () => {})

const code = await runCommand(process.argv.slice(2))
if (code !== 0) process.exitCode = code
