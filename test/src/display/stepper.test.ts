import { inspect } from 'node:util'
import test from 'ava'
import { DomainError, KindError } from '../../../ad/errors.ts'
import { pull } from '../../../ad/linear/apply.ts'
import { plus } from '../../../ad/linear/linear.ts'
import { type Cotangent, toValue, zeroCotangentIn } from '../../../ad/linear/space.ts'
import { type Tensor, tensor } from '../../../ad/tensor.ts'
import { cells } from '../../../nets/cells/index.ts'
import { halfSquaredError } from '../../../nets/loss.ts'
import { example, network } from '../../../nets/network.ts'
import { rng } from '../../../nets/random.ts'
import { outputs } from '../../../nets/run/fold.ts'
import { drawsFor } from '../../../nets/run/noise.ts'
import { scan, total } from '../../../nets/run/scan.ts'
import { error, type Param, type Run } from '../../../nets/run/timestep.ts'
import { unroll } from '../../../nets/run/unroll.ts'
import { gap } from '../../../proofs/proposition.ts'
import { bptt } from '../../../rules/bptt.ts'
import { doubleSum } from '../../../rules/readings/double-sum.ts'
import { influenceRule, rtrl } from '../../../rules/rtrl.ts'
import { snap } from '../../../rules/snap.ts'
import { uoro } from '../../../rules/uoro.ts'
import { stepper } from '../../../src/display/stepper.ts'

const steps = [0.5, -0.3, 0.7, 0.2, -0.9].map(x => example(tensor([x]), tensor([0.1])))
const netOf = (name: keyof typeof cells) =>
  network(cells[name]({ alpha: 0.5, forgetBias: 1 }), { d: 3, n: 1, m: 1 }, halfSquaredError(), { start: 'learned' })
const runOf = (name: keyof typeof cells): Run => unroll(netOf(name))(netOf(name).init(1), steps)

const list = (c: Cotangent<Param> | undefined): readonly number[] =>
  c === undefined ? [] : [...(toValue(c) as Tensor).data]
const near = (a: Cotangent<Param> | undefined, b: Cotangent<Param> | undefined): boolean =>
  gap(list(a), list(b)) < 1e-12
const sum = (run: Run, parts: readonly Cotangent<Param>[]): Cotangent<Param> =>
  parts.reduce((a, b) => plus(a, b), zeroCotangentIn<Param>(run[0].immediate.from))

for (const name of ['leaky', 'lstm', 'gru'] as const) {
  const run = runOf(name)
  const pairs = doubleSum(run)
  const times = run.map((_, t) => t)

  test(`${name}: at the end both totals are the gradient`, t => {
    const { gradient, later } = stepper(run).at(5)
    t.true(near(gradient.bptt, total(bptt)(run)))
    t.true(near(gradient.rtrl, total(rtrl)(run)))
    t.true(near(gradient.bptt, gradient.rtrl))
    t.true(list(later).every(x => x === 0))
  })

  test(`${name}: so far BPTT has columns of the triangle, RTRL rows, and what comes later is the block between`, t => {
    for (const at of times) {
      const { gradient, later } = stepper(run).at(at)
      const rows = pairs.slice(0, at + 1).flat()
      const columns = pairs.flatMap(row => row.slice(0, at + 1))
      const between = pairs.slice(at + 1).flatMap(row => row.slice(0, at + 1))
      t.true(near(gradient.rtrl, sum(run, rows)))
      t.true(near(gradient.bptt, sum(run, columns)))
      t.true(near(later, sum(run, between)))
    }
  })

  test(`${name}: δ is the credit and the error; through the immediate map it is what BPTT emits`, t => {
    const emitted = [...outputs(scan(bptt)(run))].toReversed()
    for (const at of times) {
      const s = stepper(run).at(at)
      t.deepEqual(toValue(s.delta), toValue(plus(s.credit, error(s.now))))
      t.true(near(pull(s.now.immediate, s.delta), emitted[at]))
      t.true(near(pull(s.influence, s.error), [...outputs(scan(rtrl)(run))][at]))
    }
  })
}

const run = runOf('leaky')
const unkept = influenceRule(total => total, { name: 'RTRL whose influence is never made dense', faces: 'past' })

test('steps come one by one, back or anywhere, and a stepper never changes', t => {
  const first = stepper(run)
  const print = inspect(first)
  t.is(first.next.next.next.back.t, 2)
  t.is(first.at(4).next.next.t, 5)
  t.is(first.back.t, 0)
  t.is(inspect(first.at(4).at(2)), inspect(first.next.next))
  t.is(inspect(first), print)
})

test('other rules are followed under names of your own, those that wait for their network among them', t => {
  const rules = { one: snap({ n: 1, mask: 'unit' }), whole: unkept, bptt, rtrl }
  const { gradient } = stepper(run, { rules }).at(5)
  t.deepEqual(Object.keys(gradient), ['one', 'whole', 'bptt', 'rtrl'])
  t.true(near(gradient.whole, gradient.bptt) && near(gradient.rtrl, gradient.bptt))
  t.false(near(gradient.one, gradient.bptt))
})

test('a rule that draws is followed by the draws of the run, else by those of a seed', t => {
  const net = netOf('leaky')
  const [θ, random] = [net.init(1), rng(2)]
  const draws = drawsFor(uoro().draws, net)
  const noisy = unroll(net, { noise: () => random.draw(draws) })(θ, steps)
  const { gradient } = stepper(noisy, { rules: { bptt, uoro: uoro() } }).at(5)
  t.true(list(gradient.uoro).every(Number.isFinite))
  t.false(near(gradient.uoro, gradient.bptt))
  const bySeed = (seed?: number) => stepper(run, { rules: { uoro: uoro() }, ...(seed !== undefined && { seed }) }).at(5)
  t.deepEqual(list(bySeed().gradient.uoro), list(total(uoro())(run)))
  t.deepEqual(list(bySeed(3).gradient.uoro), list(total(uoro(), { seed: 3 })(run)))
  t.false(near(bySeed(3).gradient.uoro, bySeed().gradient.uoro))
})

test('a timestep prints in 80 columns, and says when the run ends', t => {
  const rules = { bptt, rtrl, whole: unkept }
  for (const name of ['leaky', 'lstm'] as const)
    for (const at of [0, 3, 5]) {
      const lines = inspect(stepper(runOf(name), { rules }).at(at)).split('\n')
      t.true(lines.every(line => [...line].length <= 80))
      t.is(lines.at(-1)?.includes('the run ends here'), at === 5)
    }
})

test('what is no run, no rule or no timestep is refused', t => {
  t.throws(() => stepper([] as never), { instanceOf: KindError })
  t.throws(() => stepper(netOf('leaky') as never), { instanceOf: KindError })
  t.throws(() => stepper(run, { rules: { sum: total(bptt) as never } }), { instanceOf: KindError })
  for (const at of [-1, 6, 0.5, Number.NaN]) t.throws(() => stepper(run).at(at), { instanceOf: DomainError })
  t.throws(() => stepper(run, { rules: { uoro: uoro as never } }), {
    instanceOf: KindError,
    message: /makers of rules/,
  })
})
