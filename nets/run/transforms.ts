/** Transforms of a timestep: a part of a map left out, or another map in its place. */

import { bracket, KindError, ShapeError } from '../../ad/errors.ts'
import { compose, type Linear, matrix, scale } from '../../ad/linear/linear.ts'
import { local, own } from '../../ad/linear/own.ts'
import { times } from '../../ad/linear/space.ts'
import { transpose } from '../../ad/primitives/layout.ts'
import { isValue, type Value } from '../../ad/value.ts'
import type { Layer } from '../cells/affine.ts'
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
    const { layer } = now as Timestep & { readonly layer?: Layer }
    const weighed = { ...now, immediate: scale(factor, now.immediate) }
    return layer ? { ...weighed, ...{ layer: { ...layer, weight: factor } } } : weighed
  }

/** The error of the output times a factor []: q times as much. */
export const weighError =
  (factor: Value): StepTransform =>
  now => ({ ...now, logitError: times(factor, now.logitError) })

const requireMatrix = (B: unknown): void => {
  if (isValue(B)) return
  throw new KindError({
    who: 'feedback',
    given: `B = ${String(B)}`,
    wanted: 'a matrix B [units, outputs]',
    remedy: 'The true readout is transpose(θ.readout.W_out); a random one is rng(1).draw({ law, shape: [d, m] })',
  })
}

/** Feeds the output error ε = ∂ℓ/∂v back through B to the outputs of a linear map of the state. */
const entering =
  (B: Value, into: (now: Timestep) => Linear<State, Output>): StepTransform =>
  now => {
    requireMatrix(B)
    const arrow = into(now)
    const [d, m] = [arrow.to.size, now.readoutMap.to.size]
    if (B.shape.length === 2 && B.shape[0] === d && B.shape[1] === m)
      return { ...now, readoutMap: compose(matrix(arrow.to, now.readoutMap.to, transpose(B)), arrow) }
    throw new ShapeError({
      who: 'feedback',
      given: `B ${bracket(B.shape)}`,
      wanted: `[${d}, ${m}], units by outputs`,
      remedy: 'Transpose it if it is the other way round: the true readout is W_outᵀ',
    })
  }

/**
 * The output error ε = ∂ℓ/∂v comes back through B instead of the readout: q = (B εᵀ)ᵀ pulled through ∂o/∂s. B [d, m] (Lillicrap et al. 2016).
 * Throws a ShapeError for a B of another shape.
 */
export const feedback = (B: Value): StepTransform => entering(B, now => now.outputMap)

/** How many numbers the output of the cell has: the rows of a B for them. */
export const outputSize = (net: Network): number => widthOf(net.cell, net.sizes)

/** How many units a broadcast reaches, layer by layer in a stack: the rows of its B. */
export const broadcastSize = (net: Network): number => initialTimestep(net)(exampleParameters(net)).broadcastMap.to.size

/**
 * The output error reaches every unit through B, layer by layer in a stack: q = (B εᵀ)ᵀ pulled through ∂r/∂s. B [units, m], the
 * same as `feedback` where there is one layer (Nøkland 2016; Murray 2019; Bellec et al. 2020). Throws a ShapeError for a B of
 * another shape.
 */
export const broadcastFeedback = (B: Value): StepTransform => entering(B, now => now.broadcastMap)
