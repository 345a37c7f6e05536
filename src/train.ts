/** `janus train`: one network on a text or a series, its held-out loss beside the baselines', and the run's files. */
import { basename, join } from 'node:path'
import * as E from 'fp-ts/lib/Either.js'
import { pipe } from 'fp-ts/lib/function.js'
import * as TE from 'fp-ts/lib/TaskEither.js'
import { internal, NonFiniteError } from '../ad/errors.ts'
import { dense } from '../ad/follow.ts'
import { scalar, type Tensor, tensorOf } from '../ad/tensor.ts'
import { leavesOf } from '../ad/tree.ts'
import type { Value } from '../ad/value.ts'
import { type LeakyParams, type LeakyState, leaky } from '../nets/leaky.ts'
import { type Learner, type Lesson, learn } from '../nets/learn.ts'
import { crossEntropy, halfSquared, type PerStep } from '../nets/loss.ts'
import type { Rule } from '../nets/machine.ts'
import { isSet } from '../nets/moment.ts'
import { adam, clipByNorm, normOf, type Optimiser, sgd } from '../nets/optimise.ts'
import { stream } from '../nets/random.ts'
import { type Datum, datum, logits, params, started, type Task, type Theta, task } from '../nets/task.ts'
import { influence } from '../rules/rtrl.ts'
import { chunked } from '../rules/tbptt.ts'
import { baselines } from './baselines.ts'
import { paragraph, progress, table } from './chart.ts'
import { type Data, readData } from './data.ts'
import { attempt, type Command, failureOf } from './failure.ts'
import { type RawOptions, readOptions, type TrainOptions } from './options.ts'
import { keyOf, type Metric, openRecord } from './records.ts'

/** A network on data: the pairs it learns from, and those and the held-out tail's in one piece. */
export interface Setup {
  readonly task: Task<LeakyParams, LeakyState, PerStep>
  readonly sequence: readonly Datum[]
  readonly whole: readonly Datum[]
  readonly θ: Theta<LeakyParams>
  readonly unit: string
  /** A mean loss in the data's own unit. */
  readonly toUnit: (loss: number) => number
}

