/** A made-up task: what is learned from is drawn from the seed without end. */
import { createHash } from 'node:crypto'
import { type Either, left, right } from 'fp-ts/lib/Either.js'
import { z } from 'zod'
import { DomainError, type JanusError, NameError } from '../../../ad/errors.ts'
import { mean } from '../../../ad/moments.ts'
import type { Tensor } from '../../../ad/tensor.ts'
import { item } from '../../../ad/value.ts'
import type { Example, Theta } from '../../../nets/network.ts'
import { type Random, rng } from '../../../nets/random.ts'
import type { Steps } from '../../../nets/train/data.ts'
import { evaluate } from '../../../nets/train/predict.ts'
import { isPath } from '../../own-file.ts'
import { type TaskChoice, taskCall } from '../tasks/choice.ts'
import { type TaskName, taskNames, tasks } from '../tasks/index.ts'
import { iterated, opened, type Position, reopened, type StepStream } from '../tasks/source.ts'
import type { MadeUp } from '../tasks/task.ts'
import type { Course, Figure, Kind, Pace, Words } from './kind.ts'
import { drawnFrom, type Place } from './place.ts'
import { creditOf } from './running.ts'

/** A made-up task: `train` has no end, `held` is the same whatever the seed. */
export interface Made {
  readonly kind: 'task'
  /** As it is typed: copy(delay=20). */
  readonly name: string
  readonly choice: TaskChoice
  readonly train: { readonly length: number }
  /** Steps before those that are held out, and not judged. */
  readonly lead: readonly Example[]
  readonly held: readonly Example[]
  readonly digest: string
}

/** What a model says of a made-up task; `own` is the one of a file, loaded. */
export const taskForm = z.strictObject({
  kind: z.literal('task'),
  task: z
    .string()
    .refine(task => isPath(task) || taskNames.some(name => name === task), `no task of ${taskNames.join(', ')}`),
  options: z.record(z.string(), z.union([z.number(), z.string(), z.boolean(), z.null()])).optional(),
  /** The digest of the file of a task of a user's own. */
  file: z.string().optional(),
  own: z.custom<() => MadeUp>().optional(),
})
type About = z.output<typeof taskForm>

/** Of the streams of a seed: what is learned from, and what is held out. */
const [trainStream, heldStream] = [4, 5]
const heldSteps = 5000

const taken = (from: Iterator<Example, never>, count: number): readonly Example[] =>
  Array.from({ length: count }, () => from.next().value)

/** The data set of a task that was chosen. */
export const made = (choice: TaskChoice): Made => {
  const { made: task, options, digest: file } = choice
  const { defaults } = choice.task
  const drawn = iterated(opened(task, rng(0, heldStream), true))
  const [lead, held] = [taken(drawn, task.horizon), taken(drawn, heldSteps)]
  const name = taskCall(choice)
  const digest = createHash('sha256')
    .update(JSON.stringify([choice.task.name, choice.task.asks, options, file, ...(defaults ? [defaults] : [])]))
    .digest('hex')
  return { kind: 'task', name, choice, train: { length: Number.POSITIVE_INFINITY }, lead, held, digest }
}

/** After so many steps the state begins anew. */
const stretch = 2 ** 20

const checkStretch = (_: Made, { window, batch }: Pace): void => {
  if (window * batch <= stretch) return
  throw new DomainError({
    who: 'train',
    given: `--window ${window} with --batch ${batch}`,
    wanted: `at most ${stretch} steps an update`,
    remedy: 'Lower --window or --batch',
  })
}

/** A random stream for each of some sequences: the seed's own for one, else each of a seed that is drawn from it. */
const randomsOf = (seed: number, batch: number): readonly Random[] => {
  const random = rng(seed, trainStream)
  return batch === 1 ? [random] : Array.from({ length: batch }, () => rng(Math.floor(2 ** 32 * random.uniform())))
}

/** The streams that are learned from, one for each sequence, from the beginning or from where they were. */
export const streamsOf = (
  { choice: { made: task } }: Made,
  { seed, batch }: Pick<Pace, 'seed' | 'batch'>,
  positions?: readonly Position[],
): readonly StepStream[] =>
  positions?.map(at => reopened(task, at)) ?? randomsOf(seed, batch).map(random => opened(task, random))

const greatestDivisor = (a: number, b: number): number => (b === 0 ? a : greatestDivisor(b, a % b))
const leastCommonMultiple = (a: number, b: number): number => (a / greatestDivisor(a, b)) * b

/** One sequence without end; or stretch after stretch of several side by side, a step at a time: whole windows and whole washouts. */
function* stretches(data: Made, pace: Pace, { step, streams }: Omit<Place, 'piece'> = { step: 0 }): Generator<Steps> {
  const { window, batch, washout } = pace
  const sides = streamsOf(data, pace, streams)
  const whole = washout ? leastCommonMultiple(window, washout) : window
  const length = batch === 1 ? Number.POSITIVE_INFINITY : whole * Math.max(1, Math.floor(stretch / (whole * batch)))
  for (let from = step; ; from = 0) yield drawnFrom(sides, from, length) as Steps
}

