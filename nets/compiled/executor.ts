/** Runs of a rule by a compiled plan: frames in a ring, one for each instant that someone may still ask about. */
import type { Collected, Numbers } from '../../ad/compiler/plan.ts'
import { bracket, KindError, ShapeError } from '../../ad/errors.ts'
import { toMatrix } from '../../ad/linear/apply.ts'
import { type Cotangent, times, toValue } from '../../ad/linear/space.ts'
import { sameShape, sizeOf, type Tensor, tensorOf, zeros } from '../../ad/tensor.ts'
import { leavesLike, leavesOf, rebuild } from '../../ad/tree.ts'
import type { Value } from '../../ad/value.ts'
import type { Example, Theta } from '../network.ts'
import type { Executor, StepView } from '../run/executor.ts'
import type { Carry } from '../run/step.ts'
import { initialTimestep } from '../run/timestep.ts'
import { type Pass, passDue } from '../run/windows.ts'
import { copy, fill, lay, repeat, sliceOf, stretches } from './buffers.ts'
import { type Compilable, framesOf, type Prepared } from './prepare.ts'
import { type Staged, stageNames } from './stages.ts'
import { type Given, refilled, valuesIn } from './trace.ts'

const [once, onward, turn, back, muted, outsetStage] = stageNames.map((_, i) => i) as [
  number,
  number,
  number,
  number,
  number,
  number,
]

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

/** A compiled session, which can also take a whole run at once. */
export interface CompiledExecutor<M> extends Executor<M> {
  /** Bytes of its memory, the scratch of the kernels included. */
  readonly bytes: number
  /** Moment 0; `counts` says whether what a past-facing rule says of it is part of the gradient. */
  begin(θ: Theta, counts?: boolean): void
  /** All instants of sequences, at most as long as the session, from moment 0 on, with the noise drawn for each. Gives the sum of each one's losses. */
  follow(sequences: readonly (readonly Example[])[], noise?: readonly (readonly Value[])[]): readonly number[]
  /** Makes the state after what was followed the one that the next begins with. */
  resume(): void
  /** Goes back over what was followed, the losses of each sequence times its factor if the loss is one of the whole run. */
  backwardPass(factors: readonly number[]): void
}

/** A session over a machine. `length` bounds the instants of one run where windows do not. */
export const compiledExecutor = <M>(what: Compilable<M>, made: Prepared<M>, length: number): CompiledExecutor<M> => {
  const { net, rule, windows, batch } = what
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
  const goBack = ({ first, counted, attributed }: Pass): void => {
    const ends = first === 0 || ports.influence >= 0
    const oldest = ends ? first + 1 : first
    const newer = Math.max(oldest, first + counted)
    run(turn, at.now)
    sweepEras(back, at.now, newer)
    sweepEras(muted, newer - 1, oldest)
    if (ends) endAt(first)
    use(eras.at(-1))
    gather(staged.back, oldest, first + attributed - 1)
    if (ports.influence >= 0) join(oldest)
    at.fresh = 0
  }
  /** Ends a pass at moment 0, or at the moment that stands for all before a window. */
  const endAt = (moment: number): void => {
    use(eras[0])
    run(outsetStage, moment)
    if (ports.lastOut >= 0) machine.collect(lastOut(staged, count), 0, 1)
  }
  /** The influence on the newest state: what came before the window is there, its moments are added. */
  const join = (oldest: number): void => {
    gather(staged.joint, oldest, at.now)
    row(ports.influence).set(row(ports.next))
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
    if (ports.influence >= 0) {
      const { immediate } = initialTimestep(net)(θ)
      repeat(row(ports.influence), (toMatrix(immediate) as Tensor).data)
    }
  }
  const remember = (θ: Theta, counts: boolean): void => {
    const first = initialTimestep(net)(θ)
    const [out, memory] = rule.step(rule.init(first), first)
    valuesIn(memory).forEach((value, i) => {
      repeat(row(ports.memory[i]!, 0), (value as Tensor).data)
    })
    if (counts) fill(row(ports.gradient), toValue(times(count, out)))
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
  const see = (data: readonly Example[], noise: readonly Value[], last: boolean): StepView => {
    at.now++
    at.fresh++
    if (at.now - at.collected >= frames - 1) settle(at.now - 1)
    write('x', i => data[i]!.x)
    write('target', i => data[i]!.target)
    write('weight', i => data[i]!.weight)
    write('noise', i => noise[i]!)
    write('isLast', () => (last ? set : unset))
    run(onward, at.now)
    const due = windows ? passDue(windows, at.now, at.fresh, last) : null
    if (due) goBack(due)
    if (!windows) settle(at.now)
    return view
  }
  const view = seenBy(staged, port => row(port, at.now % frames), count)
  const inputs = (['x', 'target', 'weight'] as const).filter(name => ports.now[name] >= 0)
  const places = inputs.map(name => machine.all(ports.now[name]))
  const [ends, losses] = [ports.now.isLast < 0 ? null : machine.all(ports.now.isLast), machine.all(ports.loss)]
  const follow: CompiledExecutor<M>['follow'] = (sequences, noise) => {
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
  const backwardPass = (factors: readonly number[]): void => {
    if (ports.factor >= 0) for (let moment = 1; moment <= at.now; moment++) row(ports.factor, moment).set(factors)
    goBack({ first: 0, counted: 0, attributed: at.now + 1 })
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
  return { bytes: machine.bytes, begin, move, see, take, carry, end, follow, resume, backwardPass }
}

/** What a pass says of moment 0. */
const lastOut = ({ plan, ports }: Staged, count: number): Collected => ({
  into: ports.gradient,
  at: 0,
  left: { port: ports.lastOut, shift: 0, size: sizeOf(plan.ports[ports.lastOut]!.shape) / count },
})

/** What can be seen of the newest frame; its numbers change with every instant. */
const seenBy = ({ plan, ports }: Staged, row: (port: number) => Numbers, count: number): StepView => {
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

const opaque = (): never => {
  throw new KindError({
    who: 'learn',
    given: 'a look into the window of a compiled rule',
    wanted: 'the memory of a rule that needs no window',
    remedy: "Use engine: 'eager'",
  })
}
