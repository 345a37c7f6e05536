/** KeRNL whose kernel learns from a second run: what it learns at a step, what it comes to, and when it is KeRNL. */

import { integer } from 'fast-check'
import { toMatrix } from '../../ad/linear/apply.ts'
import { plus } from '../../ad/linear/linear.ts'
import { asTangent, times, toValue } from '../../ad/linear/space.ts'
import { grad } from '../../ad/modes/transforms.ts'
import { matmul, matvec } from '../../ad/primitives/contraction.ts'
import { add, mul, pow, sub } from '../../ad/primitives/elementwise.ts'
import { sum } from '../../ad/primitives/layout.ts'
import { eye, full, type Tensor, tensor } from '../../ad/tensor.ts'
import type { Value } from '../../ad/value.ts'
import { leaky } from '../../nets/cells/leaky.ts'
import { halfSquaredError } from '../../nets/loss.ts'
import { example, type Network, network, params } from '../../nets/network.ts'
import { rng } from '../../nets/random.ts'
import { folded } from '../../nets/run/fold.ts'
import { withNoise } from '../../nets/run/noise.ts'
import { replayable } from '../../nets/run/rerun.ts'
import type { Rule } from '../../nets/run/rule.ts'
import { resolved } from '../../nets/run/rule.ts'
import { scan, total } from '../../nets/run/scan.ts'
import type { Timestep } from '../../nets/run/timestep.ts'
import { runOf } from '../../nets/run/timestep.ts'
import { timesteps } from '../../nets/run/unroll.ts'
import { kernl } from '../../rules/kernl.ts'
import { type KernlLearnedMemory, kernlLearned } from '../../rules/kernl-learned.ts'
import { rtrl } from '../../rules/rtrl.ts'
import { list, type Realised } from '../arbitraries/realise.ts'
import { few, oneDraw, oneOf, onFew, untyped } from '../arbitraries/sign-draws.ts'
import { entries, equation, type Proposition } from '../proposition.ts'

const smooth = { losses: ['half_mse', 'sse'], activations: ['tanh', 'sigmoid'] } as const

/** The kernel of linear units that depend on no other unit: A = I, γ = α (1 - w). α = ½; the diagonal is d numbers in [-½, ½]. */
const diagonal = (seed: number, d: number) => {
  const random = rng(seed)
  const net = network(
    leaky({ alpha: 0.5, f: u => u }) as unknown as Network['cell'],
    { d, n: 1, m: 1 },
    halfSquaredError(),
  )
  const θ = params(net, random)
  const w = Array.from({ length: d }, () => random.uniform() - 0.5)
  const W_rec = tensor(w.map((x, i) => w.map((_, j) => (i === j ? x : 0))))
  return { net, θ: { ...θ, cell: { ...θ.cell, W_rec } }, γ: tensor(w.map(x => 0.5 * (1 - x))), random }
}

/** What is left to learn after so many steps: A Ω - (h̃ - h)/σ, A - I, γ - α (1 - w), and A E - M. */
const learned = (seed: number, d: number, steps: number): readonly number[] => {
  const { net, θ, γ, random } = diagonal(seed, d)
  const draw = () => random.draw({ law: 'normal', shape: [1] })
  const sequence = Array.from({ length: steps }, () => example(draw(), draw()))
  const noise = () => random.draw({ law: 'sign', shape: [d] })
  const run = runOf(net, [...timesteps(net, { noise })(θ, sequence)])
  const [, it] = [...scan(kernlLearned({ lr: 0.05, sigma: 0.5 }))(run)].at(-1) as [unknown, KernlLearnedMemory]
  const [, M] = [...scan(rtrl)(run)].at(-1) as [unknown, KernlLearnedMemory['E']]
  const error = sub(matvec(it.A, it.Ω), mul(2, toValue(it.difference)))
  const felt = sub(matmul(it.A, toMatrix(it.E)), toMatrix(M))
  return [error, sub(it.A, eye(d)), sub(it.γ, γ), felt].flatMap(x => entries(x))
}

/** What A and γ predict of noise, from the noise of all steps at once: Σ_t A ((1 - γ)^{T-t} ⊙ ν_t). */
const predicted = (A: Value, γ: Value, noise: readonly Value[]): Value =>
  noise.map((ν, t) => matvec(A, mul(pow(sub(1, γ), noise.length - 1 - t), ν))).reduce((whole, part) => add(whole, part))

