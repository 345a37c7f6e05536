/** ∂L/∂x: the gradient of the loss with respect to each input of a sequence, which a layer below the network needs. */
import { zeroMap } from '../../ad/linear/linear.ts'
import { linearizePair } from '../../ad/linear/linearize.ts'
import { spaceOf, toValue } from '../../ad/linear/space.ts'
import { stack } from '../../ad/primitives/layout.ts'
import { type Tensor, zeros } from '../../ad/tensor.ts'
import type { Value } from '../../ad/value.ts'
import type { Example, Network, Theta } from '../network.ts'
import { type AnyRule, requireFacing, requireRule } from './rule.ts'
import { scan } from './scan.ts'
import { mapRun, type Param, type State, type Timestep } from './timestep.ts'
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

/**
 * ∂L/∂x_1 … ∂L/∂x_T of a sequence, [T, n], by a rule that faces the future: exact if the rule is. What such a rule emits
 * at a timestep is its credit pulled back through B, so with ∂s/∂x in the place of B it emits ∂L/∂x_t. Rules that face the past
 * do not know the later losses at t. Throws a KindError for those, and as `unroll` does.
 */
export const inputGradient = <M>(
  rule: AnyRule<M, 'future'>,
  net: Network,
  options: { readonly seed?: number } = {},
): ((θ: Theta, sequence: readonly Example[]) => Tensor) => {
  requireRule('inputGradient', rule)
  requireFacing('inputGradient', rule, 'future')
  const scanned = scan(rule, options)
  return (θ, sequence) => {
    const emitted = [...scanned(mapRun(byInput(net, θ))(unroll(net)(θ, sequence)))]
    const rows: Value[] = emitted.map(([out]) => toValue<Param>(out)).toReversed()
    return sequence.length === 0 ? zeros([0, net.sizes.n]) : (stack(rows.slice(1)) as Tensor)
  }
}
