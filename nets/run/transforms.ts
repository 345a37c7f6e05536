/** Transforms of a timestep: a part of a map left out, or another map in its place. */

import { describe } from '../../ad/describe.ts'
import { bracket, KindError, ShapeError } from '../../ad/errors.ts'
import { compose, type Linear, matrix, scale } from '../../ad/linear/linear.ts'
import { local, own } from '../../ad/linear/own.ts'
import { times } from '../../ad/linear/space.ts'
import { transpose } from '../../ad/primitives/layout.ts'
import { isValue, type Value } from '../../ad/value.ts'
import { widthOf } from '../cells/cell.ts'
import type { Network } from '../network.ts'
import type { StepTransform } from './fold.ts'
import { exampleParameters } from './parameters.ts'
import { initialTimestep, type Output, type State, type Timestep } from './timestep.ts'

/** J without what passes through a weight matrix: the leak, an LSTM's cell state, a gate's carry. Not diag(J): W_ii is left out. */
export const ownUnitOnly: StepTransform = now => ({ ...now, jacobian: own(now.jacobian) })

/** What a weight does to its own unit; what other units make of it within the timestep is left out. */
export const localParameters: StepTransform = now => ({ ...now, immediate: local(now.immediate) })

/** The immediate map times a factor [], however a rule reads it: what the parameters do to the state at this timestep alone. */
export const weighImmediate =
  (factor: Value): StepTransform =>
  now => {
    const { layer } = now
    const weighed = { ...now, immediate: scale(factor, now.immediate) }
    return layer ? { ...weighed, layer: { ...layer, weight: factor } } : weighed
  }

/** The error of the output times a factor [], and with it q. */
export const weighError =
  (factor: Value): StepTransform =>
  now => ({ ...now, logitError: times(factor, now.logitError) })

const requireMatrix = (F: unknown): void => {
  if (isValue(F)) return
  throw new KindError({
    who: 'feedback',
    given: `F = ${describe(F)}`,
    wanted: 'a matrix F [units, outputs]',
    remedy: 'The true readout is transpose(θ.readout.W_out); a random one is rng(1).draw({ law, shape: [d, m] })',
  })
}

/** Feeds the error of the logits ε = ∂ℓ/∂v back through F to the outputs of a linear map of the state. */
const entering =
  (F: Value, into: (now: Timestep) => Linear<State, Output>): StepTransform =>
  now => {
    requireMatrix(F)
    const arrow = into(now)
    const [d, m] = [arrow.to.size, now.readoutMap.to.size]
    if (F.shape.length === 2 && F.shape[0] === d && F.shape[1] === m)
      return { ...now, readoutMap: compose(matrix(arrow.to, now.readoutMap.to, transpose(F)), arrow) }
    throw new ShapeError({
      who: 'feedback',
      given: `F ${bracket(F.shape)}`,
      wanted: `[${d}, ${m}], units by outputs`,
      remedy: 'Transpose it if it is the other way round: the true readout is W_outᵀ',
    })
  }

/**
 * The error of the logits ε = ∂ℓ/∂v [m] comes back through F [d, m] in place of the readout: q = ε Fᵀ pulled through ∂o/∂s
 * (Lillicrap et al. 2016). Throws a ShapeError for an F of another shape.
 */
export const feedback = (F: Value): StepTransform => entering(F, now => now.outputMap)

/** How many numbers the output of the cell has: the rows of an F for them. */
export const outputSize = (net: Network): number => widthOf(net.cell, net.sizes)

/** How many units a broadcast reaches, layer by layer in a stack: the rows of its F. */
export const broadcastSize = (net: Network): number => initialTimestep(net)(exampleParameters(net)).broadcastMap.to.size

/**
 * The error of the logits reaches every unit through F [units, m], layer by layer in a stack: q = ε Fᵀ pulled through ∂r/∂s. The
 * same as `feedback` where there is one layer (Nøkland 2016; Murray 2019; Bellec et al. 2020). Throws a ShapeError for an F of
 * another shape.
 */
export const broadcastFeedback = (F: Value): StepTransform => entering(F, now => now.broadcastMap)
