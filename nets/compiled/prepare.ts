/** What is compiled of a network and a rule once, whoever runs it then: the plan, and machines that are lent and given back. */
import { compileFor, type Engine } from '../../ad/compiler/engine.ts'
import type { Machine, Numbers } from '../../ad/compiler/plan.ts'
import type { Value } from '../../ad/value.ts'
import type { Example, Network, Theta } from '../network.ts'
import type { Facing, Rule } from '../run/scan.ts'
import { initialCarry } from '../run/step.ts'
import { initialTimestep, type Now, noNoise } from '../run/timestep.ts'
import { horizon, replaysLosses, type Windows } from '../run/windows.ts'
import { rowsOf } from './buffers.ts'
import { type Staged, stagedOf } from './stages.ts'
import { type TraceExample, traced } from './trace.ts'

/** A future-facing rule with its windows, or a past-facing one without. */
export interface Compilable<M> {
  readonly net: Network
  readonly rule: Rule<M, Facing>
  readonly windows: Windows | null
  readonly batch: number | null
}

/** An instant to trace: the first datum after moment 0. */
const exampleOf = <M>(
  { net, rule, windows }: Compilable<M>,
  θ: Theta,
  datum: Example,
  noise: Value,
): TraceExample<M> => {
  const first = initialTimestep(net)(θ)
  const now: Now = { ...datum, noise, isLast: datum.weight }
  const memory = windows ? rule.init(first) : initialCarry(net, rule as Rule<M, 'past'>)(θ).memory
  const joint = windows?.joint ? { rule: windows.joint, memory: windows.joint.init(first) } : null
  return { net, rule, θ, state: first.after, memory, joint, now }
}

/** What has been compiled for a rule: the plan, what it was traced from, and a machine for so many frames. */
export interface Prepared<M> {
  readonly staged: Staged
  readonly example: TraceExample<M>
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
  datum: Example,
  noise: Value = noNoise,
): Prepared<M> => {
  const example = exampleOf(what, θ, datum, noise)
  const way = !what.windows ? 'past' : replaysLosses(what.windows) ? 'muted' : 'future'
  const staged = stagedOf(traced(example, way), what.batch)
  const make = compileFor(staged.plan, engine)
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
  windows ? Math.min(horizon(windows), length) + 2 : 2
