/** A made-up task: what is learned from is drawn from the seed without end, in nats a step. */
import { createHash } from 'node:crypto'
import { type Either, left, right } from 'fp-ts/lib/Either.js'
import { z } from 'zod'
import { nearest } from '../../../ad/did-you-mean.ts'
import { DomainError, type JanusError, NameError } from '../../../ad/errors.ts'
import type { Example } from '../../../nets/network.ts'
import { rng } from '../../../nets/random.ts'
import type { Steps } from '../../../nets/train/data.ts'
import { evaluate } from '../../../nets/train/predict.ts'
import { type TaskName, taskNames, tasks } from '../tasks/index.ts'
import type { Course, Kind, Pace, Words } from './kind.ts'
import { creditOf } from './running.ts'

/** A made-up task: `train` has no end, `held` is the same whatever the seed. */
export interface Made {
  readonly kind: 'task'
  readonly name: TaskName
  readonly train: { readonly length: number }
  /** Steps that are heard before those that are held out, and not judged. */
  readonly lead: readonly Example[]
  readonly held: readonly Example[]
  readonly digest: string
}

/** What a model says of a made-up task. */
export const taskForm = z.strictObject({ kind: z.literal('task'), task: z.enum(taskNames) })

/** Of the streams of a seed those before are taken: parameters, noise, speech, feedback. */
const [trainStream, heldStream] = [4, 5]
const heldSteps = 5000

const taken = <A>(from: Iterator<A, never>, count: number): readonly A[] =>
  Array.from({ length: count }, () => from.next().value)

/** A task by its name. Left: a NameError for one that there is not. */
export const made = (name: string): Either<JanusError, Made> => {
  const known = taskNames.find(one => one === name)
  if (known === undefined) return left(unknownTask(name))
  const { steps, reach, said } = tasks[known]
  const drawn = steps(rng(0, heldStream))
  const digest = createHash('sha256').update(`${known} ${said}`).digest('hex')
  const [lead, held] = [taken(drawn, reach), taken(drawn, heldSteps)]
  return right({ kind: 'task', name: known, train: { length: Number.POSITIVE_INFINITY }, lead, held, digest })
}

const unknownTask = (name: string): JanusError => {
  const near = nearest(name, taskNames)
  const remedy = near === undefined ? `Try --task ${taskNames[0]}` : `Did you mean \`${near}\`?`
  return new NameError({ who: 'train', given: `--task ${name}`, wanted: `one of ${taskNames.join(', ')}`, remedy })
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

/** Stretch after stretch of one sequence, or of several side by side that draw in turn, a step at a time. */
function* stretches({ name }: Made, { window, batch, seed }: Pace): Generator<Steps> {
  const random = rng(seed, trainStream)
  const sides = Array.from({ length: batch }, () => tasks[name].steps(random))
  const length = window * Math.floor(stretch / (window * batch))
  const drawn = (): readonly Example[] => sides.map(side => side.next().value)
  function* piece() {
    for (let t = 0; t < length; t++) yield drawn()
  }
  function* single() {
    for (let t = 0; t < length; t++) yield drawn()[0] as Example
  }
  for (;;) yield batch === 1 ? single() : piece()
}

const course = (data: Made, pace: Pace): Course => ({
  pieces: () => stretches(data, pace),
  toUnit: nats => nats,
  evaluator: (engine, net) => {
    const [loss, whole] = [evaluate(net, { engine }), [...data.lead, ...data.held]]
    return θ => loss(θ, whole, { from: data.lead.length }) / data.held.length
  },
})

const words = ({ name, held }: Made, pace: Pace): Words => {
  const { window, batch } = pace
  const many = batch === 1 ? '' : ` in each of ${batch} sequences side by side`
  return {
    parts: `drawn from the seed without end to train, ${held.length} further steps held out`,
    data: ` ${tasks[name].said}`,
    updates: `one a window of ${window} step${window === 1 ? '' : 's'}${many}, each by the mean gradient of its losses; the state is carried on.`,
    held: 'the same steps whatever the seed, each from everything before it; the floors are exact expectations, not measured on them.',
    credit: { ...creditOf(pace), rtrl: 'rtrl: its influence is carried on, stale by the updates since' },
  }
}

const unit = 'nats a step'

export const task: Kind<Made, z.output<typeof taskForm>> = {
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
  about: ({ name }) => ({ kind: 'task', task: name }),
  ends: about => tasks[about.task],
  fitted: right,
  check: checkStretch,
  course,
  drawn: (about, random) => ({ [Symbol.iterator]: () => tasks[about.task].steps(random) }),
  figure: () => ({ title: `cross-entropy, ${unit}`, unit, better: 'lower' }),
  baselines: ({ name }) => tasks[name].floors.map(floor => ({ ...floor, unit })),
  words,
}