/** How one update moved A and γ, per unit of step size, beside the slope of ½‖foretold - seen‖². */
const kernelUpdate = (made: Realised, draw: number): readonly [readonly number[], readonly number[]] => {
  const η = 2 ** -20
  const size = (made.run[0] as Timestep).jacobian.to.size
  const A = tensor(Array.from({ length: size }, (_, i) => Array.from({ length: size }, (_, j) => (i + 2 * j) / 8)))
  const γ = tensor(Array.from({ length: size }, (_, i) => 0.25 + i / 8))
  const [waiting, learning] = [0, η].map(lr => resolved(kernlLearned({ lr, sigma: 0.125, A, gamma: γ }), made.net)) as [
    Rule<KernlLearnedMemory, 'past'>,
    Rule<KernlLearnedMemory, 'past'>,
  ]
  const run = withNoise(made.run, oneOf(untyped(waiting), made, draw))
  const before = [...folded(waiting)(run.slice(0, -1))].at(-1)?.[1] as KernlLearnedMemory
  const [, after] = learning.step(before, run.at(-1) as Timestep)
  const cost = (of: { readonly A: Value; readonly γ: Value }): Value => {
    const noise = run.slice(1).map(now => now.noise)
    const error = sub(predicted(of.A, of.γ, noise), mul(8, toValue(after.difference)))
    return mul(0.5, sum(mul(error, error)))
  }
  const slope = grad(cost)({ A, γ })
  const step = [sub(after.A, A), sub(after.γ, γ)].flatMap(x => entries(mul(-1 / η, x)))
  return [step, [...entries(slope.A), ...entries(slope.γ)]]
}

/** What the true kernel of linear units predicts of noise in their state, and what came of it, put in at its place. */
const foreseen = (seed: number, place: 'before' | 'after') => {
  const { net, θ, γ, random } = diagonal(seed, 2)
  const draws = Array.from({ length: 4 }, () => random.draw({ law: 'sign', shape: [2] }))
  const sequence = draws.map(() => example(tensor([1]), tensor([0])))
  const [first, ...steps] = [...timesteps(net)(θ, sequence)] as [Timestep, ...Timestep[]]
  const observed = steps.reduce(
    (shift, now, t) => {
      const ν = asTangent(now.jacobian.to, draws[t] as Tensor)
      const state = place === 'before' ? plus(shift, ν) : shift
      const next = replayable('proof', now).rerun({ state }).difference
      return place === 'before' ? next : plus(next, ν)
    },
    times(0, asTangent(first.jacobian.to, draws[0] as Tensor)),
  )
  return [entries(predicted(eye(2), γ, draws)), entries(toValue(observed))] as const
}

const seeds = integer({ min: 0, max: 99 })
export const learnedKernels: readonly Proposition[] = [
  onFew(
    'KeRNL that learns its kernel by steps of 0 is KeRNL, with the sparsity and without, the start included',
    (made, { draw }) => {
      const { d } = made.net.sizes
      const [A, γ] = [
        tensor(Array.from({ length: d }, (_, i) => Array.from({ length: d }, (_, j) => i - j / 2))),
        full([d], 0.25),
      ]
      const left = oneDraw(untyped(kernlLearned({ lr: 0, A, gamma: γ })), made, draw)
      return [left, list(total(kernl({ A, gamma: γ }))(made.run))]
    },
    { forAll: few(smooth) },
  ),
  onFew(
    'what KeRNL learns at a step is down the slope of ½‖A Ω - (h̃ - h)/σ‖² in A and γ, all the past of Ω included',
    (made, { draw }) => kernelUpdate(made, draw),
    // a step of 2⁻²⁰ is read off numbers near 1
    { forAll: few(smooth), within: 1e-8 },
  ),
  equation<number>({
    claim:
      'on linear units that depend on no other unit KeRNL learns to predict the noise, and A E becomes the influence of RTRL',
    forAll: seeds,
    sides: seed => {
      const left = learned(seed, 2, 1000)
      return [left, left.map(() => 0)]
    },
    // it is approached, at a rate that the step size sets
    within: 1e-6,
    verdict: 'holds',
    runs: 3,
  }),
  equation<number>({
    claim:
      'the kernel of linear units that depend on no other unit, A = I and γ = α (1 - w), predicts noise put in after a step',
    forAll: seeds,
    sides: seed => foreseen(seed, 'after'),
    within: 1e-10,
    verdict: 'holds',
    runs: 10,
  }),
  equation<number>({
    claim:
      'the kernel of linear units that depend on no other unit, A = I and γ = α (1 - w), predicts noise put in before a step',
    forAll: seeds,
    sides: seed => foreseen(seed, 'before'),
    between: ['foretold', 'seen'],
    within: 1e-3,
    verdict: 'refuted',
    runs: 10,
  }),
]
