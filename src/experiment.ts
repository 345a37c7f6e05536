/** A network on a text or a series: how it is set up, learned and held against the tail it has not seen. */
import type { Engine } from '../ad/compiler/engine.ts'
import { DomainError, internal, NonFiniteError } from '../ad/errors.ts'
import { dense } from '../ad/follow.ts'
import { scalar, type Tensor, tensorOf } from '../ad/tensor.ts'
import type { Branch } from '../ad/tree.ts'
import { item } from '../ad/value.ts'
import { lossBy } from '../nets/by.ts'
import { checkFinite } from '../nets/finite.ts'
import { type Learner, type Lesson, learn } from '../nets/learn.ts'
import { crossEntropy, halfSquared, type PerStep } from '../nets/loss.ts'
import type { Rule } from '../nets/machine.ts'
import { adam, clipByNorm, normOf, type Optimiser, sgd } from '../nets/optimise.ts'
import { stream } from '../nets/random.ts'
import { type Datum, datum, params, type Task, type Theta, task } from '../nets/task.ts'
import { flushed } from '../nets/windowed.ts'
import { influence } from '../rules/rtrl.ts'
import { chunked } from '../rules/tbptt.ts'
import type { Data } from './data.ts'
import { cellOf } from './network.ts'
import type { TrainOptions } from './options.ts'
import type { Metric } from './records.ts'

/** A network on data: the pairs it learns from, and those and the held-out tail's in one piece. */
export interface Setup {
  readonly task: Task<Branch, Branch, PerStep>
  readonly sequence: readonly Datum[]
  readonly whole: readonly Datum[]
  /** The training part cut into sequences that are learned from side by side. */
  readonly batch: readonly (readonly Datum[])[]
  readonly θ: Theta
  readonly engine: Engine
  readonly unit: string
  /** A mean loss in the data's own unit. */
  readonly toUnit: (loss: number) => number
}

/** A finished run: its metrics in order, and the parameters it came to. */
export interface Trained {
  readonly metrics: readonly Metric[]
  readonly held: number
  readonly θ: Theta
}

const vectorsOf = (data: Data): readonly Tensor[] => {
  const items = [...data.train, ...data.held]
  if (data.kind === 'series') return items.map(x => tensorOf([1], Float64Array.of((x - data.mean) / data.deviation)))
  const size = data.symbols.length
  const hot = data.symbols.map((_, i) =>
    tensorOf(
      [size],
      Float64Array.from({ length: size }, (_, j) => +(i === j)),
    ),
  )
  return items.map(code => hot[code] as Tensor)
}

/** How many losses each sequence of a batch has in one pass over the training part. */
export const lengthOf = ({ train }: Data, { batch }: TrainOptions): number => Math.floor((train.length - 1) / batch)

/** Refuses a window that no pass over the training part could fill. */
export const checkWindow = (data: Data, options: TrainOptions): void => {
  const { window, batch } = options
  const length = lengthOf(data, options)
  if (window <= length) return
  throw new DomainError({
    who: 'train',
    given: batch === 1 ? `--window ${window}` : `--window ${window} with --batch ${batch}`,
    wanted: `at most ${length}, the losses of one pass over the training part${batch === 1 ? '' : ', for each sequence'}`,
    remedy: batch === 1 ? 'Lower --window' : 'Lower --window or --batch',
  })
}

/** The network of some options on some data, its parameters drawn from the seed. */
export const setupOf = (data: Data, options: TrainOptions, engine: Engine): Setup => {
  const { hidden, seed, batch } = options
  const vectors = vectorsOf(data)
  const size = data.kind === 'text' ? data.symbols.length : 1
  const one = scalar(1)
  const whole = vectors.slice(1).map((target, t) => datum(vectors[t] as Tensor, target, one))
  const loss = data.kind === 'text' ? crossEntropy : halfSquared()
  const net = task(cellOf(options), { d: hidden, n: size, m: size }, loss)
  const length = lengthOf(data, options)
  return {
    task: net,
    whole,
    sequence: whole.slice(0, data.train.length - 1),
    batch: Array.from({ length: batch }, (_, i) => whole.slice(i * length, (i + 1) * length)),
    engine,
    θ: params(net, stream(seed)),
    unit: data.kind === 'text' ? 'bits a character' : data.unit,
    toUnit: mean => (data.kind === 'text' ? mean / Math.LN2 : data.deviation * Math.sqrt(2 * mean)),
  }
}

