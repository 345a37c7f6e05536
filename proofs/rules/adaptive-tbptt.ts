/** Windows that follow the measured decay of credit: fixed windows at their ends, and the length that a known decay asks for. */
import { constantFrom, integer, record } from 'fast-check'
import { toValue } from '../../ad/linear/space.ts'
import { type Tensor, tensor } from '../../ad/tensor.ts'
import { leaky } from '../../nets/cells/leaky.ts'
import { halfSquaredError } from '../../nets/loss.ts'
import { network } from '../../nets/network.ts'
import { scan, total } from '../../nets/run/scan.ts'
import { unroll } from '../../nets/run/unroll.ts'
import { sequence } from '../../nets/sequence.ts'
import { type AdaptiveTbpttMemory, adaptiveTbptt } from '../../rules/adaptive-tbptt.ts'
import { bptt } from '../../rules/bptt.ts'
import { tailFrom, windowFor } from '../../rules/parts/decay-estimate.ts'
import { sliding } from '../../rules/tbptt.ts'
import { fed, onFed, refuted, rewired, sumOf } from '../arbitraries/feedback.ts'
import { networks } from '../arbitraries/networks.ts'
import { list } from '../arbitraries/realise.ts'
import { equation, type Proposition } from '../proposition.ts'

/** Losses that are sums over time: a timestep of any other cannot be made again. */
const losses = ['half_mse', 'sse', 'softmax_ce'] as const
const summed = fed(networks({ T: 5, losses }))
const forgetful = rewired(() => 0, { losses, alphas: [1], minT: 4 })

/** A linear unit h = w h₋ + x, its error positive at every step: ∂ℓ_t/∂s_{t-k} is w^k times a mean error. */
const onUnit = (w: number, options: Parameters<typeof adaptiveTbptt>[0]) => {
  const net = network(leaky({ f: u => u }), { d: 1, n: 1, m: 1 }, halfSquaredError())
  const θ = net.init(1)
  const cell = { ...θ.cell, W_rec: tensor([[w]]), W_in: tensor([[1]]) }
  const readout = { ...θ.readout, W_out: tensor([[1]]) }
  const steps = Array.from({ length: 24 }, (_, t) => 1 + (t % 3) / 4)
  const run = unroll(net)(
    { ...θ, cell, readout },
    sequence(
      steps,
      steps.map(() => -1),
    ),
  )
  const memories = [...scan(adaptiveTbptt(options))(run)].map(([, memory]) => memory as AdaptiveTbpttMemory)
  return { run, windows: memories.map(({ window }) => window) }
}

/** The least K with w^K/(1 - w) ≤ δ (1 - 2 w^R)/(1 - w), the bounds of a geometric decay worked out by hand; R where there is none. */
const byHand = (w: number, δ: number, R: number): number => {
  const bound = δ * (1 - 2 * w ** R)
  const K = [...Array(R).keys()].slice(1).find(k => w ** k <= bound)
  return K ?? R
}

interface Decaying {
  readonly w: number
  readonly tolerance: number
  readonly most: number
}
const decaying = record({
  w: constantFrom(0.3, 0.55, 0.7, 0.83, 0.91),
  tolerance: constantFrom(0.013, 0.07, 0.23, 0.61),
  most: integer({ min: 2, max: 20 }),
})

const geometric = (φ: number, w: number, R: number): readonly number[] =>
  Array.from({ length: R + 1 }, (_, k) => φ * w ** k)

export const adaptiveWindows: readonly Proposition[] = [
  onFed(
    'adaptive TBPTT whose shortest window is its longest is BPTT in sliding windows',
    s => [
      sumOf(adaptiveTbptt({ least: Math.max(2, s.k), most: Math.max(2, s.k), every: 1 }), s),
      sumOf(sliding({ k: Math.max(2, s.k) })(bptt), s),
    ],
    { forAll: summed },
  ),
  onFed(
    'adaptive TBPTT that has not measured yet is BPTT, the start included',
    s => [sumOf(adaptiveTbptt({ most: 50 }), s), s.exact],
    { forAll: summed },
  ),
  onFed(
    'adaptive TBPTT shrinks to windows of one step where nothing lasts, and computes the gradient',
    s => {
      const memories = [...scan(adaptiveTbptt({ most: 2, every: 1 }))(s.run)].map(([, memory]) => memory)
      const { window } = memories.at(-1) as AdaptiveTbpttMemory
      const erred = s.exact.some(x => x !== 0)
      return [
        [...sumOf(adaptiveTbptt({ most: 2, every: 1 }), s), erred ? window : 1],
        [...s.exact, 1],
      ]
    },
    { forAll: forgetful },
  ),
  equation<Decaying>({
    claim:
      'on a linear unit that decays by w a step, adaptive TBPTT takes the window that w^K/(1 - w) asks for by hand',
    forAll: decaying,
    sides: ({ w, tolerance, most }) => [
      [onUnit(w, { tolerance, most, every: 1, rate: 0.3 }).windows.at(-1) as number],
      [byHand(w, tolerance, most)],
    ],
    within: 0,
    verdict: 'holds',
    runs: 60,
  }),
  equation<Decaying>({
    claim: 'the tail that is estimated of a geometric decay is its sum',
    forAll: decaying,
    sides: ({ w, most }) => {
      const φ = geometric(2, w, most)
      const tails = φ.map((_, K) => tailFrom(φ, Math.floor(most / 2), K))
      return [tails, φ.map(x => x / (1 - w))]
    },
    within: 1e-12,
    verdict: 'holds',
  }),
  equation<Decaying>({
    claim:
      'the window of a decay leaves out at most the tolerance of the credit, where there is one shorter than the longest',
    forAll: decaying,
    sides: ({ w, tolerance, most }) => {
      const φ = geometric(1, w, most)
      const K = windowFor({ norms: φ, credits: φ.map(x => [x]) }, tolerance, 1)
      return [[K === most || w ** K <= tolerance ? 0 : 1], [0]]
    },
    within: 0,
    verdict: 'holds',
  }),
  equation<Decaying>({
    claim: 'adaptive TBPTT computes the gradient',
    forAll: decaying,
    sides: ({ w, tolerance, most }) => {
      const { run } = onUnit(w, { tolerance, most })
      return [
        list(total(adaptiveTbptt({ tolerance, most, every: 1 }))(run)),
        [...(toValue(total(bptt)(run)) as Tensor).data],
      ]
    },
    between: ['adaptive', 'BPTT'],
    within: 1e-6,
    verdict: 'refuted',
  }),
  onFed(
    'adaptive TBPTT with a longer window at most is no further from the gradient',
    s => {
      const off = (most: number) =>
        Math.hypot(...sumOf(adaptiveTbptt({ most, every: 1 }), s).map((x, i) => x - (s.exact[i] as number)))
      return [[Math.max(off(2), off(3))], [off(2)]]
    },
    refuted(['longer', 'shorter'], { forAll: fed(networks({ T: 5, minT: 4, losses })) }),
  ),
]
