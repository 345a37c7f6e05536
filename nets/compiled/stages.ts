/**
 * A traced timestep as a plan in stages, cut by what is known when: the parameters first, then each timestep as time goes
 * on, then what a future-facing rule carries back. What a later stage needs of a timestep is kept in its frame.
 */
import {
  batched,
  cut,
  earliest,
  type Part,
  type Piece,
  piecesOf,
  simplified,
  type Wanted,
} from '../../ad/compiler/graph.ts'
import type { Collected, Frame, Plan, Port, Ref, Stage } from '../../ad/compiler/plan.ts'
import { internal } from '../../ad/errors.ts'
import { type Graph, isConstant, shapesOf } from '../../ad/modes/trace.ts'
import { type Shape, sizeOf } from '../../ad/tensor.ts'
import { type Given, given, type Traced } from './trace.ts'

/** The stages: before the run, at each timestep, where a pass turns, as it goes back, as it goes back over counted losses, at timestep 0, and where something is learned of it. */
export const stageNames = ['once', 'forward', 'turn', 'back', 'counted', 'initial', 'learn'] as const
export type StageName = (typeof stageNames)[number]

const stage = (name: StageName): number => stageNames.indexOf(name)

/** The ports of a plan by what they hold; -1 where no stage reads them. */
export interface Ports {
  readonly θ: readonly number[]
  readonly state: readonly number[]
  readonly now: Readonly<Record<Given, number>>
  readonly memory: readonly number[]
  readonly factor: number
  readonly start: readonly number[]
  readonly loss: number
  readonly output: number
  readonly gradient: number
  readonly lastOut: number
  /** The influence on the state a joined window begins with, and that of the next as it is made. */
  readonly influence: number
  readonly next: number
  /** What is learned of windows, and that after the next pass as it is made. */
  readonly learned: readonly number[]
  readonly learnedNext: readonly number[]
}

/** A timestep as a plan. The gradient is the sum of what is collected, and of `lastOut` where a pass ends at timestep 0. */
export interface Staged {
  readonly plan: Plan
  readonly ports: Ports
  /** Sums over timesteps as they come: the readout's part, and all that a past-facing rule emits. */
  readonly forward: readonly Collected[]
  /** Sums over the claimed timesteps of a pass. */
  readonly back: readonly Collected[]
  /** Sums over the timesteps of a window that make the next influence, to be added to what came before it. */
  readonly joint: readonly Collected[]
}

/** A port while a plan is made: `each` says whether every sequence of a batch has its own. */
type Kept = Port & { readonly each: boolean }

/** Where each node of a traced timestep is kept, if it is kept at all. */
const keeping = ({ graph, inputs, outputs }: Traced, future: boolean) => {
  const shapes = shapesOf(graph)
  const ports: Kept[] = []
  const refs = new Map<number, Ref>()
  const keep = (shape: Shape, framed: boolean, each = framed): number => ports.push({ shape, framed, each }) - 1
  const bind = (nodes: readonly number[], framed: boolean, frame: Frame, each = framed): readonly number[] =>
    nodes.map(node => {
      const port = keep(shapes[node]!, framed, each)
      refs.set(node, { port, frame })
      return port
    })
  const known = {
    θ: bind(inputs.θ, false, 'here'),
    state: bind(inputs.state, true, 'before'),
    now: bind(inputs.now, true, 'here'),
    memory: bind(inputs.memory, true, future ? 'after' : 'before'),
    factor: bind(inputs.factor, true, 'here'),
    influence: bind(inputs.influence, false, 'here', true),
    learned: bind(inputs.learned, false, 'here', true),
  }
  const again = (nodes: readonly number[], ports: readonly number[], frame: Frame): void =>
    nodes.forEach((node, i) => {
      refs.set(node, { port: ports[i]!, frame })
    })
  again(inputs.learnedBefore, known.learned, 'here')
  again(inputs.begun, known.state, 'here')
  for (const nodes of [inputs.countedMemory, inputs.lastMemory, inputs.endMemory]) again(nodes, known.memory, 'after')
  const last = sizeOf(shapes[outputs.lastOut]!)
  return { shapes, ports, refs, keep, known, last }
}

type Keeping = ReturnType<typeof keeping>

/** A node to be written to a port by a stage. */
interface Write {
  readonly node: number
  readonly stage: StageName
  readonly ref: Ref
}

const here = (port: number): Ref => ({ port, frame: 'here' })

/** The ref of a node that crosses from one stage to another; made where there is none yet. */
const crossing = ({ shapes, refs, keep }: Keeping, node: number, framed: boolean): Ref => {
  const ref = refs.get(node) ?? here(keep(shapes[node]!, framed))
  refs.set(node, ref)
  return ref
}

