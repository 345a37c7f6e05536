/** What is commonly said and false, each with the smallest network that shows it. */

import { pull, toMatrix } from '../ad/linear/apply.ts'
import { type Cotangent, spaceOf, unflattenLike } from '../ad/linear/space.ts'
import { vjp } from '../ad/modes/transforms.ts'
import { mul, sub, unary } from '../ad/primitives/elementwise.ts'
import { softmax } from '../ad/primitives/reduction.ts'
import { type Tensor, tensor } from '../ad/tensor.ts'
import type { Tree } from '../ad/tree.ts'
import type { Value } from '../ad/value.ts'
import { halfSquaredError } from '../nets/loss.ts'
import { example, network, type Theta, unrolled } from '../nets/network.ts'
import { outputs } from '../nets/run/fold.ts'
import { runGradient, scan, total } from '../nets/run/scan.ts'
import type { Param, State, Timestep } from '../nets/run/timestep.ts'
import { runOf } from '../nets/run/timestep.ts'
import { lossOf } from '../nets/run/unroll.ts'
import { train } from '../nets/train/online.ts'
import { sgd } from '../nets/train/optimisers.ts'
import { bptt } from '../rules/bptt.ts'
import type { Influence } from '../rules/parts/influence.ts'
import { deltas } from '../rules/readings/adjoints.ts'
import { rtrl } from '../rules/rtrl.ts'
import { saturation } from './ad/whole-range.ts'
import { describe, networks } from './arbitraries/networks.ts'
import { onNetworks } from './arbitraries/on-networks.ts'
import { list, type Realised, realise } from './arbitraries/realise.ts'
import { gradient as oracle } from './oracles/complex.ts'
import type { PlainNetwork } from './plain-network.ts'
import { entries, gap, type Proposition } from './proposition.ts'
import { truncationRefuted } from './rules/tbptt.ts'

const refuted = { verdict: 'refuted', runs: 200 } as const
const squares = networks({ losses: ['half_mse'] })

/** tanh whose push and pull are both 10% too large: adjoint to each other, and wrong. */
const wrongTanh = unary('wrongTanh', Math.tanh, {
  push: [(t, _, y) => mul(mul(1.1, t), sub(1, mul(y, y)))],
  pull: [(c, _, y) => mul(mul(1.1, c), sub(1, mul(y, y)))],
})

/** θ after one pass: RTRL with an update at every step, or one update with the gradient of the whole. */
const onePass = (
  { net: { cell, sizes }, θ, sequence }: Realised,
  lr: number,
): readonly [readonly number[], readonly number[]] => {
  const plain = network(cell, sizes, halfSquaredError(), { start: 'learned' })
  const unweighted = sequence.map(({ x, target }) => example(x, target))
  const steps = [...train(rtrl, plain, { optimiser: sgd({ lr }), engine: 'eager' })(θ, unweighted)]
  const whole = [
    ...train(rtrl, plain, {
      optimiser: sgd({ lr: lr * sequence.length }),
      every: sequence.length,
      engine: 'eager',
    })(θ, unweighted),
  ]
  return [entries(steps.at(-1)?.θ ?? θ), entries(whole.at(-1)?.θ ?? θ)]
}

/** Σ_t δ_t ∂h_t/∂θ for the readout's parameters: they do not act through h. */
const readoutByChain = ({ net, θ, sequence, run }: Realised): readonly number[] => {
  const states = (readout: Theta['readout']) => unrolled(net, sequence)({ ...θ, readout }).states
  const worth = deltas(run).slice(1)
  const [, pullback] = vjp(states, θ.readout)
  return entries(
    pullback(run.slice(1).map((now, i) => unflattenLike(now.after, worth[i] as Cotangent<State>)))[0] as Tree,
  )
}

/** (y - y*) ⊙ y ⊙ (1 - y), as if a softmax acted entry by entry. */
const elementwiseSoftmax = (v: Tensor, target: Tensor): readonly number[] => {
  const y = entries(softmax(v))
  return y.map((p, i) => (p - (target.data[i] as number)) * p * (1 - p))
}

const trueSoftmax = (v: Tensor, target: Tensor): readonly number[] => {
  const [, pullback] = vjp((logits: Value) => halfSquaredError(softmax).each(logits, target), v)
  return entries(pullback(tensor(1))[0] as Value)
}

