/** Runs whose parameters change at every step: a rule that carries something on from old ones is seen there. */
import { add, mul } from '../../ad/primitives/elementwise.ts'
import { mapTree } from '../../ad/tree.ts'
import type { Theta } from '../../nets/network.ts'
import { rng } from '../../nets/random.ts'
import { initialTimestep, type Run, runOf, type Timestep } from '../../nets/run/timestep.ts'
import { timestepsFrom } from '../../nets/run/unroll.ts'
import type { Problem } from '../../proofs/arbitraries/problems.ts'

/** By how much every parameter changes at a step: N(0, 0.1²). */
const change = 0.1

/**
 * A run along which the parameters drift, every timestep linearised at those of its own time. Its gradient counts the changes as
 * constants, ∂θ_s/∂θ = 1: what online learning takes it for.
 */
export const driftingRun =
  (seed: number) =>
  ({ net, θ, sequence }: Problem): Run => {
    const random = rng(seed, 8)
    const first = initialTimestep(net)(θ)
    const timesteps: Timestep[] = [first]
    let at: Theta = θ
    for (const [t] of sequence.entries()) {
      const before = (timesteps.at(-1) as Timestep).after
      timesteps.push(...timestepsFrom(net, at, before, sequence, { from: t, to: t + 1 }))
      at = mapTree(at, leaf => add(leaf, mul(change, random.draw({ law: 'normal', shape: leaf.shape })))) as Theta
    }
    return runOf(net, timesteps)
  }
