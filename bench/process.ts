/** An engine's process as the bench sees it: one question, one answer. */

import { execFileSync, spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import type { Engine } from './engine.ts'
import type { Answer, Question } from './worker.ts'

/** A process that answers in turn. */
export interface EngineProcess {
  ask(question: Question): Promise<Answer>
  close(): void
}

/** One thread each where nothing else is said: what is compared is the code, not how many cores it found. */
const environmentOf = (threads: number): NodeJS.ProcessEnv => ({
  ...process.env,
  ...Object.fromEntries(
    ['OMP', 'OPENBLAS', 'MKL', 'VECLIB_MAXIMUM'].map(name => [`${name}_NUM_THREADS`, String(threads)] as const),
  ),
  JAX_PLATFORMS: 'cpu',
  XLA_FLAGS: `--xla_cpu_multi_thread_eigen=${threads > 1} intra_op_parallelism_threads=${threads}`,
  TF_CPP_MIN_LOG_LEVEL: '3',
})

const python = process.env.PYTHON ?? 'python3'
// The script is not compiled, so it lies in the source folder, two up from dist/bench.
const script = fileURLToPath(new URL('../../bench/peers.py', import.meta.url))
const worker = fileURLToPath(new URL('./worker.js', import.meta.url))

const nodes = new Map<number, string | null>()

/** A Node of a major version: this one, the one that the variable NODE24 (of 24) names, or one that npx fetches; null where there is none. */
const nodeOf = (major: number): string | null => {
  if (process.versions.node.startsWith(`${major}.`)) return process.execPath
  const given = process.env[`NODE${major}`]
  if (given) return given
  const known = nodes.get(major)
  if (known !== undefined) return known
  let found: string | null = null
  try {
    const args = ['-y', `--package=node@${major}`, '--', 'node', '-p', 'process.execPath']
    found = execFileSync('npx', args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim()
  } catch {}
  nodes.set(major, found)
  return found
}

/** The program of an engine, and its arguments; null where there is none. */
const commandOf = ({ name, load, peer, node }: Engine): readonly [program: string, args: readonly string[]] | null => {
  if (!load) return [python, [script, peer ?? name]]
  const program = node === undefined ? process.execPath : nodeOf(node)
  return program === null ? null : [program, ['--expose-gc', worker, name]]
}

const absent = (why: string): EngineProcess => ({ ask: async () => ({ absent: why }), close: () => {} })

/** Starts an engine's process. What it writes on stderr is kept for the case that it ends without an answer. */
export const processOf = (engine: Engine): EngineProcess => {
  const command = commandOf(engine)
  if (!command) return absent(`no Node ${engine.node}: name one in the variable NODE${engine.node}`)
  const [program, args] = command
  const child = spawn(program, args, { env: environmentOf(engine.threads ?? 1), stdio: ['pipe', 'pipe', 'pipe'] })
  let [complaint, waiting]: [string, ((reply: Answer) => void) | undefined] = ['', undefined]
  const settle = (reply: Answer): void => {
    const then = waiting
    waiting = undefined
    then?.(reply)
  }
  child.stderr?.on('data', (text: Buffer) => {
    complaint = (complaint + text.toString()).slice(-2000)
  })
  child.stdin?.on('error', () => {})
  child.on('error', error => settle({ absent: `${program} does not start: ${error.message}` }))
  child.on('close', code => settle({ error: `ended with ${code}: ${complaint.trim().split('\n').at(-1) ?? ''}` }))
  // A library may have its own say on stdout; answers are objects.
  const hear = (line: string): void => {
    if (line.startsWith('{')) settle(JSON.parse(line) as Answer)
  }
  if (child.stdout) createInterface({ input: child.stdout }).on('line', hear)
  return {
    ask: question =>
      new Promise(resolve => {
        waiting = resolve
        child.stdin?.write(`${JSON.stringify(question)}\n`)
      }),
    close: () => child.stdin?.end(),
  }
}
