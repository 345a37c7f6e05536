/** Runs of a rule by a compiled plan: an executor over a ring of frames. */
import type { Numbers } from '../../ad/compiler/plan.ts'
import { KindError } from '../../ad/errors.ts'
import { toMatrix } from '../../ad/linear/apply.ts'
import { asCotangent, type Cotangent, spaceOf, toValue } from '../../ad/linear/space.ts'
import { isConstant, trace } from '../../ad/modes/trace.ts'
import { type Shape, type Tensor, tensorOf, zeros } from '../../ad/tensor.ts'
import { type Branch, leavesOf, rebuild } from '../../ad/tree.ts'
import type { Value } from '../../ad/value.ts'
import type { Example, Theta } from '../network.ts'
import type { Executor, Saved, StepView } from '../run/executor.ts'
import { stepped } from '../run/rule.ts'
import type { Carry } from '../run/step.ts'
import { initialTimestep } from '../run/timestep.ts'
import { joinedAs, learnedIn, type WindowMemory, type WindowOptions } from '../run/windows.ts'
import { copy, fill, lay, repeat, sliceOf } from './buffers.ts'
import { backOverAll, stepOn } from './passes.ts'
import { type Compilable, framesOf, type Prepared } from './prepare.ts'
import { beginEras, nextEra, type Ring, ringOf, settle, sweepOn } from './ring.ts'
import { valuesIn, withValues } from './trace.ts'

/** A compiled executor, which can also take a whole run at once. */
export interface CompiledExecutor<M> extends Executor<M> {
  /** Bytes of its memory, the scratch of the kernels included. */
  readonly bytes: number
  /** How many timesteps it holds at a time. */
  readonly frames: number
  /** All steps of sequences, at most as many as there are frames, from timestep 0 on, with the noise drawn for each: the sum of each one's losses. */
  follow(sequences: readonly (readonly Example[])[], noise?: readonly (readonly Value[])[]): readonly number[]
  /** Begins a run of a past-facing rule, each time that it is called: what it remembers at first is worked out once. */
  beginning(θ: Theta): () => void
  /** Makes the state after what was followed the one that the next begins with. */
  resume(): void
  /** Goes back over what was followed, the losses of each sequence times its factor if the loss is one of the whole run. */
  backwardPass(factors?: readonly number[]): void
}

/** An executor of what is prepared, for runs of so many steps where windows do not bound them: an idle one, or a new one. */
export const executorOf = <M>(made: Prepared<M>, length: number): CompiledExecutor<M> => {
  const wanted = framesOf(made.what.windows, length)
  const idle = made.idle.executor as CompiledExecutor<M> | null
  made.idle.executor = null
  return idle && idle.frames >= wanted ? idle : compiledExecutor(made, wanted)
}

/** Timestep 0: the states of all sequences, an empty gradient, and the influence that a joined window begins with. */
const begin = (ring: Ring, { net, windows }: Compilable<unknown>, θ: Theta): void => {
  const { row, staged } = ring
  const { ports } = staged
  beginEras(ring, θ)
  row(ports.gradient).fill(0)
  ports.state.forEach((port, i) => {
    repeat(row(port, 0), row(ports.start[i]!))
  })
  if (ports.influence !== -1) repeat(row(ports.influence), (toMatrix(initialTimestep(net)(θ).immediate) as Tensor).data)
  learnedAtFirst({ net, windows }, θ).forEach((numbers, i) => {
    repeat(row(ports.learned[i]!), numbers)
  })
}

/** What is learned of no window yet, of one sequence. */
export const learnedAtFirst = (
  { net, windows }: Pick<Compilable<unknown>, 'net' | 'windows'>,
  θ: Theta,
): readonly Float64Array[] =>
  valuesIn(windows?.learner?.init(initialTimestep(net)(θ))).map(value => (value as Tensor).data)

/** What a rule emits for timestep 0, a vector, and the values that it remembers after it, one after the other. */
const firstValues = ({ net, rule }: Compilable<unknown>, θ: Theta): readonly Value[] => {
  const first = initialTimestep(net)(θ)
  const [out, memory] = stepped(rule, rule.init(first), first)
  return [toValue(out), ...valuesIn(memory)]
}

