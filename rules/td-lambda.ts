import { pull } from '../ad/linear/apply.ts'
import { plus } from '../ad/linear/linear.ts'
import { asCotangent, type Cotangent, flatten, times, toValue, zeroCotangentIn } from '../ad/linear/space.ts'
import { add, mul, sub } from '../ad/primitives/elementwise.ts'
import { reshape } from '../ad/primitives/layout.ts'
import { ones } from '../ad/tensor.ts'
import type { Branch } from '../ad/tree.ts'
import type { Value } from '../ad/value.ts'
import type { Fold } from '../nets/run/rule.ts'
import {
  asTangentMap,
  predict,
  requireRates,
  requireReach,
  type SyntheticGradientOptions,
  synthesiserOf,
  updated,
} from './parts/synthesiser.ts'

/** One step of a process, from `before` to `after` [n], with the reward on the way; `ends` is 1 where nothing follows, else 0. */
export interface Transition {
  readonly before: Value
  readonly after: Value
  readonly reward: Value
  readonly ends: Value
}

export interface TdLambdaOptions<P extends Branch> extends SyntheticGradientOptions<P> {
  /** λ, the decay of the eligibility trace beside γ, in [0, 1]. */
  readonly lambda: number
  /** γ, the discount of later rewards, in [0, 1]; 1 by default. */
  readonly gamma?: number
}

/** ψ of the value function, and its eligibility trace e. */
export interface TdMemory<P extends Branch> {
  readonly ψ: P
  readonly trace: Cotangent<P>
}

/**
 * Accumulate TD(λ): V(s; ψ) ≈ Σ_{k≥0} γ^k r_{t+k}. e ← γλ e + ∂V(s₋)/∂ψ,
 * error = r + γ V(s) (1 - ends) - V(s₋), ψ ← ψ + lr (error·e - decay ψ).
 * Emits the error of each transition. Sutton 1988. BP(λ) is this with cotangents in place of values, pulled through J.
 * Throws a DomainError for λ or γ outside [0, 1] and a step size or a decay below 0, a ShapeError for a V that is not one number.
 */
export const tdLambda = <P extends Branch>(
  options: TdLambdaOptions<P>,
): Fold<TdMemory<P>, Transition, Value, 'past'> => {
  const { lambda, gamma = 1, lr = 0.01 } = options
  requireReach('td', 'lambda', lambda)
  requireReach('td', 'gamma', gamma)
  requireRates('td', options)
  const { synthesiser, initialise, decayed } = synthesiserOf(options)
  const one: Value = ones([1])
  const value = (ψ: P, s: Value) => predict<P, Value>(synthesiser, ψ, one, flatten([s, one]))
  const number = (v: Cotangent<Value>): Value => reshape(toValue(v), [])
  return {
    faces: 'past',
    init: ({ before }) => {
      const ψ = initialise(flatten([before, one]), { value: one })
      return { ψ, trace: zeroCotangentIn(value(ψ, before)[1].from) }
    },
    step: ({ ψ, trace }, { before, after, reward, ends }) => {
      const [was, slope] = value(ψ, before)
      const eligible = plus(
        times(gamma * lambda, trace),
        pull(asTangentMap(slope), asCotangent(slope.to as never, one)),
      )
      const target = add(reward, mul(mul(gamma, sub(1, ends)), number(value(ψ, after)[0])))
      const error = sub(target, number(was))
      return [error, { ψ: updated(ψ, lr, decayed(ψ, times(error, eligible))), trace: eligible }]
    },
  }
}
