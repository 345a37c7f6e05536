/** What each truncation of BPTT keeps of the triangle, with the hypotheses that the usual statements leave out. */

import { type Arbitrary, integer, record } from 'fast-check'
import { toMatrix } from '../../ad/linear/apply.ts'
import { plus, zero } from '../../ad/linear/linear.ts'
import { type Cotangent, zeroCotangentIn } from '../../ad/linear/space.ts'
import { halfSquaredError } from '../../nets/loss.ts'
import { network } from '../../nets/network.ts'
import { outputs, transformed } from '../../nets/run/fold.ts'
import type { AnyRule } from '../../nets/run/rule.ts'
import { scan, total } from '../../nets/run/scan.ts'
import type { Param, Run } from '../../nets/run/timestep.ts'
import { unroll } from '../../nets/run/unroll.ts'
import { train } from '../../nets/train/online.ts'
import { sgd } from '../../nets/train/optimisers.ts'
import { bptt } from '../../rules/bptt.ts'
import type { Influence } from '../../rules/parts/influence.ts'
import { doubleSum } from '../../rules/readings/double-sum.ts'
import { rtrl } from '../../rules/rtrl.ts'
import { chunked, futureFacing, sliding, spaced } from '../../rules/tbptt.ts'
import { describe, networks } from '../arbitraries/networks.ts'
import { list, type Realised, realise } from '../arbitraries/realise.ts'
import type { PlainNetwork } from '../plain-network.ts'
import { type Equation, entries, equation, type Proposition } from '../proposition.ts'

interface Cut {
  readonly net: PlainNetwork
  readonly k: number
  readonly reach: number
}
const cuts = (minT = 1): Arbitrary<Cut> =>
  record({
    net: networks({ losses: ['half_mse', 'softmax_ce'], minT, T: 6 }),
    k: integer({ min: 1, max: 4 }),
    reach: integer({ min: 1, max: 4 }),
  })

const show = ({ net, k, reach }: Cut): string => `k=${k} k2=${reach} ${describe(net)}`

type Sides = (run: Run, cut: Cut) => readonly [readonly number[], readonly number[]]
const onCuts = (claim: string, sides: Sides, options: Partial<Equation<Cut>> = {}): Proposition =>
  equation<Cut>({
    claim,
    forAll: cuts(),
    sides: cut => sides(realise(cut.net).run, cut),
    describe: show,
    within: 1e-10,
    verdict: 'holds',
    runs: 60,
    ...options,
  })

const summed = <M>(rule: AnyRule<M, 'past'>, run: Run): readonly number[] => list(total(rule)(run))

/** The sum over the pairs (t, s) that a band keeps; timestep 0 goes with step 1. */
const band = (run: Run, keeps: (t: number, s: number) => boolean): readonly number[] =>
  list(
    doubleSum(run)
      .flatMap((row, t) => row.filter((_, s) => t > 0 && keeps(t, Math.max(s, 1))))
      .reduce(plus, zeroCotangentIn(run[0].immediate.from)),
  )

/** the Jacobian cut where a chunk begins, after step k, 2k, …. */
const severed = (run: Run, k: number): readonly number[] => {
  const cut = new Set(run.filter((_, t) => t > 1 && (t - 1) % k === 0))
  const view = transformed(now => (cut.has(now) ? { ...now, jacobian: zero(now.jacobian) } : now))
  return list(total(view(bptt))(run))
}

const bands: readonly Proposition[] = [
  onCuts('the sliding window keeps the pairs with t - s < k', (run, { k }) => [
    summed(sliding({ k })(bptt), run),
    band(run, (t, s) => t - s < k),
  ]),
  onCuts('chunks keep the pairs within one chunk', (run, { k }) => [
    summed(chunked({ k })(bptt), run),
    band(run, (t, s) => Math.ceil(t / k) === Math.ceil(s / k)),
  ]),
  onCuts(
    'passes every k1 steps over k2 keep the pairs with s > τ(t) - k2, τ the time of the pass',
    (run, { k, reach }) => {
      const T = run.length - 1
      return [
        summed(spaced({ k1: k, k2: reach })(bptt), run),
        band(run, (t, s) => s > Math.min(T, k * Math.ceil(t / k)) - reach),
      ]
    },
  ),
  onCuts('chunks are BPTT with J = 0 every k steps', (run, { k }) => [
    summed(chunked({ k })(bptt), run),
    severed(run, k),
  ]),
]

