/** The triangle of pairs: how many pulls it takes, what a rule's own triangle adds up to, and when it is the exact one. */
import { constantFrom, integer, record } from 'fast-check'
import { pull } from '../../ad/linear/apply.ts'
import { plus, zero } from '../../ad/linear/linear.ts'
import { type Cotangent, spaceOf } from '../../ad/linear/space.ts'
import { type Tensor, tensorOf } from '../../ad/tensor.ts'
import { gru } from '../../nets/cells/gru.ts'
import type { Network } from '../../nets/network.ts'
import { drawnFor, withNoise } from '../../nets/run/noise.ts'
import { type AnyRule, resolved } from '../../nets/run/rule.ts'
import { scan, total } from '../../nets/run/scan.ts'
import { error, mapRun, type Param, type Run } from '../../nets/run/timestep.ts'
import { bptt } from '../../rules/bptt.ts'
import { eprop } from '../../rules/eprop.ts'
import { forwardGradient } from '../../rules/forward-gradient.ts'
import { fpbptt } from '../../rules/fpbptt.ts'
import { kfrtrl } from '../../rules/kfrtrl.ts'
import { randomFeedback } from '../../rules/random-feedback.ts'
import { alignmentByLag } from '../../rules/readings/alignment-by-lag.ts'
import { doubleSum } from '../../rules/readings/double-sum.ts'
import { fromStepOne, type Pairs, triangleBy } from '../../rules/readings/triangle-by.ts'
import { rflo } from '../../rules/rflo.ts'
import { rtrl } from '../../rules/rtrl.ts'
import { snap } from '../../rules/snap.ts'
import { chunked, sliding } from '../../rules/tbptt.ts'
import { uoro } from '../../rules/uoro.ts'
import { networks } from '../arbitraries/networks.ts'
import { onNetworks } from '../arbitraries/on-networks.ts'
import { list, type Realised } from '../arbitraries/realise.ts'
import { drawsOf, few, mean, onFew, unrolled } from '../arbitraries/sign-draws.ts'
import { columnsOf } from '../arbitraries/unrolled-program.ts'
import { equation, type Proposition } from '../proposition.ts'
import { crossingsIn } from './crossings.ts'

type Numbers = readonly number[]
const flat = (pairs: Pairs): Numbers => pairs.flat().flatMap(list)

/** Every pair by its own chain of pulls: T³/6 of them. */
const byChains = (run: Run): Pairs =>
  run.map((now, t) =>
    run.slice(0, t + 1).map((then, s) => {
      const between = run.slice(s + 1, t + 1)
      return pull(
        then.immediate,
        between.reduceRight((c, moment) => pull(moment.jacobian, c), error(now)),
      )
    }),
  )

const pulls = (read: (run: Run) => unknown, seed: number, T: number): number => crossingsIn(read, seed, T).pulls

const counts: readonly Proposition[] = [
  equation({
    claim: 'the double sum over T steps takes T(T + 1)/2 pulls through a Jacobian, where BPTT takes T',
    forAll: record({ seed: integer({ min: 0, max: 1000 }), T: integer({ min: 1, max: 12 }) }),
    sides: ({ seed, T }) => [[2 * pulls(doubleSum, seed, T)], [(T + 1) * pulls(total(bptt), seed, T)]],
    within: 0,
    verdict: 'holds',
    runs: 12,
  }),
  onNetworks(
    'the double sum that carries q_t J_t … along s is the one with a chain of pulls for each pair',
    ({ run }) => [flat(doubleSum(run)), flat(byChains(run))],
    { within: 0 },
  ),
]

/** Where no factor is 0 for good, as it is behind a relu that is off: balanced factors have a derivative there. */
const smooth = networks({ activations: ['tanh', 'identity', 'sigmoid', 'softplus'] })

/** Rules by what they are called, facing the past. */
const past: Readonly<Record<string, AnyRule>> = {
  RFLO: rflo(),
  'e-prop': eprop(),
  'SnAp-1': snap(),
  UORO: uoro(),
  "UORO in Marschall's order": uoro({ order: 'marschall' }),
  'KF-RTRL': kfrtrl(),
  'the forward gradient': forwardGradient,
}

const emissions = (rule: AnyRule, run: Run, seed: number): Numbers => {
  const outs = [...scan(rule, { seed })(run)].map(([out]) => list(out))
  return (rule.faces === 'future' ? outs.toReversed() : outs).flat()
}

const sums = (pairs: Pairs): Numbers => pairs.flatMap(row => list(row.reduce(plus)))

const wholes: readonly Proposition[] = [
  equation<number>({
    claim: 'row t of the triangle of e-prop on a GRU adds up to what it emits at t',
    forAll: integer({ min: 0, max: 1000 }),
    sides: seed => {
      const { run } = unrolled(gru() as unknown as Network['cell'], seed, 3, 4)
      return [sums(triangleBy(eprop())(run)), emissions(eprop(), run, 0)]
    },
    within: 1e-10,
    verdict: 'holds',
    runs: 4,
  }),
  ...Object.entries(past).map(([name, rule]) =>
    onNetworks(
      `row t of the triangle of ${name} adds up to what it emits at t`,
      ({ run }) => [sums(triangleBy(rule, { seed: 5 })(run)), emissions(rule, run, 5)],
      { forAll: smooth, runs: 12 },
    ),
  ),
  onNetworks(
    'column s of the triangle of BPTT with random feedback adds up to what it emits at s',
    ({ run }) => [sums(columnsOf(triangleBy(randomFeedback(), { seed: 5 })(run))), emissions(randomFeedback(), run, 5)],
    { runs: 12 },
  ),
]