const numbered = ([out, ...memory]: readonly Value[]) => ({
  out: (out as Tensor).data,
  memory: memory.map(value => numbersOf((value as Tensor).data)),
})

/** Timestep 0 of plans in which it is the same at all parameters, as it is where the start is not learned; null of the others. */
const constantFirst = new WeakMap<Compilable<unknown>, ReturnType<typeof numbered> | null>()

/** The values of timestep 0 where none depends on the parameters; null where one does, or the rule looks at their numbers. */
const constantValues = (what: Compilable<unknown>, θ: Theta): readonly Tensor[] | null => {
  const shapes = leavesOf(θ).map(({ shape }) => shape)
  try {
    const { outputs, steps, inputs } = trace(values => firstValues(what, rebuild(θ, values)), shapes)
    const values = outputs.map(node => steps[node - inputs.length])
    return values.every(step => step && isConstant(step)) ? (values as readonly Tensor[]) : null
  } catch (thrown) {
    if (thrown instanceof KindError) return null
    throw thrown
  }
}

const constantOf = (what: Compilable<unknown>, θ: Theta): ReturnType<typeof numbered> | null => {
  const known = constantFirst.get(what)
  if (known !== undefined) return known
  const values = constantValues(what, θ)
  const found = values && numbered(values)
  constantFirst.set(what, found)
  return found
}

/** What a past-facing rule emits for timestep 0, and what it remembers after it. */
export const firstStep = (what: Compilable<unknown>, θ: Theta) => constantOf(what, θ) ?? numbered(firstValues(what, θ))

/** Numbers, or null for zeros: those need not be read. */
const numbersOf = (data: Float64Array): Float64Array | null => (data.some(x => !Object.is(x, 0)) ? data : null)

/** Puts it where a run begins, for every sequence. */
const remember = ({ row, staged, count }: Ring, { out, memory }: ReturnType<typeof firstStep>): void => {
  memory.forEach((numbers, i) => {
    const into = row(staged.ports.memory[i]!, 0)
    if (numbers) repeat(into, numbers)
    else into.fill(0)
  })
  const gradient = row(staged.ports.gradient)
  for (let i = 0; i < out.length; i++) gradient[i] = count * (out[i] as number)
}

/** A value of every sequence in its place in a row. */
const place = (into: Numbers, count: number, of: (sequence: number) => Value): void => {
  for (let i = 0; i < count; i++) fill(into, of(i), (i * into.length) / count)
}

/** States, memories and the gradient so far, put back in the frame where a run was left after so many steps. */
const restore = (
  ring: Ring,
  { windows }: Compilable<unknown>,
  { carries, gradient }: Saved<unknown>,
  steps: number,
): void => {
  const { row, count, staged, at, frames } = ring
  if (windows) for (const carry of carries) requireLeftBetween(windows, carry)
  Object.assign(at, { now: steps, collected: steps })
  const put = (ports: readonly number[], parts: (carry: Carry<unknown>) => readonly Value[]): void =>
    ports.forEach((port, i) => {
      place(row(port, steps % frames), count, sequence => parts(carries[sequence]!)[i]!)
    })
  put(staged.ports.state, ({ state }) => leavesOf(state))
  if (!windows) put(staged.ports.memory, ({ memory }) => valuesIn(memory))
  const { influence, learned } = staged.ports
  if (influence !== -1) place(row(influence), count, sequence => influenceOf(carries[sequence]!))
  if (windows) at.turn = (carries[0]!.memory as WindowMemory).turn
  learned.forEach((port, i) => {
    place(row(port), count, sequence => valuesIn(learnedIn(carries[sequence]!.memory as WindowMemory))[i]!)
  })
  if (gradient) row(staged.ports.gradient).set((toValue(gradient) as Tensor).data)
}