const identities: readonly Proposition[] = [
  onCuts('a window of at least T keeps everything: all four truncations are BPTT', run => {
    const k = run.length
    const all = [
      sliding({ k })(bptt),
      chunked({ k })(bptt),
      futureFacing({ k })(bptt),
      spaced({ k1: k, k2: k })(bptt),
    ].flatMap(rule => summed(rule, run))
    return [
      all,
      Array(4)
        .fill(list(total(bptt)(run)))
        .flat(),
    ]
  }),
  onCuts('future-facing BPTT, flushed at the end, sums to the sliding window', (run, { k }) => [
    summed(futureFacing({ k })(bptt), run),
    summed(sliding({ k })(bptt), run),
  ]),
  onCuts('a pass at every step over k steps is the sliding window', (run, { k }) => [
    summed(spaced({ k1: 1, k2: k })(bptt), run),
    summed(sliding({ k })(bptt), run),
  ]),
  onCuts(
    'passes every k steps over k steps are chunks where k divides T',
    (run, { k }) => [summed(spaced({ k1: k, k2: k })(bptt), run), summed(chunked({ k })(bptt), run)],
    {
      forAll: cuts().filter(({ net, k }) => net.inputs.length % k === 0),
    },
  ),
]

const refuted: readonly Proposition[] = [
  onCuts(
    'one-step truncation computes the gradient',
    run => [summed(sliding({ k: 1 })(bptt), run), list(total(bptt)(run))],
    {
      verdict: 'refuted',
      between: ['one step', 'gradient'],
    },
  ),
  onCuts(
    'passes every k steps over k steps are chunks, whether or not k divides T',
    (run, { k }) => [summed(spaced({ k1: k, k2: k })(bptt), run), summed(chunked({ k })(bptt), run)],
    {
      verdict: 'refuted',
      between: ['passes', 'chunks'],
    },
  ),
  onCuts(
    'future-facing BPTT sums to the sliding window without the flush at the end',
    (run, { k }) => {
      const outs = [...outputs(scan(futureFacing({ k })(bptt))(run))]
      const flushless = outs.slice(0, -1).reduce(plus, zeroCotangentIn(run[0].immediate.from) as Cotangent<Param>)
      return [list(flushless), summed(sliding({ k })(bptt), run)]
    },
    { verdict: 'refuted', forAll: cuts(2), between: ['no flush', 'sliding'] },
  ),
  onCuts(
    'future-facing BPTT and the sliding window agree step by step',
    (run, { k }) => [
      [...outputs(scan(futureFacing({ k })(bptt))(run))].flatMap(list),
      [...outputs(scan(sliding({ k })(bptt))(run))].flatMap(list),
    ],
    { verdict: 'refuted', between: ['oldest', 'sliding'] },
  ),
  onCuts(
    'passes every k1 steps over k2 < k1 steps lose no loss',
    (run, { k, reach }) => [
      summed(spaced({ k1: k + reach, k2: reach })(bptt), run),
      summed(spaced({ k1: k + reach, k2: k + reach })(bptt), run),
    ],
    { verdict: 'refuted', between: ['k2 < k1', 'k2 = k1'] },
  ),
]

/** Online RTRL for two steps of data or more, every weight 1, half squared error: how stale the influence is at the end. */
const staleness = ({ net: { cell, sizes }, θ, sequence }: Realised, lr: number): number => {
  const plain = network(cell, sizes, halfSquaredError(), { start: 'learned' })
  const steps = [...train(rtrl, plain, { optimiser: sgd({ lr }), engine: 'eager' })(θ, sequence)]
  const last = steps.at(-1) as (typeof steps)[number]
  const exact = [...scan(rtrl)(unroll(plain)(last.θ, sequence))].at(-1)?.[1] as Influence
  const difference = entries(toMatrix(last.memory())).map((x, i) => x - (entries(toMatrix(exact))[i] as number))
  return Math.hypot(...difference)
}

/** Networks whose staleness can be seen. */
const stale = networks({ losses: ['half_mse'], activations: ['tanh', 'sigmoid'], minT: 2, T: 5 }).filter(
  net => net.output === 'identity' && staleness(realise(net), 1e-3) > 1e-6,
)

const online: readonly Proposition[] = [
  {
    claim:
      'the influence that online RTRL carries is stale by O(step size): a step ten times smaller, a gap at least ten times smaller',
    forAll: stale,
    residual: (net: PlainNetwork) =>
      Math.max(0, (10 * staleness(realise(net), 1e-5)) / staleness(realise(net), 1e-4) - 1),
    // a ratio of first-order terms, where they are not 0: what is left is the second order, about the step size over the smallest gap seen
    within: 0.1,
    verdict: 'holds',
    show: describe,
    runs: 15,
  },
  {
    claim: 'with an update at every step, RTRL still carries the exact influence',
    forAll: stale,
    residual: (net: PlainNetwork) => staleness(realise(net), 0.25),
    within: 1e-9,
    verdict: 'refuted',
    show: (net: PlainNetwork) =>
      `${describe(net)}\nstale by ${staleness(realise(net), 0.25).toPrecision(4)} at step size 0.25`,
  },
]

export const truncation: readonly Proposition[] = [...bands, ...identities, ...online]
export const truncationRefuted: readonly Proposition[] = refuted
