/** A network on data: how it is set up, learned and held against the tail it has not seen. */
import type { Engine } from '../../ad/compiler/engine.ts'
import { internal, NonFiniteError } from '../../ad/errors.ts'
import { checkFinite } from '../../ad/finite.ts'
import { scalar } from '../../ad/tensor.ts'
import type { Branch } from '../../ad/tree.ts'
import type { Cell, Sizes } from '../../nets/cells/cell.ts'
import type { PerStep } from '../../nets/loss.ts'
import { type Network, network, type Theta } from '../../nets/network.ts'
import { type Random, rng, streams } from '../../nets/random.ts'
import { type AnyRule, resolved } from '../../nets/run/rule.ts'
import { chain } from '../../nets/train/chain.ts'
import { clipByNorm, normOfTree } from '../../nets/train/clipping.ts'
import { type TrainState, type TrainStep, train } from '../../nets/train/online.ts'
import { type Optimiser, requireNeeds } from '../../nets/train/optimiser.ts'
import type { LearningRate } from '../../nets/train/optimiser-options.ts'
import { adam, sgd } from '../../nets/train/optimisers.ts'
import { obgd } from '../../nets/train/overshooting-bounded.ts'
import { rls } from '../../nets/train/recursive-least-squares.ts'
import type { Shadows } from '../../nets/train/shadows.ts'
import { requireServes, trainedRule } from '../rule-choice.ts'
import { type Data, kindOf } from './data/index.ts'
import type { Course } from './data/kind.ts'
import { lookOf, looks } from './data/look.ts'
import { piecesFrom } from './data/pieces.ts'
import { type Piece, type Place, streamsIn } from './data/place.ts'
import { beginning } from './initial.ts'
import type { Metric } from './metric.ts'
import { cellOf } from './network.ts'
import type { TrainOptions } from './options.ts'

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

/** Refuses a rule that does not serve the network, or the optimiser, before anything is printed or written. */
export const requireRule = ({ net }: Setup, options: TrainOptions): void => {
  const [rule, plain] = [ruleFor(options), net as unknown as Network]
  requireServes(rule, plain)
  requireNeeds(optimiserOf(options), resolved(rule, plain), options)
}

type Step = TrainStep<Theta>
/** The held-out figure after an update: of all that is held out at the run's end, of a part of it before. */
type Evaluate = (θ: Theta, update: number) => number

/** The step size, or lr/√(1 + t/τ) where it falls: Tallec & Ollivier 2017. */
const rateOf = ({ lr, lrFall: τ }: TrainOptions): LearningRate => (τ === null ? lr : t => lr / Math.sqrt(1 + t / τ))

const optimiserOf = (options: TrainOptions): Optimiser => {
  const { optimiser, momentum, clip } = options
  const lr = rateOf(options)
  const make: Readonly<Record<TrainOptions['optimiser'], () => Optimiser>> = {
    sgd: () => sgd({ lr, momentum: momentum ?? 0 }),
    adam: () => adam({ lr }),
    obgd: () => obgd({ lr }),
    rls: () => rls(),
  }
  const moves = make[optimiser]()
  return clip === null ? moves : chain(clipByNorm(clip), moves)
}

/** What moves the parameters, and by how much, in words: 'adam, lr 0.001'. */
export const optimiserLine = ({ optimiser, lr, momentum }: TrainOptions): string =>
  `${optimiser}${optimiser === 'rls' ? ' of the readout alone' : `, lr ${lr}`}${momentum ? `, momentum ${momentum}` : ''}`

/** Where a run stands after an update: what it goes on from. */
export interface Standing {
  /** Updates so far. */
  readonly update: number
  /** Which piece of the training part it is in, from 0. */
  readonly piece: number
  /** With the run within the piece. */
  readonly state: TrainState<Theta>
  /** Where the streams of made-up data are, which are not drawn again then. */
  readonly streams?: Place['streams']
}

/** Where a run goes on from, and the rules that are run beside the one that trains. */
export interface Going {
  readonly from?: Standing | null
  readonly shadows?: Shadows | undefined
}

interface Passed {
  readonly step: Step
  /** Where the run stands after the step, asked for before the next. */
  standing(): Omit<Standing, 'update'>
}

