import test from 'ava'
import { engineOf } from '../../../ad/compiler/engine.ts'
import { distance, entries } from '../../../ad/distance.ts'
import { KindError } from '../../../ad/errors.ts'
import { pull } from '../../../ad/linear/apply.ts'
import { type Cotangent, times } from '../../../ad/linear/space.ts'
import { matvec } from '../../../ad/primitives/contraction.ts'
import { add, tanh } from '../../../ad/primitives/elementwise.ts'
import { sum } from '../../../ad/primitives/layout.ts'
import { scalar, tensor } from '../../../ad/tensor.ts'
import { item, type Value } from '../../../ad/value.ts'
import { cell } from '../../../nets/cells/cell.ts'
import { leaky } from '../../../nets/cells/leaky.ts'
import { executorOf, requireBetweenWindows } from '../../../nets/compiled/executor.ts'
import { halfSquaredError } from '../../../nets/loss.ts'
import { example, type Network, network, type Theta } from '../../../nets/network.ts'
import { type Fold, type Rule, rule } from '../../../nets/run/rule.ts'
import { error, noNoise } from '../../../nets/run/timestep.ts'
import { gradient } from '../../../nets/train/gradient.ts'
import { preparedFor } from '../../../nets/train/plans.ts'
import { bptt } from '../../../rules/bptt.ts'
import { rtrl } from '../../../rules/rtrl.ts'
import { chunked } from '../../../rules/tbptt.ts'

test('a run of windows is saved and resumed only where one has ended and none has begun', t => {
  const joint = {} as Fold<never, never, never, 'future'> as never
  const [ends, open] = [
    { every: 2, reach: 2, clipped: true },
    { every: 2, reach: 4 },
  ] as const
  t.notThrows(() => requireBetweenWindows(ends, 0, -1))
  t.notThrows(() => requireBetweenWindows({ ...ends, joint }, 0, 7), 'a start that is learned is in the joint')
  const refused = (...args: Parameters<typeof requireBetweenWindows>): void => {
    const message = /^train: a step inside a window of a compiled rule; wanted a step that ends a window/
    t.throws(() => requireBetweenWindows(...args), { instanceOf: KindError, message })
  }
  refused(ends, 1, -1)
  refused(ends, 0, 0)
  refused(open, 0, -1)
  refused({ ...ends, joint }, 1, -1)
})

test('a run followed at once knows its last timestep, alone and in a batch, where runs were longer before', t => {
  const net = network(leaky({ alpha: 0.5 }), { d: 2, n: 1, m: 1 }, halfSquaredError())
  const θ = net.init(1)
  const sequence = (steps: number, k: number) =>
    Array.from({ length: steps }, (_, t) => example([Math.sin(t + k)], [Math.cos(t * k)]))
  const endOnly = rule({
    name: 'end only',
    faces: 'future',
    init: bptt.init,
    step: (credit, now) => {
      const [emitted, next] = bptt.step(credit, now)
      return [times(now.isLast, emitted), next]
    },
  })
  for (const engine of ['compiled-js', 'compiled-wasm'] as const) {
    const [eager, compiled] = (['eager', engine] as const).map(one => gradient(endOnly, net, { engine: one }))
    for (const steps of [5, 3, 4])
      for (const data of [
        sequence(steps, 1),
        ...[2, 3].map(n => Array.from({ length: n }, (_, k) => sequence(steps, k + 1))),
      ]) {
        const [wanted, found] = [eager!, compiled!].map(of => entries(of(θ, data)))
        t.true(wanted!.every((x, i) => Math.abs(x - found![i]!) < 1e-12))
      }
  }
})

test('a rule that looks at the numbers of timestep 0, and at none later, is compiled', t => {
  const net = network(leaky({ alpha: 0.5 }), { d: 2, n: 1, m: 1 }, halfSquaredError())
  const looking = rule({
    name: 'looking',
    faces: 'past',
    init: first => scalar(item(first.loss) === 0 ? 2 : 3),
    step: (memory: Value, now) => [pull(now.immediate, times(memory, error(now))), memory],
  })
  const data = [1, 2, 3].map(k => example([Math.sin(k)], [Math.cos(k)]))
  const [eager, compiled] = (['eager', 'compiled-wasm'] as const).map(engine =>
    entries(gradient(looking, net, { engine })(net.init(1), data)),
  )
  t.true(eager!.every((x, i) => Math.abs(x - compiled![i]!) < 1e-12))
  const failing = rule({
    ...looking,
    init: (): Value => {
      throw new RangeError('of its own')
    },
  })
  t.throws(() => gradient(failing, net, { engine: 'compiled-wasm' })(net.init(1), data), { message: 'of its own' })
})

