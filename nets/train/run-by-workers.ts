/** A run of training by several workers: an executor whose steps are shared out, each worker going on with its own shares. */
import type { Engine } from '../../ad/compiler/engine.ts'
import { asCotangent, type Cotangent, spaceOf, toValue } from '../../ad/linear/space.ts'
import { sizeOf, type Tensor, tensorOf, zeros } from '../../ad/tensor.ts'
import { leavesOf, rebuild } from '../../ad/tree.ts'
import type { Value } from '../../ad/value.ts'
import { influenceOf, requireBetweenWindows } from '../compiled/executor.ts'
import { framesOf } from '../compiled/prepare.ts'
import { valuesIn, withValues } from '../compiled/trace.ts'
import type { Example, Network, Theta } from '../network.ts'
import type { Executor, Saved, StepView } from '../run/executor.ts'
import type { Rule } from '../run/rule.ts'
import type { Carry } from '../run/step.ts'
import { initialTimestep } from '../run/timestep.ts'
import { joinedAs, learnedIn, type WindowMemory } from '../run/windows.ts'
import { parametersIn, type SharedBuffers, sharedBuffersOf } from '../workers/blocks.ts'
import { carriedOut, freshId, leave, type Run } from '../workers/crew.ts'
import type { Command, Parameters, Place, Seen, Session } from '../workers/session.ts'
import { requireWorkersFor } from './by-workers.ts'
import { beginnings, joinedColumns, meanOf, placeFor, type Share, type Shared, sharedOut, sumOf } from './shares.ts'

type Numbers = Float64Array

/** Lists of numbers one after the other. */
const together = (lists: readonly Numbers[]): Numbers => {
  const found = new Float64Array(lists.reduce((sum, { length }) => sum + length, 0))
  let at = 0
  for (const list of lists) {
    found.set(list, at)
    at += list.length
  }
  return found
}

/** One sequence's part of the numbers of `count`. */
const partOf = (numbers: Numbers, count: number, sequence: number): Numbers => {
  const size = numbers.length / count
  return numbers.subarray(sequence * size, (sequence + 1) * size)
}

const numbersOf = (value: Value): Numbers => (value as Tensor).data

/** What all sequences have of something: what every block has, one after the other. Of columns each worker has it all. */
const ofAll = ({ shares }: Shared, each: readonly Numbers[]): Numbers =>
  shares[0]?.columns ? (each[0] as Numbers) : together(each)

/** The runs of the shares, with memory for so many steps. */
const runsOf = ({ shares, workers }: Shared, length: number): readonly Run[] =>
  shares.map(({ made }, i) => ({ id: freshId(), made, frames: framesOf(made.what.windows, length), on: i % workers }))

/** A saved run as the places where the shares go on. */
const placesOf = (shared: Shared, { carries, gradient, blocks }: Saved<unknown>, steps: number): readonly Place[] => {
  const { shares } = shared
  const windows = shares[0]?.made.what.windows
  if (windows)
    for (const { memory } of carries) requireBetweenWindows(windows, (memory as WindowMemory).sinceLastPass, -1)
  const sum = gradient && numbersOf(toValue(gradient))
  return shares.map((share, i) => {
    const own = carries.slice(share.block.from, share.block.to)
    const every = (values: (carry: Carry<unknown>) => readonly Value[]): readonly Numbers[] =>
      values(own[0] as Carry<unknown>).map((_, k) => together(own.map(carry => numbersOf(values(carry)[k] as Value))))
    const left =
      blocks?.length === shares.length ? numbersOf(blocks[i] as Tensor) : share.columns || i === 0 ? sum : null
    const place: Place = {
      steps,
      turn: windows ? (carries[0] as Carry<WindowMemory>).memory.turn : 0,
      state: every(({ state }) => leavesOf(state)),
      memory: every(({ memory }) => valuesIn(windows ? learnedIn(memory as WindowMemory) : memory)),
      influence: windows?.joint ? together(own.map(carry => numbersOf(influenceOf(carry)))) : null,
      gradient: left,
    }
    return placeFor(shares, share, place)
  })
}

/** What a sequence remembers, from what every share has of it. */
const memoryOf = (shared: Shared, saved: readonly Place[], sequence: number): unknown => {
  const [first] = shared.shares as readonly [Share]
  const { what, example } = first.made
  const at = shared.shares.findIndex(({ block }) => sequence < block.to)
  const { block } = shared.shares[at] as Share
  const mine = (numbers: Numbers): Numbers => partOf(numbers, block.to - block.from, sequence - block.from)
  const place = saved[at] as Place
  if (what.windows) {
    const start = initialTimestep(what.net)(example.θ)
    const { from, to } = start.immediate
    const joint = place.influence && tensorOf([to.size, from.size], mine(place.influence as Numbers).slice())
    const { learner } = example
    const own = valuesIn(learner?.learned).map(({ shape }, k) =>
      tensorOf(shape, mine(place.memory[k] as Numbers).slice()),
    )
    return {
      ...{ moments: joint ? [joinedAs(start, joint)] : [], sinceLastPass: 0, at: place.steps, turn: place.turn },
      ...(learner && withValues(learner.learned, own)),
    }
  }
  const values = valuesIn(example.memory).map(({ shape }, k) => {
    const numbers = first.columns
      ? joinedColumns(
          shared.shares.map(({ columns }, i) => ({
            columns: columns as NonNullable<Share['columns']>,
            numbers: saved[i]?.memory[k] as Numbers,
          })),
        )
      : mine(place.memory[k] as Numbers).slice()
    return tensorOf(shape, numbers)
  })
  return withValues(example.memory, values)
}