/** Steps of a piece that a run has taken: those that washouts ended, and those since. */
const stepsOf = (run: TrainState<Theta>['run']): number => (run ? (run.washed ?? 0) + run.count : 0)

/** One stream of noise for all pieces: the run that is resumed draws on it and not on a copy. */
const sharing = (noise: Random, state: TrainState<Theta>): TrainState<Theta> =>
  state.run ? { ...state, run: { ...state.run, random: { ...noise, copy: () => noise } } } : state

/** Piece after piece of the training part, from where the run stood and without end; the state begins anew with each. */
function* trainSteps(
  { net, course, engine, θ }: Setup,
  options: TrainOptions,
  { from = null, shadows }: Going,
): Generator<Passed> {
  const { every, seed, washout, workers } = options
  const noise = from?.state.run?.random.copy() ?? rng(seed, streams.noise)
  const more = {
    ...(washout !== null && { washout }),
    ...(workers !== null && { workers }),
    ...(shadows && { shadows }),
  }
  const how = { optimiser: optimiserOf(options), engine, every, seed, noise, ...more }
  const pass = train(ruleFor(options), net, how)
  let start: TrainState<Theta> = from ? sharing(noise, from.state) : { θ }
  const place = { piece: from?.piece ?? 0, step: stepsOf(from?.state.run), streams: from?.streams }
  for (const { piece, whole, left } of piecesFrom(course, place)) {
    let last: Step | null = null
    for (const step of left ? pass(start, left) : []) {
      last = step
      yield { step, standing: () => standingIn(piece, whole, step.state()) }
    }
    const { θ: reached, optimiser } = last ?? start
    start = { θ: reached, optimiser }
  }
}

/** Where a run stands in a piece. */
const standingIn = (piece: number, whole: Piece, state: TrainState<Theta>): Omit<Standing, 'update'> => {
  const streams = streamsIn(whole, stepsOf(state.run))
  return { piece, state, ...(streams && { streams }) }
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

/** An update as it was made. */
export interface Update {
  readonly metric: Metric
  readonly θ: Theta
  /** The gradient that moved θ, and the shadows that have begun. */
  readonly gradient: Theta
  readonly shadows: Step['shadows']
  /** Where the run stands, to be asked before the next update. Throws a KindError where the rule's windows cannot be left here. */
  standing(): Standing
}

/** The updates of a run, from its start or from where it stood, to the last. Throws a NonFiniteError where it diverges. */
export function* updates(setup: Setup, options: TrainOptions, going: Going = {}): Generator<Update> {
  let [loss, count, update] = [0, 0, going.from?.update ?? 0]
  if (update >= options.steps) return
  const evaluate = lookingOf(setup, options)
  try {
    for (const { step, standing } of trainSteps(setup, options, going)) {
      loss += step.loss
      count++
      const { gradient, shadows } = step
      if (!gradient) continue
      update++
      const made = update
      const metric = metricOf(setup, evaluate, options.steps, made, loss / count, step)
      yield { metric, θ: step.θ, gradient, shadows, standing: () => ({ update: made, ...standing() }) }
      if (update === options.steps) return
      loss = count = 0
    }
  } catch (thrown) {
    throw located(thrown, update + 1)
  }
  throw internal('passes over the training part have no end')
}

/** How a run looks at what is held out: at its last update at all of it, before at a part. */
const lookingOf = (setup: Setup, options: TrainOptions): Evaluate => {
  const [last, before] = [evaluating(setup), evaluating(setup, lookOf(options))]
  return (θ, update) => (update === options.steps ? last(θ) : before(θ))
}

/** The held-out figure before the first update. */
export const firstLook = (setup: Setup, options: TrainOptions): Look => ({
  step: 0,
  held: lookingOf(setup, options)(setup.θ, 0),
})

export const isLooking = (metric: Metric): metric is Look => metric.held !== undefined

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
  let θ = setup.θ
  const tell = (metric: Metric): void => {
    if (isLooking(metric)) seen.push(metric)
    onProgress(metric, θ)
  }
  tell(firstLook(setup, options))
  for (const update of updates(setup, options)) {
    θ = update.θ
    tell(update.metric)
  }
  return { looks: seen, held: seen.at(-1)?.held ?? Number.NaN, θ }
}
