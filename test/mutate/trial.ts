/** Trials of mutants in child processes: one for many mutants, a new one where a mutant hangs, crashes or leaves something behind. */
import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import type { Answer, Baseline, Request } from './child.ts'

/** A process that has loaded the copy. */
export interface Child {
  readonly reached: readonly number[]
  ask(request: Request, seconds: number): Promise<Answer>
  end(): void
}

const program = fileURLToPath(new URL('./child.js', import.meta.url))

/** The next answer; what ends or does not answer in time has failed. */
const answerOf = async (child: ChildProcess, seconds: number): Promise<Answer> => {
  const stop = new AbortController()
  const timer = setTimeout(() => stop.abort(new Error(`no answer in ${seconds} s`)), seconds * 1000)
  const ended = () => stop.abort(new Error('the process ended'))
  child.once('exit', ended)
  try {
    const [answer] = await once(child, 'message', { signal: stop.signal })
    return answer
  } catch {
    child.kill('SIGKILL')
    throw stop.signal.reason
  } finally {
    clearTimeout(timer)
    child.off('exit', ended)
  }
}

/** Starts a process; a mutant given here is on while the modules load, too. */
export const start = async (mutant = 0): Promise<Child> => {
  const child = fork(program, {
    env: { ...process.env, JANUS_MUTANT: String(mutant) },
    execArgv: ['--max-old-space-size=2048'],
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
  })
  const ready = await answerOf(child, 120)
  return {
    reached: 'reached' in ready ? ready.reached : [],
    ask: (request, seconds) => {
      child.send(request)
      return answerOf(child, seconds)
    },
    end: () => child.kill('SIGKILL'),
  }
}

/** What is known of the propositions without a mutant. */
export interface Survey {
  /** Reached while the modules load. */
  readonly loading: readonly number[]
  readonly propositions: readonly Baseline[]
}

export const survey = async (): Promise<Survey> => {
  const child = await start()
  const answer = await child.ask({ baseline: true }, 1800)
  child.end()
  return { loading: child.reached, propositions: 'baseline' in answer ? answer.baseline : [] }
}

/** The propositions that can find a mutant, quick ones first, and how long they take in all. */
export const candidates = (mutant: number, { loading, propositions }: Survey, slowest: number) => {
  const everywhere = loading.includes(mutant)
  const chosen = propositions
    .map((one, i) => ({ ...one, i }))
    .filter(({ passed, ms, reached }) => passed && ms <= slowest && (everywhere || reached.includes(mutant)))
    .sort((a, b) => a.ms - b.ms)
  return { order: chosen.map(({ i }) => i), seconds: chosen.reduce((sum, { ms }) => sum + ms / 1000, 0), everywhere }
}

/** Tries mutants one after another; holds the process that many of them share. */
export const trials = (known: Survey, slowest: number) => {
  let shared: Child | undefined

  const alone = async (mutant: number, order: readonly number[], seconds: number): Promise<string | null> => {
    try {
      const child = await start(mutant)
      const answer = await child.ask({ mutant, propositions: order }, seconds)
      child.end()
      return 'killedBy' in answer ? answer.killedBy : null
    } catch (error) {
      return String(error)
    }
  }

  const together = async (mutant: number, order: readonly number[], seconds: number): Promise<string | null> => {
    try {
      shared ??= await start()
      const answer = await shared.ask({ mutant, propositions: order }, seconds)
      if (!('killedBy' in answer)) return null
      if (!answer.tainted) return answer.killedBy
      shared.end()
    } catch (error) {
      shared = undefined
      return String(error)
    }
    shared = undefined
    return null
  }

  return {
    /** By what a mutant is found; null where by nothing. One that survives is tried again where nothing was loaded or kept before it. */
    async killer(mutant: number): Promise<string | null> {
      const { order, seconds, everywhere } = candidates(mutant, known, slowest)
      const limit = 20 + 10 * seconds
      const found = everywhere ? null : await together(mutant, order, limit)
      return found ?? (await alone(mutant, order, limit))
    },
    end: () => shared?.end(),
  }
}
