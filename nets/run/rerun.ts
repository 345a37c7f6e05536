/** Timesteps that can be run again: from another state, with other parameters, with noise. For rules that measure what a change does. */

import { KindError } from '../../ad/errors.ts'
import { pull } from '../../ad/linear/apply.ts'
import { linearizePair } from '../../ad/linear/linearize.ts'
import {
  applyUpdate,
  asCotangent,
  asTangent,
  type Cotangent,
  flatten,
  spaceOf,
  type Tangent,
} from '../../ad/linear/space.ts'
import { outer } from '../../ad/primitives/contraction.ts'
import { add, sub } from '../../ad/primitives/elementwise.ts'
import { ranges, requireRange } from '../../ad/require.ts'
import { leavesOf } from '../../ad/tree.ts'
import type { Value } from '../../ad/value.ts'
import { driven, type Layer } from '../cells/affine.ts'
import type { Theta } from '../network.ts'
import { fromUnitGradient, kronecker } from './kronecker.ts'
import type { Replay } from './replay.ts'
import { isSet, type Param, type State, type Timestep } from './timestep.ts'

/** Changes to one step, each of which may be left out: added to the state before, to the parameters, to the nodes [nodes]. */
export interface Perturbation {
  readonly state?: Tangent<State>
  readonly θ?: Tangent<Param>
  readonly noise?: Value
}

/** What came of another run: how far the state after it is from the timestep's own, and the loss there. */
export interface Rerun {
  readonly difference: Tangent<State>
  readonly loss: Value
}

/**
 * A timestep that can be run again. Its nodes, where noise enters, are the drive u [d] of a cell that names it (`affine`);
 * of any other cell, and at timestep 0, they are the numbers of the state after the step.
 */
export interface Replayable extends Timestep {
  /** How many nodes there are. */
  readonly nodes: number
  /** The same step with these changes; with none it gives the same numbers, bit for bit. */
  rerun(changes: Perturbation): Rerun
  /** ⟨noise, ∂nodes/∂θ⟩, from another state before if one is given: noise zᵀ for a drive, noise B for a state. */
  eligibility(noise: Value, state?: Tangent<State>): Cotangent<Param>
}

/** Where noise enters a step. */
type Site = Pick<Replayable, 'nodes'> & {
  readonly run: (θ: Param, before: State, noise: Value) => State
  readonly eligibility: (noise: Value, before: State) => Cotangent<Param>
}

const driveOf = ({ θ, synapses }: Layer, now: Timestep): Site => ({
  nodes: (Object.values(θ)[0] as Value).shape[0] as number,
  run: ({ cell }, before, noise) => synapses.activate(before, add(driven(cell, synapses.inputs(before, now.x)), noise)),
  eligibility: (noise, before) => fromUnitGradient(now, outer(noise, kronecker('replayable', { ...now, before }).pre)),
})

const stateOf = ({ step }: Replay, own: Param, { immediate: { to }, x }: Timestep): Site => ({
  nodes: to.size,
  run: (θ, before, noise) => applyUpdate<State>(step(θ, before, x), asTangent(to, noise)),
  eligibility: (noise, before) => {
    const [, immediate] = linearizePair((θ: Param, s: State): State => step(θ, s, x), own, before)
    return pull(immediate, asCotangent(to, noise))
  },
})

/** b - a, as a tangent. */
const between = (a: State, b: State): Tangent<State> =>
  asTangent(spaceOf(a), sub(flatten(leavesOf(b)), flatten(leavesOf(a))))

const refused = (who: string): never => {
  throw new KindError({
    who,
    given: 'a timestep that cannot be run again',
    wanted: 'a timestep of a network whose loss is a sum over time',
    remedy: 'Use squaredError() in place of rmse(), and let gradient, train or unroll make the timesteps',
  })
}

/** A timestep with what it takes to run it again. Throws a KindError, in the name of the rule that asks, where it cannot be. */
export const replayable = (who: string, now: Timestep): Replayable => {
  const { replay = refused(who), layer } = now
  const { θ, weight, step, lossAt } = replay
  const own: Param = { cell: θ.cell, start: θ.start }
  const { nodes, run, eligibility } = layer && !isSet(now.isStart) ? driveOf(layer, now) : stateOf(replay, own, now)
  const from = (by?: Tangent<State>): State => (by ? applyUpdate(now.before, by) : now.before)
  return {
    ...now,
    nodes,
    rerun: ({ state, θ: by, noise }) => {
      const [other, before] = [by ? applyUpdate(own, by) : own, from(state)]
      const after: State = noise ? run(other, before, noise) : step(other, before, now.x)
      const loss = lossAt(θ.readout, after, { x: now.x, target: now.target, weight })
      return { difference: between(now.after, after), loss }
    },
    eligibility: (noise, state) => eligibility(noise, from(state)),
  }
}

/** θ at a timestep. Throws a KindError, in the name of the rule that asks, where the timestep cannot be run again. */
export const parametersAt = (who: string, now: Timestep): Theta => {
  const { replay = refused(who) } = now
  return replay.θ
}

/** Refuses a size of noise that is no number above 0. */
export const requireSigma = (who: string, sigma: number): void =>
  requireRange(who, 'sigma', sigma, ranges.positive, 'Try 0.001: what is measured is a difference, divided by sigma')
