/** Streaming TD(λ) on recurrent networks: the λ-return seen from the front, and what it is where nothing is bootstrapped. */
import { constantFrom, integer, record } from 'fast-check'
import { asCotangent } from '../../ad/linear/space.ts'
import { type Tensor, tensor, zeros } from '../../ad/tensor.ts'
import type { Value } from '../../ad/value.ts'
import { cell } from '../../nets/cells/cell.ts'
import { halfSquaredError } from '../../nets/loss.ts'
import { type Example, example, type Network, network } from '../../nets/network.ts'
import { rng } from '../../nets/random.ts'
import { steps } from '../../nets/run/fold.ts'
import { total } from '../../nets/run/scan.ts'
import { mapRun, type Run, type Timestep, withZeroError } from '../../nets/run/timestep.ts'
import { train } from '../../nets/train/online.ts'
import { sgd } from '../../nets/train/optimisers.ts'
import { bptt } from '../../rules/bptt.ts'
import { linear } from '../../rules/parts/synthesiser.ts'
import { sliding } from '../../rules/tbptt.ts'
import { td } from '../../rules/td.ts'
import { tdLambda } from '../../rules/td-lambda.ts'
import { networks } from '../arbitraries/networks.ts'
import { list, type Realised, realise } from '../arbitraries/realise.ts'
import type { PlainNetwork } from '../plain-network.ts'
import { type Equation, entries, equation, type Proposition } from '../proposition.ts'

type Numbers = readonly number[]

/** A network whose first input is a reward and whose output is the prediction. */
interface Case {
  readonly net: PlainNetwork
  readonly gamma: number
  readonly lambda: number
}
const part = constantFrom(0.5, 0, 1, 0.25, 0.75)
const cases = record({
  net: networks({ m: 1, losses: ['half_mse'], minT: 2 }).map(net => ({ ...net, output: 'identity' as const })),
  gamma: part,
  lambda: part,
})

const numberAt = (x: Value, i = 0): number => (x as Tensor).data[i] as number

/** What there is of a run to learn a prediction from: v_t and r_t for t = 1 … T. */
const seriesOf = (run: Run) => run.slice(1).map(now => ({ v: numberAt(now.prediction), r: numberAt(now.x) }))

/** ∂v_t/∂θ [|θ|] for t = 1 … T: BPTT of each prediction alone, and the readout's own part, [h; 1] for one output. */
const slopesOf = (run: Run): readonly Numbers[] =>
  run.slice(1).map((_, t) => {
    const alone = mapRun((now, s) =>
      s === t + 1 ? { ...now, logitError: asCotangent(now.readoutMap.to, tensor([1])) } : withZeroError(now),
    )(run)
    const { h } = (run[t + 1] as Timestep).after as { readonly h: Tensor }
    return [...list(total(bptt)(alone)), ...h.data, 1]
  })

/** G_t = r_{t+1} + γ((1 - λ) v_{t+1} + λ G_{t+1}), G_T = v_T. Sutton & Barto 2018, chapter 12. */
const lambdaReturns = (run: Run, gamma: number, lambda: number): Numbers => {
  const series = seriesOf(run)
  const returns = series.map(({ v }) => v)
  for (let t = series.length - 2; t >= 0; t--) {
    const { v, r } = series[t + 1] as (typeof series)[number]
    returns[t] = r + gamma * ((1 - lambda) * v + lambda * (returns[t + 1] as number))
  }
  return returns
}

/** Σ_t (v_t - target_t) ∂v_t/∂θ. */
const regressed = (run: Run, targets: Numbers): Numbers => {
  const slopes = slopesOf(run)
  const errors = seriesOf(run).map(({ v }, t) => v - (targets[t] as number))
  return (slopes[0] ?? []).map((_, i) =>
    errors.reduce((sum, e, t) => sum + e * ((slopes[t] as Numbers)[i] as number), 0),
  )
}

const onCases = (
  claim: string,
  sides: (made: Realised, of: Case) => readonly [Numbers, Numbers],
  options: Partial<Equation<Case>> = {},
): Proposition =>
  equation<Case>({
    claim,
    forAll: cases,
    sides: of => sides(realise(of.net), of),
    within: 1e-10,
    verdict: 'holds',
    runs: 40,
    ...options,
  })

const byTd = ({ run }: Realised, { gamma, lambda }: Case): Numbers => list(total(td({ gamma, lambda }))(run))
const refuted = { verdict: 'refuted', runs: 100, within: 1e-6 } as const

