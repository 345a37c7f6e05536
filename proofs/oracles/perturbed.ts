/** Second runs of the leaky network in plain numbers: noise on the drive is one more input, whose weight matrix is the identity. */
import { type Tensor, tensorOf } from '../../ad/tensor.ts'
import type { PlainNetwork } from '../plain-network.ts'
import { gradient, losses, states } from './complex.ts'

/** A vector of noise for each step. */
export type Drawn = readonly (readonly number[])[]

const at = <A>(xs: readonly A[], i: number): A => xs[i] as A
const plus = (a: readonly number[], b: readonly number[]): readonly number[] => a.map((x, i) => x + at(b, i))
const times = (k: number, xs: readonly number[]): readonly number[] => xs.map(x => k * x)
const total = (xs: readonly number[]): number => xs.reduce((a, b) => a + b, 0)
const unit = (i: number, d: number): readonly number[] => Array.from({ length: d }, (_, j) => (i === j ? 1 : 0))

/** The network whose drive gets σν. */
const noisy = (net: PlainNetwork, σ: number, ν: Drawn): PlainNetwork => {
  const { W_in, h0 } = net.params
  const withNoise = W_in.map((row, i) => [...row, ...unit(i, h0.length)])
  return {
    ...net,
    inputs: net.inputs.map((x, t) => [...x, ...times(σ, at(ν, t))]),
    params: { ...net.params, W_in: withNoise },
  }
}

/** u zᵀ in the order of the parameters, W_rec, W_in, b_rec, where h is the state before. */
const placed = (u: readonly number[], h: readonly number[], x: readonly number[]): readonly number[] => [
  ...u.flatMap(a => times(a, h)),
  ...u.flatMap(a => times(a, x)),
  ...u,
]

/** u_t z_tᵀ at every step of a run of the network. */
const heardBy = (net: PlainNetwork, along: PlainNetwork, ν: Drawn): Drawn => {
  const before = [net.params.h0, ...states(along)]
  return net.inputs.map((x, t) => placed(at(ν, t), at(before, t), x))
}

/** e = keeps e₋ + takes · fresh, at every step. */
const traced = (fresh: Drawn, keeps: number, takes = 1): Drawn => {
  const es: (readonly number[])[] = []
  for (const now of fresh) es.push(plus(times(takes, now), times(keeps, es.at(-1) ?? now.map(() => 0))))
  return es
}

const summed = (factors: readonly number[], traces: Drawn): readonly number[] =>
  traces.map((e, t) => times(at(factors, t), e)).reduce(plus)

/** ((L(θ + σν) - L(θ))/σ) ν. */
export const weightwise = (net: PlainNetwork, σ: number, ν: readonly number[]): readonly number[] => {
  const { W_rec, W_in, b_rec, h0 } = net.params
  const [d, n] = [h0.length, at(W_in, 0).length]
  const rows = (W: Drawn, from: number, width: number): Drawn =>
    W.map((row, i) => plus(row, times(σ, ν.slice(from + i * width, from + (i + 1) * width))))
  const moved = {
    W_rec: rows(W_rec, 0, d),
    W_in: rows(W_in, d * d, n),
    b_rec: plus(b_rec, times(σ, ν.slice(d * (d + n)))),
  }
  const other = { ...net, params: { ...net.params, ...moved } }
  return times((total(losses(other)) - total(losses(net))) / σ, ν)
}

/** The same for every `k` steps on their own, from where the run was before them. */
export const piecewise = (net: PlainNetwork, σ: number, ν: Drawn, k: number): readonly number[] => {
  const before = [net.params.h0, ...states(net)]
  const pieces = net.inputs.flatMap((_, t) => (t % k === 0 ? [t] : []))
  const piece = (t: number): PlainNetwork => ({
    ...net,
    inputs: net.inputs.slice(t, t + k),
    targets: net.targets.slice(t, t + k),
    weights: net.weights.slice(t, t + k),
    params: { ...net.params, h0: at(before, t) },
  })
  return pieces.map(t => weightwise(piece(t), σ, at(ν, t))).reduce(plus)
}

