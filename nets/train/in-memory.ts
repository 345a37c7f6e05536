/**
 * Training whose parameters, and what the optimiser remembers, stay in the memory of a compiled program: a step is one call of it.
 * What a step shows is read when it is asked for. Of an older step it is worked out again: where a stretch of steps
 * began is kept, and the data since, and the steps of `learner` from there are the same, bit for bit.
 */
import { toValue, viewLike } from '../../ad/linear/space.ts'
import { sizeOf, type Tensor, tensorOf } from '../../ad/tensor.ts'
import type { Value } from '../../ad/value.ts'
import type { LearningExecutor } from '../compiled/learning.ts'
import type { Example, Theta } from '../network.ts'
import { parametersOf } from '../run/parameters.ts'
import type { Entrywise } from './entrywise.ts'
import type { Concrete } from './gradient.ts'
import { type Learner, learner, requireBatch, stale, type Training, weightOf } from './learner.ts'
import { requireNeeds, requireSize } from './optimiser.ts'
import { type Paused, stateOf, type TrainFrom, type TrainState, type TrainStep } from './step.ts'

/** What holds the parameters: the optimiser's program, and an executor with it for a batch. */
export interface Held<M, O> {
  readonly program: Entrywise<O>
  open(θ: Theta, first: Example, batch: number | null): LearningExecutor<M>
}

/** Steps between the states that are kept for older steps: fewer where their data take more room than so many numbers. */
const [mostSteps, mostNumbers] = [512, 2 ** 15]

/** The data of some steps, and the state before them: what it takes to run them again. */
const stretchFrom = <M, O>(from: TrainState<Theta, M, O>, first: readonly Example[], outputs: Tensor) => {
  const parts = first.flatMap(({ x, target, weight }) => [x, target, weight] as readonly Tensor[])
  const width = parts.reduce((sum, { data }) => sum + data.length, 0)
  const most = Math.max(1, Math.min(mostSteps, Math.floor(mostNumbers / (width + outputs.data.length))))
  const [inputs, shown] = [new Float64Array(most * width), new Float64Array(most * outputs.data.length)]
  const seen = { length: 0, ended: false }
  const copied = (into: Float64Array, at: number, { data }: Tensor): number => {
    for (let i = 0; i < data.length; i++) into[at + i] = data[i] as number
    return at + data.length
  }
  return {
    from,
    seen,
    isFull: () => seen.length === most,
    /** Remembers the data of a step, before it is run. */
    takes(now: readonly Example[], ends: boolean): void {
      let at = seen.length++ * width
      seen.ended = ends
      for (const { x, target, weight } of now)
        at = copied(inputs, copied(inputs, copied(inputs, at, x as Tensor), target as Tensor), weight as Tensor)
    },
    /** Remembers the output of a step, after it. */
    gives(output: Tensor): void {
      copied(shown, (seen.length - 1) * output.data.length, output)
    },
    outputAt: (i: number): Tensor => {
      const size = outputs.data.length
      return tensorOf(outputs.shape, shown.slice(i * size, (i + 1) * size))
    },
    /** The data of a step. */
    examplesAt(i: number): readonly Example[] {
      let at = i * width
      const next = ({ shape, data }: Tensor): Value => {
        at += data.length
        return tensorOf(shape, inputs.slice(at - data.length, at))
      }
      return first.map(({ x, target, weight }) => ({
        x: next(x as Tensor),
        target: next(target as Tensor),
        weight: next(weight as Tensor),
      }))
    },
  }
}

type Stretch<M, O> = ReturnType<typeof stretchFrom<M, O>>

/** What is read of a step when it is asked for, and then kept. */
interface Read<M, O> {
  θ?: Theta
  gradient?: Concrete<Theta>
  optimiser?: O
  saved?: Paused<M>
}

/** Where a step stands: what is seen of it, its number in the run and in its stretch, what its update was multiplied by, and what was counted after it. */
interface Place<M, O> {
  readonly step: number
  readonly loss: number
  readonly serial: number
  readonly stretch: Stretch<M, O>
  readonly index: number
  readonly scale: number | null
  readonly counted: O | undefined
  readonly read: Read<M, O>
}