/** How much of the steps counts: a mean loss of all of them is so many times that of those that count. */
const weightIn = (steps: readonly Example[]): number =>
  steps.reduce((sum, { weight }) => sum + item(weight), 0) / steps.length

/** A sequence in pieces of so many steps, each with the step that it begins at; in one piece where there is no number. */
const cut = (
  sequence: readonly Example[],
  length: number,
): readonly (readonly [from: number, piece: readonly Example[]])[] =>
  Array.from({ length: Math.ceil(sequence.length / length) }, (_, i) => [
    i * length,
    sequence.slice(i * length, (i + 1) * length),
  ])

const course = (data: Made, pace: Pace): Course => {
  const factor = data.choice.made.scale / weightIn(data.held)
  return {
    pieces: () => stretches(data, pace),
    from: place => (place.streams ? stretches(data, pace, place) : undefined),
    toUnit: mean => factor * mean,
    evaluator: (engine, net) => {
      const [loss, whole] = [evaluate(net, { engine }), [...data.lead, ...data.held]]
      const pieces = cut(whole, pace.washout ?? whole.length).filter(
        ([from, piece]) => from + piece.length > data.lead.length,
      )
      const lossOf = (θ: Theta, [from, piece]: (typeof pieces)[number]): number =>
        loss(θ, piece, { from: Math.max(0, data.lead.length - from) })
      return θ => (factor * pieces.reduce((sum, piece) => sum + lossOf(θ, piece), 0)) / data.held.length
    },
  }
}

/** Options by name, those that were not given too. */
const optionsIn = ({ task, options }: TaskChoice): string => {
  const all = Object.entries(task.options).map(([name, { value }]) => `${name} ${options[name] ?? value}`)
  return all.length === 0 ? '' : ` Options: ${all.join(', ')}.`
}

const words = ({ choice, held }: Made, pace: Pace): Words => {
  const { window, batch, washout } = pace
  const anew = washout
    ? `the state begins anew every ${washout} steps, as in training`
    : 'each from everything before it'
  const many = batch === 1 ? '' : ` in each of ${batch} sequences side by side`
  return {
    parts: `drawn from the seed without end to train, ${held.length} further steps held out`,
    data: ` ${choice.task.asks}${optionsIn(choice)}`,
    updates: `one a window of ${window} step${window === 1 ? '' : 's'}${many}, each by the mean gradient of its losses; ${washout ? `the state begins anew every ${washout} steps` : 'the state is carried on'}.`,
    held: `the same steps whatever the seed, ${anew}; the floors are exact expectations, not measured on them.`,
    credit: { ...creditOf(pace), rtrl: 'rtrl: its influence is carried on, stale by the updates since' },
  }
}

/** The mean squared error of the input as a forecast, on the steps held out. */
const persistence = ({ held }: Made): number =>
  mean(
    held.map(({ x, target }) =>
      mean(Array.from((target as Tensor).data, (y, i) => (y - ((x as Tensor).data[i] as number)) ** 2)),
    ),
  )

/** The task that a model was trained on. */
const taskOf = ({ task, options, own }: About): MadeUp => own?.() ?? tasks[task as TaskName].on(options)

const figure = ({ choice: { made: task } }: Made): Figure => ({
  title: `${task.title}, ${task.unit}`,
  unit: task.unit,
  better: 'lower',
})

/** Left: a task of other inputs, targets or another loss. */
const fitted = (data: Made, about: About): Either<JanusError, Made> => {
  const [given, wanted] = [data.choice.made, taskOf(about)]
  if (given.n === wanted.n && given.m === wanted.m && given.title === wanted.title) return right(data)
  const sizes = ({ n, m, title }: MadeUp): string => `${n} inputs, ${m} targets and ${title}`
  return left(
    new NameError({
      who: 'model',
      given: `the task ${data.name} of ${sizes(given)}`,
      wanted: `${sizes(wanted)}, as the model has of ${about.task}`,
      remedy: `Give --task ${about.task}`,
    }),
  )
}

const about = ({ choice: { name, options, digest, made: task } }: Made): About => ({
  kind: 'task',
  task: name,
  ...(Object.keys(options).length > 0 && { options }),
  ...(digest !== null && { file: digest, own: () => task }),
})

export const task: Kind<Made, About> = {
  phrase: 'a made-up task',
  items: 'steps',
  defaults: {
    cell: 'leaky',
    hidden: 32,
    alpha: 1,
    initial: 'orthogonal',
    window: 10,
    online: 1,
    batch: 1,
    steps: 30_000,
    optimiser: 'sgd',
    lr: 0.03,
  },
  steps: null,
  symbolic: false,
  about,
  ends: taskOf,
  fitted,
  check: checkStretch,
  course,
  drawn: (about, random) => ({ [Symbol.iterator]: () => taskOf(about).steps(random) }),
  figure,
  oracles: ['best constant', 'ridge on a random network'],
  /** The floors, and of a series the value that is the input. */
  baselines: data => {
    const { floors, unit, forecast } = data.choice.made
    const known = floors.map(floor => ({ ...floor, unit }))
    return forecast ? [{ name: 'persistence', value: persistence(data), unit }, ...known] : known
  },
  words,
}