const shiftOf: Readonly<Record<Frame, number>> = { before: -1, here: 0, after: 1 }

/**
 * Pieces of a gradient as sums over frames; what they are made of is kept in frames, in ports of its own
 * (`isSeparate`) where the step over counted losses writes something else there. Those of a block have `rows` on their left.
 */
const gathered = (
  keeping: Keeping,
  at: readonly number[],
  pieces: readonly Piece[],
  from: number,
  into: number,
  writes: Write[],
  isSeparate: (piece: Piece) => boolean = () => false,
  rows = 1,
): readonly Collected[] => {
  const side = (node: number, alone: boolean, count = 1) => {
    const own = alone || at[node] === stage('once')
    const held = own ? undefined : keeping.refs.get(node)
    const ref = held ?? here(keeping.keep(keeping.shapes[node]!, true))
    if (!held) writes.push({ node, stage: stageNames[Math.max(1, at[node]!)]!, ref })
    if (!own) keeping.refs.set(node, ref)
    return { port: ref.port, shift: shiftOf[ref.frame], size: sizeOf(keeping.shapes[node]!) / count }
  }
  return pieces.map(piece => ({
    into,
    at: from + piece.from,
    left: side(piece.left, isSeparate(piece), rows),
    ...(piece.right === undefined ? {} : { right: side(piece.right, false) }),
  }))
}

/** The pieces of what a rule emits, and those of its step without the loss, which fill the same places. */
const paired = ({ way, graph, outputs }: Traced): readonly (readonly [Piece, Piece])[] => {
  const pieces = piecesOf(graph, outputs.out)
  if (way !== 'counted') return pieces.map(piece => [piece, piece])
  const counted = piecesOf(graph, outputs.countedOut)
  const alike =
    pieces.length === counted.length &&
    pieces.every(({ from, size, right }, i) => {
      const other = counted[i]!
      return from === other.from && size === other.size && right === other.right
    })
  if (alike) return pieces.map((piece, i) => [piece, counted[i]!])
  const size = sizeOf(shapesOf(graph)[outputs.out]!)
  return [
    [
      { from: 0, size, left: outputs.out },
      { from: 0, size, left: outputs.countedOut },
    ],
  ]
}

/** Whether a node is nothing but zeros. */
const isAllZero = ({ inputs, steps }: Graph, node: number): boolean => {
  const step = steps[node - inputs.length]
  return step !== undefined && isConstant(step) && step.data.every(x => x === 0)
}

const results = (traced: Traced, keeping: Keeping, at: readonly number[], future: boolean) => {
  const { outputs } = traced
  const { known, shapes, keep } = keeping
  const single = (node: number): number => keep(shapes[node]!, true)
  const [loss, output] = [single(outputs.loss), single(outputs.output)]
  const start = outputs.start.map(node => keep(shapes[node]!, false))
  const size = known.θ.reduce((sum, port) => sum + sizeOf(keeping.ports[port]!.shape), 0)
  const gradient = keep([size], false)
  const lastOut = future && !isAllZero(traced.graph, outputs.lastOut) ? keep([keeping.last], false, true) : -1
  const next = outputs.lastShare.map(node => keep(shapes[node]!, false, true))
  const learnedNext = outputs.learned.map(node => keep(shapes[node]!, false, true))
  const to = (nodes: readonly number[], ports: readonly number[], name: StageName, frame: Frame = 'here') =>
    nodes.map((node, i): Write => ({ node, stage: name, ref: { port: ports[i]!, frame } }))
  const writes: Write[] = [
    ...to([outputs.loss, outputs.output], [loss, output], 'forward'),
    ...to(outputs.state, known.state, 'forward'),
    ...to(outputs.start, start, 'once'),
    ...to(outputs.memory, known.memory, future ? 'back' : 'forward'),
    ...to(outputs.turn, known.memory, 'turn', 'after'),
    ...to(outputs.countedMemory, known.memory, 'counted'),
    ...(lastOut !== -1 ? to([outputs.lastOut], [lastOut], 'initial') : []),
    ...to(outputs.lastShare, next, 'initial'),
    ...to(outputs.learned, learnedNext, 'learn'),
  ]
  for (const { node, stage: name, ref } of writes)
    if (ref.frame === 'here' && stage(name) === at[node] && !keeping.refs.has(node)) keeping.refs.set(node, ref)
  const pairs = paired(traced)
  const own = gathered(
    keeping,
    at,
    pairs.map(([piece]) => piece),
    0,
    gradient,
    writes,
    piece => pairs.some(([one, counted]) => one === piece && one.left !== counted.left),
  )
  pairs.forEach(([piece, counted], i) => {
    if (piece.left !== counted.left) writes.push({ node: counted.left, stage: 'counted', ref: here(own[i]!.left.port) })
  })
  const direct = gathered(
    keeping,
    at,
    piecesOf(traced.graph, outputs.direct),
    size - sizeOf(shapes[outputs.direct]!),
    gradient,
    writes,
  )
  const joint = next.flatMap((port, i) => blocked(traced, keeping, at, outputs.share[i]!, port, writes))
  const sums = future ? { forward: direct, back: own } : { forward: [...own, ...direct], back: [] }
  const ports = {
    ...{ loss, output, start, gradient, lastOut, learned: known.learned, learnedNext },
    ...{ influence: known.influence[0] ?? -1, next: next[0] ?? -1 },
  }
  return { ports, writes, joint, ...sums }
}

