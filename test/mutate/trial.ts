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

/** How far propositions and tests are gone through for a mutant. */
export interface Effort {
  /** The longest that a proposition may take without a mutant to be tried, in ms. */
  readonly slowest: number
  /** With a mutant a proposition or a test file may take ten times its time and so many seconds more; then the mutant is found. */
  readonly limit: number
}

/** How long something may take with a mutant, in seconds. */
export const allowed = (ms: number, { limit }: Effort): number => limit + ms / 100

/** Something that can find a mutant: its place in its list, and how long it takes without one. */
export interface Candidate {
  readonly i: number
  readonly ms: number
}

/** The propositions that can find a mutant, quick ones first; `everywhere` where it is reached while the modules load. */
export const candidates = (mutant: number, { loading, propositions }: Survey, { slowest }: Effort) => {
  const everywhere = loading.includes(mutant)
  const order: readonly Candidate[] = propositions
    .map((one, i) => ({ ...one, i }))
    .filter(({ passed, ms, reached }) => passed && ms <= slowest && (everywhere || reached.includes(mutant)))
    .sort((a, b) => a.ms - b.ms)
  return { order, everywhere }
}

/** What finds a mutant, and whether the process is to be left for a new one. */
interface Found {
  readonly killedBy: string | null
  readonly tainted: boolean
}

/** Tries a mutant on propositions one after another until one finds it. Throws where the process hangs or ends. */
const tried = async (child: Child, mutant: number, order: readonly Candidate[], effort: Effort): Promise<Found> => {
  for (const { i, ms } of order) {
    const answer = await child.ask({ mutant, proposition: i }, allowed(ms, effort))
    if ('killedBy' in answer && answer.killedBy !== null) return answer
  }
  return { killedBy: null, tainted: false }
}

/** Tries mutants one after another; holds the process that many of them share. */
export const trials = (known: Survey, effort: Effort) => {
  let shared: Child | undefined

  const alone = async (mutant: number, order: readonly Candidate[]): Promise<string | null> => {
    let child: Child | undefined
    try {
      child = await start(mutant)
      return (await tried(child, mutant, order, effort)).killedBy
    } catch (error) {
      return String(error)
    } finally {
      child?.end()
    }
  }

  const leave = (): void => {
    shared?.end()
    shared = undefined
  }

  const together = async (mutant: number, order: readonly Candidate[]): Promise<string | null> => {
    shared ??= await start()
    try {
      const { killedBy, tainted } = await tried(shared, mutant, order, effort)
      if (!tainted) return killedBy
    } catch (error) {
      leave()
      return String(error)
    }
    leave()
    return null
  }

  return {
    /** By what a mutant is found; null where by nothing. One that survives is tried again where nothing was loaded or kept before it. */
    async killer(mutant: number): Promise<string | null> {
      const { order, everywhere } = candidates(mutant, known, effort)
      if (order.length === 0) return null
      return (everywhere ? null : await together(mutant, order)) ?? (await alone(mutant, order))
    },
    end: leave,
  }
}
