/** What is compiled of a task and a rule once, whoever runs it then: the plan, and machines that are lent and given back. */
import { type Engine, readied } from '../../ad/compiler/engine.ts'
import type { Machine, Numbers } from '../../ad/compiler/plan.ts'
import type { Value } from '../../ad/value.ts'
import type { Datum, Task, Theta } from '../network.ts'
import type { Facing, Rule } from '../run/scan.ts'
import { outset } from '../run/step.ts'
import { type Now, outsetMoment, silent } from '../run/timestep.ts'
import { mutes, reachOf, type Windows } from '../run/windows.ts'
import { rowsOf } from './buffers.ts'
import { type Staged, stagedOf } from './stages.ts'
import { type Example, traced } from './trace.ts'

/** A future-facing rule with its windows, or a past-facing one without. */
export interface Compilable<M> {
  readonly task: Task
  readonly rule: Rule<M, Facing>
  readonly windows: Windows | null
  readonly batch: number | null
}

/** An instant to trace: the first datum after moment 0. */
const exampleOf = <M>({ task, rule, windows }: Compilable<M>, θ: Theta, datum: Datum, noise: Value): Example<M> => {
  const first = outsetMoment(task)(θ)
  const now: Now = { ...datum, noise, ends: datum.weight }
  const memory = windows ? rule.init(first) : outset(task, rule as Rule<M, 'past'>)(θ).memory
  const joint = windows?.joint ? { rule: windows.joint, memory: windows.joint.init(first) } : null
  return { task, rule, θ, state: first.after, memory, joint, now }
}

/** What has been compiled for a rule: the plan, what it was traced from, and a machine for so many frames. */
export interface Prepared<M> {
  readonly staged: Staged
  readonly example: Example<M>
  /** A machine that nobody else uses until it is given back. */
  machine(frames: number): Seeing
  giveBack(seeing: Seeing): void
}

/** A machine, and the rows of its ports by port and frame. */
export interface Seeing {
  readonly machine: Machine
  readonly row: (port: number, frame?: number) => Numbers
}

/** Traces, cuts and readies an instant. */
export const prepared = <M>(
  engine: Engine,
  what: Compilable<M>,
  θ: Theta,
  datum: Datum,
  noise: Value = silent,
): Prepared<M> => {
  const example = exampleOf(what, θ, datum, noise)
  const way = !what.windows ? 'past' : mutes(what.windows) ? 'muted' : 'future'
  const staged = stagedOf(traced(example, way), what.batch)
  const make = readied(staged.plan, engine)
  let idle: Seeing | null = null
  return {
    staged,
    example,
    machine: frames => {
      const found = idle && idle.machine.frames >= frames ? idle : null
      if (found) idle = null
      if (found) return found
      const machine = make(frames)
      return { machine, row: rowsOf(machine, staged.plan.ports.length) }
    },
    giveBack: seeing => {
      idle = seeing
    },
  }
}

/** How many frames a run of so many instants needs at a time. */
export const framesOf = (windows: Windows | null, length: number): number =>
  windows ? Math.min(reachOf(windows), length) + 2 : 2
