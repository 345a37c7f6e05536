/**
 * What carries a rule from one timestep to the next, counted: an influence crosses by pushes, a credit by pulls. The values of
 * two rules may agree whichever way their maps are followed; these propositions see the way itself.
 */
import { integer } from 'fast-check'
import { dense } from '../../ad/linear/apply.ts'
import { add, mul, tanh, unary } from '../../ad/primitives/elementwise.ts'
import { eye, full, tensor } from '../../ad/tensor.ts'
import type { Value } from '../../ad/value.ts'
import { affine } from '../../nets/cells/affine.ts'
import { halfSquaredError } from '../../nets/loss.ts'
import { example, type Network, network, params } from '../../nets/network.ts'
import { rng } from '../../nets/random.ts'
import { fitted } from '../../nets/run/noise.ts'
import { backwards, type Facing, forwards, type Rule, total } from '../../nets/run/scan.ts'
import { unroll } from '../../nets/run/unroll.ts'
import { artbp } from '../../rules/artbp.ts'
import { bplambda } from '../../rules/bplambda.ts'
import { credit } from '../../rules/bptt.ts'
import { dni } from '../../rules/dni.ts'
import { dniB } from '../../rules/dni-b.ts'
import { drtrl, esdrtrl } from '../../rules/drtrl.ts'
import { eprop } from '../../rules/eprop.ts'
import { forwardGradient } from '../../rules/forward-gradient.ts'
import { fpbptt } from '../../rules/fpbptt.ts'
import { hybrid } from '../../rules/hybrid.ts'
import { kernl } from '../../rules/kernl.ts'
import { kernlLearned } from '../../rules/kernl-learned.ts'
import { kfrtrl } from '../../rules/kfrtrl.ts'
import { nodePerturbation } from '../../rules/node-perturbation.ts'
import { ok } from '../../rules/ok.ts'
import { sparsity } from '../../rules/parts/sparsity.ts'
import { randomFeedback } from '../../rules/random-feedback.ts'
import { reverseKfrtrl } from '../../rules/reverse-kfrtrl.ts'
import { rflo } from '../../rules/rflo.ts'
import { rfloAdaptive } from '../../rules/rflo-adaptive.ts'
import { influence } from '../../rules/rtrl.ts'
import { sketch } from '../../rules/sketch.ts'
import { snap } from '../../rules/snap.ts'
import { chunked, sliding } from '../../rules/tbptt.ts'
import { threeFactor } from '../../rules/three-factor.ts'
import { uoro } from '../../rules/uoro.ts'
import { weightPerturbation } from '../../rules/weight-perturbation.ts'
import { equation, type Proposition } from '../proposition.ts'

/** How often something went through J, by each mode. */
interface Crossings {
  readonly pushes: number
  readonly pulls: number
}

/** The identity, which counts the tangents and cotangents that go through it; a block counts once. */
const counter = () => {
  const count = { pushes: 0, pulls: 0 }
  const counted = unary('counted', x => x, {
    push: [
      t => {
        count.pushes++
        return t
      },
    ],
    pull: [
      c => {
        count.pulls++
        return c
      },
    ],
  })
  return { count, counted }
}

/** A leaky network whose state before a step is seen only through the counter, so that all of J is counted, and nothing else. */
const countedTask = (counted: (x: Value) => Value): Network =>
  network(
    affine(
      { params: { W_rec: ['d', 'd'], W_in: ['d', 'n'], b_rec: ['d'] }, state: { h: ['d'] } },
      (s, x) => ({ W_rec: counted(s.h), W_in: x, b_rec: 1 }),
      (s, u) => ({ h: add(mul(0.5, counted(s.h)), mul(0.5, tanh(u))) }),
    ),
    { d: 3, n: 2, m: 2 },
    halfSquaredError(),
  ) as unknown as Network

const steps = 4