/** Writes what comes from outside at one step of each sequence. */
export const write = (ring: Ring, data: readonly Example[], noise: readonly Value[], last: boolean): void => {
  const { row, staged, at, frames } = ring
  const { now } = staged.ports
  const frame = at.now % frames
  for (const name of ['x', 'target', 'weight'] as const) {
    if (now[name] === -1) continue
    const into = row(now[name], frame)
    for (let i = 0, from = 0; i < data.length; i++) from = fill(into, data[i]![name], from)
  }
  if (now.noise !== -1)
    for (let i = 0, from = 0; i < noise.length; i++) from = fill(row(now.noise, frame), noise[i]!, from)
  if (now.isLast !== -1) row(now.isLast, frame).fill(last ? 1 : 0)
}

/** The gradient so far: a copy, or in the place given; a mean over the sequences. */
const collectedGradient = (ring: Ring, into: Tensor | undefined): Cotangent<Theta> => {
  settle(ring, ring.at.now)
  const gradient = ring.row(ring.staged.ports.gradient)
  const found = into ?? zeros([gradient.length])
  found.data.set(gradient)
  if (ring.count > 1) for (let i = 0; i < found.data.length; i++) found.data[i]! /= ring.count
  gradient.fill(0)
  return found as unknown as Cotangent<Theta>
}

const carryOf = <M>(ring: Ring, { what, example, remembered }: Prepared<M>, sequence: number): Carry<M> => {
  const { row, at, frames, count, staged } = ring
  const held = (ports: readonly number[], shapes: readonly Shape[]): readonly Tensor[] =>
    ports.map((port, i) => sliceOf(row(port, at.now % frames), count, sequence, shapes[i]!))
  const shapes = leavesOf(example.state).map(({ shape }) => shape)
  const state = rebuild(example.state, held(staged.ports.state, shapes))
  const memory = what.windows
    ? betweenWindows(ring, example, sequence)
    : remembered.of(held(staged.ports.memory, remembered.shapes))
  return { state, memory: memory as M }
}

/** What the eager engine remembers where one window has ended and the next has not begun: what is learned of it, or the joint. */
const betweenWindows = (
  { row, at, count, staged }: Ring,
  { net, θ, learner }: Prepared<unknown>['example'],
  sequence: number,
): WindowMemory => {
  const { influence, learned } = staged.ports
  const own = learned.map((port, i) => sliceOf(row(port), count, sequence, valuesIn(learner!.learned)[i]!.shape))
  const kept = {
    ...{ moments: [], sinceLastPass: 0, at: at.now, turn: at.turn },
    ...(learner && withValues(learner.learned, own)),
  }
  if (influence === -1) return kept
  const first = initialTimestep(net)(θ)
  const { from, to } = first.immediate
  const M = sliceOf(row(influence), count, sequence, [to.size, from.size])
  return { ...kept, moments: [joinedAs(first, M)] }
}

export const influenceOf = ({ memory }: Carry<unknown>): Value =>
  toMatrix((memory as WindowMemory).moments[0]!.immediate)

const saved = <M>(ring: Ring, made: Prepared<M>): Saved<M> => {
  const { staged, at, row, count } = ring
  if (made.what.windows) requireBetweenWindows(made.what.windows, at.sincePass, staged.ports.lastOut)
  settle(ring, at.now)
  const gradient = zeros([row(staged.ports.gradient).length])
  gradient.data.set(row(staged.ports.gradient))
  return {
    carries: Array.from({ length: count }, (_, i) => carryOf(ring, made, i)),
    gradient: asCotangent(spaceOf(made.example.θ), gradient),
  }
}

/** A window that holds steps lies in frames of its own: only between windows can a run be saved and resumed. */
export const requireBetweenWindows = ({ clipped, joint }: WindowOptions, sincePass: number, lastOut: number): void => {
  if (clipped && sincePass === 0 && (joint || lastOut === -1)) return
  throw new KindError({
    who: 'train',
    given: 'a step inside a window of a compiled rule',
    wanted: 'a step that ends a window, of windows that lie end to end and a start that is not learned',
    remedy: "Use engine: 'eager', or go on from where windows end",
  })
}

/** What another engine left inside a window cannot be put in the frames; what a compiled one left was refused there. */
const requireLeftBetween = (windows: WindowOptions, carry: Carry<unknown>): void => {
  requireBetweenWindows(windows, (carry.memory as WindowMemory).sinceLastPass, -1)
}

