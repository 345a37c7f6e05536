import test from 'ava'
import { DomainError, JanusError, KindError, NonFiniteError, ShapeError } from '../../../ad/errors.ts'
import { type Cotangent, toValue } from '../../../ad/linear/space.ts'
import { eye, full, type Tensor, tensor, tensorOf, zeros } from '../../../ad/tensor.ts'
import { item } from '../../../ad/value.ts'
import { leaky } from '../../../nets/cells/leaky.ts'
import { lstm } from '../../../nets/cells/lstm.ts'
import { timestepBy } from '../../../nets/compiled/timesteps.ts'
import { halfSquaredError, rmse } from '../../../nets/loss.ts'
import { example, type Network, network } from '../../../nets/network.ts'
import { rng } from '../../../nets/random.ts'
import { replayable } from '../../../nets/run/rerun.ts'
import type { AnyRule } from '../../../nets/run/rule.ts'
import { total } from '../../../nets/run/scan.ts'
import type { Timestep } from '../../../nets/run/timestep.ts'
import { unroll } from '../../../nets/run/unroll.ts'
import { adam, sgd } from '../../../nets/train/optimisers.ts'
import { kernlLearned } from '../../../rules/kernl-learned.ts'
import { nodePerturbation } from '../../../rules/node-perturbation.ts'
import { sparsity } from '../../../rules/parts/sparsity.ts'
import { threeFactor } from '../../../rules/three-factor.ts'
import { weightPerturbation } from '../../../rules/weight-perturbation.ts'

const data = rng(7)
const vector = (n: number): Tensor => data.draw({ law: 'normal', shape: [n] })
const sequence = Array.from({ length: 6 }, () => example(vector(2), vector(1)))
const sizes = { d: 3, n: 2, m: 1 }
const of = (cell: unknown): Network => network(cell as Network['cell'], sizes, halfSquaredError())
const [net, gated] = [of(leaky({ alpha: 0.5 })), of(lstm())]

/** The gradient of all but the readout, W_out [1, 12] and b_out [1]. */
const withoutReadout = <A>(gradient: Cotangent<A>): Cotangent<A> => {
  const { data: all, shape } = toValue(gradient) as Tensor
  return tensorOf(
    shape,
    all.map((g, i) => (i < all.length - 13 ? g : 0)),
  ) as unknown as Cotangent<A>
}

type Past = AnyRule<unknown, 'past'>
const rules: Readonly<Record<string, (on: Network) => unknown>> = {
  weightPerturbation: () => weightPerturbation(),
  'weightPerturbation of another direction every two steps': () => weightPerturbation({ every: 2 }),
  nodePerturbation: () => nodePerturbation({ decay: 0.9 }),
  threeFactor: () => threeFactor({ beta: 0.5, baseline: 0.1 }),
  learnedKernl: () => kernlLearned({ lr: 0.003 }),
  'learnedKernl with the wiring': on => kernlLearned({ lr: 0.003, wiring: sparsity(on) }),
}
const graded = (rule: unknown, on: Network, engine: 'eager' | 'compiled' = 'eager', seed = 1) =>
  (toValue(gradientBy(engine, rule as Past, { random: rng(seed) })(on)(on.init(2), sequence).gradient) as Tensor).data

const whole = unroll(network(leaky() as unknown as Network['cell'], sizes, rmse()))
const finished = (rule: unknown) => {
  const noise = rng(1)
  const made = network(leaky() as unknown as Network['cell'], sizes, rmse())
  const draw = () => noise.draw({ law: 'sign', shape: [30] })
  return total(rule as Past)(unroll(made, { noise: draw })(made.init(2), sequence))
}

const mistakes: Readonly<Record<string, readonly [run: () => unknown, kind: typeof JanusError]>> = {
  'weight perturbation of size 0': [() => weightPerturbation({ sigma: 0 }), DomainError],
  'weight perturbation of no number': [() => weightPerturbation({ sigma: Number.NaN }), DomainError],
  'a direction for half a step': [() => weightPerturbation({ every: 0.5 }), DomainError],
  'node perturbation of negative size': [() => nodePerturbation({ sigma: -1 }), DomainError],
  'a decay above 1': [() => nodePerturbation({ decay: 1.5 }), DomainError],
  'noise of infinite size': [() => threeFactor({ sigma: Number.POSITIVE_INFINITY }), DomainError],
  'beta 0': [() => threeFactor({ beta: 0 }), DomainError],
  'beta above 1': [() => threeFactor({ beta: 1.5 }), DomainError],
  'beta of no number': [() => threeFactor({ beta: Number.NaN }), DomainError],
  'a baseline that overshoots': [() => threeFactor({ baseline: 2 }), DomainError],
  'a kernel that unlearns': [() => kernlLearned({ lr: -0.1 }), DomainError],
  'a kernel without noise': [() => kernlLearned({ lr: 0.1, sigma: 0 }), DomainError],
  'a kernel of another network': [() => graded(kernlLearned({ lr: 0.1, A: eye(2) }), net), ShapeError],
  'decays of another network': [() => graded(kernlLearned({ lr: 0.1, γ: full([2], 0.5) }), net), ShapeError],
  'a loss of the whole run, by node perturbation': [() => finished(nodePerturbation({ decay: 1 })), KindError],
  'a loss of the whole run, by weight perturbation': [() => finished(weightPerturbation()), KindError],
  'a loss of the whole run, by three factors': [() => finished(threeFactor()), KindError],
  'a run without noise': [() => total(nodePerturbation({ decay: 1 }))(unroll(net)(net.init(2), sequence)), KindError],
  'a kernel that hears no noise': [
    () => total(kernlLearned({ lr: 0.1 }))(unroll(net)(net.init(2), sequence)),
    KindError,
  ],
}

