/**
 * A run of a compiled plan, told in numbers alone: no rule, no network, no function. So another thread can run it as well as
 * this one, and gives the same bits.
 */
import type { Numbers } from '../../ad/compiler/plan.ts'
import { tensorOf } from '../../ad/tensor.ts'
import { repeat } from '../compiled/buffers.ts'
import { backOverAll, stepOn } from '../compiled/passes.ts'
import { beginEras, nextEra, type Ring, type Runnable, ringOf, settle, sweepOn } from '../compiled/ring.ts'
import type { Given } from '../compiled/trace.ts'
import type { Theta } from '../network.ts'

/** The parameters, leaf after leaf. */
export type Parameters = readonly Numbers[]

/** Where a run begins, or was left after so many steps. Numbers of one sequence serve every one. */
export interface Place {
  readonly steps: number
  /** How many passes of windows there were. */
  readonly turn: number
  /** The state, leaf after leaf; null for the start that the parameters give. */
  readonly state: Parameters | null
  /** What a past-facing rule remembers; where it looks back through windows, what is learned of them. */
  readonly memory: Parameters
  /** The influence that a joined window begins with. */
  readonly influence: Numbers | null
  /** The sum of what has been emitted since the last update. */
  readonly gradient: Numbers | null
}

/** What comes from outside at a stretch of steps of a block of sequences: [steps, sequences, size], null where no one reads it. */
export interface Packed {
  readonly steps: number
  readonly rows: Readonly<Record<Exclude<Given, 'isLast'>, Numbers | null>>
  /** Whether the run ends with the last of them. */
  readonly ends: boolean
}

/** A gradient, summed over the sequences of a block, and each one's sum of losses. */
export interface Found {
  readonly losses: readonly number[]
  readonly gradient: Float64Array
}

/** What is seen of a step: each sequence's loss, the output and the state. */
export interface Seen {
  readonly losses: Float64Array
  readonly output: Float64Array
  readonly state: readonly Float64Array[]
}

/** A run, one command after the other. All that goes in and out can be sent to another thread. */
export interface Session {
  /** A whole run: forward and back where the rule faces the future, else step by step. The gradient goes `into` what is given. */
  run(θ: Parameters, place: Place, data: Packed, whole: boolean, into: Float64Array): Found
  /** Forward over a whole run; each sequence's sum of losses. */
  follow(θ: Parameters, place: Place, data: Packed): readonly number[]
  /** Back over it, the losses of each sequence times its factor. */
  back(factors: readonly number[], into: Float64Array): Float64Array
  begin(θ: Parameters, place: Place): void
  /** One step, with other parameters where there are some. */
  step(θ: Parameters | null, data: Packed): Seen
  /** The sum of what was emitted since the last time. */
  gradient(): Float64Array
  /** The state before the last step. */
  before(): readonly Float64Array[]
  /** Where it is, and how many steps there are since the last pass of a window. */
  save(): { readonly place: Place; readonly sincePass: number }
  /** Bytes of what the rule remembers; through windows, of its whole memory. */
  bytes(): number
}

/** A command by its name, with what it is given. */
export type Command = {
  [K in keyof Session]: readonly [name: K, ...given: globalThis.Parameters<Session[K]>]
}[keyof Session]

const thetaOf = (θ: Parameters): Theta =>
  θ.map(numbers => tensorOf([numbers.length], numbers as Float64Array)) as unknown as Theta

const copies = (rows: readonly Numbers[]): readonly Float64Array[] => rows.map(row => new Float64Array(row))

const begin = (ring: Ring, θ: Parameters, { steps, turn, state, memory, influence, gradient }: Place): void => {
  const { row, staged, at, frames } = ring
  const { ports } = staged
  const frame = steps % frames
  beginEras(ring, thetaOf(θ))
  Object.assign(at, { now: steps, collected: steps, turn })
  // of windows what is learned of them is given, and no memory
  const remembered = [...ports.learned, ...ports.memory]
  ports.state.forEach((port, i) => {
    repeat(row(port, frame), state?.[i] ?? row(ports.start[i]!))
  })
  memory.forEach((numbers, i) => {
    repeat(row(remembered[i]!, frame), numbers)
  })
  if (influence) repeat(row(ports.influence), influence)
  row(ports.gradient).fill(0)
  if (gradient) row(ports.gradient).set(gradient)
}