/** What a rule sends through J over a run of four steps. */
const crossingsOf = (make: (net: Network) => Rule<unknown, Facing>, seed: number): Crossings => {
  const { count, counted } = counter()
  const net = countedTask(counted)
  const random = rng(seed)
  const θ = params(net, random)
  const rule = make(net)
  const draws = fitted(rule.draws, net, θ)
  const sequence = Array.from({ length: steps }, (_, t) => example(tensor([t, -1]), tensor([1, t])))
  const run = unroll(net, { noise: () => random.draw(draws) })(θ, sequence)
  Object.assign(count, { pushes: 0, pulls: 0 })
  total(
    rule.facing === 'future' ? backwards(rule as Rule<unknown, 'future'>) : forwards(rule as Rule<unknown, 'past'>),
  )(run)
  return { ...count }
}

const B = tensor([
  [1, -1],
  [2, 0],
  [0, 1],
])
const guess = { lr: 0.1 }
type Rules = Readonly<Record<string, (net: Network) => unknown>>

/** What has been done so far, as a map or as vectors in its place: tangents. */
const byPushes: Rules = {
  rtrl: () => influence(dense),
  'snap, n = 1': net => snap(1, sparsity(net)),
  'snap, n = 2': net => snap(2, sparsity(net)),
  'snap by units': net => snap(1, sparsity(net), 'unit'),
  rflo: net => rflo(B, sparsity(net)),
  'rflo without wiring': () => rflo(B),
  'rflo that adapts': net => rfloAdaptive({ B, lr: 0.1, wiring: sparsity(net) }),
  eprop: net => eprop(undefined, sparsity(net)),
  drtrl: net => drtrl(sparsity(net)),
  esdrtrl: () => esdrtrl(0.5),
  uoro: () => uoro(),
  kfrtrl: () => kfrtrl(),
  'reverse kfrtrl': () => reverseKfrtrl(),
  ok: () => ok(2),
  sketch: net => sketch(2, sparsity(net)),
  'forward gradient': () => forwardGradient,
}

/** What is still to come, as a cotangent. */
const byPulls: Rules = {
  bptt: () => credit,
  artbp: () => artbp(0.1),
  'random feedback': () => randomFeedback(B),
  'tbptt in chunks': () => chunked(2),
  'tbptt in sliding windows': () => sliding(2),
  'fpbptt, whose windows are joined by an influence that their own pulls make': () => fpbptt(2),
  'dni of the whole credit, whose target is the next guess pulled back one step': () => dni.total(guess),
  'dni of future credit, in windows': () => dni.future({ ...guess, every: 2 }),
  hybrid: () => hybrid({ ...guess, every: 2, long: 4, nth: 2 }),
}

/** Neither: J is replaced by something that has been learned, or what a change does is measured by running again. */
const byNeither: Rules = {
  kernl: net => kernl(eye(3), full([3], 0.5), sparsity(net)),
  'learned kernl': net => kernlLearned({ lr: 0.1, wiring: sparsity(net) }),
  'dni(b)': () => dniB({ ...guess, model: { lr: 0.1 } }),
  'node perturbation': () => nodePerturbation(),
  'weight perturbation': () => weightPerturbation(),
  'three factors': () => threeFactor(),
}

/** A bootstrap with a trace: the trace is an influence, its error the credit of the next guess, pulled back one step. */
const byBoth: Rules = {
  'bp(λ)': () => bplambda({ ...guess, lambda: 0.5 }),
}

const some = (n: number): number => (n > 0 ? 1 : 0)
const crosses = (rules: Rules, how: string, [pushes, pulls]: readonly [number, number]): readonly Proposition[] =>
  Object.entries(rules).map(([name, make]) =>
    equation<number>({
      claim: `${name} crosses a timestep by ${how}`,
      forAll: integer({ min: 0, max: 1000 }),
      sides: seed => {
        const found = crossingsOf(make as never, seed)
        return [
          [some(found.pushes), some(found.pulls)],
          [pushes, pulls],
        ]
      },
      within: 0,
      verdict: 'holds',
      runs: 2,
    }),
  )

export const crossings: readonly Proposition[] = [
  ...crosses(byPushes, 'pushes alone', [1, 0]),
  ...crosses(byPulls, 'pulls alone', [0, 1]),
  ...crosses(byNeither, 'neither pushes nor pulls', [0, 0]),
  ...crosses(byBoth, 'pushes of its trace and pulls of its target', [1, 1]),
]