/** A network that passes its inputs on: its prediction is linear in them, and its readout all that it learns. */
const passing = (n: number): Network =>
  network(
    cell({ params: {}, state: { h: ['d'] } }, (_, __, x) => ({ h: x })),
    { d: n, n, m: 1 },
    halfSquaredError(),
  ) as unknown as Network

interface Stream {
  readonly seed: number
  readonly n: number
  readonly gamma: number
  readonly lambda: number
}

/** The readout by TD(λ) on the network that passes its inputs on, and ψ of a linear value by accumulate TD(λ), after every step. */
const bothReadouts = ({ seed, n, gamma, lambda }: Stream): readonly [Numbers, Numbers] => {
  const [random, lr] = [rng(seed), 0.1]
  const inputs = Array.from({ length: 6 }, () => random.draw({ law: 'normal', shape: [n] }))
  const net = passing(n)
  const readout = { W_out: zeros([1, n]), b_out: zeros([1]) }
  const data: readonly Example[] = inputs.map(x => example(x, zeros([1])))
  const learned = [
    ...train(td({ gamma, lambda }), net as never, { optimiser: sgd({ lr }) })(
      { ...net.init(1), readout } as never,
      data,
    ),
  ]
  const fold = tdLambda({ synthesiser: linear, lambda, gamma, lr })
  const transitions = inputs.slice(1).map((after, t) => ({
    before: inputs[t] as Value,
    after,
    reward: tensor(numberAt(after)),
    ends: tensor(0),
  }))
  const values = [...steps(fold)(transitions)].map(([, { ψ }]) => entries(ψ))
  return [learned.slice(1).flatMap(({ θ }) => entries(θ.readout as never)), values.flat()]
}

export const predictions: readonly Proposition[] = [
  onCases(
    'TD(λ) on a recurrent network sums up to the regression of its predictions on their λ-returns',
    (made, of) => [byTd(made, of), regressed(made.run, lambdaReturns(made.run, of.gamma, of.lambda))],
  ),
  onCases('TD(λ) with γ = 0 is the gradient of the squared error of predicting the next reward', (made, of) => {
    const { run } = made
    const next = seriesOf(run).slice(1)
    const last = (seriesOf(run).at(-1) as { readonly v: number }).v
    return [byTd(made, { ...of, gamma: 0 }), regressed(run, [...next.map(({ r }) => r), last])]
  }),
  equation<Stream>({
    claim:
      'TD(λ) of a network that passes its inputs on is accumulate TD(λ) with a linear value, step by step as both learn',
    forAll: record({ seed: integer({ min: 1, max: 1000 }), n: integer({ min: 1, max: 3 }), gamma: part, lambda: part }),
    sides: bothReadouts,
    within: 1e-10,
    verdict: 'holds',
    runs: 20,
  }),
  onCases(
    'TD(λ) is the gradient of the summed squares of its errors',
    (made, of) => {
      const [{ run }, { gamma }] = [made, of]
      const [series, slopes] = [seriesOf(run), slopesOf(run)]
      const errors = series.slice(1).map(({ v, r }, t) => r + gamma * v - (series[t] as { readonly v: number }).v)
      const whole = (slopes[0] ?? []).map((_, i) =>
        errors.reduce((sum, δ, t) => {
          const [was, is] = [slopes[t] as Numbers, slopes[t + 1] as Numbers]
          return sum + δ * (gamma * (is[i] as number) - (was[i] as number))
        }, 0),
      )
      return [byTd(made, of), whole]
    },
    { ...refuted, between: ['TD(λ)', 'gradient'] },
  ),
  onCases(
    'TD(λ) is the same for every λ',
    (made, of) => [byTd(made, { ...of, lambda: 0 }), byTd(made, { ...of, lambda: 1 })],
    { ...refuted, between: ['λ = 0', 'λ = 1'] },
  ),
  onCases(
    'TD(λ) whose slopes are those of the one-step truncation is TD(λ) whose slopes are exact',
    ({ run }, { gamma, lambda }) => {
      const myopic = td({ gamma, lambda, by: sliding({ k: 1 })(bptt) })
      return [list(total(myopic)(run)), list(total(td({ gamma, lambda }))(run))]
    },
    { ...refuted, between: ['truncated', 'exact'] },
  ),
]