/** A finished run: its metrics in order, and the parameters it came to. */
export interface Trained {
  readonly metrics: readonly Metric[]
  readonly held: number
  readonly θ: Theta<LeakyParams>
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

/** The network of some options on some data, its parameters drawn from the seed. */
export const setupOf = (data: Data, { alpha, hidden, seed }: TrainOptions): Setup => {
  const vectors = vectorsOf(data)
  const size = data.kind === 'text' ? data.symbols.length : 1
  const one = scalar(1)
  const whole = vectors.slice(1).map((target, t) => datum(vectors[t] as Tensor, target, one))
  const loss = data.kind === 'text' ? crossEntropy : halfSquared()
  const net = task(leaky({ alpha }), { d: hidden, n: size, m: size }, loss)
  return {
    task: net,
    whole,
    sequence: whole.slice(0, data.train.length - 1),
    θ: params(net, stream(seed)),
    unit: data.kind === 'text' ? 'bits a character' : data.unit,
    toUnit: mean => (data.kind === 'text' ? mean / Math.LN2 : data.deviation * Math.sqrt(2 * mean)),
  }
}

const numberOf = (x: Value): number => (x as Tensor).data[0] as number

/** The loss over the held-out tail, each item predicted from everything before it. Forward only. */
export const evaluate = ({ task, whole, sequence, toUnit }: Setup, θ: Theta<LeakyParams>): number => {
  let state = started(task, θ.start)
  let sum = 0
  for (const [t, { x, target }] of whole.entries()) {
    state = task.cell.step(θ.cell, state, x)
    if (t >= sequence.length) sum += numberOf(task.loss.each(logits(task, θ.readout, state), target))
  }
  return toUnit(sum / (whole.length - sequence.length))
}

/** A rule that takes the end of every window for the end of the run: it passes there, and looks back no further. */
const severed = <M>(window: number, rule: Rule<M, 'past'>): Rule<readonly [M, number], 'past'> => ({
  init: first => [rule.init(first), 0],
  step: ([memory, at], now) => {
    const t = isSet(now.begins) ? 0 : at + 1
    const [out, next] = rule.step(memory, t > 0 && t % window === 0 ? { ...now, ends: scalar(1) } : now)
    return [out, [next, t]]
  },
})

/** The past-facing rule that learns: chunks of a window, chunks of k inside it, or the influence of everything so far. */
export const ruleOf = ({ rule, window, k }: TrainOptions): Rule<unknown, 'past'> => {
  if (rule === 'rtrl') return influence(dense)
  return rule === 'bptt' ? chunked(window) : severed(window, chunked(k ?? window))
}

type Step = Lesson<LeakyParams, unknown, unknown>
type Update = Step & Required<Pick<Step, 'updated'>>

/** Passes over the training part, one after the other, without end. */
function* lessons(setup: Setup, options: TrainOptions): Generator<Step> {
  const { lr, momentum, clip, window } = options
  const optimiser: Optimiser<unknown> =
    options.optimiser === 'sgd' ? sgd({ lr, momentum: momentum ?? 0 }) : adam({ lr })
  const learning = { task: setup.task, optimiser, every: window, ...(clip === null ? {} : { clip: clipByNorm(clip) }) }
  let learner: Learner<LeakyParams, unknown> = { θ: setup.θ }
  for (let from = 0; ; from += setup.sequence.length)
    for (const lesson of learn(ruleOf(options))(learning)(learner, setup.sequence, from)) {
      learner = lesson.learner
      yield lesson
    }
}

const remedy = 'Lower --lr, or set --clip 1'

const finite = (step: number, quantity: string, numbers: Iterable<number>): void => {
  for (const x of numbers)
    if (!Number.isFinite(x))
      throw new NonFiniteError({
        who: 'train',
        given: `the ${quantity} at step ${step} is not finite`,
        wanted: 'finite numbers',
        remedy,
      })
}

const looks = 20
/** Whether the held-out tail is looked at after this update: about twenty times in a run, and at its end. */
const isLook = (step: number, steps: number): boolean =>
  Math.floor((step * looks) / steps) > Math.floor(((step - 1) * looks) / steps)

/** Steps count the data's moments; an error says in which update it came too. */
const located = (thrown: unknown, update: number): unknown =>
  thrown instanceof NonFiniteError
    ? new NonFiniteError({ ...thrown, who: 'train', given: `${thrown.given}, in update ${update}`, remedy })
    : thrown

/** One update as it is recorded, looked at from outside now and then. */
const metricOf = (setup: Setup, steps: number, step: number, mean: number, lesson: Update): Metric => {
  const { θ } = lesson.learner
  const seen = { step, train: setup.toUnit(mean), gradient: normOf(lesson.updated) }
  for (const leaf of leavesOf(θ)) finite(lesson.step, 'parameters', (leaf as Tensor).data)
  if (!isLook(step, steps)) return seen
  const held = evaluate(setup, θ)
  finite(lesson.step, 'held-out loss', [held])
  return { ...seen, held }
}

/** Every update of a run, each told as it is made; the parameters after the last. */
const pursue = (setup: Setup, options: TrainOptions, tell: (metric: Metric) => void): Theta<LeakyParams> => {
  let [losses, step]: [number[], number] = [[], 0]
  for (const lesson of lessons(setup, options)) {
    losses.push(numberOf(lesson.loss))
    if (!lesson.updated) continue
    const mean = losses.reduce((a, b) => a + b, 0) / losses.length
    tell(metricOf(setup, options.steps, ++step, mean, lesson as Update))
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
  tell({ step: 0, held: evaluate(setup, setup.θ) })
  try {
    const θ = pursue(setup, options, tell)
    return { metrics, held: metrics.at(-1)?.held ?? Number.NaN, θ }
  } catch (thrown) {
    throw located(thrown, metrics.length)
  }
}

/** Trains with progress on stderr and everything recorded under `out`. */
export const recordedRun = (data: Data, options: TrainOptions, out: string): Trained & { readonly folder: string } => {
  const setup = setupOf(data, options)
  const record = openRecord(out, data, options)
  const shown = progress(options.rule, options.steps)
  try {
    const trained = trainRun(setup, options, metric => {
      record.metric(metric)
      shown.at(metric.step, metric.held === undefined ? '' : `held out ${metric.held.toFixed(3)}`)
    })
    const { rule, seed, steps } = options
    const held = { before: trained.metrics[0]?.held, after: trained.held, unit: setup.unit }
    record.finish(trained.θ, { rule, seed, steps, held, baselines: baselines(data) })
    return { ...trained, folder: record.folder }
  } finally {
    shown.stop()
  }
}

const severing: { readonly [K in TrainOptions['rule']]: (options: TrainOptions) => string } = {
  bptt: ({ window }) => `bptt: exact inside a window of ${window}, severed between windows.`,
  tbptt: ({ window, k }) => `tbptt: severed every ${k} steps inside a window of ${window}, and between windows.`,
  rtrl: () => 'rtrl: its influence is carried across windows, stale by the updates since; severed nowhere.',
}

const dataLine = ({ name, kind, train, held, ...rest }: Data): string => {
  const what = kind === 'text' ? 'characters' : 'values'
  const scale =
    'mean' in rest
      ? ` Normalised by the training part: mean ${rest.mean.toFixed(3)}, deviation ${rest.deviation.toFixed(3)}.`
      : ''
  return `${basename(name)}: the first 90% (${train.length} ${what}) to train, the tail (${held.length}) held out.${scale}`
}

/** How a run is done, as it is printed with it. */
export const protocol = (data: Data, options: TrainOptions, rules: readonly TrainOptions['rule'][]): string => {
  const { hidden, alpha, optimiser, lr, momentum, clip, steps, window, seed } = options
  const extras = `${momentum ? `, momentum ${momentum}` : ''}, ${clip === null ? 'not clipped' : `clipped at ${clip}`}`
  return [
    paragraph('data', dataLine(data)),
    paragraph('network', `leaky tanh, ${hidden} units, alpha ${alpha}; seed ${seed}.`),
    paragraph(
      'learning',
      `${optimiser}, lr ${lr}${extras}; ${steps} updates, one a window, each by the mean gradient of the window's ${window} losses; the state is carried from window to window, and is zero again at each pass over the training part.`,
    ),
    ...rules.map((rule, i) => paragraph(i === 0 ? 'credit' : '', severing[rule](options))),
    paragraph('held out', 'every item predicted from everything before it, as the baselines do.'),
  ].join('\n')
}

/** The held-out figures of runs beside the baselines'. */
export const comparison = (data: Data, runs: readonly (readonly [name: string, trained: Trained])[]): string => {
  const unit = data.kind === 'text' ? 'bits a character' : `RMSE, ${data.unit}`
  return table(`held out (${unit}; lower is better)`, [
    ['before training', runs[0]?.[1].metrics[0]?.held ?? Number.NaN],
    ...runs.map(([name, { held }]) => [name, held] as const),
    ...baselines(data).map(({ name, value }) => [name, value] as const),
  ])
}

const report = (data: Data, options: TrainOptions, out: string): void => {
  console.log(`${protocol(data, options, [options.rule])}\n${paragraph('files', join(out, keyOf(data, options)))}\n`)
  const trained = recordedRun(data, options, out)
  console.log(comparison(data, [[`${options.rule}, ${options.steps} updates`, trained]]))
  console.log('\nWritten: config.json, metrics.jsonl, parameters.json, result.json')
}

/** `janus train`: nothing is written before the data and every option are found good. */
export const train = (raw: RawOptions): Command =>
  pipe(
    readData(raw.data),
    E.mapLeft(failureOf),
    E.chain(data =>
      pipe(
        readOptions(raw, data.kind),
        E.map(options => [data, options] as const),
      ),
    ),
    TE.fromEither,
    TE.flatMap(([data, options]) => attempt(() => report(data, options, raw.out || 'runs'))),
  )
