/** Timesteps whose immediate map is one Kronecker product, B[k, a, j] = D[k, a] z[j]: of cells that declare their drive u = W z (preactivation). */

import { KindError } from '../../ad/errors.ts'
import { type Linear, zeroMap } from '../../ad/linear/linear.ts'
import { linearizePair } from '../../ad/linear/linearize.ts'
import { asCotangent, type Cotangent, flatten, spaceOf } from '../../ad/linear/space.ts'
import { mul } from '../../ad/primitives/elementwise.ts'
import { concat, reshape, slice } from '../../ad/primitives/layout.ts'
import { ones, type Shape, sizeOf, zeros } from '../../ad/tensor.ts'
import type { Value } from '../../ad/value.ts'
import { driven, type Layer } from '../cells/affine.ts'
import { isSet, type Param, type State, type Timestep } from './timestep.ts'

/** The drive u = W z [d], each unit's preactivation. */
export type Drive = Value & { readonly role?: 'drive' }

/** A timestep with its factors; at timestep 0 pre is 0 and post Zero. */
export interface KroneckerTimestep extends Timestep {
  /** z [p]: the presynaptic inputs. For the leaky network [h₋; x; 1]. */
  readonly pre: Value
  /** D = ∂s/∂u, s₋ held. */
  readonly post: Linear<Drive, State>
}

const refused = (who: string): never => {
  throw new KindError({
    who,
    given: 'a cell whose parameters do not all act through one drive u = W z',
    wanted: 'a cell made by affine, such as leaky: its immediate map is one Kronecker product',
    remedy:
      'A gated cell has several drives, a stack one drive a layer, a masked cell not every synapse: use uoro, which takes any cell',
  })
}

const columnsOf = ([, columns = 1]: Shape): number => columns

const factors = (
  { θ, synapses, weight }: Layer,
  { before, x, isStart, jacobian }: Timestep,
): Pick<KroneckerTimestep, 'pre' | 'post'> => {
  if (isSet(isStart)) {
    const shapes = Object.values(θ).map(W => (W as Value).shape)
    const u: Drive = zeros([shapes[0]?.[0] as number])
    return {
      pre: zeros([shapes.reduce((p, shape) => p + columnsOf(shape), 0)]),
      post: zeroMap(spaceOf<Drive>(u), jacobian.to),
    }
  }
  const presynaptic = synapses.inputs(before, x)
  const inputs = concat(Object.values(presynaptic).map(z => (z === 1 ? ones([1]) : z)))
  const pre = weight ? mul(weight, inputs) : inputs
  const [, , post] = linearizePair(
    (_: State, u: Drive): State => synapses.activate(before, u),
    {},
    driven(θ, presynaptic) as Drive,
  )
  return { pre, post }
}

/** A timestep with its factors, which it may have already. Throws a KindError, in the name of the rule that asks, where the cell has none. */
export const kronecker = (who: string, now: Timestep): KroneckerTimestep => {
  if ('pre' in now && 'post' in now) return now as KroneckerTimestep
  return { ...now, ...factors(now.layer ?? refused(who), now) }
}

/** A fold over timesteps with their factors as one over timesteps. Throws a KindError, in the name of the rule, where the cell has none. */
export const withFactors = <M, O>(
  who: string,
  fold: { readonly init: (first: KroneckerTimestep) => M; readonly step: (memory: M, now: KroneckerTimestep) => O },
): { readonly init: (first: Timestep) => M; readonly step: (memory: M, now: Timestep) => O } => ({
  init: first => fold.init(kronecker(who, first)),
  step: (memory, now) => fold.step(memory, kronecker(who, now)),
})

/** G [d, p], an entry for each synapse, as a cotangent of the parameters; 0 for a learned start. */
export const fromUnitGradient = ({ immediate: { from } }: Timestep, G: Value): Cotangent<Param> => {
  const [d, p] = G.shape as readonly [number, number]
  let at = 0
  const pieces = from.shapes.map(shape => {
    const start = at
    if (start === p) return zeros([sizeOf(shape)])
    at += columnsOf(shape)
    return reshape(slice(G, start, at, 1), [d * (at - start)])
  })
  return asCotangent(from, flatten(pieces))
}
