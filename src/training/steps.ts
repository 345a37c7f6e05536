/** Steps for a trained model to run on: of data, or made up. */
import * as E from 'fp-ts/lib/Either.js'
import { pipe } from 'fp-ts/lib/function.js'
import { type JanusError, ShapeError } from '../../ad/errors.ts'
import type { Example } from '../../nets/network.ts'
import { rng } from '../../nets/random.ts'
import { batchOf } from '../../nets/train/data.ts'
import type { Checked } from '../options.ts'
import { type AskedData, askedData } from './data/asked.ts'
import { kindOf } from './data/index.ts'
import { fitted, type Model } from './model.ts'
import type { TaskChoice } from './tasks/choice.ts'

/** Which steps: how many, of which data, or else drawn from which seed. */
export interface StepsOptions extends AskedData {
  readonly steps: number
  /** In [0, 2³²); 1 by default. */
  readonly seed?: number
}

const first = <A>(from: Iterable<A>, count: number): readonly A[] => {
  const found: A[] = []
  for (const one of from) {
    if (found.length === count) break
    found.push(one)
  }
  return found
}

const short = (given: number, wanted: number): ShapeError =>
  new ShapeError({
    who: 'model',
    given: `a sequence of ${given} steps`,
    wanted: `${wanted} steps`,
    remedy: `Ask for ${given}, or name longer data`,
  })

/** The first steps of data that a model can hear. Left: it cannot. */
const ofData = (
  model: Model,
  asked: AskedData,
  steps: number,
  seed: number,
  own: Checked<TaskChoice> | undefined,
): E.Either<JanusError, readonly Example[]> =>
  pipe(
    askedData(asked, own),
    E.mapLeft(([problem]) => problem as JanusError),
    E.chain(data => fitted(data, model)),
    E.map(data => {
      const [piece = []] = first(kindOf(data).course(data, { window: steps, k: null, batch: 1, seed }).pieces(), 1)
      return Array.isArray(piece)
        ? (batchOf('model', model.net, piece).sequences[0] ?? [])
        : first(piece as Iterable<Example>, steps)
    }),
  )

/**
 * Steps for a model to run on: the first of its data where they are named (of a file's own task, loaded), else made up from the seed. Left: no such
 * data, the model cannot hear them, or a sequence has fewer steps.
 */
export const stepsOf = (
  model: Model,
  options: StepsOptions,
  own?: Checked<TaskChoice>,
): E.Either<JanusError, readonly Example[]> => {
  const { steps, seed = 1, data, task } = options
  const found =
    data === undefined && task === undefined
      ? E.right(first(kindOf(model.data).drawn(model.data, rng(seed, 1)), steps))
      : ofData(model, options, steps, seed, own)
  return pipe(
    found,
    E.map(sequence => sequence.slice(0, steps)),
    E.filterOrElseW(
      ({ length }) => length === steps,
      ({ length }) => short(length, steps),
    ),
  )
}
