/**
 * Rules that run a timestep again: what they say is what an oracle's second run says, their means tend to the gradient as
 * σ² does to 0, and what their traces and baselines cost is an equation. The gradient is that of the cell's parameters.
 */

import { scale } from '../../ad/linear/linear.ts'
import { spaceOf } from '../../ad/linear/space.ts'
import { scalar, type Tensor } from '../../ad/tensor.ts'
import { transformed } from '../../nets/run/fold.ts'
import { estimates } from '../../nets/run/noise.ts'
import { total } from '../../nets/run/scan.ts'
import { bptt } from '../../rules/bptt.ts'
import { forwardGradient } from '../../rules/forward-gradient.ts'
import { nodePerturbation } from '../../rules/node-perturbation.ts'
import { rtrl } from '../../rules/rtrl.ts'
import { chunked } from '../../rules/tbptt.ts'
import { threeFactor } from '../../rules/three-factor.ts'
import { weightPerturbation } from '../../rules/weight-perturbation.ts'
import { list, type Realised, realise } from '../arbitraries/realise.ts'
import {
  all,
  cellOf,
  drawsOf,
  exact,
  few,
  mean,
  oneDraw,
  oneOf,
  onFew,
  refuted,
  untyped,
} from '../arbitraries/sign-draws.ts'
import {
  type Drawn,
  departures,
  factored,
  nodewise,
  pathwise,
  piecewise,
  weighted,
  weightwise,
} from '../oracles/perturbed.ts'
import type { PlainNetwork } from '../plain-network.ts'
import type { Proposition } from '../proposition.ts'

/** Networks that can be differentiated again and again, with losses that are sums over time. */
const smooth = {
  activations: ['tanh', 'sigmoid', 'softplus', 'identity'],
  losses: ['half_mse', 'sse', 'softmax_ce'],
} as const
const linear = { activations: ['identity'], losses: ['half_mse', 'sse'] } as const
const straight = few({ ...linear, minT: 2 }).filter(({ net }) => net.output === 'identity')

/** Numbers of the σ-family g(σ) = g + c σ² + O(σ⁴), the σ² taken out of it (Richardson 1911). */
const limit = (family: (sigma: number) => readonly number[]): readonly number[] => {
  const [far, near] = [family(2 ** -7), family(2 ** -8)]
  return near.map((x, i) => (4 * x - (far[i] as number)) / 3)
}
/** The same of g + c σ + c' σ² + O(σ³). */
const oneSided = (family: (sigma: number) => readonly number[]): readonly number[] => {
  const [a, b, c] = [family(2 ** -10), family(2 ** -11), family(2 ** -12)]
  return a.map((x, i) => (x - 6 * (b[i] as number) + 8 * (c[i] as number)) / 3)
}
/** O(σ⁴) of a network whose weights are up to 2, or O(σ³): far above rounding, far below c σ². */
const inTheLimit = { within: 1e-4, runs: 15 } as const

const meanOf = (rule: unknown, made: Realised): readonly number[] => mean(all(untyped(rule), made))
const drawnFor = (rule: unknown, made: Realised, draw: number): Drawn => {
  const { shape, data } = oneOf(untyped(rule), made, draw)
  const width = shape[1] as number
  return Array.from({ length: shape[0] as number }, (_, t) => [...data.subarray(t * width, (t + 1) * width)])
}
const everyDraw = (rule: unknown, made: Realised): readonly Drawn[] => {
  const { shape, data } = drawsOf(untyped(rule), made)
  const [count, T, width] = shape as [number, number, number]
  const row = (i: number) => [...data.subarray(i * width, (i + 1) * width)]
  return Array.from({ length: count }, (_, k) => Array.from({ length: T }, (_, t) => row(k * T + t)))
}

/** RTRL whose influence fades: M = k J M₋ + B. */
const faded = (k: number, made: Realised): readonly number[] => {
  const rule = transformed(now => ({ ...now, jacobian: scale(scalar(k), now.jacobian) }))(rtrl)
  return cellOf(made, list(total(rule)(made.run)))
}
const timesAll = (k: number, xs: readonly number[]): readonly number[] => xs.map(x => k * x)
/** A quarter, a half, three quarters, one. */
const quartersOf = (r: number): number => r / 4

