/** The workers of a process: this thread, and others that are started when they are first needed and then kept. */
import { KindError } from '../../ad/errors.ts'
import { requireCount } from '../../ad/require.ts'
import type { Prepared } from '../compiled/prepare.ts'
import type { Runnable } from '../compiled/ring.ts'
import { type Order, type Program, programOf, worker } from './orders.ts'
import type { Command } from './session.ts'
import { type Thread, thread, threads, type Worker } from './thread.ts'

/** This thread as a worker: it works when the others have begun. */
const here = (): Worker<Runnable> => {
  const carryOut = worker<Runnable>(runnable => runnable)
  let given: readonly Order<Runnable>[] = []
  return {
    give: orders => {
      given = [...given, ...orders]
    },
    take: () => {
      const all = given
      given = []
      return carryOut(all)
    },
  }
}

/** A worker of the crew, and the runs that it has open, by number, with how many frames. */
interface Member {
  readonly thread: Thread | null
  readonly worker: Worker<Program | Runnable>
  readonly open: Map<number, number>
  /** Runs that nobody needs any more. */
  readonly left: number[]
}

const member = (thread: Thread | null): Member => ({
  thread,
  worker: (thread ?? here()) as Worker<Program | Runnable>,
  open: new Map(),
  left: [],
})

const own = member(null)
let others: readonly Member[] = []

const said = new Set<string>()

/** Says once in a process why there is one core where more were asked for. */
export const say = (why: string): void => {
  if (!said.has(why)) console.warn(`janusgrad: one core, not several workers: ${why}`)
  said.add(why)
}

/** This thread and others, so many together. */
const crewOf = (count: number): readonly Member[] => {
  others = others.filter(({ thread }) => thread?.alive)
  const found = count > 1 ? threads() : null
  while (found && others.length < count - 1) others = [...others, member(thread(found))]
  return [own, ...others.slice(0, count - 1)]
}

/** Ends the threads. The next call that wants workers starts others. */
export const closeWorkers = async (): Promise<void> => {
  const ending = others
  others = []
  await Promise.all(ending.map(({ thread }) => thread?.end()))
}

/** Refuses what is no number of workers. Throws a DomainError. */
export const requireWorkers = (who: string, workers: number): void =>
  requireCount(who, `workers = ${workers}`, workers, 'workers: 2 uses two cores; leave it out for one')

/** A run on one of the crew, and how many frames it needs. */
export interface Run {
  readonly id: number
  readonly made: Prepared<unknown>
  readonly frames: number
  /** The worker that has it. */
  readonly on: number
}

let ids = 0
/** A number for a run. */
export const freshId = (): number => ids++

/** Runs that ended: their workers let go of them with the next orders. */
export const leave = (id: number): void => {
  for (const { open, left } of [own, ...others]) if (open.delete(id)) left.push(id)
}

const programs = new WeakMap<Prepared<unknown>, { readonly program: Program | null }>()
const sendable = (made: Prepared<unknown>): Program | null => {
  const known = programs.get(made) ?? { program: programOf(made) }
  programs.set(made, known)
  return known.program
}

/** How many workers can share out plans: one, with a word, where there are no threads or a plan cannot leave this one. */
export const workersFor = (plans: readonly Prepared<unknown>[], wanted: number): number => {
  if (wanted === 1) return 1
  const all = plans.every(made => sendable(made))
  if (all && threads()) return wanted
  say(
    all
      ? 'this place has no threads that can be waited for'
      : 'a primitive of your own, or a library outside, stays in its thread',
  )
  return 1
}

/** Commands that a run begins with. */
const begins: readonly Command[0][] = ['run', 'follow', 'begin']

/** What a worker is told for a command: to open the run first, where it has not, or has too few frames of it. */
const ordersFor = ({ thread, open }: Member, { run, command }: Told): readonly Order<Program | Runnable>[] => {
  const { id, made, frames } = run
  const order = { id, command: command() }
  if ((open.get(id) ?? 0) >= frames) return [order]
  if (!begins.includes(order.command[0])) return lost()
  open.set(id, frames)
  return [{ id, open: thread ? sendable(made)! : made, frames }, order]
}

const lost = (): never => {
  throw new KindError({
    who: 'workers',
    given: 'a run whose worker thread died',
    wanted: 'one that is still there',
    remedy: 'Start again from the last step that was saved',
  })
}

/** A command to a run, made when the worker is told. */
export interface Told {
  readonly run: Run
  command(): Command
}

/** Commands of one worker, by their places in the list of all, and how many of them it has been told. */
interface Share {
  readonly one: Member
  readonly places: readonly number[]
  told: number
}

const sharesOf = (crew: readonly Member[], told: readonly Told[]): readonly Share[] =>
  crew.flatMap((one, w) => {
    const places = told.flatMap(({ run }, i) => (run.on % crew.length === w ? [i] : []))
    return places.length > 0 ? [{ one, places, told: 0 }] : []
  })

/** Tells a worker its next command. */
const tell = (share: Share, told: readonly Told[]): void => {
  const { one, places } = share
  const closing = one.left.splice(0).map(id => ({ id, close: true }) as const)
  one.worker.give([...closing, ...ordersFor(one, told[places[share.told] as number] as Told)])
  share.told++
}

/** Threads in turn, one command after the other, so that each begins when its first is laid out; this thread's own last. */
const tellAll = (shares: readonly Share[], told: readonly Told[]): void => {
  const threads = shares.filter(({ one }) => one.thread)
  const most = Math.max(0, ...threads.map(({ places }) => places.length))
  const turns = Array.from({ length: most }, (_, k) => threads.filter(({ places }) => k < places.length)).flat()
  const rest = shares.filter(({ one }) => !one.thread).flatMap(share => share.places.map(() => share))
  for (const share of [...turns, ...rest])
    try {
      tell(share, told)
    } catch (error) {
      forget(share.one, idsOf(share, told))
      throw error
    }
}

const idsOf = ({ places }: Share, told: readonly Told[]): readonly number[] => places.map(i => (told[i] as Told).run.id)

/** Carries out commands, those of each worker in turn, workers at once. Results are in the order of the commands. */
export const carriedOut = (count: number, told: readonly Told[]): readonly unknown[] => {
  const shares = sharesOf(crewOf(count), told)
  const thrown: unknown[] = []
  try {
    tellAll(shares, told)
  } catch (error) {
    thrown.push(error)
  }
  const results = takenFrom(shares, told, thrown)
  if (thrown.length > 0) throw thrown[0]
  return results
}

/** After a failure: runs of a worker that is there are closed with its next orders, those of a dead one are gone. */
const forget = ({ thread, open, left }: Member, ids: readonly number[]): void => {
  if (thread && !thread.alive) open.clear()
  else for (const id of ids) if (open.delete(id)) left.push(id)
}

/** Waits for all that were told anything, so that none is left with an answer nobody took. */
const takenFrom = (shares: readonly Share[], told: readonly Told[], thrown: unknown[]): readonly unknown[] => {
  const results = new Array<unknown>(told.length)
  for (const share of shares.filter(one => one.told > 0))
    try {
      share.one.worker.take().forEach((result, k) => {
        results[share.places[k] as number] = result
      })
    } catch (error) {
      thrown.push(error)
      forget(share.one, idsOf(share, told))
    }
  return results
}
