/** Plain networks, which the oracles read, as networks, parameters, data and runs, which the rules read. */

import { type Cotangent, toValue } from '../../ad/linear/space.ts'
import { type Nested, type Tensor, tensor } from '../../ad/tensor.ts'
import type { Value } from '../../ad/value.ts'
import { type LeakyParams, leaky } from '../../nets/cells/leaky.ts'
import { activations, lossNamed } from '../../nets/named.ts'
import { type Example, example, type Network, network, type Theta } from '../../nets/network.ts'
import type { Run } from '../../nets/run/timestep.ts'
import { unroll } from '../../nets/run/unroll.ts'
import { type PlainNetwork, requirePlain } from '../plain-network.ts'

/** A plain network with everything the rules need; the start is learned, so that ∂L/∂h₀ is there too. */
export interface Realised {
  readonly net: Network
  readonly θ: Theta<LeakyParams>
  readonly sequence: readonly Example[]
  readonly run: Run
}

const value = (x: unknown): Tensor => tensor(x as Nested)

/** A plain network, realised; `f` in place of its activation where a proof wants a wrong one. */
export const realise = (net: PlainNetwork, f: (u: Value) => Value = activations[net?.activation]): Realised => {
  requirePlain('realise', net)
  const { params: p, inputs, targets, weights } = net
  const sizes = { d: p.h0.length, n: inputs[0]?.length ?? 0, m: p.b_out.length }
  const made = network(leaky({ alpha: net.alpha, f }), sizes, lossNamed(net.loss, net.output), { start: 'learned' })
  const θ = {
    cell: { W_rec: value(p.W_rec), W_in: value(p.W_in), b_rec: value(p.b_rec) },
    start: { h: value(p.h0) },
    readout: { W_out: value(p.W_out), b_out: value(p.b_out) },
  }
  const sequence = inputs.map((x, i) => example(value(x), value(targets[i]), weights[i] ?? 1))
  return { net: made, θ, sequence, run: unroll(made)(θ, sequence) }
}

/** The numbers of a flat (co)tangent; a gradient of θ is in the oracle's order: W_rec, W_in, b_rec, h₀, W_out, b_out. */
export const list = <A>(x: Cotangent<A>): readonly number[] => [...(toValue(x) as Tensor).data]