const offline: readonly Proposition[] = [
  onFew(
    'weight perturbation is ((L(θ + σν) - L(θ))/σ) ν of two whole runs',
    (made, { net, draw }) => {
      const rule = weightPerturbation({ sigma: 0.125 })
      const [ν] = drawnFor(rule, made, draw)
      return [cellOf(made, oneDraw(untyped(rule), made, draw)), weightwise(net, 0.125, ν as readonly number[])]
    },
    { forAll: few(smooth) },
  ),
  onFew(
    'weight perturbation that takes another direction every two steps is that of second runs two steps long, each from the state of the first run',
    (made, { net, draw }) => {
      const rule = weightPerturbation({ sigma: 0.125, every: 2 })
      const drawn = drawnFor(rule, made, draw)
      return [cellOf(made, oneDraw(untyped(rule), made, draw)), piecewise(net, 0.125, drawn, 2)]
    },
    { forAll: few({ ...smooth, minT: 2 }) },
  ),
  onFew(
    'node perturbation is Σ ((ℓ̃ - ℓ)/σ) e of two whole runs, e the sum of the noise times the inputs of the noisy run',
    (made, { net, draw, r }) => {
      const rule = nodePerturbation({ sigma: 0.125, decay: quartersOf(r) })
      const byHand = nodewise(net, 0.125, drawnFor(rule, made, draw), quartersOf(r))
      return [cellOf(made, oneDraw(untyped(rule), made, draw)), byHand]
    },
    { forAll: few(smooth) },
  ),
  onFew(
    'the three-factor rule is Σ (ℓ̃ - ℓ̄) e of a whole noisy run, e of its noise and its inputs, ℓ̄ its losses so far',
    (made, { net, draw, r }) => {
      const options = { sigma: 0.25, beta: quartersOf(r), baseline: 0.125 * (r - 1) }
      const rule = threeFactor(options)
      const byHand = factored(net, drawnFor(rule, made, draw), options)
      return [cellOf(made, oneDraw(untyped(rule), made, draw)), byHand]
    },
    { forAll: few(smooth) },
  ),
]

const limits: readonly Proposition[] = [
  onFew(
    'as σ goes to 0 weight perturbation is forward gradient, draw by draw',
    (made, { draw }) => {
      const one = (rule: unknown) => cellOf(made, oneDraw(untyped(rule), made, draw))
      return [oneSided(sigma => one(weightPerturbation({ sigma }))), one(forwardGradient)]
    },
    { forAll: few(smooth), ...inTheLimit },
  ),
  onFew(
    'the mean of weight perturbation over all directions of signs is RTRL but for O(σ²)',
    made => [limit(sigma => meanOf(weightPerturbation({ sigma }), made)), exact(made)],
    { forAll: few({ ...smooth, T: 2, d: 1, n: 1 }), ...inTheLimit },
  ),
  onFew(
    'weight perturbation that takes another direction every two steps is, in the mean, BPTT in chunks of two but for O(σ²)',
    made => {
      const truth = cellOf(made, list(total(chunked({ k: 2 })(bptt))(made.run)))
      return [limit(sigma => meanOf(weightPerturbation({ sigma, every: 2 }), made)), truth]
    },
    { forAll: few({ ...smooth, minT: 3, T: 3, d: 1, n: 1 }), ...inTheLimit, runs: 6 },
  ),
  onFew(
    'the mean of node perturbation over all signs is RTRL but for O(σ²)',
    made => [limit(sigma => meanOf(nodePerturbation({ sigma, decay: 1 }), made)), exact(made)],
    { forAll: few(smooth), ...inTheLimit },
  ),
  onFew(
    'the mean of node perturbation with a decay is, but for O(σ²), RTRL whose influence fades, M = decay J M₋ + B',
    (made, { r }) => [
      limit(sigma => meanOf(nodePerturbation({ sigma, decay: quartersOf(r - 1) }), made)),
      faded(quartersOf(r - 1), made),
    ],
    { forAll: few(smooth), ...inTheLimit },
  ),
  onFew(
    'the mean of the three-factor rule is, but for O(σ²), RTRL where its trace is a sum, and β times an RTRL that fades where it is a running mean',
    (made, { r }) => {
      const [sums, means] = [null, quartersOf(r)].map(beta =>
        limit(sigma => meanOf(threeFactor({ sigma, beta, baseline: 0 }), made)),
      ) as [readonly number[], readonly number[]]
      return [
        [...sums, ...means],
        [...exact(made), ...timesAll(quartersOf(r), faded(1 - quartersOf(r), made))],
      ]
    },
    { forAll: few(smooth), ...inTheLimit },
  ),
]

/** Networks of so few noises that three numbers for each are enumerated. */
const fewest = straight.filter(({ net }) => net.params.h0.length * net.inputs.length <= 3)

