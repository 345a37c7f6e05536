/** An executor whose steps are shared out, beside the eager one: step by step, all that a driver may ask of it. */
import test from 'ava'
import { defaultEngine } from '../../../ad/compiler/engine.ts'
import { entries } from '../../../ad/distance.ts'
import { pull, toMatrix } from '../../../ad/linear/apply.ts'
import { asCotangent, times, toValue } from '../../../ad/linear/space.ts'
import { ones, type Tensor, tensor, zeros } from '../../../ad/tensor.ts'
import { leaky } from '../../../nets/cells/leaky.ts'
import { halfSquaredError } from '../../../nets/loss.ts'
import { example, type Network, network } from '../../../nets/network.ts'
import { eagerExecutor } from '../../../nets/run/executor.ts'
import { type Rule, rule } from '../../../nets/run/rule.ts'
import { error, isSet, noNoise } from '../../../nets/run/timestep.ts'
import { gradient } from '../../../nets/train/gradient.ts'
import { executorByWorkers } from '../../../nets/train/run-by-workers.ts'
import { sharedOut } from '../../../nets/train/shares.ts'
import { bptt } from '../../../rules/bptt.ts'
import { rtrl } from '../../../rules/rtrl.ts'
import { chunked } from '../../../rules/tbptt.ts'

const sizes = { d: 3, n: 2, m: 2 }
const net = network(leaky({ alpha: 0.5 }), sizes, halfSquaredError(), { start: 'learned' }) as unknown as Network
const θ = net.init(1)
const other = net.init(2)
const stepOf = (t: number) =>
  Array.from({ length: 5 }, (_, k) => example([Math.sin(t * k), 1], [Math.cos(t + k), k / 9], 1 + k / 4))
const list = (tree: unknown): readonly number[] => entries({ tree } as never)
const apart = (a: unknown, b: unknown): number =>
  Math.max(...list(a).map((x, i) => Math.abs(x - (list(b)[i] as number))), Math.abs(list(a).length - list(b).length))
const none = stepOf(0).map(() => noNoise)

test('steps that are shared out are seen, saved and summed up as those of the eager engine are', t => {
  const how = { count: 5 }
  const shared = sharedOut(defaultEngine(), net, rtrl as Rule, 1, θ, how, stepOf(0)[0] as never, noNoise)
  if (!shared) return t.fail()
  t.deepEqual(
    shared.shares.map(({ block }) => block),
    [
      { from: 0, to: 2 },
      { from: 2, to: 5 },
    ],
  )
  const [by, eager] = [executorByWorkers(shared, 5, 4), eagerExecutor(net, rtrl, 5)]
  for (const one of [by, eager]) one.reset(θ)
  for (const at of [1, 2, 3]) {
    if (at === 2) for (const one of [by, eager]) one.setParameters(other)
    const [found, wanted] = [by, eager].map(one => one.step(stepOf(at), none, at === 3)) as [never, never]
    const [a, b] = [found, wanted] as unknown as readonly ReturnType<typeof eager.step>[]
    if (!a || !b) return t.fail()
    t.true(Math.abs(a.loss - b.loss) < 1e-14)
    t.true(apart(tensor([...Array.from(a.losses)]), tensor([...Array.from(b.losses)])) < 1e-14)
    t.deepEqual(a.output().shape, [5, 2])
    t.true(apart(a.output(), b.output()) < 1e-14)
    for (const k of [0, 1, 2, 4]) {
      t.true(apart(a.before(k), b.before(k)) < 1e-14)
      const [own, its] = [a.quantities(k), b.quantities(k)]
      t.true(apart(own.state, its.state) < 1e-14)
      t.true(apart(own.loss, its.loss) < 1e-14)
    }
    t.is(list(a.quantities().state).length, 15)
    if (at === 2) t.true(apart(toValue(by.takeGradient()), toValue(eager.takeGradient())) < 1e-14)
  }
  const [saved, its] = [by.save(), eager.save()]
  const numbersOf = ({ carries }: typeof saved) =>
    carries.map(({ state, memory }) => ({ state, memory: toMatrix(memory as never) }))
  t.true(apart(numbersOf(saved), numbersOf(its)) < 1e-14)
  t.true(apart(toValue(saved.gradient as never), toValue(its.gradient as never)) < 1e-13)
  // an influence [3, 18] of what the state depends on, and three of the learned start, in doubles
  t.is(by.remembered(), 5 * 3 * (3 * (3 + 2 + 1) + 3) * 8)
  const into = zeros([list(θ).length])
  t.is(toValue(by.takeGradient(into)), into)
  t.true(apart(into, toValue(eager.takeGradient())) < 1e-14)
  by.release()
})

test('what a rule emits for timestep 0 is part of the gradient of a batch, once for each sequence', t => {
  const first = rule({
    name: 'first',
    faces: 'past',
    init: () => null,
    step: (_: null, { immediate: { from }, isStart }) => [
      asCotangent(from, isSet(isStart) ? ones([from.size]) : zeros([from.size])),
      null,
    ],
  })
  for (const count of [2, 5, 20]) {
    const data = Array.from({ length: count }, (_, k) => [example([k, 1], [0, 1])])
    const { cell } = gradient(first as never, net as never, { workers: 1 })(θ as never, data) as never as {
      readonly cell: { readonly [name: string]: Tensor }
    }
    t.true(
      list(cell).every(x => x === 1),
      `${list(cell)}`,
    )
  }
})

test('a rule that faces the future and asks which step is the last is told', t => {
  const ending = rule({
    name: 'ending',
    faces: 'future',
    init: () => null,
    step: (_: null, now) => [times(now.isLast, pull(now.immediate, error(now))), null],
  })
  const data = Array.from({ length: 5 }, (_, k) => [1, 2, 3].map(at => stepOf(at)[k] as never))
  const by = (how: object) => gradient(ending as never, net as never, how)(θ as never, data)
  t.true(apart(by({ workers: 1 }), by({ engine: 'eager' })) < 1e-14)
  t.true(apart(by({ workers: 1 }), gradient(bptt, net as never)(θ as never, data)) > 1e-3)
})

test('through windows what is remembered is the memory of the frames', t => {
  const windowed = chunked({ k: 2 })(bptt) as Rule
  const shared = sharedOut(defaultEngine(), net, windowed, 1, θ, { count: 5 }, stepOf(0)[0] as never, noNoise)
  if (!shared) return t.fail()
  const by = executorByWorkers(shared, 5, 4)
  by.reset(θ)
  by.step(stepOf(1), none, false)
  // four frames, each of five states of three numbers at least
  t.true(by.remembered() > 4 * 5 * 3 * 8)
  by.release()
})