const slopes = (net: PlainNetwork, σ: number, ν: Drawn): readonly number[] =>
  times(1 / σ, plus(losses(noisy(net, σ, ν)), times(-1, losses(net))))

/** Σ_t ((ℓ̃_t - ℓ_t)/σ) Σ_{s≤t} decay^{t-s} ν_s z_sᵀ. */
export const nodewise = (net: PlainNetwork, σ: number, ν: Drawn, decay: number): readonly number[] =>
  summed(slopes(net, σ, ν), traced(heardBy(net, net, ν), decay))

/** ((L̃ - L)/σ) Σ_s ν_s z_sᵀ: every loss with all of the noise. */
export const departures = (net: PlainNetwork, σ: number, ν: Drawn): readonly number[] =>
  times(total(slopes(net, σ, ν)), heardBy(net, net, ν).reduce(plus))

interface Factors {
  readonly sigma: number
  readonly beta: number
  readonly baseline: number
}

/** Σ_t (ℓ̃_t - ℓ̄_t) e_t, ℓ̄_t = Σ_{s<t} ρ (1-ρ)^{t-1-s} ℓ̃_s, e a running mean of (ν/σ) z̃ᵀ. */
export const factored = (net: PlainNetwork, ν: Drawn, { sigma, beta, baseline: ρ }: Factors): readonly number[] => {
  const run = noisy(net, sigma, ν)
  const met = losses(run)
  const expected = met.map((_, t) => total(met.slice(0, t).map((ℓ, s) => ρ * (1 - ρ) ** (t - 1 - s) * ℓ)))
  const fresh = heardBy(net, run, ν).map(row => times(1 / sigma, row))
  return summed(plus(met, times(-1, expected)), traced(fresh, 1 - beta, beta))
}

/** Normal noise by three numbers for each, 0 and ±√3 of weights ⅔ and ⅙: exact for polynomials up to degree 5 in each. */
const normals = [
  [0, 2 / 3],
  [Math.sqrt(3), 1 / 6],
  [-Math.sqrt(3), 1 / 6],
] as const

const grid = ({ params: { h0 }, inputs }: PlainNetwork) => {
  const [d, T] = [h0.length, inputs.length]
  const points = Array.from({ length: 3 ** (d * T) }, (_, k) =>
    Array.from({ length: d * T }, (_, i) => at(normals, Math.floor(k / 3 ** i) % 3)),
  )
  return { d, T, points }
}

/** The noise [N, T, d] of all points, and their weights. */
export const weighted = (net: PlainNetwork): { readonly points: Tensor; readonly weights: readonly number[] } => {
  const { d, T, points } = grid(net)
  return {
    points: tensorOf([points.length, T, d], Float64Array.from(points.flat().map(([x]) => x))),
    weights: points.map(point => point.reduce((w, [, p]) => w * p, 1)),
  }
}

/** ∂E[L̃]/∂θ as the mean of ∂L̃/∂θ, each by complex step: the noise is held while θ moves. */
export const pathwise = (net: PlainNetwork, σ: number): readonly number[] => {
  const { d, T, points } = grid(net)
  const n = at(net.params.W_in, 0).length
  const rows = points.map(point => {
    const ν = Array.from({ length: T }, (_, t) => point.slice(t * d, (t + 1) * d).map(([x]) => x))
    const whole = gradient(noisy(net, σ, ν)).slice(0, d * (d + n + d + 1))
    const own = whole.filter((_, i) => i < d * d || i >= d * (2 * d + n) || (i - d * d) % (n + d) < n)
    return times(
      point.reduce((w, [, p]) => w * p, 1),
      own,
    )
  })
  return rows.reduce(plus)
}