/** Lays a whole run into the rows of its frames and runs it through. */
const follow = (ring: Ring, { steps, rows }: Packed): readonly number[] => {
  const { machine, staged, count, at } = ring
  const { now, loss } = staged.ports
  for (const [name, numbers] of Object.entries(rows) as [Given, Numbers | null][])
    if (numbers) machine.all(now[name]).set(numbers, numbers.length / steps)
  if (now.isLast !== -1) {
    const last = machine.all(now.isLast)
    last.fill(0).fill(1, steps * count, (steps + 1) * count)
  }
  sweepOn(ring, 'forward', steps)
  at.now = steps
  const losses = machine.all(loss)
  return Array.from({ length: count }, (_, i) => {
    let sum = 0
    for (let t = 1; t <= steps; t++) sum += losses[t * count + i]!
    return sum
  })
}

/** Runs one of the steps that are given. */
const step = (ring: Ring, windows: Runnable['what']['windows'], { steps, rows, ends }: Packed, t: number): void => {
  const { row, staged, at, frames } = ring
  at.now++
  at.sincePass++
  if (at.now - at.collected >= frames - 1) settle(ring, at.now - 1)
  const [frame, last] = [at.now % frames, ends && t === steps - 1]
  for (const [name, numbers] of Object.entries(rows) as [Given, Numbers | null][]) {
    const size = (numbers?.length ?? 0) / steps
    if (numbers) row(staged.ports.now[name], frame).set(numbers.subarray(t * size, (t + 1) * size))
  }
  if (staged.ports.now.isLast !== -1) row(staged.ports.now.isLast, frame).fill(last ? 1 : 0)
  stepOn(ring, windows, last)
}

const gradient = (ring: Ring, into?: Float64Array): Float64Array => {
  settle(ring, ring.at.now)
  const row = ring.row(ring.staged.ports.gradient)
  const found = into ?? new Float64Array(row.length)
  found.set(row)
  row.fill(0)
  return found
}

/** A run by a plan, with memory for so many frames. */
export const sessionOf = (made: Runnable, frames: number): Session => {
  const { windows } = made.what
  const ring = ringOf(made, frames)
  const { row, at, staged, count } = ring
  const { ports } = staged
  const held = (list: readonly number[], t: number): readonly Float64Array[] =>
    copies(list.map(port => row(port, t % ring.frames)))
  const stepwise = (data: Packed): readonly number[] => {
    const losses = new Array<number>(count).fill(0)
    for (let t = 0; t < data.steps; t++) {
      step(ring, windows, data, t)
      row(ports.loss, at.now % ring.frames).forEach((loss, i) => {
        losses[i]! += loss
      })
    }
    return losses
  }
  return {
    run: (θ, place, data, whole, into) => {
      begin(ring, θ, place)
      const losses = whole ? follow(ring, data) : stepwise(data)
      if (whole) backOverAll(ring)
      return { losses, gradient: gradient(ring, into) }
    },
    follow: (θ, place, data) => {
      begin(ring, θ, place)
      return follow(ring, data)
    },
    back: (factors, into) => {
      backOverAll(ring, factors)
      return gradient(ring, into)
    },
    begin: (θ, place) => begin(ring, θ, place),
    step: (θ, data) => {
      if (θ) nextEra(ring, thetaOf(θ), windows !== null)
      step(ring, windows, data, 0)
      const [losses, output] = held([ports.loss, ports.output], at.now) as [Float64Array, Float64Array]
      return { losses, output, state: held(ports.state, at.now) }
    },
    gradient: () => gradient(ring),
    before: () => held(ports.state, at.now - 1),
    save: () => {
      settle(ring, at.now)
      const place = {
        steps: at.now,
        state: held(ports.state, at.now),
        turn: at.turn,
        memory: held(windows ? ports.learned : ports.memory, at.now),
        influence: ports.influence === -1 ? null : held([ports.influence], 0)[0]!,
        gradient: new Float64Array(row(ports.gradient)),
      }
      return { place, sincePass: at.sincePass }
    },
    bytes: () => (windows ? ring.machine.bytes : ports.memory.reduce((sum, port) => sum + row(port, 0).byteLength, 0)),
  }
}

/** A command carried out. */
export const obey = (session: Session, [name, ...given]: Command): unknown =>
  (session[name] as (...given: readonly unknown[]) => unknown)(...given)