/** All that a run goes on from. */
const savedOf = <M>(shared: Shared, told: readonly ReturnType<Session['save']>[]): Saved<M> => {
  const { shares, count } = shared
  const [first] = shares as readonly [Share]
  const { what, example, staged } = first.made
  for (const { sincePass } of told)
    if (what.windows) requireBetweenWindows(what.windows, sincePass, staged.ports.lastOut)
  const places = told.map(({ place }) => place)
  const leaves = leavesOf(example.state).map((leaf, k) => {
    const all = ofAll(
      shared,
      places.map(({ state }) => state?.[k] as Numbers),
    )
    return (sequence: number): Tensor => tensorOf(leaf.shape, partOf(all, count, sequence).slice())
  })
  const gradients = places.map(({ gradient }) => gradient as Numbers)
  const sum = zeros([spaceOf(example.θ).size])
  sumOf(shares, gradients, sum)
  return {
    carries: Array.from({ length: count }, (_, i) => ({
      state: rebuild(
        example.state,
        leaves.map(of => of(i)),
      ),
      memory: memoryOf(shared, places, i) as M,
    })),
    gradient: asCotangent(spaceOf(example.θ), sum),
    ...(!first.columns && { blocks: gradients.map(numbers => tensorOf([numbers.length], numbers)) }),
  }
}

/** What is seen of a step, of all sequences. */
const viewOf = (
  shared: Shared,
  batch: number | null,
  seen: readonly Seen[],
  before: () => readonly (readonly Numbers[])[],
): StepView => {
  const { shares, count } = shared
  const [{ made }] = shares as readonly [Share]
  const { staged, example } = made
  const all = (of: (one: Seen) => Numbers): Numbers => ofAll(shared, seen.map(of))
  const losses = all(one => one.losses)
  const like = leavesOf(example.state)
  const states = like.map((_, k) => all(({ state }) => state[k] as Numbers))
  const tensor = (numbers: Numbers): Tensor => tensorOf([numbers.length], numbers)
  const of = (numbers: Numbers, sequence: number | undefined): Tensor =>
    tensor(sequence === undefined ? numbers : partOf(numbers, count, sequence))
  const output = all(one => one.output)
  const shape = staged.plan.ports[staged.ports.output]?.shape ?? []
  const one = made.what.batch === null ? shape : shape.slice(1)
  return {
    loss: losses.reduce((a, b) => a + b, 0) / count,
    losses,
    output: () => tensorOf(batch === null ? one : [batch, ...one], output.slice(0, count * sizeOf(one))),
    quantities: sequence => ({ state: states.map(numbers => of(numbers, sequence)), loss: of(losses, sequence) }),
    before: sequence => {
      const told = before()
      const leaves = like.map(({ shape }, k) => {
        const numbers = ofAll(
          shared,
          told.map(state => state[k] as Numbers),
        )
        return tensorOf(shape, partOf(numbers, count, sequence).slice())
      })
      return rebuild(example.state, leaves)
    },
  }
}

/** Lets go of the runs of an executor that nobody released. */
const abandoned = new FinalizationRegistry<readonly number[]>(ids => ids.forEach(leave))

/** An executor of a rule by workers, for a batch and runs of so many steps. */
export const executorByWorkers = <M>(shared: Shared, batch: number | null, length: number): Executor<M> => {
  const { shares, workers } = shared
  const runs = runsOf(shared, length)
  const buffers = shares.map(({ made }) => sharedBuffersOf(made))
  const tell = <R>(command: (i: number) => Command): readonly R[] =>
    carriedOut(
      workers,
      runs.map((run, i) => ({ run, command: () => command(i) })),
    ) as readonly R[]
  let next: Parameters | null = null
  let last: Theta
  const executor: Executor<M> = {
    persistent: false,
    reset: (θ, from, steps = 0) => {
      const places = from ? placesOf(shared, from, steps) : beginnings(shares, θ)
      next = null
      last = θ
      tell(i => ['begin', parametersIn(θ), places[i] as Place])
    },
    setParameters: θ => {
      next = parametersIn(θ)
    },
    step: (data: readonly Example[], noise, ends) => {
      const sequences = data.map(example => [example])
      const seen = tell<Seen>(i => {
        const [{ block }, own] = [shares[i] as Share, buffers[i] as SharedBuffers]
        return ['step', next, own.pack({ sequences }, [noise], block, ends)]
      })
      next = null
      return viewOf(shared, batch, seen, () => tell(() => ['before']))
    },
    takeGradient: into =>
      meanOf(
        shared,
        tell<Numbers>(() => ['gradient']),
        last,
        into,
      ) as unknown as Cotangent<Theta>,
    save: () =>
      savedOf(
        shared,
        tell(() => ['save']),
      ),
    remembered: () => tell<number>(() => ['bytes']).reduce((a, b) => a + b, 0),
    release: () => {
      for (const { id } of runs) leave(id)
    },
  }
  abandoned.register(
    executor,
    runs.map(({ id }) => id),
  )
  return executor
}

type Open<M> = (θ: Theta, first: Example, batch: number | null, length: number) => Executor<M>

/** Executors whose steps are shared out over workers, where they are asked for and there is something to share out. */
export const openByWorkers = <M>(
  workers: number | undefined,
  engine: Engine,
  net: Network,
  rule: Rule<M, 'past'>,
  noise: () => Value,
  open: Open<M>,
): Open<M> => {
  if (workers === undefined) return open
  requireWorkersFor('train', workers, engine.name === 'eager')
  if (engine.name === 'eager') return open
  return (θ, first, batch, length) => {
    const shared = sharedOut(engine, net, rule as Rule, workers, θ, { count: batch ?? 1 }, first, noise())
    return shared ? executorByWorkers(shared, batch, length) : open(θ, first, batch, length)
  }
}
