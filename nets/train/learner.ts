/** One run of training: what moves with the steps, and an executor that is made at the first. */
import { KindError, ShapeError } from '../../ad/errors.ts'
import { checkFinite } from '../../ad/finite.ts'
import { applyUpdate, type Cotangent, negativeGradient, times, toValue } from '../../ad/linear/space.ts'
import type { Tensor } from '../../ad/tensor.ts'
import { item, type Value } from '../../ad/value.ts'
import type { Example, Network, Theta } from '../network.ts'
import type { Random } from '../random.ts'
import type { Executor, Saved } from '../run/executor.ts'
import { checkStep } from '../run/non-finite.ts'
import { parametersOf } from '../run/parameters.ts'
import type { Optimiser } from './optimiser.ts'
import { type Paused, stateOf, stepFrom, type TrainFrom, type TrainStep } from './step.ts'

/** Refuses a run of another number of sequences. */
const requireBatch = (left: number, given: number): void => {
  if (left === given) return
  throw new ShapeError({
    who: 'train',
    given: `${given} sequences after a step of ${left}`,
    wanted: `${left}, to go on with`,
    remedy: 'Give as many sequences as before, or start from step.θ',
  })
}

const sum = (xs: readonly number[]): number => xs.reduce((a, b) => a + b, 0)

/** Σ of the weights of a step, a mean over the sequences of a batch. */
const weightOf = (examples: readonly Example[]): number =>
  sum(examples.map(({ weight }) => item(weight))) / examples.length

const stale = (): never => {
  throw new KindError({
    who: 'train',
    given: 'a step whose memory was overwritten by a later one',
    wanted: 'the newest step',
    remedy: "Call memory() or state() before the next step, or use engine: 'eager'",
  })
}

/** Saves a run once: at once where that costs nothing, else when it is asked for before the next step. */
const saving = <M>(executor: Executor<M>, live: { count: number }, rest: () => Omit<Paused<M>, keyof Saved<M>>) => {
  const at = live.count
  const save = (): Paused<M> => ({ ...executor.save(), ...rest() })
  let kept: Paused<M> | null = executor.persistent ? save() : null
  return (): Paused<M> => {
    kept ??= live.count === at ? save() : stale()
    return kept
  }
}

/** Saves the last step before the executor serves another run; where it cannot be saved, the step throws when it is asked. */
const keepLast = (save: (() => unknown) | null): void => {
  try {
    save?.()
  } catch (thrown) {
    if (!(thrown instanceof KindError)) throw thrown
  }
}

/** What stays the same while a network is trained. */
export interface Training<M, O> {
  readonly net: Network
  readonly optimiser: Optimiser<O>
  readonly every: number
  /** Where noise comes from in a run that does not go on with a stream of its own. */
  readonly noise: Random
  /** The noise of a step of the rule. */
  draw(from: Random): Value
  /** An executor of the rule for a batch, begun at θ with an example; it may be asked for so many steps. */
  open(θ: Theta, first: Example, batch: number | null, length: number, noise: () => Value): Executor<M>
}

/** Parameters that are moved, and what the optimiser remembers: an update takes the mean gradient since the last. */
const mover = <O>({ net, optimiser }: Training<unknown, O>, start: Theta, memory: O | undefined, weight: number) => {
  const at = { θ: parametersOf('train', net, start), memory, weight }
  const move = (gradient: Cotangent<Theta>, count: number): Cotangent<Theta> => {
    checkFinite('train', count, { gradient: toValue(gradient) })
    const mean = at.weight > 0 ? times(1 / at.weight, gradient) : gradient
    const [change, next] = optimiser.step(at.memory ?? optimiser.init(mean), mean, at.θ)
    at.θ = applyUpdate<Theta>(at.θ, negativeGradient(change))
    checkFinite('train', count, { parameters: at.θ })
    at.memory = next
    at.weight = 0
    return mean
  }
  return { at, move }
}

/** A run of training from a start, of a batch and so many steps: it takes them one by one, and `end` lets another run have the executor. */
export const learner = <Θ, M, O>(
  training: Training<M, O>,
  start: TrainFrom<Θ, M, O>,
  batch: number | null,
  length: number,
) => {
  const { net, every, draw } = training
  const { θ, optimiser, run } = stateOf(start)
  const { at, move } = mover(training, θ as Theta, optimiser, run?.weight ?? 0)
  if (run) requireBatch(run.carries.length, batch ?? 1)
  const random = run?.random.copy() ?? training.noise
  const live = { count: 0 }
  let executor: Executor<M> | null = null
  let newest: (() => Paused<M>) | null = null
  let count = run?.count ?? 0
  let moved = false
  const opened = (first: Example): Executor<M> => {
    const made = training.open(at.θ, first, batch, count + length, () => draw(random.copy()))
    made.reset(at.θ, run, run?.count)
    return made
  }
  return {
    step(now: readonly Example[], last: boolean): TrainStep<Θ, M, O> {
      executor ??= opened(now[0] as Example)
      if (moved) executor.setParameters(at.θ)
      live.count++
      count++
      const view = executor.step(
        now,
        now.map(() => draw(random)),
        last,
      )
      checkStep('train', net, at.θ, count, now, view)
      at.weight += weightOf(now)
      const result = { step: count, loss: view.loss, output: view.output() as Tensor }
      moved = count % every === 0 || last
      const applied = moved ? move(executor.takeGradient(), count) : null
      const rest = { weight: at.weight, count, random }
      newest = saving(executor, live, () => ({ ...rest, random: random.copy() }))
      return stepFrom(result, at.θ, applied, at.memory, newest)
    },
    end(): void {
      keepLast(newest)
      live.count++
      executor?.release()
    },
  }
}