/** What a console shows of a step: all that can be read of it. */
const inspected = Symbol.for('nodejs.util.inspect.custom')
function told<Θ, M, O>(this: TrainStep<Θ, M, O>) {
  const { step, loss, output, θ, gradient, optimiser } = this
  return { step, loss, output, θ, gradient, optimiser }
}

type Steps<Θ, M, O> = readonly TrainStep<Θ, M, O>[]

/** A run of training in memory: as `learner`, which it falls back on for what is past. */
export const inMemory = <Θ, M, O>(
  training: Training<M, O>,
  { program, open }: Held<M, O>,
  start: TrainFrom<Θ, M, O>,
  batch: number | null,
  length: number,
): Learner<Θ, M, O> => {
  const { net, every, washout, draw, trained, optimiser } = training
  requireNeeds(optimiser, training.rule, { every, batch })
  const { θ: given, optimiser: remembered, run } = stateOf(start)
  const begun = parametersOf('train', net, given as Theta)
  const left = run && run.carries.length > 0 ? run : undefined
  if (left) requireBatch(left.carries.length, batch ?? 1)
  const random = run?.random.copy() ?? training.noise
  const at = { serial: 0, weight: run?.weight ?? 0, count: run?.count ?? 0, washed: run?.washed ?? 0 }
  let counted = remembered
  let [executor, stretch]: [LearningExecutor<M> | null, Stretch<M, O> | null] = [null, null]
  let newest: { readonly here: Place<M, O>; readonly step: TrainStep<Θ, M, O> } | null = null

  const rest = () => {
    const { weight, count, washed } = at
    return { weight, count, ...(washed > 0 && { washed }), random: random.copy() }
  }
  const beginning = (): TrainState<Theta, M, O> => ({
    θ: begun,
    ...(remembered !== undefined && { optimiser: remembered }),
    run: { ...(left ?? { carries: [], gradient: null }), ...rest() },
  })
  const opened = (first: Example): LearningExecutor<M> => {
    const made = open(begun, first, batch)
    if (at.count < washout) made.reset(begun, left, at.count)
    const gradient = made.gradient(0)
    const held = program.heldIn(counted ?? optimiser.init(gradient)) as unknown as readonly Value[]
    for (const { shape } of held) requireSize('train', 'a memory', sizeOf(shape), sizeOf(toValue(gradient).shape))
    made.hold(held)
    return made
  }
  const again = (of: Stretch<M, O>): Steps<Θ, M, O> => {
    const own = learner<Θ, M, O>({ ...training, trained: { steps: 0 } }, of.from as never, batch, length)
    const found: TrainStep<Θ, M, O>[] = []
    try {
      for (let i = 0; i < of.seen.length; i++)
        found.push(own.step(of.examplesAt(i), of.seen.ended && i === of.seen.length - 1))
    } finally {
      own.end()
    }
    return found
  }
  /** Stops where a step of a stretch does, and leaves it out. Throws a NonFiniteError. */
  const requireFinite = (of: Stretch<M, O>): void => {
    try {
      again(of)
    } catch (thrown) {
      of.seen.length--
      of.seen.ended = false
      throw thrown
    }
  }
  const known = new WeakMap<Stretch<M, O>, Steps<Θ, M, O>>()
  /** A step that is past, from the data of its stretch. */
  const past = ({ stretch, index }: Place<M, O>): TrainStep<Θ, M, O> => {
    if ((known.get(stretch)?.length ?? 0) <= index) known.set(stretch, again(stretch))
    return (known.get(stretch) as Steps<Θ, M, O>)[index] as TrainStep<Θ, M, O>
  }
  const isNewest = ({ serial }: Place<M, O>): boolean => serial === at.serial
  const live = (): LearningExecutor<M> => executor as LearningExecutor<M>
  const holding = (memory: O): O => program.holding(memory, live().held() as never)
  const readOptimiser = (here: Place<M, O>): O =>
    isNewest(here) ? holding(here.counted as O) : (past(here).optimiser as O)
  const readGradient = (here: Place<M, O>): Concrete<Theta> =>
    (isNewest(here) ? viewLike(begun, live().gradient(here.scale as number)) : past(here).gradient) as Concrete<Theta>
  const save = (here: Place<M, O>): Paused<M> => {
    if (!isNewest(here)) return stale()
    return { ...live().save(), ...rest() }
  }
  const readParameters = (here: Place<M, O>): Theta =>
    isNewest(here) ? live().parameters() : (past(here).θ as unknown as Theta)
  const savedOf = (here: Place<M, O>): Paused<M> => {
    here.read.saved ??= save(here)
    return here.read.saved
  }
  /** A step, read where it is asked for. */
  const stepAt = (here: Place<M, O>): TrainStep<Θ, M, O> => {
    const { step, loss, stretch, index, scale, counted, read } = here
    const shown = {
      step,
      loss,
      get output() {
        return stretch.outputAt(index)
      },
      get θ() {
        read.θ ??= readParameters(here)
        return read.θ as unknown as Concrete<Θ>
      },
      get gradient() {
        if (scale === null) return null
        read.gradient ??= readGradient(here)
        return read.gradient as unknown as Concrete<Θ>
      },
      get optimiser() {
        if (counted === undefined) return undefined
        read.optimiser ??= readOptimiser(here)
        return read.optimiser
      },
      shadows: {},
      memory: () => savedOf(here).carries[0]?.memory as M,
      state: () => {
        const { θ, optimiser } = shown
        return { θ, ...(optimiser !== undefined && { optimiser }), run: savedOf(here) }
      },
      [inspected]: told<Θ, M, O>,
    }
    return shown
  }
  /** Reads all of a step, before its memory serves another run. */
  const keep = (step: TrainStep<Θ, M, O>): void => {
    step.state()
    void step.gradient
  }
  /** Before a step: the sequence begins anew where a washout is due, and a stretch where one is full. */
  const prepared = (now: readonly Example[]): readonly [LearningExecutor<M>, Stretch<M, O>] => {
    executor ??= opened(now[0] as Example)
    if (!stretch || stretch.isFull()) {
      const from = newest ? (newest.step.state() as unknown as TrainState<Theta, M, O>) : beginning()
      stretch = stretchFrom(from, now, executor.output())
    }
    if (at.count >= washout) {
      executor.reset(newest ? executor.parameters() : begun)
      at.washed += at.count
      at.count = 0
    }
    return [executor, stretch]
  }
  /** What the step ends with: nothing, or an update by the mean gradient over the weights since the last. */
  const moveOf = (moves: boolean) => {
    if (!moves) return null
    counted ??= optimiser.init(live().gradient(0))
    return { scale: at.weight > 0 ? 1 / at.weight : 1, numbers: program.numbersOf(counted) }
  }
  return {
    step(now, ends) {
      const [running, stretch] = prepared(now)
      at.serial++
      trained.steps++
      at.count++
      const last = ends || at.count >= washout
      const noise = now.map(() => draw(random))
      at.weight += weightOf(now)
      const move = moveOf(at.count % every === 0 || last)
      stretch.takes(now, ends)
      if (!running.advance(now, noise, last, move)) requireFinite(stretch)
      stretch.gives(running.output())
      if (move) {
        counted = program.counted(counted as O)
        at.weight = 0
      }
      const { serial, washed, count } = at
      const index = stretch.seen.length - 1
      const [loss, scale] = [running.loss(), move?.scale ?? null]
      const here = { step: washed + count, loss, serial, stretch, index, scale, counted, read: {} }
      newest = { here, step: stepAt(here) }
      return newest.step
    },
    end() {
      if (newest && isNewest(newest.here)) keep(newest.step)
      at.serial++
      executor?.release()
    },
  }
}
