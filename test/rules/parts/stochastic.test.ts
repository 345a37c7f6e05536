import test from 'ava'
import { DomainError, JanusError, KindError, NonFiniteError } from '../../../ad/errors.ts'
import { toValue } from '../../../ad/linear/space.ts'
import { type Tensor, tensor, zeros } from '../../../ad/tensor.ts'
import type { Branch } from '../../../ad/tree.ts'
import { type Cell, constant } from '../../../nets/cells/cell.ts'
import { withInitialisers } from '../../../nets/cells/initialisers.ts'
import { leaky } from '../../../nets/cells/leaky.ts'
import { lstm } from '../../../nets/cells/lstm.ts'
import { withConnectivity } from '../../../nets/cells/stacked.ts'
import { halfSquaredError } from '../../../nets/loss.ts'
import { example, network, type Theta } from '../../../nets/network.ts'
import { rng } from '../../../nets/random.ts'
import { folded } from '../../../nets/run/fold.ts'
import type { AnyRule } from '../../../nets/run/rule.ts'
import { runGradient } from '../../../nets/run/scan.ts'
import { unroll } from '../../../nets/run/unroll.ts'
import { windowed } from '../../../nets/run/windows.ts'
import { gradient, type Net } from '../../../nets/train/gradient.ts'
import { train } from '../../../nets/train/online.ts'
import { sgd } from '../../../nets/train/optimisers.ts'
import { entries } from '../../../proofs/proposition.ts'
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
const of = <P extends Branch, S extends Branch>(cell: Cell<P, S>) => network(cell, sizes, halfSquaredError())
const net = of(leaky({ alpha: 0.5 }))
const gated = of(lstm())

const graded = <P extends Branch>(
  rule: AnyRule,
  on: Net<Theta<P>>,
  engine: 'eager' | 'compiled-js' = 'eager',
  seed = 1,
): readonly number[] => entries(gradient(rule, on, { engine, seed })(on.init(2), sequence))

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
  'UORO over timesteps without noise': [() => [...folded(uoro())(unroll(net)(net.init(2), sequence))], KindError],
}

for (const [title, [run, kind]] of Object.entries(mistakes))
  test(`${title} is refused, and the error says what was wanted and what to do`, t => {
    const error = t.throws(run, { instanceOf: kind })
    t.true(error instanceof JanusError)
    for (const part of ['who', 'given', 'wanted', 'remedy'] as const) t.not((error as JanusError)[part], '', part)
  })

test('a cell that begins otherwise still has its Kronecker factors', t => {
  const cell = withInitialisers(leaky({ alpha: 0.5 }), { b_rec: constant(1) })
  t.notThrows(() => graded(kfrtrl(), of(cell)))
})

test('the same stream says the same, another says otherwise, and a stream goes on from call to call', t => {
  const [one, again, other] = [1, 1, 2].map(seed => graded(uoro(), net, 'eager', seed))
  t.deepEqual(one, again)
  t.notDeepEqual(one, other)
  const drawing = gradient(uoro(), net, { engine: 'eager', seed: 1 })
  const θ = net.init(2)
  t.deepEqual(entries(drawing(θ, sequence)), one)
  t.notDeepEqual(entries(drawing(θ, sequence)), one)
})

test('learning and grading a whole sequence hear the same noise', t => {
  const θ = net.init(2)
  const steps = train(uoro(), net, { optimiser: sgd({ lr: 1 }), every: 6, engine: 'eager', seed: 1 })(θ, sequence)
  const mean = graded(uoro(), net).map(x => x / sequence.length)
  const updated = entries([...steps].at(-1)!.gradient!)
  t.is(updated.length, mean.length)
  updated.forEach((x, i) => {
    t.true(Math.abs(x - (mean[i] as number)) < 1e-14)
  })
  const run = unroll(net)(θ, sequence)
  t.deepEqual(entries(toValue(runGradient(uoro(), { seed: 1 })(run)) as Tensor), graded(uoro(), net))
})

test('UORO takes any cell, and a rule that draws says nothing of a start that is not learned', t => {
  t.true(graded(uoro(), gated).every(Number.isFinite))
  t.deepEqual(graded(uoro(), gated, 'compiled-js').length, graded(uoro(), gated).length)
})

test('a future-facing rule that draws learns online through windows', t => {
  const θ = net.init(2)
  const rule = windowed({ every: 3, reach: 3, clipped: true })(artbp({ cut: 0.25 }))
  const steps = [...train(rule, net, { optimiser: sgd({ lr: 0.01 }), engine: 'eager', seed: 1 })(θ, sequence)]
  t.is(steps.length, sequence.length)
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
  const steps = train(uoro(), wild, { optimiser: sgd({ lr: 0.01 }), engine: 'eager' })(θ, sequence)
  t.throws(() => [...steps], { instanceOf: NonFiniteError })
})