/** Lays out whole sequences and runs them through; the sum of each one's losses. */
const followed = (
  ring: Ring,
  sequences: readonly (readonly Example[])[],
  noise: readonly (readonly Value[])[] | undefined,
): readonly number[] => {
  const { machine, row, staged, count, at } = ring
  const { ports } = staged
  const steps = sequences[0]!.length
  for (const name of ['x', 'target', 'weight'] as const)
    if (ports.now[name] !== -1) lay(machine.all(ports.now[name]), name, sequences)
  if (ports.now.isLast !== -1)
    machine
      .all(ports.now.isLast)
      .fill(0)
      .fill(1, steps * count, (steps + 1) * count)
  for (let t = 1; noise && ports.now.noise !== -1 && t <= steps; t++)
    place(row(ports.now.noise, t), count, i => noise[t - 1]![i]!)
  sweepOn(ring, 'forward', steps)
  at.now = steps
  const losses = machine.all(ports.loss)
  return sequences.map((_, i) => {
    let sum = 0
    for (let t = 1; t <= steps; t++) sum += losses[t * count + i]!
    return sum
  })
}

/** What can be seen of the newest frame; its numbers change with every step. */
const viewOf = ({ staged, row, at, frames, count }: Ring, state: Branch): StepView => {
  const { plan, ports } = staged
  const newest = (port: number): Numbers => row(port, at.now % frames)
  const held = (port: number): Tensor => tensorOf(plan.ports[port]!.shape, newest(port) as Float64Array)
  const part = (port: number, sequence: number): Tensor => sliceOf(newest(port), count, sequence)
  return {
    get loss(): number {
      const losses = newest(ports.loss)
      let sum = 0
      for (let i = 0; i < losses.length; i++) sum += losses[i]!
      return sum / count
    },
    get losses(): Numbers {
      return newest(ports.loss)
    },
    before: sequence =>
      rebuild(
        state,
        leavesOf(state).map((leaf, i) =>
          sliceOf(row(ports.state[i]!, (at.now - 1) % frames), count, sequence, leaf.shape),
        ),
      ),
    output: () => copy(plan.ports[ports.output]!.shape, newest(ports.output)),
    quantities: sequence =>
      sequence === undefined
        ? { state: ports.state.map(held), loss: held(ports.loss) }
        : { state: ports.state.map(port => part(port, sequence)), loss: part(ports.loss, sequence) },
  }
}

const compiledExecutor = <M>(made: Prepared<M>, wanted: number): CompiledExecutor<M> =>
  executorOver(ringOf(made, wanted), made)

/** An executor over a ring of frames. */
export const executorOver = <M>(ring: Ring, made: Prepared<M>): CompiledExecutor<M> => {
  const { what, staged } = made
  const { windows } = what
  const { at, row, frames } = ring
  const view = viewOf(ring, made.example.state)
  const executor: CompiledExecutor<M> = {
    persistent: false,
    bytes: ring.machine.bytes,
    frames,
    reset: (θ, from, steps = 0) => {
      begin(ring, what, θ)
      if (from) restore(ring, what, from, steps)
      else if (!windows) remember(ring, firstStep(what, θ))
    },
    beginning: θ => {
      const first = firstStep(what, θ)
      return () => {
        begin(ring, what, θ)
        remember(ring, first)
      }
    },
    setParameters: θ => nextEra(ring, θ, windows !== null),
    step: (data, noise, last) => {
      at.now++
      at.sincePass++
      if (at.now - at.collected >= frames - 1) settle(ring, at.now - 1)
      write(ring, data, noise, last)
      stepOn(ring, windows, last)
      return view
    },
    takeGradient: into => collectedGradient(ring, into),
    save: () => saved(ring, made),
    remembered: () =>
      windows ? ring.machine.bytes : staged.ports.memory.reduce((sum, port) => sum + row(port, 0).byteLength, 0),
    follow: (sequences, noise) => followed(ring, sequences, noise),
    resume: () => {
      for (const port of staged.ports.state) row(port, 0).set(row(port, at.now % frames))
      at.collected = 0
    },
    backwardPass: factors => backOverAll(ring, factors),
    release: () => {
      made.idle.executor = executor
    },
  }
  return executor
}
