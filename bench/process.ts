/** An engine's process as the bench sees it: one question, one answer. */

import { type ChildProcess, spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import type { Engine } from './engine.ts'
import type { Answer, Question } from './worker.ts'

/** A process that answers in turn. */
export interface EngineProcess {
  ask(question: Question): Promise<Answer>
  close(): void
}

/** One thread each: what is compared is the code, not how many cores it found. */
const oneThread = Object.fromEntries(
  ['OMP', 'OPENBLAS', 'MKL', 'VECLIB_MAXIMUM'].map(name => [`${name}_NUM_THREADS`, '1'] as const),
)
const environment = {
  ...process.env,
  ...oneThread,
  JAX_PLATFORMS: 'cpu',
  XLA_FLAGS: '--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1',
  TF_CPP_MIN_LOG_LEVEL: '3',
}

const python = process.env.PYTHON ?? 'python3'
// The script is not compiled, so it lies in the source folder, two up from dist/bench.
const script = fileURLToPath(new URL('../../bench/peers.py', import.meta.url))
const worker = fileURLToPath(new URL('./worker.js', import.meta.url))

const started = ({ name, load }: Engine): ChildProcess => {
  const [command, args] = load ? [process.execPath, ['--expose-gc', worker, name]] : [python, [script, name]]
  return spawn(command, args, { env: environment, stdio: ['pipe', 'pipe', 'pipe'] })
}

/** Starts an engine's process. What it writes on stderr is kept for the case that it ends without an answer. */
export const processOf = (engine: Engine): EngineProcess => {
  const child = started(engine)
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
  child.on('error', error => settle({ absent: `${python} does not start: ${error.message}` }))
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