const anySigma: readonly Proposition[] = [
  onFew(
    'of linear networks and squared errors the mean of node perturbation is RTRL, whatever σ',
    (made, { r }) => [meanOf(nodePerturbation({ sigma: r, decay: 1 }), made), exact(made)],
    { forAll: straight },
  ),
  onFew(
    'counting noise that comes after a loss too leaves the mean of node perturbation as it is, whatever σ',
    (made, { net, r }) => {
      const rule = nodePerturbation({ sigma: quartersOf(r), decay: 1 })
      const acausal = mean(everyDraw(rule, made).map(ν => departures(net, quartersOf(r), ν)))
      return [meanOf(rule, made), acausal]
    },
    { forAll: few({ ...smooth, T: 3 }) },
  ),
  onFew(
    'the mean of the three-factor rule over normal noise is the gradient of the loss expected of the noisy run, whatever σ',
    (made, { net, r }) => {
      const { points, weights } = weighted(net)
      const estimated = estimates(untyped(threeFactor({ sigma: r / 2, beta: null, baseline: 0 })))(
        made.run,
        points,
      ) as Tensor
      const [width, size] = [estimated.shape[1] as number, spaceOf(made.θ.cell).size]
      const rows = weights.map((_, i) => [...estimated.data.subarray(i * width, i * width + size)])
      return [mean(rows, weights), pathwise(net, r / 2)]
    },
    { forAll: fewest, runs: 10 },
  ),
  onFew(
    'a baseline that follows the losses takes from each loss its share in the baselines after it, whatever σ',
    ({ θ, net, sequence, run, ...made }, { net: plain, r }) => {
      const options = { sigma: 0.5, beta: quartersOf(r) }
      const muffled = realise({
        ...plain,
        weights: plain.weights.map((w, s) => w * leftOf(plain, s, quartersOf(r), 0.25)),
      })
      return [
        meanOf(threeFactor({ ...options, baseline: 0.25 }), { ...made, θ, net, sequence, run }),
        meanOf(threeFactor({ ...options, baseline: 0 }), muffled),
      ]
    },
    { forAll: few(smooth) },
  ),
]

/** 1 - Σ_{t>s} ρ (1-ρ)^{t-1-s} (1-β)^{t-s}: what is left of a loss once later baselines have had their share. */
const leftOf = (net: PlainNetwork, s: number, β: number, ρ: number): number =>
  net.weights.slice(s + 1).reduce((left, _, i) => left - ρ * (1 - ρ) ** i * (1 - β) ** (i + 1), 1)

const unit = (xs: readonly number[]): readonly number[] => {
  const length = Math.hypot(...xs)
  return timesAll(length < 1e-6 ? 0 : 1 / length, xs)
}
const inner = (a: readonly number[], b: readonly number[]): number =>
  a.reduce((sum, x, i) => sum + x * (b[i] as number), 0)
/** How far uphill a draw points: minus the cosine, where that is above 0. */
const uphill = (rule: unknown, made: Realised, draw: number): readonly number[] => [
  Math.max(0, -inner(unit(cellOf(made, oneDraw(untyped(rule), made, draw))), unit(exact(made)))),
]
const tanhs = few({ activations: ['tanh'], losses: ['half_mse'] })

const claimed: readonly Proposition[] = [
  onFew(
    'forward gradient never points uphill, whatever its direction',
    (made, { draw }) => [uphill(forwardGradient, made, draw), [0]],
    { forAll: few(smooth), runs: 60 },
  ),
  refuted(
    'node perturbation never points uphill, whatever its signs',
    (made, { draw }) => [uphill(nodePerturbation({ sigma: 1e-4, decay: 1 }), made, draw), [0]],
    { forAll: few({ ...smooth, minT: 2 }), within: 0.05, runs: 300, between: ['ascent', 'descent'] },
  ),
  refuted(
    'a single draw of node perturbation points along the gradient',
    (made, { draw }) => [
      unit(cellOf(made, oneDraw(untyped(nodePerturbation({ decay: 1 })), made, draw))),
      unit(exact(made)),
    ],
    { forAll: tanhs, within: 0.05, between: ['one draw', 'gradient'] },
  ),
  refuted(
    'the mean of node perturbation over all signs is RTRL, whatever σ',
    made => [meanOf(nodePerturbation({ sigma: 0.5, decay: 1 }), made), exact(made)],
    { forAll: tanhs, within: 1e-3, between: ['mean', 'gradient'] },
  ),
  refuted(
    'a baseline that follows the losses leaves the mean of the three-factor rule as it is',
    made => [
      meanOf(threeFactor({ sigma: 0.5, baseline: 0.25, beta: null }), made),
      meanOf(threeFactor({ sigma: 0.5, beta: null, baseline: 0 }), made),
    ],
    { forAll: tanhs, between: ['with it', 'without'] },
  ),
  onFew(
    'where the trace holds the noise of its own step alone, β = 1, a baseline leaves the mean as it is',
    made => [
      meanOf(threeFactor({ sigma: 0.5, beta: 1, baseline: 0.25 }), made),
      meanOf(threeFactor({ sigma: 0.5, beta: 1, baseline: 0 }), made),
    ],
    { forAll: few(smooth) },
  ),
  refuted(
    'the mean of the three-factor rule whose trace is a running mean is β times RTRL but for O(σ²)',
    made => [limit(sigma => meanOf(threeFactor({ sigma, beta: 0.5, baseline: 0 }), made)), timesAll(0.5, exact(made))],
    { forAll: tanhs, within: 1e-3, between: ['mean', 'β gradient'] },
  ),
]

export const perturbations: readonly Proposition[] = [...offline, ...limits, ...anySigma, ...claimed]
