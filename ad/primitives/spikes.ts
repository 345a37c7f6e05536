/**
 * Spikes: a step forward, and in its place for derivatives the slope ψ of a smooth one (Neftci et al. 2019). ψ is a program of u, so
 * that second derivatives are ψ' and modes nest; ψ is 1 at u = 0, whatever its shape.
 */
import type { Operation } from '../operation.ts'
import type { Like, Value } from '../value.ts'
import { abs, add, div, mul, relu, sub, unary } from './elementwise.ts'

type Slope = (u: Value) => Value

/** 1 where u ≥ 0, else 0; both modes go through ψ. */
const spike = (name: string, slope: Slope): Operation<(u: Like) => Value> =>
  unary(name, u => (u >= 0 ? 1 : 0), {
    push: [(t, [u]) => mul(t, slope(u))],
    pull: [(c, [u]) => mul(slope(u), c)],
    smooth: 'surrogate',
  })

const square = (x: Value): Value => mul(x, x)

/** A spike with ψ = max(0, 1 - |u|). Bellec et al. 2018. */
export const triangularSpike = spike('triangularSpike', u => relu(sub(1, abs(u))))

/** A spike with ψ = 1/(1 + |u|)². Zenke & Ganguli 2018. */
export const fastSigmoidSpike = spike('fastSigmoidSpike', u => div(1, square(add(1, abs(u)))))

/** A spike with ψ = 1/(1 + u²). Fang et al. 2021. */
export const arctanSpike = spike('arctanSpike', u => div(1, add(1, square(u))))
