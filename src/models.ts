/** Models that `janus train` has written, in code and at the prompt. */
import { isLeft } from 'fp-ts/lib/Either.js'
import { requireCount, requireNames } from '../ad/require.ts'
import type { Example } from '../nets/network.ts'
import { type Model, openModel } from './training/model.ts'
import { type StepsOptions, stepsOf } from './training/steps.ts'

export type { Model } from './training/model.ts'
export type { StepsOptions } from './training/steps.ts'

/**
 * A model file as a network and its parameters: `const { net, θ } = await loadModel('runs/KEY/model.json')`; `cell` and `data` say
 * what it is and what it was trained on, `digest` names it. Rejects with a DomainError for what is no model file, and with a
 * NameError or a ShapeError that names the tensor that does not fit.
 */
export const loadModel = async (path: string): Promise<Model> => {
  const found = await openModel(path)()
  if (isLeft(found)) throw found.left
  return found.right
}

/**
 * Steps for a model to run on: `stepsFor(model, { steps: 10 })` makes them up from `seed`, of the form that the model hears;
 * `{ steps: 10, data: 'sunspots' }` takes the first of data, as `janus train` reads them. Throws a NameError or a DomainError for data
 * that are not there or that the model cannot hear, a ShapeError where a sequence has fewer steps.
 */
export const stepsFor = (model: Model, options: StepsOptions): readonly [Example, ...Example[]] => {
  requireNames('stepsFor', options, ['steps', 'seed', 'data', 'task', 'column', 'target'])
  requireCount('stepsFor', `steps = ${options.steps}`, options.steps, 'Ask for as many as are to be inspected')
  const found = stepsOf(model, options)
  if (isLeft(found)) throw found.left
  return found.right as readonly [Example, ...Example[]]
}
