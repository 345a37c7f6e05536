import test from 'ava'
import { DomainError, JanusError, KindError, NonFiniteError } from '../../../ad/errors.ts'
import { type Tensor, tensor, zeros } from '../../../ad/tensor.ts'
import { constant } from '../../../nets/cells/cell.ts'
import { withInitialisers } from '../../../nets/cells/initialisers.ts'
import { leaky } from '../../../nets/cells/leaky.ts'
import { lstm } from '../../../nets/cells/lstm.ts'
import { withConnectivity } from '../../../nets/cells/stacked.ts'
import { halfSquaredError } from '../../../nets/loss.ts'
import { example, type Network, network } from '../../../nets/network.ts'
import { type Random, rng } from '../../../nets/random.ts'
import type { AnyRule } from '../../../nets/run/rule.ts'
import { total } from '../../../nets/run/scan.ts'
import { unroll } from '../../../nets/run/unroll.ts'
import { windowed } from '../../../nets/run/windows.ts'
import { sgd } from '../../../nets/train/optimisers.ts'
import { artbp } from '../../../rules/artbp.ts'
import { kfrtrl } from '../../../rules/kfrtrl.ts'
import { ok } from '../../../rules/ok.ts'
import type { Scales } from '../../../rules/parts/stochastic.ts'
import { reverseKfrtrl } from '../../../rules/reverse-kfrtrl.ts'
import { uoro } from '../../../rules/uoro.ts'

const data = rng(7)
const vector = (n: number): Tensor => data.draw({ law: 'normal', shape: [n] })
const sequence = Array.from({ length: 6 }, () => example(vector(2), vector(1)))
const sizes = { d: 3, n: 2, m: 1 }
const of = (cell: unknown): Network => network(cell as Network['cell'], sizes, halfSquaredError())
const net = of(leaky({ alpha: 0.5 }))
const gated = of(lstm())

type Past = AnyRule<unknown, 'past'>
const past = (rule: unknown): Past => rule as Past
const graded = (rule: unknown, on: Network, engine: 'eager' | 'compiled-js' = 'eager', random: Random = rng(1)) => [
  ...(toValue(gradientBy(engine, past(rule), { random })(on)(on.init(2), sequence).gradient) as Tensor).data,
]

const badScales = (scales: unknown) => () => uoro(scales as Scales)

const mistakes: Readonly<Record<string, readonly [run: () => unknown, kind: typeof JanusError]>> = {
  'a cut that is certain': [() => artbp({ cut: 1 }), DomainError],
  'a cut of negative probability': [() => artbp({ cut: -0.1 }), DomainError],
  'a cut of no number': [() => artbp({ cut: Number.NaN }), DomainError],
  'OK of rank 0': [() => ok({ rank: 0 }), DomainError],
  'OK of rank 1.5': [() => ok({ rank: 1.5 }), DomainError],
  'constants beside balanced factors': [badScales({ normalize: true, rho0: 2 }), DomainError],
  'constants that are not above 0': [badScales({ normalize: false, rho1: 0 }), DomainError],
  'normalize that is no truth value': [badScales({ normalize: 'yes' }), DomainError],
  'bad constants for KF-RTRL': [() => kfrtrl({ normalize: false, rho0: -1 }), DomainError],
  'bad constants for reverse KF-RTRL': [() => reverseKfrtrl({ normalize: false, rho0: Number.NaN }), DomainError],
  'KF-RTRL of an LSTM': [() => graded(kfrtrl(), gated), KindError],
  'KF-RTRL of an LSTM, compiled': [() => graded(kfrtrl(), gated, 'compiled-js'), KindError],
  'reverse KF-RTRL of an LSTM': [() => graded(reverseKfrtrl(), gated), KindError],
  'OK of an LSTM': [() => graded(ok({ rank: 1 }), gated), KindError],
  'OK of a cell with fewer wires': [
    () => graded(ok({ rank: 1 }), of(withConnectivity(leaky(), { W_rec: zeros([3, 3]) }))),
    KindError,
  ],
  'OK by a compiled engine': [() => graded(ok({ rank: 1 }), net, 'compiled-js'), KindError],
  'UORO over a run without noise': [() => total(uoro())(unroll(net)(net.init(2), sequence)), KindError],
}

for (const [title, [run, kind]] of Object.entries(mistakes))
  test(`${title} is refused, and told what was wanted and what to do`, t => {
    const error = t.throws(run, { instanceOf: kind })
    t.true(error instanceof JanusError)
    for (const part of ['who', 'given', 'wanted', 'remedy'] as const) t.not((error as JanusError)[part], '', part)
  })

test('a cell that begins otherwise still has its Kronecker factors', t => {
  const cell = withInitialisers(leaky({ alpha: 0.5 }), { b_rec: constant(1) })
  t.notThrows(() => graded(kfrtrl(), of(cell)))
})

test('the same stream says the same, another says otherwise, and a stream goes on from call to call', t => {
  const [one, again, other] = [1, 1, 2].map(seed => graded(uoro(), net, 'eager', rng(seed)))
  t.deepEqual(one, again)
  t.notDeepEqual(one, other)
  const random = rng(1)
  t.deepEqual(graded(uoro(), net, 'eager', random), one)
  t.notDeepEqual(graded(uoro(), net, 'eager', random), one)
})

test('learning and grading a whole sequence hear the same noise', t => {
  const θ = net.init(2)
  const lessons = learn(uoro())({ net: net as never, optimiser: sgd({ lr: 1 }), every: 6, random: rng(1) })(
    { θ },
    sequence,
  )
  const updated = [...lessons].at(-1)?.updated
  const mean = graded(uoro(), net).map(x => x / sequence.length)
  ;[...(toValue(updated as never) as Tensor).data].forEach((x, i) => {
    t.true(Math.abs(x - (mean[i] as number)) < 1e-14)
  })
})

test('UORO takes any cell, and a rule that draws says nothing of a start that is not learned', t => {
  t.true(graded(uoro(), gated).every(Number.isFinite))
  t.deepEqual(graded(uoro(), gated, 'compiled-js').length, graded(uoro(), gated).length)
})

test('a future-facing rule that draws learns online through windows', t => {
  const θ = net.init(2)
  const rule = windowed({ every: 3, reach: 3, clipped: true })(artbp({ cut: 0.25 }))
  const learned = [...learn(rule)({ net: net as never, optimiser: sgd({ lr: 0.01 }), random: rng(1) })({ θ }, sequence)]
  t.is(learned.length, sequence.length)
})

test('a rule that draws and diverges is stopped where it does', t => {
  const wild = of(leaky({ f: x => x }))
  const θ = {
    ...wild.init(2),
    cell: {
      W_rec: tensor([
        [1e200, 0, 0],
        [0, 1, 0],
        [0, 0, 1],
      ]),
      W_in: zeros([3, 2]),
      b_rec: tensor([1, 1, 1]),
    },
  }
  const lessons = learn(uoro())({ net: wild as never, optimiser: sgd({ lr: 0.01 }) })({ θ }, sequence)
  t.throws(() => [...lessons], { instanceOf: NonFiniteError })
})
