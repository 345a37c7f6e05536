/** Runs of a rule by a compiled plan: frames in a ring, one for each instant that someone may still ask about. */
import { type Engine, readied } from '../../ad/compiler/engine.ts'
import type { Collected, Machine, Numbers } from '../../ad/compiler/plan.ts'
import { bracket, KindError, ShapeError } from '../../ad/errors.ts'
import { type Cotangent, numbers, times } from '../../ad/space.ts'
import { type Shape, sameShape, sizeOf, type Tensor, tensorOf, zeros } from '../../ad/tensor.ts'
import { leavesLike, leavesOf, rebuild } from '../../ad/tree.ts'
import type { Value } from '../../ad/value.ts'
import { type Carry, outset } from '../instant.ts'
import type { Facing, Rule } from '../machine.ts'
import { type Now, outsetMoment, silent } from '../moment.ts'
import type { Seen, Session } from '../session.ts'
import type { Datum, Task, Theta } from '../task.ts'
import { mutes, type Pass, passAt, reachOf, type Windows } from '../windowed.ts'
import { type Staged, stagedOf, stageNames } from './staged.ts'
import { type Example, type Given, refilled, traced, valuesIn } from './traced.ts'

const [once, onward, turn, back, muted, outsetStage] = stageNames.map((_, i) => i) as [
  number,
  number,
  number,
  number,
  number,
  number,
]

/** A future-facing rule with its windows, or a past-facing one without. */
export interface Compilable<M> {
  readonly task: Task
  readonly rule: Rule<M, Facing>
  readonly windows: Windows | null
  readonly batch: number | null
}

const copy = (shape: Shape, numbers: Numbers): Tensor => tensorOf(shape, new Float64Array(numbers))

const fill = (into: Numbers, from: Value, at = 0): void => {
  const { data } = from as Tensor
  for (let i = 0; i < data.length; i++) into[at + i] = data[i] as number
}

/** An instant to trace: the first datum after moment 0. */
const exampleOf = <M>({ task, rule, windows }: Compilable<M>, θ: Theta, datum: Datum, noise: Value): Example<M> => {
  const first = outsetMoment(task)(θ)
  const now: Now = { ...datum, noise, ends: datum.weight }
  const memory = windows ? rule.init(first) : outset(task, rule as Rule<M, 'past'>)(θ).memory
  return { task, rule, θ, state: first.after, memory, now }
}

/** Moments a … b as stretches of frames that nowhere go round the end, neighbours included. */
const stretches = (a: number, b: number, frames: number): readonly (readonly [number, number])[] => {
  const found: [number, number][] = []
  for (let i = a; i <= b; i++) {
    const frame = i % frames
    const last = found.at(-1)
    if (last && frame > 1 && frame < frames - 1) last[1] = frame + 1
    else found.push([frame, frame + 1])
  }
  return found
}

/** Parameters, and the first moment that was run with them. */
interface Era {
  readonly θ: Theta
  readonly from: number
}

/** The eras that moments from `oldest` on were run in. */
const reached = (eras: readonly Era[], oldest: number): readonly Era[] =>
  eras.filter((_, i) => i === eras.length - 1 || eras[i + 1]!.from > oldest)