/** The sums over frames of a block [rows, size], each row and each sequence with a place of its own. */
const blocked = (
  { graph }: Traced,
  keeping: Keeping,
  at: readonly number[],
  node: number,
  into: number,
  writes: Write[],
): readonly Collected[] => {
  const [rows, size] = keeping.shapes[node] as readonly [number, number]
  const sums = gathered(keeping, at, piecesOf(graph, node), 0, into, writes, undefined, rows)
  return sums.map(sum => ({ ...sum, stride: size }))
}

/** When the inputs of a timestep are known. */
const knownAt = ({ graph, inputs }: Traced, future: boolean): readonly number[] => {
  const at = new Array<number>(graph.inputs.length).fill(stage('forward'))
  const set = (nodes: readonly number[], name: StageName): void => {
    for (const node of nodes) at[node] = stage(name)
  }
  set(inputs.θ, 'once')
  set(inputs.factor, 'back')
  if (future) set(inputs.memory, 'back')
  set(inputs.countedMemory, 'counted')
  set(inputs.lastMemory, 'initial')
  set(inputs.influence, 'initial')
  set(inputs.learned, 'turn')
  for (const nodes of [inputs.learnedBefore, inputs.begun, inputs.endMemory]) set(nodes, 'learn')
  return at
}

/** A part as a stage; over a batch, all that changes with time has a leading axis. */
const staged = (
  { graph, reads, gives }: Part,
  keeping: Keeping,
  at: readonly number[],
  writes: readonly Write[],
  later: ReadonlySet<number>,
  batch: number | null,
): Stage => {
  const refs = reads.map(node => crossing(keeping, node, at[node]! > 0))
  const written = gives.flatMap((node, i) => {
    const own = writes.filter(write => write.node === node).map(write => write.ref)
    const crossed = later.has(node) ? [crossing(keeping, node, at[node]! > 0)] : []
    return [...new Set([...own, ...crossed])].map(ref => [i, ref] as const)
  })
  const mapped = refs.map(({ port }) => keeping.ports[port]!.each)
  const whole = batch === null ? graph : simplified(batched(graph, mapped, batch))
  return {
    graph: { ...whole, outputs: written.map(([i]) => whole.outputs[i]!) },
    reads: refs,
    writes: written.map(([, ref]) => ref),
  }
}

/** What a timestep is cut into, for one sequence or for a batch of so many. */
export const stagedOf = (traced: Traced, batch: number | null): Staged => {
  const { graph } = traced
  const future = traced.way !== 'past'
  const known = knownAt(traced, future)
  const at = earliest(graph, known)
  const kept = keeping(traced, future)
  const { writes, ports: made, ...sums } = results(traced, kept, at, future)
  const wanted = writes.map(({ node, stage: name }): Wanted => ({ node, part: stage(name) }))
  const cuts = cut(graph, known, stageNames.length, wanted)
  const stages = cuts.map((part, i) => {
    const own = writes.filter(write => stage(write.stage) === i)
    const later = new Set(cuts.slice(i + 1).flatMap(({ reads }) => reads))
    return staged(part, kept, at, own, later, i === 0 ? null : batch)
  })
  const read = new Set(stages.flatMap(({ reads }) => reads.map(({ port }) => port)))
  const all = [...sums.forward, ...sums.back, ...sums.joint]
  const used = new Set(all.flatMap(({ left, right }) => [left.port, right?.port ?? -1]))
  const port = (port: number): number => (read.has(port) || used.has(port) ? port : -1)
  const now = Object.fromEntries(given.map((name, i) => [name, port(kept.known.now[i]!)])) as Record<Given, number>
  const ports = kept.ports.map(({ shape, framed, each }) => ({
    shape: batch !== null && each ? [batch, ...shape] : shape,
    framed,
  }))
  const { θ, state, memory, factor } = kept.known
  if (ports.length === 0) throw internal('a timestep has ports')
  const programs = future ? [] : [[stage('forward'), ...sums.forward]]
  return {
    plan: { ports, stages, programs },
    ports: { θ, state, memory, now, factor: factor[0] ?? -1, ...made },
    ...sums,
  }
}
