/** A trained model run for so many steps, to be inspected. */
import { basename } from 'node:path'
import { isLeft } from 'fp-ts/lib/Either.js'
import { DomainError } from '../../ad/errors.ts'
import { spaceOf } from '../../ad/linear/space.ts'
import type { Network } from '../../nets/network.ts'
import type { Run } from '../../nets/run/timestep.ts'
import { unroll } from '../../nets/run/unroll.ts'
import { ownTaskAsked } from './data/asked.ts'
import { type Model, openModel } from './model.ts'
import { type StepsOptions, stepsOf } from './steps.ts'

/** A run, and in a line what it is of. */
export interface ModelRun {
  readonly what: string
  readonly run: Run
}

/** The most numbers of state whose Jacobians are multiplied out. */
const largest = 512

const checkState = (who: string, { net }: Model): void => {
  const { size } = spaceOf(net.cell.zeroState(net.sizes))
  if (size <= largest) return
  throw new DomainError({
    who,
    given: `a model of ${size} numbers of state`,
    wanted: `at most ${largest}`,
    remedy: 'Train one of fewer units or layers',
  })
}

const sentence = ({ cell, digest }: Model, { steps, seed, data, task }: StepsOptions): string =>
  [
    `model ${digest}: ${cell.layers === 1 ? '' : `${cell.layers} layers of `}${cell.cell}`,
    `d=${cell.hidden}`,
    `T=${steps}`,
    data === undefined ? (task ?? `made-up inputs of seed ${seed}`) : `the first steps of ${basename(data)}`,
  ].join(', ')

/** The run of a model file. Rejects as `openModel` and `stepsOf` do, and with a DomainError for a state too large to look at. */
export const modelRun = async (who: string, path: string, options: StepsOptions): Promise<ModelRun> => {
  const model = await openModel(path)()
  if (isLeft(model)) throw model.left
  checkState(who, model.right)
  const sequence = stepsOf(model.right, options, await ownTaskAsked(options))
  if (isLeft(sequence)) throw sequence.left
  const { net, θ } = model.right
  return { what: sentence(model.right, options), run: unroll(net as unknown as Network)(θ, sequence.right) }
}
