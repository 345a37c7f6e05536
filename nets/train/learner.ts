/** One run of training: what changes with the steps, and an executor that is made at the first. */
import { KindError, ShapeError } from '../../ad/errors.ts'
import { checkFinite } from '../../ad/finite.ts'
import { type Cotangent, descended, times, toValue, viewLike } from '../../ad/linear/space.ts'
import type { Tensor } from '../../ad/tensor.ts'
import { item, type Value } from '../../ad/value.ts'
import type { Example, Network, Theta } from '../network.ts'
import type { Random } from '../random.ts'
import type { Executor, Saved } from '../run/executor.ts'
import { checkStep } from '../run/non-finite.ts'
import { parametersOf } from '../run/parameters.ts'
import type { ErrorAndTrace } from '../run/rule.ts'
import type { Concrete } from './gradient.ts'
import { numbersOf, type Optimiser, requireNeeds, requireSize, updated } from './optimiser.ts'
import type { Shadowed } from './shadows.ts'
import { type Paused, type ShadowStep, stateOf, stepFrom, type TrainFrom, type TrainStep } from './step.ts'

/** Refuses a run of another number of sequences. */
export const requireBatch = (left: number, given: number): void => {
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
export const weightOf = (examples: readonly Example[]): number =>
  sum(examples.map(({ weight }) => item(weight))) / examples.length

export const stale = (): never => {
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

/** The shadows of a step: their gradients by the mean that the trained rule's is, none between updates; their memories until the next step. */
const shadowSteps = (
  running: Shadowed<unknown>,
  live: { readonly count: number },
  θ: Theta,
  mean: ((sum: Cotangent<Theta>) => Cotangent<Theta>) | null,
): Readonly<Record<string, ShadowStep<Theta>>> => {
  const at = live.count
  const fresh = <A>(of: () => A): A => (live.count === at ? of() : stale())
  const entries = Object.entries(running.shown()).map(([name, { gradient, memory, bytes }]) => {
    const found = gradient && mean ? mean(gradient) : null
    const shown: ShadowStep<Theta> = {
      get gradient() {
        return found && (viewLike(θ, found) as Concrete<Theta>)
      },
      memory: () => fresh(memory),
      bytes: () => fresh(bytes),
    }
    return [name, shown] as const
  })
  return Object.fromEntries(entries)
}

/** What is constant while a network is trained, and the count of steps. */
export interface Training<M, O> {
  readonly net: Network
  readonly rule: { readonly name: string; readonly errorAndTrace?: unknown }
  readonly optimiser: Optimiser<O>
  readonly every: number
  /** Steps of a sequence before another begins. */
  readonly washout: number
  /** Where noise comes from in a run that does not go on with a stream of its own. */
  readonly noise: Random
  /** Of a rule of temporal differences, its error and its trace. */
  errorAndTrace(memory: M): ErrorAndTrace | undefined
  /** Of all runs. */
  readonly trained: { steps: number }
  /** The noise of a step of the rule. */
  draw(from: Random): Value
  /** An executor of the rule and its shadows for a batch, begun at θ with an example; it may be asked for so many steps. */
  open(θ: Theta, first: Example, batch: number | null, length: number): Shadowed<M>
}

/** The parameters and the optimiser's memory, which `move` updates; `mean` is a sum of gradients over the weights since the last update. */
const mover = <O>({ net, optimiser }: Training<unknown, O>, start: Theta, memory: O | undefined, weight: number) => {
  const at = { θ: parametersOf('train', net, start), memory, weight }
  const mean = (sum: Cotangent<Theta>): Cotangent<Theta> =>
    at.weight > 0 && at.weight !== 1 ? times(1 / at.weight, sum) : sum
  const move = (gradient: Cotangent<Theta>, step: number, errorAndTrace?: ErrorAndTrace): void => {
    checkFinite('train', step, { gradient: toValue(gradient) })
    const [change, next] = updated(optimiser.step(at.memory ?? optimiser.init(gradient), gradient, at.θ, errorAndTrace))
    requireSize('train', 'an update', numbersOf(change).length, numbersOf(gradient).length)
    at.θ = descended<Theta>(at.θ, change)
    checkFinite('train', step, { parameters: at.θ })
    at.memory = next
    at.weight = 0
  }
  return { at, mean, move }
}

/** A run of training: a step at a time, and what is to be done when there are no more. */
export interface Learner<Θ, M, O> {
  step(now: readonly Example[], ends: boolean): TrainStep<Θ, M, O>
  end(): void
}

/** A run of training from a start, of a batch and so many steps: it takes them one by one, and `end` lets another run have the executor. */
export const learner = <Θ, M, O>(
  training: Training<M, O>,
  start: TrainFrom<Θ, M, O>,
  batch: number | null,
  length: number,
): Learner<Θ, M, O> => {
  const { net, every, washout, draw, trained } = training
  requireNeeds(training.optimiser, training.rule, { every, batch })
  const { θ, optimiser, run } = stateOf(start)
  const { at, mean, move } = mover(training, θ as Theta, optimiser, run?.weight ?? 0)
  const left = run && run.carries.length > 0 ? run : undefined
  if (left) requireBatch(left.carries.length, batch ?? 1)
  const random = run?.random.copy() ?? training.noise
  const live = { count: 0 }
  let executor: Shadowed<M> | null = null
  let newest: (() => Paused<M>) | null = null
  let [count, washed] = [run?.count ?? 0, run?.washed ?? 0]
  let moved = false
  const opened = (first: Example): Shadowed<M> => {
    const made = training.open(at.θ, first, batch, Math.min(count + length, washout))
    if (count < washout) made.reset(at.θ, left, count)
    return made
  }
  /** The error and the trace that a step emitted the product of, for an optimiser that needs them. */
  const errorAndTraceOf = (running: Shadowed<M>): ErrorAndTrace | undefined =>
    training.optimiser.needs === 'trace' ? training.errorAndTrace(running.save().carries[0]?.memory as M) : undefined
  /** Before a step: the sequence begins anew where a washout is due, else θ may have moved. */
  const prepared = (now: readonly Example[]): Shadowed<M> => {
    executor ??= opened(now[0] as Example)
    if (count >= washout) {
      executor.reset(at.θ)
      washed += count
      count = 0
    } else if (moved) executor.setParameters(at.θ)
    return executor
  }
  return {
    step(now: readonly Example[], ends: boolean): TrainStep<Θ, M, O> {
      const running = prepared(now)
      live.count++
      trained.steps++
      count++
      const [step, last] = [washed + count, ends || count >= washout]
      const noise = now.map(() => draw(random))
      const view = running.step(now, noise, last)
      checkStep('train', net, at.θ, step, now, view)
      at.weight += weightOf(now)
      const result = { step, loss: view.loss, output: view.output() as Tensor }
      moved = count % every === 0 || last
      const gradient = moved ? mean(running.takeGradient()) : null
      const shadows = shadowSteps(running, live, at.θ, moved ? mean : null)
      if (gradient) move(gradient, step, errorAndTraceOf(running))
      const rest = { weight: at.weight, count, ...(washed > 0 && { washed }) }
      newest = saving(running, live, () => ({ ...rest, random: random.copy() }))
      return stepFrom({ ...result, shadows: shadows as TrainStep<Θ>['shadows'] }, at.θ, gradient, at.memory, newest)
    },
    end(): void {
      keepLast(newest)
      live.count++
      executor?.release()
    },
  }
}
