/** Recursive least squares for the readout, from the gradient of one step: FORCE learning (Sussillo & Abbott 2009). */

import { KindError } from '../../ad/errors.ts'
import { ranges } from '../../ad/require.ts'
import { type Tensor, tensorOf } from '../../ad/tensor.ts'
import type { Theta } from '../network.ts'
import { blank, type Gradient, gradientOf, numbersOf, type Optimiser } from './optimiser.ts'
import { requireOptions, requireUsual } from './optimiser-options.ts'

export interface RlsOptions {
  /** P begins as I/alpha, above 0: a ridge of alpha·‖W - W₀‖²; 1 by default. */
  readonly alpha?: number
  /** Weight of all earlier steps at each step, in (0, 1]; 1 by default. */
  readonly forget?: number
  /** What moves the other parameters; by default they stay. */
  readonly rest?: Optimiser
}

/** P [d + 1, d + 1], and what the optimiser of the other parameters remembers. */
export interface RlsMemory {
  readonly P: Tensor | null
  readonly rest: unknown
}

/** Where W_out [m, d] and b_out [m] stand in θ: last. */
const readoutOf = ({ readout }: Theta): { readonly d: number; readonly m: number; readonly size: number } => {
  const { W_out, b_out } = readout
  if (!(W_out && b_out))
    throw new KindError({
      who: 'rls',
      given: 'a network without a readout',
      wanted: 'v = W_out h + b_out, whose weights it finds',
      remedy: "Leave out readout: 'none'",
    })
  const [m, d] = W_out.shape as readonly [number, number]
  return { d, m, size: m * (d + 1) }
}

/** z = [h; 1] and ε of a readout's gradient ε zᵀ: h = εᵀ(∂ℓ/∂W_out)/‖ε‖²; null where ε = 0, for then there is no z to be seen. */
const factorsOf = (g: Float64Array, d: number, m: number) => {
  const [W, ε] = [g.subarray(g.length - m * (d + 1), g.length - m), g.subarray(g.length - m)]
  const largest = ε.reduce((most, e) => Math.max(most, Math.abs(e)), 0)
  if (largest === 0) return null
  const direction = ε.map(e => e / largest)
  const square = direction.reduce((sum, e) => sum + e * e, 0)
  const z = Float64Array.from({ length: d + 1 }, (_, j) =>
    j === d ? 1 : direction.reduce((sum, e, i) => sum + e * ((W[i * d + j] as number) / largest), 0) / square,
  )
  return { z, ε }
}

const times = (P: Float64Array, z: Float64Array): Float64Array =>
  Float64Array.from(z, (_, i) => z.reduce((sum, x, j) => sum + (P[i * z.length + j] as number) * x, 0))

/** The gain k = P z/(f + zᵀ P z), and P ← (P - k (P z)ᵀ)/f. */
const gained = (P: Float64Array, z: Float64Array, forget: number) => {
  const Pz = times(P, z)
  const size = forget + Pz.reduce((sum, x, i) => sum + x * (z[i] as number), 0)
  const gain = Pz.map(x => x / size)
  const n = z.length
  const next = P.map((x, at) => (x - (gain[Math.floor(at / n)] as number) * (Pz[at % n] as number)) / forget)
  return { gain, next }
}

const ridge = (n: number, alpha: number): Tensor =>
  tensorOf(
    [n, n],
    Float64Array.from({ length: n * n }, (_, at) => (at % (n + 1) === 0 ? 1 / alpha : 0)),
  )

/**
 * Recursive least squares for v = W_out h + b_out: with z = [h; 1], k = P z/(f + zᵀ P z), [W_out | b_out] ← [W_out | b_out] - ε kᵀ,
 * P ← (P - k (P z)ᵀ)/f, P₀ = I/alpha. The readout is then the minimum of Σ f^{T-t} ½‖v_t - y*_t‖² + ½ alpha f^T ‖W - W₀‖².
 * FORCE learning (Sussillo & Abbott 2009), where the other parameters stay as they are, as here unless `rest` moves them.
 *
 * z and ε are read off the readout's gradient ε zᵀ, so it takes one step of one sequence at a time; for ½‖v - y*‖² alone is ε the
 * error that this is about. A step whose error is exactly 0 changes nothing, P included. Throws a DomainError for an option out
 * of range, a KindError for a network without a readout.
 */
export const rls = (options: RlsOptions = {}): Optimiser<RlsMemory> => {
  requireOptions('rls', options, ['alpha', 'forget', 'rest'])
  const { alpha = 1, forget = 1, rest } = options
  requireUsual('rls', 'alpha', alpha, ranges.positive)
  requireUsual('rls', 'forget', forget, ranges.above0to1)
  const others = (memory: unknown, gradient: Gradient, θ: Theta): readonly [Float64Array, unknown] => {
    if (!rest) return [blank(numbersOf(gradient)), null]
    const [update, next] = rest.step(memory, gradient, θ)
    return [numbersOf(update).slice(), next]
  }
  return {
    needs: 'step',
    init: gradient => ({ P: null, rest: rest ? rest.init(gradient) : null }),
    step: (memory, gradient, θ) => {
      const { d, m, size } = readoutOf(θ)
      const g = numbersOf(gradient)
      const [out, next] = others(memory.rest, gradient, θ)
      out.fill(0, g.length - size)
      const P = memory.P ?? ridge(d + 1, alpha)
      const found = factorsOf(g, d, m)
      if (!found) return [gradientOf(out), { P, rest: next }]
      const { gain, next: newP } = gained(P.data, found.z, forget)
      found.ε.forEach((e, i) => {
        for (let j = 0; j < d; j++) out[g.length - size + i * d + j] = e * (gain[j] as number)
        out[g.length - m + i] = e * (gain[d] as number)
      })
      return [gradientOf(out), { P: tensorOf(P.shape, newP), rest: next }]
    },
  }
}
