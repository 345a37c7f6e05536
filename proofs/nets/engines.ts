/** The gradient is the same by every engine: every rule, alone, in batches, and as time goes on. */

import { type Arbitrary, integer, record } from 'fast-check'
import type { EngineLike } from '../../ad/compiler/engine.ts'
import { pull } from '../../ad/linear/apply.ts'
import { plus } from '../../ad/linear/linear.ts'
import { asCotangent } from '../../ad/linear/space.ts'
import { add, mul, tanh } from '../../ad/primitives/elementwise.ts'
import { ones, zeros } from '../../ad/tensor.ts'
import { type Branch, mapTree } from '../../ad/tree.ts'
import type { Value } from '../../ad/value.ts'
import { isWholeRun, type PerStep } from '../../nets/loss.ts'
import { type Example, example, type Network, network, type Theta } from '../../nets/network.ts'
import type { AnyRule, Rule } from '../../nets/run/rule.ts'
import { error, type State } from '../../nets/run/timestep.ts'
import { alignedTo, windowed } from '../../nets/run/windows.ts'
import { type LossAndGradient, lossAndGradient } from '../../nets/train/gradient.ts'
import { train } from '../../nets/train/online.ts'
import { sgd } from '../../nets/train/optimisers.ts'
import { evaluate } from '../../nets/train/predict.ts'
import { bptt, type Credit } from '../../rules/bptt.ts'
import { dniFuture } from '../../rules/dni.ts'
import { hybrid } from '../../rules/hybrid.ts'
import { rtrl } from '../../rules/rtrl.ts'
import { chunked, futureFacing, sliding, spaced } from '../../rules/tbptt.ts'
import { describe, type Limits, networks } from '../arbitraries/networks.ts'
import { onNetworks } from '../arbitraries/on-networks.ts'
import { type Realised, realise } from '../arbitraries/realise.ts'
import type { PlainNetwork } from '../plain-network.ts'
import { entries, equation, type Proposition } from '../proposition.ts'

/** A network, two window lengths, and the steps between updates. */
interface Case {
  readonly net: PlainNetwork
  readonly k: number
  readonly reach: number
  readonly every: number
}
const small = integer({ min: 1, max: 4 })
const cases = (limits: Limits): Arbitrary<Case> =>
  record({ net: networks(limits), k: small, reach: small, every: small })
const show = ({ net, k, reach, every }: Case): string => `k=${k} k2=${reach} every=${every} ${describe(net)}`

const engines = ['compiled-js', 'compiled-wasm'] as const
const sums: Limits = { losses: ['half_mse', 'sse', 'softmax_ce'], T: 7 }

/** The rules that face the past, by what they are called. */
const rules: Readonly<Record<string, (of: Case) => AnyRule<unknown, 'past'>>> = {
  RTRL: () => rtrl,
  'the sliding window': ({ k }) => sliding({ k })(bptt),
  'truncation in chunks': ({ k }) => chunked({ k })(bptt),
  'truncation every k1 steps over k2': ({ k, reach }) => spaced({ k1: k, k2: reach })(bptt),
  'future-facing truncation': ({ k }) => futureFacing({ k })(bptt),
  'chunks that end with each update': ({ k, every }) => alignedTo(every)(chunked({ k })(bptt)),
  'windows flushed at each update': ({ k, every }) => alignedTo(every)(sliding({ k })(bptt)),
  'DNI of future credit': ({ k }) => dniFuture({ every: k, lr: 0.125, decay: 0.5 }),
  'predicted and true credit by turns': ({ k, reach, every }) =>
    hybrid({ every: k, long: reach, nth: every, cut: k > reach, lr: 0.125 }),
}

/** By each compiled engine, and as often by the eager one. */
const sides = (by: (engine: EngineLike) => readonly number[]): readonly [readonly number[], readonly number[]] => {
  const eager = by('eager')
  return [engines.flatMap(by), engines.flatMap(() => eager)]
}