/** The loss over the held-out tail, each item predicted from everything before it. Forward only. */
export const evaluating = ({ task, engine, whole, sequence, toUnit }: Setup): ((θ: Theta) => number) => {
  const loss = lossBy(engine)(task as Task)
  return θ => toUnit(loss(θ, whole, sequence.length) / (whole.length - sequence.length))
}

/** The past-facing rule that learns: chunks of a window, chunks of k inside it, or the influence of everything so far. */
export const ruleOf = ({ rule, window, k }: TrainOptions): Rule<unknown, 'past'> => {
  if (rule === 'rtrl') return influence(dense)
  return rule === 'bptt' ? chunked(window) : flushed(window)(chunked(k ?? window))
}

type Step = Lesson<Branch, unknown, unknown>
type Evaluate = ReturnType<typeof evaluating>
type Update = Step & Required<Pick<Step, 'updated'>>

/** Passes over the training part, one after the other, without end. */
function* lessons(setup: Setup, options: TrainOptions): Generator<Step> {
  const { lr, momentum, clip, window } = options
  const optimiser: Optimiser<unknown> =
    options.optimiser === 'sgd' ? sgd({ lr, momentum: momentum ?? 0 }) : adam({ lr })
  const learning = {
    task: setup.task,
    optimiser,
    engine: setup.engine,
    every: window,
    ...(clip === null ? {} : { clip: clipByNorm(clip) }),
  }
  let learner: Learner<Branch, unknown> = { θ: setup.θ }
  const data = setup.batch.length === 1 ? setup.sequence : setup.batch
  const pass = learn(ruleOf(options))(learning)
  for (let from = 0; ; from += setup.batch[0]?.length ?? 0)
    for (const lesson of pass(learner, data, from)) {
      learner = lesson.learner
      yield lesson
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
  const seen = { step, train: setup.toUnit(mean), gradient: normOf(lesson.updated) }
  if (!isLook(step, steps)) return seen
  const held = evaluate(θ)
  checkFinite('train', lesson.step, { 'held-out loss': scalar(held) })
  return { ...seen, held }
}

/** Every update of a run, each told as it is made; the parameters after the last. */
const pursue = (setup: Setup, evaluate: Evaluate, options: TrainOptions, tell: (metric: Metric) => void): Theta => {
  let [losses, step]: [number[], number] = [[], 0]
  for (const lesson of lessons(setup, options)) {
    losses.push(item(lesson.loss))
    if (!lesson.updated) continue
    const mean = losses.reduce((a, b) => a + b, 0) / losses.length
    tell(metricOf(setup, evaluate, options.steps, ++step, mean, lesson as Update))
    if (step === options.steps) return lesson.learner.θ
    losses = []
  }
  throw internal('passes over the training part have no end')
}

/** Trains from the parameters of a setup; every metric is told as it comes. Throws a NonFiniteError where it diverges. */
export const trainRun = (setup: Setup, options: TrainOptions, onProgress: (metric: Metric) => void): Trained => {
  const metrics: Metric[] = []
  const tell = (metric: Metric): void => {
    metrics.push(metric)
    onProgress(metric)
  }
  const evaluate = evaluating(setup)
  tell({ step: 0, held: evaluate(setup.θ) })
  try {
    const θ = pursue(setup, evaluate, options, tell)
    return { metrics, held: metrics.at(-1)?.held ?? Number.NaN, θ }
  } catch (thrown) {
    throw located(thrown, metrics.length)
  }
}
