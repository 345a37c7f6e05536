/** What a worker is told, and how it does it: runs are opened by a program, given commands, and closed. */
import { engineOf } from '../../ad/compiler/engine.ts'
import { type PortablePlan, portable, revived } from '../../ad/compiler/portable.ts'
import { framesBy, type Prepared } from '../compiled/prepare.ts'
import type { Runnable } from '../compiled/ring.ts'
import type { Staged } from '../compiled/stages.ts'
import type { WindowOptions } from '../run/windows.ts'
import { type Command, obey, type Session, sessionOf } from './session.ts'

/** What is compiled of a rule, as plain data: it can be sent to another thread, which compiles it once more. */
export interface Program {
  /** The same for the same plan, so that a thread compiles it once. */
  readonly key: number
  readonly engine: { readonly name: 'compiled-js' | 'compiled-wasm' | 'compiled-native'; readonly dtype: 'f64' | 'f32' }
  readonly plan: PortablePlan
  readonly staged: Omit<Staged, 'plan'>
  readonly what: Runnable['what']
}

/** An order of a run by its number: to open it with memory for so many frames, to carry out a command, to close it. */
export type Order<P> =
  | { readonly id: number; readonly open: P; readonly frames: number }
  | { readonly id: number; readonly command: Command }
  | { readonly id: number; readonly close: true }

/** A joint as a mark that there is one: its sums are in the plan, as is what is learned of windows. */
const withoutFunctions = (windows: WindowOptions | null): WindowOptions | null => {
  if (!windows) return null
  const { learner: _, joint, ...rest } = windows
  return { ...rest, ...(joint && { joint: {} as NonNullable<WindowOptions['joint']> }) }
}

let keys = 0

/** A plan as a program; null where it cannot leave its thread: a primitive of a user's own, a library that is no engine by its name. */
export const programOf = ({ engine: { name, dtype, library }, staged, what }: Prepared<unknown>): Program | null => {
  if (name === 'eager' || name === 'compiled-blas') return null
  if (library && library !== engineOf({ name, dtype }).library) return null
  const plan = portable(staged.plan)
  const { batch, windows } = what
  const { plan: _, ...rest } = staged
  return (
    plan && {
      key: keys++,
      engine: { name, dtype },
      plan,
      staged: rest,
      what: { batch, windows: withoutFunctions(windows) },
    }
  )
}

/** A program made ready to run. */
export const runnableOf = ({ engine, plan, staged, what }: Program): Runnable => {
  const whole = { ...staged, plan: revived(plan) }
  return { staged: whole, what, frames: framesBy(engineOf(engine), whole) }
}

/** How many plans a thread keeps compiled; the oldest goes first. */
const kept = 32

/** Programs made ready, each once. */
export const keeping = () => {
  const known = new Map<number, Runnable>()
  return (program: Program): Runnable => {
    const found = known.get(program.key) ?? runnableOf(program)
    known.set(program.key, found)
    for (const key of known.keys()) if (known.size > kept) known.delete(key)
    return found
  }
}

/** A worker's runs, and what each order to them gives: a result for every command. */
export const worker = <P>(ready: (program: P) => Runnable) => {
  const sessions = new Map<number, Session>()
  const carryOut = (order: Order<P>): readonly unknown[] => {
    if ('command' in order) return [obey(sessions.get(order.id)!, order.command)]
    if ('open' in order) sessions.set(order.id, sessionOf(ready(order.open), order.frames))
    else sessions.delete(order.id)
    return []
  }
  return (orders: readonly Order<P>[]): readonly unknown[] => orders.flatMap(carryOut)
}