const onCases = (
  claim: string,
  by: (made: Realised, of: Case) => (engine: EngineLike) => readonly number[],
  limits: Limits,
  runs: number,
): Proposition =>
  equation<Case>({
    claim,
    forAll: cases(limits),
    sides: of => sides(by(realise(of.net), of)),
    describe: show,
    between: ['compiled', 'eager'],
    within: 1e-10,
    verdict: 'holds',
    runs,
  })

/** Rules of one's own: one gives a parameter the credit of its state without the error of the timestep, one the same δ at every timestep. */
const late: Rule<Credit, 'future'> = {
  name: 'late',
  faces: 'future',
  init: bptt.init,
  step: (c, now) => [pull(now.immediate, c), pull(now.jacobian, plus(c, error(now)))],
}
const even: Rule<null, 'future'> = {
  name: 'even',
  faces: 'future',
  init: () => null,
  step: (_, now) => [pull(now.immediate, asCotangent<State>(now.immediate.to, ones([now.immediate.to.size]))), null],
}
/** The same network with another cell. */
const withCell = ({ sizes, loss, start }: Network, cell: Network['cell']): Network =>
  network(cell, sizes, loss, { start })

/** A network whose bias enters by g after its activation: some of its gradient is then known beforehand. */
const biased = (net: Network, g: (b: Value) => Value): Network => {
  const { cell } = net
  return withCell(net, {
    ...cell,
    step: (θ, s, x) => {
      const b = θ.b_rec as Value
      return mapTree(cell.step({ ...θ, b_rec: zeros(b.shape) }, s, x), h => add(tanh(h), g(b))) as Branch
    },
  })
}

const flat = ({ loss, gradient }: LossAndGradient<Theta>): readonly number[] => [loss, ...entries(gradient)]

/** Three sequences of one length: the network's own, its inputs halved, and its weights the other way round. */
const batchOf = (sequence: readonly Example[]): readonly (readonly Example[])[] => [
  sequence,
  sequence.map(({ x, target, weight }) => example(mul(x, -0.5), target, weight)),
  sequence.map(({ x, target }, t) => example(x, target, (sequence.at(-1 - t) as Example).weight)),
]

/** The loss and gradient of a run, and those of a shorter one after it. */
const graded =
  (rule: AnyRule) =>
  ({ net, θ, sequence }: Realised) =>
  (engine: EngineLike): readonly number[] => {
    const by = lossAndGradient(rule, net, { engine })
    const shorter = sequence.slice(0, Math.ceil(sequence.length / 2))
    // a loss of the whole run has no derivative where it is 0
    const data = [sequence, shorter].filter(
      one => !isWholeRun(net.loss) || evaluate(net, { engine: 'eager' })(θ, one) > 0,
    )
    return data.flatMap(one => flat(by(θ, one)))
  }

const gradients: readonly Proposition[] = [
  onNetworks('the gradient by BPTT that a compiled engine finds is the eager one', made => sides(graded(bptt)(made)), {
    runs: 20,
  }),
  ...Object.entries(rules).map(([name, rule]) =>
    onCases(
      `the gradient by ${name} that a compiled engine finds is the eager one`,
      (made, of) => graded(rule(of))(made),
      sums,
      12,
    ),
  ),
  onCases(
    "the gradient by a rule of one's own that a compiled engine finds is the eager one",
    (made, { k, reach }) => {
      const own = [late, even, sliding({ k: k + 1 })(bptt), windowed({ every: reach, reach: k + 1 })(late)]
      const by = [...own, windowed({ every: 1, reach: k })(even)].map(rule => graded(rule as AnyRule))
      const nets = [biased(made.net, b => b), biased(made.net, tanh)]
      return engine => by.flatMap(rule => nets.flatMap(net => rule({ ...made, net })(engine)))
    },
    sums,
    6,
  ),
  equation<Case>({
    claim: 'by every rule and engine, the gradient of a batch is the mean over sequences of the sum over time',
    forAll: cases(sums),
    sides: of => {
      const { net, θ, sequence } = realise(of.net)
      const batch = batchOf(sequence)
      const all: readonly AnyRule[] = [bptt, ...Object.values(rules).map(rule => rule(of))]
      const mean = (rule: AnyRule): readonly number[] => {
        const ones = batch.map(one => flat(lossAndGradient(rule, net, { engine: 'eager' })(θ, one)))
        return (ones[0] as readonly number[]).map((_, i) => ones.reduce((sum, one) => sum + (one[i] as number), 0) / 3)
      }
      const means = all.flatMap(mean)
      const batches = (engine: EngineLike) =>
        all.flatMap(rule => flat(lossAndGradient(rule, net, { engine })(θ, batch)))
      return [(['eager', ...engines] as const).flatMap(batches), [...means, ...means, ...means]]
    },
    describe: show,
    between: ['batch', 'mean'],
    within: 1e-10,
    verdict: 'holds',
    runs: 6,
  }),
]