/** What is emitted at each step; timestep 0 aside, which differs for a trivial reason. */
const later = (outs: readonly Cotangent<Param>[]): readonly number[] => outs.slice(1).flatMap(list)

/** Numbers that RTRL carries, and numbers that BPTT must keep: states and inputs of every step. */
const memories: (made: Realised) => readonly [rtrl: number, bptt: number] = ({ run }) => {
  const carried = [...scan(rtrl)(run)].at(-1)?.[1] as Influence
  const kept = run.slice(1).reduce((sum, now) => sum + 2 * spaceOf(now.after).size + spaceOf(now.x).size, 0)
  return [entries(toMatrix(carried)).length, kept]
}

const about: readonly Proposition[] = [
  onNetworks(
    'RTRL and BPTT agree timestep by timestep',
    ({ run }) => [later([...outputs(scan(rtrl)(run))]), later([...outputs(scan(bptt)(run))].toReversed())],
    { ...refuted, forAll: networks({ minT: 2 }), between: ['RTRL', 'BPTT'] },
  ),
  onNetworks(
    'the immediate terms δ_t B_t and q_t B_t are the same',
    ({ run }) => {
      const at = (now: Timestep, i: number) => list(pull(now.immediate, deltas(run)[i] as Cotangent<State>))
      const own = (now: Timestep) => list(pull(now.immediate, pull(now.readoutMap, now.logitError)))
      return [run.flatMap(at), run.flatMap(own)]
    },
    { ...refuted, forAll: networks({ minT: 2 }), between: ['δ_t B_t', 'q_t B_t'] },
  ),
  {
    claim: 'RTRL needs less memory than BPTT',
    forAll: networks(),
    residual: (net: PlainNetwork) => Math.max(0, memories(realise(net))[0] - memories(realise(net))[1]),
    within: 0,
    ...refuted,
    show: (net: PlainNetwork) =>
      `${describe(net)}\nnumbers kept: RTRL ${memories(realise(net))[0]}, BPTT ${memories(realise(net))[1]}`,
  },
  onNetworks(
    'RTRL with an update at every step ends where one update with the whole gradient ends',
    made => onePass(made, 0.25),
    { ...refuted, forAll: squares, between: ['θ, every step', 'θ, once'] },
  ),
  onNetworks(
    'the chain δ_t ∂h_t/∂θ_t also gives the gradient of the readout',
    made => [readoutByChain(made), list(runGradient(bptt)(made.run)).slice(-entries(made.θ.readout).length)],
    { ...refuted, between: ['by the chain', 'gradient'] },
  ),
  onNetworks(
    'the root mean squared error of a sequence is a sum over time',
    made => {
      const { sequence, run, net } = made
      const alone = sequence.map((one, t) => {
        const part = lossOf(net, [one], runOf(net, [run[0], run[t + 1] as Timestep]))
        return entries(part)[0] as number
      })
      return [[alone.reduce((sum, x) => sum + x, 0)], entries(lossOf(net, sequence, run))]
    },
    {
      ...refuted,
      forAll: networks({ losses: ['rmse_seq'] }).filter(({ weights }) => weights.every(w => w > 0)),
      between: ['sum of parts', 'whole'],
    },
  ),
  onNetworks(
    'the derivative of a softmax output can be taken entry by entry',
    ({ run }) => {
      const v = run.map(now => now.prediction as Tensor)
      const targets = run.map(now => now.target as Tensor)
      return [
        v.flatMap((x, i) => elementwiseSoftmax(x, targets[i] as Tensor)),
        v.flatMap((x, i) => trueSoftmax(x, targets[i] as Tensor)),
      ]
    },
    { ...refuted, forAll: squares, between: ['entry by entry', 'true'] },
  ),
  onNetworks(
    'where BPTT and RTRL agree, they are right',
    (_, net) => {
      const made = realise({ ...net, activation: 'tanh' }, wrongTanh)
      const agree = gap(list(total(bptt)(made.run)), list(total(rtrl)(made.run))) <= 1e-12
      const truth = oracle({ ...net, activation: 'tanh' })
      return [agree ? list(runGradient(bptt)(made.run)) : truth, truth]
    },
    { ...refuted, forAll: squares, between: ['both rules', 'true'] },
  ),
]

export const refutations: readonly Proposition[] = [...about, saturation as Proposition, ...truncationRefuted]
