/** A network on data: how it is set up, learned and held against the tail it has not seen. */
import type { Engine } from '../../ad/compiler/engine.ts'
import { internal, NonFiniteError } from '../../ad/errors.ts'
import { checkFinite } from '../../ad/finite.ts'
import { scalar } from '../../ad/tensor.ts'
import type { Branch } from '../../ad/tree.ts'
import { item } from '../../ad/value.ts'
import type { Cell, Sizes } from '../../nets/cells/cell.ts'
import type { PerStep } from '../../nets/loss.ts'
import { type Network, network, params, type Theta } from '../../nets/network.ts'
import { rng } from '../../nets/random.ts'
import type { Rule } from '../../nets/run/scan.ts'
import { initialTimestep } from '../../nets/run/timestep.ts'
import { type Sequences, sequencesOf } from '../../nets/train/gradient.ts'
import { learn, type TrainState, type TrainStep } from '../../nets/train/online.ts'
import { adam, clipByNorm, normOf, type Optimiser, sgd } from '../../nets/train/optimisers.ts'
import { member } from '../family.ts'
import { type Data, kindOf } from './data/index.ts'
import type { Course } from './data/kind.ts'
import { beginning } from './initial.ts'
import { cellOf } from './network.ts'
import type { TrainOptions } from './options.ts'
import type { Metric } from './records.ts'

/** A network on data: where it begins, what it learns from, and the engine that does the work. */
export interface Setup {
  readonly task: Network<Branch, Branch, PerStep>
  readonly θ: Theta
  readonly course: Course
  readonly engine: Engine
}

/** A finished run: its metrics in order, and the parameters it came to. */
export interface Trained {
  readonly metrics: readonly Metric[]
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
  return { task: net, θ: params(net, rng(options.seed)), course: kind.course(data, options), engine }
}

/** The held-out figure of parameters. */
export const evaluating = ({ task, engine, course }: Setup): ((θ: Theta) => number) =>
  course.judge(engine, task as Network)

/** The past-facing rule that learns, made for the task. */
export const ruleOf = (task: Network, { rule, window, k, seed }: TrainOptions): Rule<unknown, 'past'> =>
  member(rule).make({ task, window, k: k ?? window, seed }) as unknown as Rule<unknown, 'past'>

/** Refuses a rule that does not serve the task, before anything is printed or written: it is made, and given moment 0. */
export const requireRule = ({ task, θ }: Setup, options: TrainOptions): void => {
  const plain: Network = task as Network
  ruleOf(plain, options).init(initialTimestep(plain)(θ))
}

type Step = TrainStep<Branch, unknown, unknown>
type Evaluate = ReturnType<typeof evaluating>
type Update = Step & Required<Pick<Step, 'updated'>>

const stepsOf = (piece: Sequences): number => sequencesOf(piece).sequences[0]?.length ?? 0

/** Piece after piece of the training part, without end. */
function* lessons(setup: Setup, options: TrainOptions): Generator<Step> {
  const { lr, momentum, clip, window } = options
  const optimiser: Optimiser<unknown> =
    options.optimiser === 'sgd' ? sgd({ lr, momentum: momentum ?? 0 }) : adam({ lr })
  const learning = {
    net: setup.task,
    optimiser,
    engine: setup.engine,
    every: window,
    random: rng(options.seed, 1),
    ...(clip === null ? {} : { clip: clipByNorm(clip) }),
  }
  let learner: TrainState<Branch, unknown> = { θ: setup.θ }
  const pass = learn(ruleOf(setup.task as Network, options))(learning)
  let from = 0
  for (const piece of setup.course.pieces()) {
    for (const lesson of pass(learner, piece, from)) {
      learner = lesson.learner
      yield lesson
    }
    from += stepsOf(piece)
  }
}

const looks = 20
/** Whether the held-out tail is looked at after this update: about twenty times in a run, and at its end. */
const isLook = (step: number, steps: number): boolean =>
  Math.floor((step * looks) / steps) > Math.floor(((step - 1) * looks) / steps)

/** Steps count the data's moments; an error says in which update it came too. */
const located = (thrown: unknown, update: number): unknown =>
  thrown instanceof NonFiniteError
    ? new NonFiniteError({
        ...thrown,
        who: 'train',
        given: `${thrown.given}, in update ${update}`,
        remedy: 'Lower --lr, or set --clip 1',
      })
    : thrown

/** One update as it is recorded, looked at from outside now and then. */
const metricOf = (
  setup: Setup,
  evaluate: Evaluate,
  steps: number,
  step: number,
  mean: number,
  lesson: Update,
): Metric => {
  const { θ } = lesson.learner
  const seen = { step, train: setup.course.toUnit(mean), gradient: normOf(lesson.updated) }
  if (!isLook(step, steps)) return seen
  const held = evaluate(θ)
  checkFinite('train', lesson.step, { 'held-out loss': scalar(held) })
  return { ...seen, held }
}

/** Every update of a run, each told as it is made; the parameters after the last. */
const pursue = (
  setup: Setup,
  evaluate: Evaluate,
  options: TrainOptions,
  tell: (metric: Metric, θ: Theta) => void,
): Theta => {
  let [losses, step]: [number[], number] = [[], 0]
  for (const lesson of lessons(setup, options)) {
    losses.push(item(lesson.loss))
    if (!lesson.updated) continue
    const mean = losses.reduce((a, b) => a + b, 0) / losses.length
    tell(metricOf(setup, evaluate, options.steps, ++step, mean, lesson as Update), lesson.learner.θ)
    if (step === options.steps) return lesson.learner.θ
    losses = []
  }
  throw internal('passes over the training part have no end')
}

/** Trains from the parameters of a setup; every metric is told as it comes. Throws a NonFiniteError where it diverges. */
export const trainRun = (
  setup: Setup,
  options: TrainOptions,
  onProgress: (metric: Metric, θ: Theta) => void,
): Trained => {
  const metrics: Metric[] = []
  const tell = (metric: Metric, θ: Theta): void => {
    metrics.push(metric)
    onProgress(metric, θ)
  }
  const evaluate = evaluating(setup)
  tell({ step: 0, held: evaluate(setup.θ) }, setup.θ)
  try {
    const θ = pursue(setup, evaluate, options, tell)
    return { metrics, held: metrics.at(-1)?.held ?? Number.NaN, θ }
  } catch (thrown) {
    throw located(thrown, metrics.length)
  }
}