/** The leaves of θ in the order of those the plan was made for. Throws a ShapeError where a name or a shape is another. */
const fittingθ = (like: Theta, θ: Theta): readonly Value[] => {
  const [wanted, leaves] = [leavesOf(like), leavesLike(like, θ, 'θ')]
  const at = wanted.findIndex((leaf, i) => !sameShape(leaf.shape, leaves[i]!.shape))
  if (at < 0) return leaves
  throw new ShapeError({
    who: 'θ',
    given: `a parameter ${bracket(leaves[at]!.shape)}`,
    wanted: `${bracket(wanted[at]!.shape)}, as in the parameters this was compiled for`,
    remedy: 'Make it anew for a task of other sizes: gradientBy(engine, rule)(task)',
  })
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
interface Seeing {
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
const framesOf = (windows: Windows | null, length: number): number =>
  windows ? Math.min(reachOf(windows), length) + 2 : 2

/** Lays one input of all moments of all sequences into the rows of its port, from moment 1 on. */
const lay = (into: Numbers, name: 'x' | 'target' | 'weight', sequences: readonly (readonly Datum[])[]): void => {
  const [count, steps] = [sequences.length, sequences[0]!.length]
  const size = sizeOf(sequences[0]![0]![name].shape)
  for (let i = 0; i < count; i++)
    for (let t = 0; t < steps; t++) fill(into, sequences[i]![t]![name], ((t + 1) * count + i) * size)
}

/** The rows of a machine's ports by port and frame, looked up once each. */
const rowsOf = (machine: Machine, ports: number) => {
  const views = Array.from({ length: ports }, (): Numbers[] => [])
  return (port: number, frame = 0): Numbers => {
    const known = views[port]!
    known[frame] ??= machine.view(port, frame)
    return known[frame]!
  }
}

/** Fills a row with the same numbers again and again: one sequence's for each. */
const repeat = (into: Numbers, numbers: ArrayLike<number>): void => {
  for (let i = 0; i < into.length; i++) into[i] = numbers[i % numbers.length]!
}

/** A compiled session, which can also take a whole run at once. */
export interface CompiledSession<M> extends Session<M> {
  /** Bytes of its memory, the scratch of the kernels included. */
  readonly bytes: number
  /** Moment 0; `counts` says whether what a past-facing rule says of it is part of the gradient. */
  begin(θ: Theta, counts?: boolean): void
  /** All instants of sequences, at most as long as the session, from moment 0 on, with the noise drawn for each. Gives the sum of each one's losses. */
  follow(sequences: readonly (readonly Datum[])[], noise?: readonly (readonly Value[])[]): readonly number[]
  /** Makes the state after what was followed the one that the next begins with. */
  resume(): void
  /** Goes back over what was followed, the losses of each sequence times its factor if the loss is one of the whole run. */
  finish(factors: readonly number[]): void
}

/** A session over a machine. `length` bounds the instants of one run where windows do not. */
export const compiledSession = <M>(what: Compilable<M>, made: Prepared<M>, length: number): CompiledSession<M> => {
  const { task, rule, windows, batch } = what
  const { staged, example } = made
  const { ports } = staged
  const seeing = made.machine(framesOf(windows, length))
  const { machine, row } = seeing
  const { frames } = machine
  const count = batch ?? 1
  const at = { now: 0, fresh: 0, collected: 0 }
  let [eras, loaded]: [readonly Era[], Theta | null] = [[], null]

  const run = (stage: number, moment: number): void =>
    machine.run(stage, (moment - 1 + frames) % frames, moment % frames, (moment + 1) % frames)
  const gather = (sums: readonly Collected[], a: number, b: number): void => {
    for (const [from, to] of stretches(a, b, frames)) for (const sum of sums) machine.collect(sum, from, to)
  }
  const settle = (until: number): void => {
    gather(staged.onward, at.collected + 1, until)
    at.collected = until
  }
  const sweepBack = (stage: number, from: number, to: number): void => {
    if (from < frames - 1) machine.sweep(stage, from, to - 1)
    else for (let i = from; i >= to; i--) run(stage, i)
  }
  const load = (θ: Theta): void => {
    fittingθ(example.θ, θ).forEach((leaf, i) => {
      row(ports.θ[i]!).set((leaf as Tensor).data)
    })
    machine.run(once, 0, 0, 0)
    loaded = θ
  }
  const use = (era: Era | undefined): void => {
    if (era && era.θ !== loaded) load(era.θ)
  }
  /** Goes back era by era: a moment is linearised at the parameters it was run with. */
  const sweepEras = (stage: number, from: number, to: number): void => {
    eras.toReversed().forEach((era, i) => {
      const [newest, oldest] = [i === 0 ? from : Math.min(from, eras.at(-i)!.from - 1), Math.max(to, era.from)]
      if (newest < oldest) return
      use(era)
      sweepBack(stage, newest, oldest)
    })
  }
  const goBack = ({ first, old, claims }: Pass): void => {
    const [oldest, newer] = [Math.max(1, first), Math.max(1, first + old)]
    run(turn, at.now)
    sweepEras(back, at.now, newer)
    sweepEras(muted, newer - 1, oldest)
    if (first === 0) endAtOutset()
    use(eras.at(-1))
    gather(staged.back, oldest, first + claims - 1)
    at.fresh = 0
  }
  const endAtOutset = (): void => {
    use(eras[0])
    run(outsetStage, 0)
    if (ports.lastOut >= 0) machine.collect(lastOut(staged, count), 0, 1)
  }
  const move = (θ: Theta): void => {
    load(θ)
    eras = windows ? [...reached(eras, at.now + 2 - frames), { θ, from: at.now + 1 }] : [{ θ, from: 0 }]
  }
  const begin = (θ: Theta, counts = false): void => {
    load(θ)
    eras = [{ θ, from: 0 }]
    Object.assign(at, { now: 0, fresh: 0, collected: 0 })
    row(ports.gradient).fill(0)
    ports.state.forEach((port, i) => {
      repeat(row(port, 0), row(ports.start[i]!))
    })
    if (!windows) remember(θ, counts)
  }
  const remember = (θ: Theta, counts: boolean): void => {
    const first = outsetMoment(task)(θ)
    const [out, memory] = rule.step(rule.init(first), first)
    valuesIn(memory).forEach((value, i) => {
      repeat(row(ports.memory[i]!, 0), (value as Tensor).data)
    })
    if (counts) fill(row(ports.gradient), numbers(times(count, out)))
  }
  const write = (name: Given, of: (sequence: number) => Value): void => {
    if (ports.now[name] < 0) return
    const into = row(ports.now[name], at.now % frames)
    for (let i = 0; i < count; i++) fill(into, of(i), (i * into.length) / count)
  }
  const take = (into?: Tensor): Cotangent<Theta> => {
    settle(at.now)
    const gradient = row(ports.gradient)
    const taken = into ?? zeros([gradient.length])
    taken.data.set(gradient)
    if (count > 1) for (let i = 0; i < taken.data.length; i++) taken.data[i]! /= count
    gradient.fill(0)
    return taken as unknown as Cotangent<Theta>
  }
  const see = (data: readonly Datum[], noise: readonly Value[], last: boolean): Seen => {
    at.now++
    at.fresh++
    if (at.now - at.collected >= frames - 1) settle(at.now - 1)
    write('x', i => data[i]!.x)
    write('target', i => data[i]!.target)
    write('weight', i => data[i]!.weight)
    write('noise', i => noise[i]!)
    write('ends', () => (last ? set : unset))
    run(onward, at.now)
    const due = windows ? passAt(windows, at.now, at.fresh, last) : null
    if (due) goBack(due)
    if (!windows) settle(at.now)
    return view
  }
  const view = seenBy(staged, port => row(port, at.now % frames), count)
  const inputs = (['x', 'target', 'weight'] as const).filter(name => ports.now[name] >= 0)
  const places = inputs.map(name => machine.all(ports.now[name]))
  const [ends, losses] = [ports.now.ends < 0 ? null : machine.all(ports.now.ends), machine.all(ports.loss)]
  const follow: CompiledSession<M>['follow'] = (sequences, noise) => {
    const steps = sequences[0]!.length
    inputs.forEach((name, i) => {
      lay(places[i]!, name, sequences)
    })
    ends?.fill(0).fill(1, steps * count, (steps + 1) * count)
    for (let t = 1; noise && ports.now.noise >= 0 && t <= steps; t++)
      noise[t - 1]!.forEach((one, i) => {
        fill(row(ports.now.noise, t), one, i * (one as Tensor).data.length)
      })
    machine.sweep(onward, 1, steps + 1)
    at.now = steps
    return sequences.map((_, i) => {
      let sum = 0
      for (let moment = 1; moment <= steps; moment++) sum += losses[moment * count + i]!
      return sum
    })
  }
  const resume = (): void => {
    for (const port of ports.state) row(port, 0).set(row(port, at.now % frames))
    Object.assign(at, { now: 0, fresh: 0, collected: 0 })
  }
  const finish = (factors: readonly number[]): void => {
    if (ports.factor >= 0) for (let moment = 1; moment <= at.now; moment++) row(ports.factor, moment).set(factors)
    goBack({ first: 0, old: 0, claims: at.now + 1 })
  }
  const carry = (sequence = 0): Carry<M> => {
    const held = (all: readonly number[], like: readonly Value[]): readonly Tensor[] =>
      all.map((port, i) => sliceOf(row(port, at.now % frames), count, sequence, like[i]!.shape))
    const state = rebuild(example.state, held(ports.state, leavesOf(example.state)))
    return {
      state,
      get memory(): M {
        return windows ? opaque() : refilled(example.memory, held(ports.memory, valuesIn(example.memory)))
      },
    }
  }
  const end = (): void => made.giveBack(seeing)
  return { bytes: machine.bytes, begin, move, see, take, carry, end, follow, resume, finish }
}

/** What a pass says of moment 0. */
const lastOut = ({ plan, ports }: Staged, count: number): Collected => ({
  into: ports.gradient,
  at: 0,
  left: { port: ports.lastOut, shift: 0, size: sizeOf(plan.ports[ports.lastOut]!.shape) / count },
})

/** What can be seen of the newest frame; its numbers change with every instant. */
const seenBy = ({ plan, ports }: Staged, row: (port: number) => Numbers, count: number): Seen => {
  const held = (port: number): Tensor => tensorOf(plan.ports[port]!.shape, row(port) as Float64Array)
  return {
    get loss(): number {
      const losses = row(ports.loss)
      let sum = 0
      for (let i = 0; i < losses.length; i++) sum += losses[i]!
      return sum / count
    },
    get losses(): Numbers {
      return row(ports.loss)
    },
    output: () => copy(plan.ports[ports.output]!.shape, row(ports.output)),
    quantities: () => ({ state: ports.state.map(held), loss: held(ports.loss) }),
  }
}

const [set, unset] = [tensorOf([], Float64Array.of(1)), tensorOf([], Float64Array.of(0))]

const sliceOf = (numbers: Numbers, count: number, sequence: number, shape: Shape): Tensor => {
  const size = numbers.length / count
  return copy(shape, numbers.subarray(sequence * size, (sequence + 1) * size))
}

const opaque = (): never => {
  throw new KindError({
    who: 'learn',
    given: 'a look into the window of a compiled rule',
    wanted: 'the memory of a rule that needs no window',
    remedy: "Use engine: 'eager'",
  })
}
