/** What a compiled plan is: what it keeps, what it leaves for later, and in which numbers it counts. */

import { integer, record } from 'fast-check'
import { compile } from '../../ad/compiler/compile.ts'
import type { EngineLike } from '../../ad/compiler/engine.ts'
import { defaultEngine, engineOf } from '../../ad/compiler/engine.ts'
import { scratchBytes } from '../../ad/compiler/kernels.ts'
import { knownAs } from '../../ad/compiler/known.ts'
import { spaceOf } from '../../ad/linear/space.ts'
import { isConstant } from '../../ad/modes/trace.ts'
import { hvp, valueAndGrad } from '../../ad/modes/transforms.ts'
import { mul } from '../../ad/primitives/elementwise.ts'
import { scalar, zeros } from '../../ad/tensor.ts'
import { mapTree } from '../../ad/tree.ts'
import type { Value } from '../../ad/value.ts'
import { leaky } from '../../nets/cells/leaky.ts'
import { prepared } from '../../nets/compiled/prepare.ts'
import { halfSquaredError } from '../../nets/loss.ts'
import { example, network, type Theta, unrolled } from '../../nets/network.ts'
import type { Rule } from '../../nets/run/rule.ts'
import { noNoise } from '../../nets/run/timestep.ts'
import { gradient, lossAndGradient } from '../../nets/train/gradient.ts'
import { compiledFor } from '../../nets/train/plans.ts'
import { bptt } from '../../rules/bptt.ts'
import { rtrl } from '../../rules/rtrl.ts'
import { networks } from '../arbitraries/networks.ts'
import { onNetworks } from '../arbitraries/on-networks.ts'
import type { Realised } from '../arbitraries/realise.ts'
import { entries, type Proposition } from '../proposition.ts'

const slope = ({ net, sequence }: Realised) => valueAndGrad((p: Theta) => unrolled(net, sequence)(p).loss)
/** No loss whose derivative is infinite somewhere, nor one with kinks, which single precision may fall on the other side of. */
const smooth = networks({
  losses: ['half_mse', 'sse', 'softmax_ce'],
  activations: ['identity', 'tanh', 'sigmoid', 'softplus'],
})

const precision = [
  onNetworks(
    'a compiled program in single precision is the program to 1e-5',
    made => {
      const singles = (['compiled-js', 'compiled-wasm'] as const).map(name =>
        compile(slope(made), { name, dtype: 'f32' })(made.θ),
      )
      const double = entries(slope(made)(made.θ))
      return [singles.flatMap(out => entries(out)), [...double, ...double]]
    },
    { forAll: smooth, within: 1e-5 },
  ),
  onNetworks(
    'BPTT compiled in single precision is BPTT to 1e-5',
    ({ net, θ, sequence }) => {
      const by = (engine: EngineLike) => entries(gradient(bptt, net, { engine })(θ, sequence))
      return [by(defaultEngine('f32')), by('eager')]
    },
    { forAll: smooth, within: 1e-5, runs: 20 },
  ),
  onNetworks(
    'compiled-wasm and eager code agree to the last bit',
    made => [entries(compile(slope(made), 'compiled-wasm')(made.θ)), entries(slope(made)(made.θ))],
    { verdict: 'refuted', within: 0, between: ['wasm', 'eager'], runs: 200 },
  ),
]

const results = [
  onNetworks(
    'a Hessian on a tangent, compiled, is what it is',
    ({ net, θ, sequence }) => {
      const loss = (p: Theta): Value => unrolled(net, sequence)(p).loss
      const along = mapTree(θ, leaf => mul(0.5, leaf))
      const product = (p: Theta, t: Theta) => hvp(loss, [p], [t])
      return [entries(compile(product)(θ, along as Theta)), entries(product(θ, along as Theta))]
    },
    { forAll: smooth, runs: 20 },
  ),
  onNetworks(
    'results are copies: a later call does not change them, and `into` writes in the place given',
    made => {
      const { net, θ, sequence } = made
      const other = mapTree(θ, leaf => mul(-0.5, leaf)) as Theta
      const [compiled, by] = [compile(slope(made)), lossAndGradient(bptt, net, { engine: 'compiled' })]
      const [kept, graded] = [compiled(θ), by(θ, sequence)]
      const first = [kept, scalar(graded.loss), graded.gradient] as const
      const before = entries(first)
      const places = mapTree(kept, leaf => zeros(leaf.shape)) as typeof kept
      const place = zeros([spaceOf(θ).size])
      const same =
        compiled.into(places, other) === places &&
        entries(by(other, sequence, { into: place }).gradient).every((g, i) => g === place.data[i])
      const given = entries([places, place, scalar(Number(same))])
      const again = entries([compile(slope(made))(other), by(other, sequence).gradient])
      return [
        [...entries(first), ...given],
        [...before, ...again, 1],
      ]
    },
    { within: 0, runs: 20 },
  ),
]

interface Size {
  readonly d: number
  readonly n: number
}
const netOf = ({ d, n }: Size) => {
  const made = network(leaky({ alpha: 0.5 }), { d, n, m: 2 }, halfSquaredError())
  return { made, θ: made.init(1), first: example(zeros([n]), zeros([2])) }
}
const sized = (claim: string, least: number, most: number, residual: (size: Size) => number): Proposition<Size> => ({
  claim,
  forAll: record({ d: integer({ min: least, max: most }), n: integer({ min: 1, max: 8 }) }),
  residual,
  within: 0,
  verdict: 'holds',
  runs: 5,
})

/** The steps of the stages of BPTT's plan by what they are known as, and how many sums of products it leaves for later. */
const planOf = (size: Size) => {
  const { made, θ, first } = netOf(size)
  const endless = { every: Number.POSITIVE_INFINITY, reach: Number.POSITIVE_INFINITY }
  const { staged } = prepared(defaultEngine(), { net: made, rule: bptt, windows: endless, batch: null }, θ, first)
  const steps = staged.plan.stages.flatMap(({ graph }) => graph.steps.flatMap(step => (isConstant(step) ? [] : [step])))
  return { staged, steps }
}

const plans = [
  sized(
    'a plan of BPTT forms no outer product and no value as large as W_rec at a timestep: both products of the gradient wait for all timesteps',
    2,
    40,
    size => {
      const { staged, steps } = planOf(size)
      const large = steps.filter(
        ({ row, shape }) => row.kind !== 'layout' && (knownAs(row) === 'outer' || shape.filter(n => n > 1).length > 1),
      )
      const deferred = staged.back.filter(({ right }) => right !== undefined).length
      return large.length + Math.abs(2 - deferred)
    },
  ),
  sized(
    'compiled RTRL holds at most 2.2 d·|θ| numbers: the bytes of its memory less the scratch of the kernels, at d of 64 and more',
    64,
    96,
    size => {
      const { made, θ, first } = netOf(size)
      const open = compiledFor(engineOf('compiled-wasm'), made, rtrl as Rule)
      const held = (open(θ, first, null, 1, noNoise).bytes - scratchBytes) / 8
      return Math.max(0, held / (size.d * size.d * (size.d + size.n + 1)) - 2.2)
    },
  ),
  sized('what compiled RTRL holds does not grow with the length of the run', 4, 8, size => {
    const { made, θ, first } = netOf(size)
    const open = compiledFor(engineOf('compiled-js'), made, rtrl as Rule)
    const by = (steps: number): number => open(θ, first, null, steps, noNoise).bytes
    return Math.abs(by(1000) - by(10))
  }),
]

export const byPlans: readonly Proposition[] = [...precision, ...results, ...plans]