/** The exact pairs that are kept, 0 in place of the others; the start goes with step 1. */
const kept = (run: Run, keeps: (t: number, s: number) => boolean): Numbers =>
  doubleSum(run).flatMap((row, t) =>
    row.flatMap((g, s) => list(g).map(x => (t > 0 && keeps(t, Math.max(s, 1)) ? x : 0))),
  )

const perStep = { forAll: networks({ losses: ['half_mse', 'softmax_ce'] }), runs: 12 } as const
const exacts: readonly Proposition[] = [
  ...Object.entries({ RTRL: rtrl, BPTT: bptt, 'FP-BPTT in windows of 2': fpbptt({ k: 2 }) }).map(([name, rule]) =>
    onNetworks(
      `the triangle of ${name} is the double sum`,
      ({ run }) => [flat(triangleBy(rule as AnyRule)(run)), flat(doubleSum(run))],
      { runs: 12 },
    ),
  ),
  onNetworks(
    'the triangle of the sliding window is the exact one where t - s < k, and 0 elsewhere',
    ({ run }) => [flat(triangleBy(sliding({ k: 2 })(bptt))(run)), kept(run, (t, s) => t - s < 2)],
    perStep,
  ),
  onNetworks(
    'the triangle of chunks is the exact one within a chunk, and 0 elsewhere',
    ({ run }) => [
      flat(triangleBy(chunked({ k: 2 })(bptt))(run)),
      kept(run, (t, s) => Math.ceil(t / 2) === Math.ceil(s / 2)),
    ],
    perStep,
  ),
]

/** What a rule emits with one immediate map alone, the others 0: g[t][s] row by row. */
const alone = (rule: AnyRule, run: Run, seed: number): Pairs => {
  const own = resolved(rule, run.net, seed)
  const drawn = drawnFor(own, run, seed)
  const columns = run.map((_, s) => {
    const only = mapRun((now, t) => (t === s ? now : { ...now, immediate: zero(now.immediate) }))(drawn)
    return [...scan(own, { seed })(only)].map(([out]) => out)
  })
  return run.map((_, t) => columns.slice(0, t + 1).map(column => column[t] as Cotangent<Param>))
}

const aloneIs = (name: string, rule: AnyRule, verdict: 'holds' | 'refuted'): Proposition =>
  onNetworks(
    `the triangle of ${name} is what it emits with one immediate map alone`,
    ({ run }) => [flat(triangleBy(rule, { seed: 5 })(run)), flat(alone(rule, run, 5))],
    { verdict, runs: verdict === 'holds' ? 12 : 60 },
  )

/** The cell's part of every pair but those of timestep 0. */
const ofCell = ({ θ }: Realised, pairs: Pairs): Numbers => {
  const { size } = spaceOf(θ.cell)
  return pairs.slice(1).flatMap(row => row.slice(1).flatMap(g => list(g).slice(0, size)))
}

const draws = (rule: AnyRule, made: Realised): readonly Tensor[] => {
  const { shape, data } = drawsOf(rule, made)
  const [count = 0, ...one] = shape
  const size = data.length / count
  return Array.from({ length: count }, (_, i) => tensorOf(one, data.slice(i * size, (i + 1) * size)))
}

/**
 * Networks on which no factor of UORO is 0, whatever is drawn. Where one is, its scale is 1, the rule is not homogeneous, and
 * `triangleBy` refuses it: a slope of relu may be 0, and multiples of ¼ may cancel.
 */
const withoutZeroFactors = few()
  .filter(({ net }) => net.activation !== 'relu')
  .map(one => {
    let at = 0
    const moved = (_: string, part: unknown): unknown => (typeof part === 'number' ? part + Math.sin(++at) / 64 : part)
    return { ...one, net: { ...one.net, params: JSON.parse(JSON.stringify(one.net.params), moved) } }
  })

const linear: readonly Proposition[] = [
  aloneIs('RFLO', rflo(), 'holds'),
  aloneIs('UORO with constant scales', uoro({ normalize: false }), 'holds'),
  aloneIs('UORO with balanced factors', uoro(), 'refuted'),
  onFew(
    'the mean over all draws of the triangle of UORO is the double sum, pair by pair',
    made => [
      mean(draws(uoro(), made).map(noise => ofCell(made, triangleBy(uoro())(withNoise(made.run, noise))))),
      ofCell(made, doubleSum(made.run)),
    ],
    { runs: 4, forAll: withoutZeroFactors },
  ),
]

const lags: readonly Proposition[] = [
  equation({
    claim: 'by lag, a window of k steps is exact below lag k, and has nothing from there on',
    forAll: record({ seed: integer({ min: 0, max: 1000 }), k: constantFrom(1, 2, 3) }),
    sides: ({ seed, k }) => {
      const found: Numbers[] = []
      crossingsIn(
        run => {
          const [ours, exact] = [triangleBy(sliding({ k })(bptt))(run), doubleSum(run)]
          for (const { error, ratio } of alignmentByLag(fromStepOne(ours), fromStepOne(exact)))
            found.push([error, ratio])
        },
        seed,
        5,
      )
      return [found.flat(), found.flatMap((_, lag) => (lag < k ? [0, 1] : [1, 0]))]
    },
    within: 1e-10,
    verdict: 'holds',
    runs: 6,
  }),
]

export const triangles: readonly Proposition[] = [...counts, ...wholes, ...exacts, ...linear, ...lags]
