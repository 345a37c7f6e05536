/**
 * A plan that also moves the parameters: what an optimiser does is two more stages over the memory that θ is in, and a
 * whole step of learning is one program: the timestep, its share of the gradient, the update, and what depends on θ alone.
 */
import { simplified } from '../../ad/compiler/graph.ts'
import type { Action, Collected, Port, Ref, Stage } from '../../ad/compiler/plan.ts'
import { type Graph, trace } from '../../ad/modes/trace.ts'
import { add, div, mul, sub } from '../../ad/primitives/elementwise.ts'
import { reshape, slice, sum } from '../../ad/primitives/layout.ts'
import { type Shape, sizeOf, zeros } from '../../ad/tensor.ts'
import type { Value } from '../../ad/value.ts'
import { type Staged, type StageName, stageNames } from './stages.ts'

/** How parameters move, entry by entry, as a program of Values. */
export interface Update {
  /** How many numbers an update is given beside what is held: step sizes and the like. */
  readonly numbers: number
  /** How many vectors [|θ|] are held from one update to the next. */
  readonly held: number
  /** The update that a leaf of θ is moved against, and what is held of it after that; all but the numbers have the leaf's shape. */
  step(
    numbers: readonly Value[],
    held: readonly Value[],
    gradient: Value,
    θ: Value,
  ): readonly [update: Value, held: readonly Value[]]
}

/** The ports of what an update is given and holds. */
export interface UpdatePorts {
  /** What the sum of gradients is multiplied by []. */
  readonly scale: number
  readonly numbers: number
  /** Of each leaf of θ, what is held of it. */
  readonly held: readonly (readonly number[])[]
  /** A sum of θ, the states and the losses []: it is finite only if they are, but for numbers near the largest. */
  readonly check: number
}

/** A timestep that moves its parameters. */
export interface Learning extends Staged {
  readonly update: UpdatePorts
}

/** The program of a step: whether its gradient is added to what is there, and whether it moves θ. */
export const programOf = (adds: boolean, moves: boolean): number => (adds ? 1 : 0) + (moves ? 2 : 0)

const here = (port: number): Ref => ({ port, frame: 'here' })

/** A stage that reads and writes whole ports. */
const stageOf = (
  ports: readonly Port[],
  reads: readonly number[],
  writes: readonly number[],
  program: (inputs: readonly Value[]) => readonly Value[],
): Stage => {
  const shapes = reads.map(port => (ports[port] as Port).shape)
  const graph: Graph = simplified(trace(program, shapes))
  return { graph, reads: reads.map(here), writes: writes.map(here) }
}

const total = (values: readonly Value[]): Value =>
  values.filter(({ shape }) => sizeOf(shape) > 0).reduce<Value>((so, x) => add(so, sum(x)), zeros([]))

/** Whether sums fill a vector, each place once. */
const tiles = (sums: readonly Collected[], shape: Shape): boolean =>
  sizeOf(shape) === sums.reduce((size, { left, right }) => size + left.size * (right?.size ?? 1), 0) &&
  new Set(sums.map(({ at }) => at)).size === sums.length

/** A timestep with an update of its parameters, for one sequence or a batch of so many; it has to face the past. */
export const withUpdate = ({ plan, ports, ...sums }: Staged, update: Update, batch: number | null): Learning => {
  const all = [...plan.ports]
  const add = (shape: Shape): number => all.push({ shape, framed: false }) - 1
  const shapes = ports.θ.map(port => (plan.ports[port] as Port).shape)
  const own = {
    scale: add([]),
    numbers: add([update.numbers]),
    held: shapes.map(shape => Array.from({ length: update.held }, () => add(shape))),
    check: add([]),
  }
  const count = batch ?? 1
  const starts = shapes.map((_, i) => shapes.slice(0, i).reduce((sum, shape) => sum + sizeOf(shape), 0))

  const moved = (
    scale: Value,
    numbers: readonly Value[],
    sums: Value,
    leaf: number,
    [θ, ...held]: readonly Value[],
  ) => {
    const [shape, from] = [shapes[leaf] as Shape, starts[leaf] as number]
    const share = reshape(slice(sums, from, from + sizeOf(shape)), shape)
    const mean = mul(scale, count > 1 ? div(share, count) : share)
    const [change, next] = update.step(numbers, held, mean, θ as Value)
    return [sub(θ as Value, change), ...next]
  }
  const leaves = ports.θ.map((port, i) => [port, ...(own.held[i] as readonly number[])])
  const moving = stageOf(all, [own.scale, own.numbers, ports.gradient, ...leaves.flat()], leaves.flat(), inputs => {
    const [scale, given, sums, ...rest] = inputs as [Value, Value, Value, ...Value[]]
    const numbers = Array.from({ length: update.numbers }, (_, i) => reshape(slice(given, i, i + 1), []))
    const width = 1 + update.held
    return leaves.flatMap((_, i) => moved(scale, numbers, sums, i, rest.slice(i * width, (i + 1) * width)))
  })
  const anew = tiles(sums.forward, (all[ports.gradient] as Port).shape)
  const clearing = stageOf(all, [], [ports.gradient], () => [zeros((all[ports.gradient] as Port).shape)])
  const watched = [...ports.θ, ...ports.state, ports.loss]
  const checking = stageOf(all, watched, [own.check], inputs => [total(inputs)])

  const stages = [...plan.stages, moving, clearing, checking]
  const stage = (name: StageName): number => stageNames.indexOf(name)
  const [move, clear, check] = [0, 1, 2].map(i => plan.stages.length + i) as [number, number, number]
  const programs = [0, 1, 2, 3].map((program): readonly Action[] => [
    ...(program % 2 === 0 && !anew ? [clear] : []),
    stage('forward'),
    ...sums.forward.map(sum => (program % 2 === 0 && anew ? { anew: sum } : sum)),
    ...(program >= 2 ? [move, stage('once')] : []),
    check,
  ])
  return { plan: { ports: all, stages, programs }, ports, ...sums, update: own }
}