/** A network whose loss is a sum over time. */
const online = (net: Network): Network<Branch, Branch, PerStep> => net as Network<Branch, Branch, PerStep>

/** The same network, but what it makes of its parameters is worked out before its first input. */
const bent = (net: Network): Network => {
  const { cell } = net
  return withCell(net, {
    ...cell,
    start: s => mapTree(s, tanh) as Branch,
    step: (θ, s, x) => cell.step({ ...θ, W_rec: mul(0.5, add(θ.W_rec as Value, tanh(θ.W_rec as Value))) }, s, x),
  })
}

/** What is learned from a sequence, from a shorter one after it, and from a batch: losses, outputs, θ. */
const learned =
  (rule: AnyRule<unknown, 'past'>, { every }: Case, { net: leaky, θ, sequence }: Realised) =>
  (engine: EngineLike): readonly number[] => {
    const pass = train(rule, online(bent(leaky)), { optimiser: sgd({ lr: 0.125 }), every, engine })
    let last: Theta = θ
    return [sequence, sequence.slice(0, 3), batchOf(sequence)].flatMap(data =>
      [...pass(last, data)].flatMap(({ loss, output, θ }) => {
        last = θ
        return [loss, ...entries(output), ...entries(θ)]
      }),
    )
  }
/** Bounded slopes, so that no network runs away from a step size of 1/8. */
const tame: Limits = { losses: ['half_mse', 'softmax_ce'], activations: ['tanh', 'sigmoid'], T: 7 }

/** What two runs of one `train` see, a step at a time in turn or one after the other. */
const twins = ({ net, θ, sequence }: Realised, inTurn: boolean): readonly number[] => {
  const pass = train(rtrl, online(net), { optimiser: sgd({ lr: 0.125 }), engine: 'compiled' })
  for (const step of pass(θ, sequence)) entries(step.θ)
  const both = batchOf(sequence)
    .slice(0, 2)
    .map(data => pass(θ, data))
  const step = (steps: (typeof both)[number]): readonly number[] => {
    const { value } = steps.next()
    return value ? [value.loss, ...entries(value.θ)] : []
  }
  if (!inTurn) return both.flatMap(steps => sequence.flatMap(() => step(steps)))
  const steps = sequence.map(() => both.map(step))
  return [0, 1].flatMap(i => steps.flatMap(pair => pair[i] as readonly number[]))
}

const learning: readonly Proposition[] = [
  ...Object.entries(rules).map(([name, rule]) =>
    onCases(
      `learning online by ${name} with a compiled engine is eager learning, in batches and across updates`,
      (made, of) => learned(rule(of), of, made),
      tame,
      10,
    ),
  ),
  onNetworks(
    'two learners that take turns with one compiled rule learn what each learns alone',
    made => [twins(made, true), twins(made, false)],
    { forAll: networks(tame), within: 0, runs: 10 },
  ),
]

export const byEngines: readonly Proposition[] = [...gradients, ...learning]
