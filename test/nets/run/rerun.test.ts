import test from 'ava'
import { entries } from '../../../ad/distance.ts'
import { DomainError, JanusError, KindError, NonFiniteError, ShapeError } from '../../../ad/errors.ts'
import { spaceOf, toValue } from '../../../ad/linear/space.ts'
import { mul } from '../../../ad/primitives/elementwise.ts'
import { eye, full, nested, type Tensor, tensor, tensorOf, zeros } from '../../../ad/tensor.ts'
import type { Branch } from '../../../ad/tree.ts'
import { item } from '../../../ad/value.ts'
import type { Cell } from '../../../nets/cells/cell.ts'
import { leaky } from '../../../nets/cells/leaky.ts'
import { lstm } from '../../../nets/cells/lstm.ts'
import { timestepBy } from '../../../nets/compiled/timesteps.ts'
import { halfSquaredError, type PerStep, rmse } from '../../../nets/loss.ts'
import { example, type Network, network } from '../../../nets/network.ts'
import { rng, streams } from '../../../nets/random.ts'
import { folded } from '../../../nets/run/fold.ts'
import { drawsFor, signsOf } from '../../../nets/run/noise.ts'
import { replayable } from '../../../nets/run/rerun.ts'
import { type AnyRule, resolved } from '../../../nets/run/rule.ts'
import { total } from '../../../nets/run/scan.ts'
import type { Timestep } from '../../../nets/run/timestep.ts'
import { unroll } from '../../../nets/run/unroll.ts'
import { chain } from '../../../nets/train/chain.ts'
import { gradient } from '../../../nets/train/gradient.ts'
import { train } from '../../../nets/train/online.ts'
import type { Optimiser } from '../../../nets/train/optimiser.ts'
import { adam, sgd } from '../../../nets/train/optimisers.ts'
import { kernlLearned } from '../../../rules/kernl-learned.ts'
import { nodePerturbation } from '../../../rules/node-perturbation.ts'
import { threeFactor } from '../../../rules/three-factor.ts'
import { weightPerturbation } from '../../../rules/weight-perturbation.ts'

const data = rng(7)
const vector = (n: number): Tensor => data.draw({ law: 'normal', shape: [n] })
const sequence = Array.from({ length: 6 }, () => example(vector(2), vector(1)))
const sizes = { d: 3, n: 2, m: 1 }
type Net = Network<Branch, Branch, PerStep>
const of = <P extends Branch, S extends Branch>(cell: Cell<P, S>) => network(cell, sizes, halfSquaredError())
const [net, gated] = [of(leaky({ alpha: 0.5 })), of(lstm())]

/** The gradient of all but the readout, W_out [1, 12] and b_out [1]. */
const withoutReadout: Optimiser<null> = {
  init: () => null,
  step: (_, gradient) => {
    const { data: all, shape } = toValue(gradient) as Tensor
    const kept = tensorOf(
      shape,
      all.map((g, i) => (i < all.length - 13 ? g : 0)),
    )
    return [kept as unknown as typeof gradient, null]
  },
}

const rules: Readonly<Record<string, (on: Net) => AnyRule<unknown, 'past'>>> = {
  weightPerturbation: () => weightPerturbation(),
  'weightPerturbation of another direction every two steps': () => weightPerturbation({ every: 2 }),
  nodePerturbation: () => nodePerturbation({ decay: 0.9 }),
  threeFactor: () => threeFactor({ beta: 0.5, baseline: 0.1 }),
  learnedKernl: () => kernlLearned({ lr: 0.003 }),
  'learnedKernl from a kernel that is given': on => {
    const { size } = spaceOf(on.cell.zeroState(on.sizes))
    return kernlLearned({ lr: 0.003, A: mul(2, eye(size)), gamma: full([size], 0.25) })
  },
}
const graded = (rule: AnyRule, on: Net, engine: 'eager' | 'compiled' = 'eager', seed = 1) =>
  entries(gradient(rule, on, { engine, seed })(on.init(2), sequence))

const plain = unroll(net)(net.init(2), sequence)
const whole = network(leaky(), sizes, rmse())
const finished = unroll(whole)(whole.init(2), sequence)

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
  'decays of another network': [() => graded(kernlLearned({ lr: 0.1, gamma: full([2], 0.5) }), net), ShapeError],
  'a loss of the whole run, by node perturbation': [() => total(nodePerturbation())(finished), KindError],
  'a loss of the whole run, by weight perturbation': [() => total(weightPerturbation())(finished), KindError],
  'a loss of the whole run, by three factors': [() => total(threeFactor())(finished), KindError],
  'a run without noise': [() => [...folded(resolved(nodePerturbation(), net))(plain)], KindError],
  'a learned kernel without noise': [() => [...folded(resolved(kernlLearned(), net))(plain)], KindError],
}

for (const [title, [run, kind]] of Object.entries(mistakes))
  test(`${title} is refused, and the error says what was wanted and what to do`, t => {
    const error = t.throws(run, { instanceOf: kind })
    t.true(error instanceof JanusError)
    for (const part of ['who', 'given', 'wanted', 'remedy'] as const) t.not((error as JanusError)[part], '', part)
  })

test('a rule that is made once its network is known is made with it and its seed, 0 where none is given', t => {
  const asked: unknown[] = []
  const made = { name: 'mine', faces: 'past', on: (...given: readonly unknown[]) => asked.push(given) } as never
  resolved(made, net)
  resolved(made, net, 3)
  t.deepEqual(asked, [
    [net, 0],
    [net, 3],
  ])
})

test('the signs of a shape are the bits of their number, the first entry the lowest', t => {
  t.deepEqual(nested(signsOf([2])), [
    [1, 1],
    [-1, 1],
    [1, -1],
    [-1, -1],
  ])
  t.deepEqual(nested(signsOf([2, 2], 6, 8)), [
    [
      [1, -1],
      [-1, 1],
    ],
    [
      [-1, -1],
      [-1, 1],
    ],
  ])
})

test('a run without noise is given that of a seed, as the rule declares it', t => {
  for (const [name, make] of Object.entries(rules)) {
    const rule = resolved(make(net), net)
    const [drawn, wanted] = [rng(5, streams.noise), drawsFor(rule.draws, net)]
    const noisy = unroll(net, { noise: () => drawn.draw(wanted) })(net.init(2), sequence)
    t.deepEqual(total(rule, { seed: 5 })(plain), total(rule, { seed: 6 })(noisy), name)
  }
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
    const lag = Array.from({ length: 1500 }, (_, i) => example(signs[i]!, 0.5 * (signs[i - 2] ?? 0)))
    const small = network(leaky({ alpha: 0.5 }), { d: 12, n: 1, m: 1 }, halfSquaredError())
    const optimiser = chain(withoutReadout, adam({ lr: 0.01 }))
    const steps = train(make(small), small, { optimiser, every: 5, engine: 'compiled', seed: 1 })(small.init(2), lag)
    const losses = Array.from(steps, ({ loss }) => loss)
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
    const steps = train(make(wild), wild, { optimiser: sgd({ lr: 0.01 }), engine: 'eager', seed: 1 })(θ, sequence)
    t.throws(() => [...steps], { instanceOf: NonFiniteError })
  })
}

test('a timestep worked out by a compiled engine is run again with the numbers of its own parameters', t => {
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

test('a timestep that holds nothing to be run again with says so', t => {
  t.throws(() => replayable('mine', finished[1]!), {
    instanceOf: KindError,
    message: /^mine: a timestep that cannot be run again/,
  })
})
