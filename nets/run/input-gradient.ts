/** ∂L/∂x: the gradient of the loss with respect to each input of a sequence, which a layer below the network needs. */

import { checkFinite, treeIsFinite } from '../../ad/finite.ts'
import { pull } from '../../ad/linear/apply.ts'
import { reaches, zeroMap } from '../../ad/linear/linear.ts'
import { linearizePair } from '../../ad/linear/linearize.ts'
import { spaceOf, toValue } from '../../ad/linear/space.ts'
import { add } from '../../ad/primitives/elementwise.ts'
import { stack } from '../../ad/primitives/layout.ts'
import { requireNames } from '../../ad/require.ts'
import { type Tensor, zeros } from '../../ad/tensor.ts'
import type { Branch } from '../../ad/tree.ts'
import type { Value } from '../../ad/value.ts'
import { type Example, logits, type Network, requireCausal, type Theta } from '../network.ts'
import { findNonFinite } from './non-finite.ts'
import { type AnyRule, type Rule, requireFacing, requireRule, resolved } from './rule.ts'
import { scan } from './scan.ts'
import { type Logits, mapRun, type Param, type State, type Timestep } from './timestep.ts'
import { unroll } from './unroll.ts'

/** The timestep with its input in the place of the parameters: B becomes ∂s/∂x [S, n]. */
const byInput =
  (net: Network, θ: Theta) =>
  (now: Timestep, t: number): Timestep => {
    const x = { x: now.x }
    const step = (input: typeof x, s: State): State => net.cell.step(θ.cell, s, input.x)
    const map = t === 0 ? zeroMap(spaceOf(x), now.immediate.to) : linearizePair(step, x, now.before)[1]
    return { ...now, immediate: map as unknown as Timestep['immediate'] }
  }

/** ∂ℓ_t/∂x_t through an output that reads the input, the state held; nothing for one that does not. */
const throughOutput = (net: Network, θ: Theta, { x, after, logitError }: Timestep): Value | undefined => {
  const see = (input: { readonly x: Value }, _: Branch): Logits => logits(net, θ, after, input.x)
  const [, byInput] = linearizePair(see, { x }, {})
  return reaches(byInput) ? toValue(pull(byInput, logitError)) : undefined
}

/**
 * ∂L/∂x_1 … ∂L/∂x_T of a sequence, [T, n], by a rule that faces the future: exact if the rule is. What such a rule emits
 * at a timestep is its credit pulled back through B, so with ∂s/∂x in the place of B it emits ∂L/∂x_t. Rules that face the past
 * do not know the later losses at t. Throws a KindError for those, a NonFiniteError for a gradient that is not finite, and as
 * `unroll` does.
 */
export const inputGradient = <M>(
  rule: AnyRule<M, 'future'>,
  net: Network,
  options: { readonly seed?: number } = {},
): ((θ: Theta, sequence: readonly Example[]) => Tensor) => {
  requireRule('inputGradient', rule)
  requireFacing('inputGradient', rule, 'future')
  requireNames('inputGradient', options, ['seed'])
  requireCausal('inputGradient', net, 'The rule comes first, then the network: inputGradient(bptt, net)')
  const scanned = scan(rule, options)
  return (θ, sequence) => {
    const run = unroll(net)(θ, sequence)
    const emitted = [...scanned(mapRun(byInput(net, θ))(run))].toReversed()
    const rows = emitted.map(([out], t) => {
      const [byState, byOutput] = [toValue<Param>(out), throughOutput(net, θ, run[t] as Timestep)]
      return byOutput ? add(byState, byOutput) : byState
    })
    const found = sequence.length === 0 ? zeros([0, net.sizes.n]) : (stack(rows.slice(1)) as Tensor)
    if (!treeIsFinite({ found }))
      findNonFinite('inputGradient', net, resolved(rule, net, options.seed) as Rule, θ, [sequence], [])
    checkFinite('inputGradient', sequence.length, { gradient: found })
    return found
  }
}
