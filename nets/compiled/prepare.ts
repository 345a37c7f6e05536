/** What is compiled of a network and a rule once for all runs: the plan, and a pool of machines. */
import { compileFor, type Engine } from '../../ad/compiler/engine.ts'
import type { Columns } from '../../ad/compiler/narrow.ts'
import type { Machine, Numbers } from '../../ad/compiler/plan.ts'
import type { Shape } from '../../ad/tensor.ts'
import type { Value } from '../../ad/value.ts'
import type { Example, Network, Theta } from '../network.ts'
import type { Rule } from '../run/rule.ts'
import { initialStep } from '../run/step.ts'
import { initialTimestep, noNoise, type StepInput } from '../run/timestep.ts'
import { horizon, replaysLosses, type WindowOptions } from '../run/windows.ts'
import { rowsOf } from './buffers.ts'
import { columnsOf } from './columns.ts'
import { type Staged, stagedOf } from './stages.ts'
import { refilling, type Traced, type TraceExample, traced as trace, valuesIn } from './trace.ts'
import { type Learning, type Update, withUpdate } from './update.ts'

/** A future-facing rule with its windows, or a past-facing one without. */
export interface Compilable<M> {
  readonly net: Network
  readonly rule: Rule<M>
  readonly windows: WindowOptions | null
  readonly batch: number | null
  /** How the program itself moves the parameters, where it does. */
  readonly update?: Update
}

/** A timestep to trace: the first datum after timestep 0. */
const exampleOf = <M>(
  { net, rule, windows }: Compilable<M>,
  θ: Theta,
  datum: Example,
  noise: Value,
): TraceExample<M> => {
  const first = initialTimestep(net)(θ)
  const now: StepInput = { ...datum, noise, isLast: datum.weight }
  const memory = windows ? rule.init(first) : initialStep(net, rule as Rule<M, 'past'>)(θ).carry.memory
  const joint = windows?.joint ? { rule: windows.joint, memory: windows.joint.init(first) } : null
  const learner = windows?.learner ? { by: windows.learner, learned: windows.learner.init(first) } : null
  return { net, rule, θ, state: first.after, memory, joint, learner, now }
}

/** What has been compiled for a rule: the plan, and what it was traced from. */
export interface Prepared<M> {
  readonly engine: Engine
  readonly what: Compilable<M>
  readonly staged: Staged & Partial<Pick<Learning, 'update'>>
  readonly example: TraceExample<M>
  /** The shapes of the values in a memory of the rule, and a memory of others. */
  readonly remembered: { readonly shapes: readonly Shape[]; readonly of: (values: readonly Value[]) => M }
  /** Memory for so many frames, with the rows of its ports by port and frame. */
  frames(count: number): Frames
  /** An executor that nobody uses now. */
  readonly idle: { executor: unknown }
}

/** The memory of a plan, and the rows of its ports by port and frame. */
export interface Frames {
  readonly machine: Machine
  readonly row: (port: number, frame?: number) => Numbers
}

const tracedAs = <M>(what: Compilable<M>, θ: Theta, example: Example, noise: Value) => {
  const from = exampleOf(what, θ, example, noise)
  const way = !what.windows ? 'past' : replaysLosses(what.windows) ? 'counted' : 'future'
  return { example: from, traced: trace(from, way) }
}

const preparedOf = <M>(
  engine: Engine,
  what: Compilable<M>,
  { example, traced }: { readonly example: TraceExample<M>; readonly traced: Traced },
): Prepared<M> => {
  const timestep = stagedOf(traced, what.batch)
  const staged = what.update ? withUpdate(timestep, what.update, what.batch) : timestep
  const remembered = { shapes: valuesIn(example.memory).map(({ shape }) => shape), of: refilling(example.memory) }
  return { engine, what, staged, example, remembered, frames: framesBy(engine, staged), idle: { executor: null } }
}

/** Traces, cuts and compiles a step. */
export const prepared = <M>(
  engine: Engine,
  what: Compilable<M>,
  θ: Theta,
  example: Example,
  noise: Value = noNoise,
): Prepared<M> => preparedOf(engine, what, tracedAs(what, θ, example, noise))

/** Some columns of what a rule remembers, and the plan that makes them. */
export interface ColumnPart<M> {
  readonly columns: Columns
  readonly made: Prepared<M>
}

/** The same for parts of the columns of an influence, at most so many, each a plan of its own; one part where they do not come apart. */
export const preparedInColumns = <M>(
  engine: Engine,
  what: Compilable<M>,
  θ: Theta,
  example: Example,
  noise: Value,
  count: number,
): readonly ColumnPart<M>[] => {
  const whole = tracedAs(what, θ, example, noise)
  return columnsOf(whole.traced, engine, count).map(({ columns, traced }) => ({
    columns,
    made: preparedOf(engine, what, { ...whole, traced }),
  }))
}

/** A plan compiled; each call gives memory for so many frames. */
export const framesBy = (engine: Engine, { plan }: Staged): ((count: number) => Frames) => {
  const make = compileFor(plan, engine)
  return count => {
    const machine = make(count)
    return { machine, row: rowsOf(machine, plan.ports.length) }
  }
}

/** How many frames a run of so many steps needs at a time. */
export const framesOf = (windows: WindowOptions | null, length: number): number =>
  windows ? Math.min(horizon(windows), length) + 2 : 2