for (const [title, [run, kind]] of Object.entries(mistakes))
  test(`${title} is refused, and told what was wanted and what to do`, t => {
    const error = t.throws(run, { instanceOf: kind })
    t.true(error instanceof JanusError)
    for (const part of ['who', 'given', 'wanted', 'remedy'] as const) t.not((error as JanusError)[part], '', part)
  })

for (const [name, make] of Object.entries(rules)) {
  test(`${name} takes any cell and either engine, and says the same of one stream`, t => {
    for (const on of [net, gated]) {
      const [eager, compiled, again, other] = [
        graded(make(on), on),
        graded(make(on), on, 'compiled'),
        graded(make(on), on),
        graded(make(on), on, 'eager', 9),
      ]
      t.true(eager.every(Number.isFinite))
      t.deepEqual(eager, again)
      eager.forEach((g, i) => {
        t.true(Math.abs(g - compiled[i]!) < 1e-10, `${i}`)
      })
      if (!name.startsWith('learnedKernl')) t.notDeepEqual(eager, other)
    }
  })

  test(`${name} alone, the readout left as it is, learns what came two steps ago`, t => {
    const signs = rng(4).draw({ law: 'sign', shape: [1500] }).data
    const lag = Array.from({ length: 1500 }, (_, i) =>
      example(tensor([signs[i]!]), tensor([0.5 * (signs[i - 2] ?? 0)])),
    )
    const small = network(
      leaky({ alpha: 0.5 }) as unknown as Network['cell'],
      { d: 12, n: 1, m: 1 },
      halfSquaredError(),
    )
    const losses = [
      ...learn(make(small) as Past)({
        net: small as never,
        optimiser: adam({ lr: 0.01 }),
        engine: 'compiled',
        random: rng(1),
        every: 5,
        clip: withoutReadout,
      })({ θ: small.init(2) }, lag),
    ].map(({ loss }) => item(loss))
    const mean = (from: number, to: number) => losses.slice(from, to).reduce((a, b) => a + b, 0) / (to - from)
    t.log(`${mean(0, 100).toFixed(4)} → ${mean(1300, 1500).toFixed(4)}`)
    t.true(mean(1300, 1500) < mean(0, 100))
  })

  test(`${name} that diverges is stopped where it does`, t => {
    const wild = of(leaky({ f: x => x }))
    const W_rec = tensor([
      [1e200, 0, 0],
      [0, 1, 0],
      [0, 0, 1],
    ])
    const θ = { ...wild.init(2), cell: { W_rec, W_in: zeros([3, 2]), b_rec: tensor([1, 1, 1]) } }
    const lessons = learn(make(wild) as Past)({ net: wild as never, optimiser: sgd({ lr: 0.01 }) })({ θ }, sequence)
    t.throws(() => [...lessons], { instanceOf: NonFiniteError })
  })
}

test('a moment worked out by a compiled engine is run again with the numbers of its own parameters', t => {
  const [θ, other] = [net.init(2), net.init(3)]
  const by = timestepBy('compiled-js')
  const run = (at: typeof θ, how?: typeof by) => unroll(net, how ? { by: how } : {})(at, sequence)
  const losses = (made: readonly Timestep[]) =>
    made.map(now => {
      const it = replayable('test', now)
      return item(it.rerun({ noise: full([it.nodes], 0.25) }).loss)
    })
  for (const at of [θ, other, θ])
    losses(run(at, by)).forEach((loss, i) => {
      t.true(Math.abs(loss - losses(run(at))[i]!) < 1e-14)
    })
  t.notDeepEqual(losses(run(θ)), losses(run(other)))
})

test('a moment that holds nothing to be run again with says so', t => {
  const [, now] = whole(net.init(2), sequence) as readonly Timestep[]
  t.throws(() => replayable('mine', now!), {
    instanceOf: KindError,
    message: /^mine: a moment that cannot be run again/,
  })
})
