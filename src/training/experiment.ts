/** A network on data: how it is set up, learned and held against the tail it has not seen. */
import type { Engine } from '../../ad/compiler/engine.ts'
import { internal, NonFiniteError } from '../../ad/errors.ts'
import { checkFinite } from '../../ad/finite.ts'
import { scalar } from '../../ad/tensor.ts'
import type { Branch } from '../../ad/tree.ts'
import type { Cell, Sizes } from '../../nets/cells/cell.ts'
import type { PerStep } from '../../nets/loss.ts'
import { type Network, network, type Theta } from '../../nets/network.ts'
import type { AnyRule } from '../../nets/run/rule.ts'
import { clipByNorm, normOfTree } from '../../nets/train/clipping.ts'
import { type TrainState, type TrainStep, train } from '../../nets/train/online.ts'
import { chain, type Optimiser } from '../../nets/train/optimiser.ts'
import { adam, sgd } from '../../nets/train/optimisers.ts'
import { requireServes, trainedRule } from '../rule-choice.ts'
import { type Data, kindOf } from './data/index.ts'
import type { Course } from './data/kind.ts'
import { lookOf, looks } from './data/look.ts'
import { beginning } from './initial.ts'
import { cellOf } from './network.ts'
import type { TrainOptions } from './options.ts'
import type { Metric } from './records.ts'

/** A network on data: where it begins, what it learns from, and the engine that does the work. */
export interface Setup {
  readonly net: Network<Branch, Branch, PerStep>
  readonly θ: Theta
  readonly course: Course
  readonly engine: Engine
}

/** A metric with its held-out figure. */
export type Look = Metric & { readonly held: number }

/** A finished run: its held-out figures in order, about twenty however long it is, and the parameters it came to. */
export interface Trained {
  readonly looks: readonly Look[]
  readonly held: number
  readonly θ: Theta
}

/** The cell of some options with its recurrent matrices as they ask; `normal` is how every cell begins by itself. */
const begunOf = (options: TrainOptions, sizes: Sizes): Cell<Branch, Branch> => {
  const { initial } = options
  return initial === null || initial === 'normal' ? cellOf(options) : beginning(cellOf(options), sizes, initial)
}

/** The network of some options on some data, its parameters drawn from the seed. */
export const setupOf = (data: Data, options: TrainOptions, engine: Engine): Setup => {
  const kind = kindOf(data)
  const { loss, ...ends } = kind.ends(kind.about(data))
  const sizes = { d: options.hidden, ...ends }
  const net = network(begunOf(options, sizes), sizes, loss)
  return { net, θ: net.init(options.seed), course: kind.course(data, options), engine }
}

/** The held-out figure of parameters; of a part of what is held out, where all takes more than so many steps. */
export const evaluating = ({ net, engine, course }: Setup, most?: number): ((θ: Theta) => number) =>
  course.evaluator(engine, net as unknown as Network, most)

/** The past-facing rule that trains, as the options ask for it. */
export const ruleFor = (options: TrainOptions): AnyRule<unknown, 'past'> => trainedRule(options.choice(), options)

/** Refuses a rule that does not serve the network, before anything is printed or written. */
export const requireRule = ({ net }: Setup, options: TrainOptions): void =>
  requireServes(ruleFor(options), net as unknown as Network)

type Step = TrainStep<Theta>
/** The held-out figure after an update: of all that is held out at the run's end, of a part of it before. */
type Evaluate = (θ: Theta, update: number) => number

const optimiserOf = ({ optimiser, lr, momentum, clip }: TrainOptions): Optimiser => {
  const moves: Optimiser = optimiser === 'sgd' ? sgd({ lr, momentum: momentum ?? 0 }) : adam({ lr })
  return clip === null ? moves : chain(clipByNorm(clip), moves)
}

/** Piece after piece of the training part, without end; the state begins anew with each. */
function* trainSteps({ net, course, engine, θ }: Setup, options: TrainOptions): Generator<Step> {
  const { window, seed } = options
  const pass = train(ruleFor(options), net, { optimiser: optimiserOf(options), engine, every: window, seed })
  let start: TrainState<Theta> = { θ }
  for (const piece of course.pieces())
    for (const step of pass(start, piece)) {
      start = { θ: step.θ, optimiser: step.optimiser }
      yield step
    }
}

/** Whether the held-out tail is looked at after this update: about twenty times in a run, and at its end. */
const isLook = (step: number, steps: number): boolean =>
  Math.floor((step * looks) / steps) > Math.floor(((step - 1) * looks) / steps)

/** Steps count the data's timesteps; an error says in which update it came too. */
const located = (thrown: unknown, update: number): unknown =>
  thrown instanceof NonFiniteError
    ? new NonFiniteError({
        ...thrown,
        who: 'train',
        given: `${thrown.given}, in update ${update}`,
        remedy: 'Lower --lr, or set --clip 1',
      })
    : thrown

/** One update as it is recorded, and now and then the held-out figure after it. */
const metricOf = (
  { course }: Setup,
  evaluate: Evaluate,
  steps: number,
  update: number,
  mean: number,
  step: Step,
): Metric => {
  const seen = { step: update, train: course.toUnit(mean), gradient: normOfTree(step.gradient as Theta) }
  if (!isLook(update, steps)) return seen
  const held = evaluate(step.θ, update)
  checkFinite('train', step.step, { 'held-out loss': scalar(held) })
  return { ...seen, held }
}

/** Every update of a run, each told as it is made; the parameters after the last. */
const pursue = (
  setup: Setup,
  evaluate: Evaluate,
  options: TrainOptions,
  tell: (metric: Metric, θ: Theta) => void,
): Theta => {
  let [loss, count, update] = [0, 0, 0]
  try {
    for (const step of trainSteps(setup, options)) {
      loss += step.loss
      count++
      if (!step.gradient) continue
      tell(metricOf(setup, evaluate, options.steps, update + 1, loss / count, step), step.θ)
      update++
      if (update === options.steps) return step.θ
      loss = count = 0
    }
  } catch (thrown) {
    throw located(thrown, update + 1)
  }
  throw internal('passes over the training part have no end')
}

const isLooking = (metric: Metric): metric is Look => metric.held !== undefined

/**
 * Trains from the parameters of a setup; every metric is told as it comes, and kept only where it has a held-out figure. Throws a
 * NonFiniteError where it diverges.
 */
export const trainRun = (
  setup: Setup,
  options: TrainOptions,
  onProgress: (metric: Metric, θ: Theta) => void,
): Trained => {
  const seen: Look[] = []
  const tell = (metric: Metric, θ: Theta): void => {
    if (isLooking(metric)) seen.push(metric)
    onProgress(metric, θ)
  }
  const [last, before] = [evaluating(setup), evaluating(setup, lookOf(options))]
  const evaluate: Evaluate = (θ, update) => (update === options.steps ? last(θ) : before(θ))
  tell({ step: 0, held: evaluate(setup.θ, 0) }, setup.θ)
  const θ = pursue(setup, evaluate, options, tell)
  return { looks: seen, held: seen.at(-1)?.held ?? Number.NaN, θ }
}
