import { matvec } from '../../ad/primitives/contraction.ts'
import { add, mul, sigmoid, sub, tanh } from '../../ad/primitives/elementwise.ts'
import { requireNames } from '../../ad/require.ts'
import type { Value } from '../../ad/value.ts'
import { cell, type NoOptions } from './cell.ts'
import { drive, gate } from './gate.ts'

const gates = { ...gate('r'), ...gate('z'), ...gate('n') }
const state = { h: ['d'] } as const

/** (1 - z) ⊙ n + z ⊙ h. */
const mixed = (z: Value, n: Value, h: Value): Value => add(mul(sub(1, z), n), mul(z, h))

/** Gated recurrent unit: r, z = σ(…), n = tanh(W_hn (r ⊙ h₋) + W_xn x + b_n), h = (1 - z) ⊙ n + z ⊙ h₋. Cho et al. 2014. */
export const gru = (options: NoOptions = {}) => {
  requireNames('gru', options, [])
  return cell({ params: gates, state }, (θ, { h }, x) => {
    const r = sigmoid(drive(θ, 'r', h, x))
    const z = sigmoid(drive(θ, 'z', h, x))
    return { h: mixed(z, tanh(drive(θ, 'n', mul(r, h), x)), h) }
  })
}

/** The variant that PyTorch and cuDNN compute: n = tanh(W_xn x + b_n + r ⊙ (W_hn h₋ + b_hn)), the reset after the product. */
export const gruPytorch = (options: NoOptions = {}) => {
  requireNames('gruPytorch', options, [])
  return cell({ params: { ...gates, b_hn: ['d'] }, state }, (θ, { h }, x) => {
    const r = sigmoid(drive(θ, 'r', h, x))
    const z = sigmoid(drive(θ, 'z', h, x))
    const recalled = mul(r, add(matvec(θ.W_hn, h), θ.b_hn))
    return { h: mixed(z, tanh(add(add(matvec(θ.W_xn, x), θ.b_n), recalled)), h) }
  })
}

/** Minimal gated unit: f = σ(…), n = tanh(W_hn (f ⊙ h₋) + W_xn x + b_n), h = (1 - f) ⊙ h₋ + f ⊙ n. Zhou et al. 2016. */
export const mgu = (options: NoOptions = {}) => {
  requireNames('mgu', options, [])
  return cell({ params: { ...gate('f'), ...gate('n') }, state }, (θ, { h }, x) => {
    const f = sigmoid(drive(θ, 'f', h, x))
    return { h: mixed(f, h, tanh(drive(θ, 'n', mul(f, h), x))) }
  })
}