test('a rule that looks at a start that is learned is compiled, and begins anew from other parameters', t => {
  const net = network(leaky({ alpha: 0.5 }), { d: 2, n: 1, m: 1 }, halfSquaredError(), { start: 'learned' })
  const data = [1, 2, 3].map(k => example([Math.sin(k)], [Math.cos(k)]))
  const begins = (init: (start: Value) => Value) =>
    rule({
      name: 'begins',
      faces: 'past',
      init: first => init(sum(first.after.h as Value)),
      step: (memory: Value, now) => [pull(now.immediate, times(memory, error(now))), memory],
    })
  const looking = begins(start => scalar(item(start) > 0 ? 2 : 3))
  const [eager, compiled] = (['eager', 'compiled-js'] as const).map(engine => gradient(looking, net, { engine }))
  const θ = net.init(1)
  for (const h of [tensor([1, 2]), tensor([-1, -2]), tensor([3, 4])]) {
    const at = { ...θ, start: { h } } as typeof θ
    const [wanted, found] = [entries(eager!(at, data)), entries(compiled!(at, data))]
    t.true(wanted.every((x, i) => Math.abs(x - found[i]!) < 1e-12))
  }
  const failing = begins(start => {
    if (start.interpreter) throw new RangeError('of its own')
    return scalar(2)
  })
  t.throws(() => gradient(failing, net, { engine: 'compiled-js' })(θ, data), { message: 'of its own' })
})

test('what was followed is gone back over, and gone on from where it ended: in chunks', t => {
  const net = network(leaky({ alpha: 0.5 }), { d: 2, n: 1, m: 1 }, halfSquaredError())
  const [θ, data] = [net.init(1), Array.from({ length: 9 }, (_, k) => example([Math.sin(k)], [Math.cos(k)]))]
  const wanted = gradient(chunked({ k: 3 })(bptt), net, { engine: 'eager' })(θ, data)
  for (const engine of ['compiled-js', 'compiled-wasm'] as const) {
    const prepare = preparedFor(engineOf(engine), net as unknown as Network, bptt as unknown as Rule)
    const executor = executorOf(prepare(θ as Theta, data[0]!, null, noNoise), 3)
    executor.reset(θ as Theta)
    const parts = [0, 3, 6].map((from): Cotangent<Theta> => {
      executor.follow([data.slice(from, from + 3)])
      executor.backwardPass()
      executor.resume()
      return executor.takeGradient()
    })
    const total = parts.map(part => entries(part as never)).reduce((a, b) => a.map((x, i) => x + b[i]!))
    t.true(total.every((x, i) => Math.abs(x - entries(wanted)[i]!) < 1e-12))
    t.true(distance(wanted, gradient(bptt, net)(θ, data)) > 1e-6)
  }
})

test('inputs that a cell does not read are not laid out, at once or step by step, alone and in a batch', t => {
  const deaf = cell({ params: { W: ['d', 'd'], b: ['d'] }, state: { h: ['d'] } }, ({ W, b }, { h }) => ({
    h: tanh(add(matvec(W, h), b)),
  }))
  const net = network(deaf, { d: 2, n: 1, m: 1 }, halfSquaredError())
  const θ = {
    ...net.init(1),
    cell: {
      W: tensor([
        [0.1, 0.2],
        [-0.3, 0.4],
      ]),
      b: tensor([0.5, -0.6]),
    },
  }
  const sequence = (k: number) => [1, 2, 3, 4].map(t => example([Math.sin(t * k)], [Math.cos(t + k)]))
  for (const rule of [bptt, rtrl, chunked({ k: 2 })(bptt)])
    for (const data of [sequence(1), [1, 2].map(sequence)]) {
      const [wanted, found] = (['eager', 'compiled-js'] as const).map(engine =>
        entries(gradient(rule as never, net, { engine })(θ as never, data as never) as never),
      )
      t.true(wanted!.every((x, i) => Math.abs(x - found![i]!) < 1e-12))
    }
})
