/** Training whose parameters stay in the memory of the program is training, bit for bit. */
import { inspect } from 'node:util'
import test from 'ava'
import { native } from '../../../ad/compiler/native.ts'
import { entries } from '../../../ad/distance.ts'
import { NonFiniteError } from '../../../ad/errors.ts'
import { relu } from '../../../ad/primitives/elementwise.ts'
import type { Branch } from '../../../ad/tree.ts'
import type { Value } from '../../../ad/value.ts'
import { gru } from '../../../nets/cells/gru.ts'
import { leaky } from '../../../nets/cells/leaky.ts'
import { halfSquaredError, type PerStep } from '../../../nets/loss.ts'
import { type Example, example, type Network, network, type Theta } from '../../../nets/network.ts'
import { rng } from '../../../nets/random.ts'
import type { AnyRule } from '../../../nets/run/rule.ts'
import { chain } from '../../../nets/train/chain.ts'
import type { Sequences } from '../../../nets/train/data.ts'
import { entrywise, entrywiseOf } from '../../../nets/train/entrywise.ts'
import { type TrainStep, train } from '../../../nets/train/online.ts'
import type { Optimiser } from '../../../nets/train/optimiser.ts'
import { adam, adamw, rmsprop, sgd, weightDecay } from '../../../nets/train/optimisers.ts'
import { cosine } from '../../../nets/train/schedules.ts'
import { bptt } from '../../../rules/bptt.ts'
import { rflo } from '../../../rules/rflo.ts'
import { rtrl } from '../../../rules/rtrl.ts'
import { snap } from '../../../rules/snap.ts'
import { chunked } from '../../../rules/tbptt.ts'
import { uoro } from '../../../rules/uoro.ts'
import { full } from '../../effort.ts'
import { alwaysIf } from '../../full-effort.ts'

const random = rng(8)
const vector = (n: number): Value => random.draw({ law: 'normal', shape: [n] })
const sequenceOf = (T: number): readonly Example[] =>
  Array.from({ length: T }, (_, t) => example(vector(2), vector(2), t % 3 === 1 ? 0.5 : 1))
const engines = ['compiled-js', 'compiled-wasm', ...(native() ? (['compiled-native'] as const) : [])] as const

const optimisers: readonly Optimiser[] = [
  sgd({ lr: cosine(0.1, 0, 9) }),
  sgd({ lr: 0.05, momentum: 0.9 }),
  adam({ lr: 0.02 }),
  adamw({ lr: 0.02, decay: 0.1 }),
  rmsprop({ lr: 0.01, momentum: 0.5 }),
  chain(weightDecay({ decay: 0.1 }), sgd({ lr: 0.1 })),
]
const rules: readonly AnyRule<unknown, 'past'>[] = [rtrl, rflo(), snap({ n: 1 }), uoro()]
const nets = [
  network(leaky({ alpha: 0.5 }), { d: 5, n: 2, m: 2 }, halfSquaredError(), { start: 'learned' }),
  network(gru(), { d: 3, n: 2, m: 2 }, halfSquaredError()),
] as unknown as readonly Net[]
type Net = Network<Branch, Branch, PerStep>

/** The same without its program, so that JavaScript moves the parameters. */
const alone = (optimiser: Optimiser): Optimiser => ({ ...optimiser, step: (...args) => optimiser.step(...args) })

const shownOf = (step: TrainStep<Theta>) => ({
  ...{ step: step.step, loss: step.loss, output: entries({ y: step.output }), θ: entries(step.θ) },
  ...{ gradient: step.gradient && entries(step.gradient), optimiser: step.optimiser, run: step.state().run?.carries },
})

test('every optimiser that works entry by entry has a program, and whoever replaces its step does without', t => {
  for (const optimiser of optimisers) {
    t.truthy(entrywiseOf(optimiser))
    t.is(entrywiseOf(alone(optimiser)), null)
  }
})

test('a program in doubles holds the parameters, so that no step of JavaScript moves them; others leave it to that', t => {
  const inner = adam({ lr: 0.02 })
  let moves = 0
  const counting: typeof inner = {
    ...inner,
    step: (...args) => {
      moves++
      return inner.step(...args)
    },
  }
  const spied = entrywise(counting, entrywiseOf(inner) as never) as Optimiser
  const movesBy = (how: object, rule: AnyRule<unknown, 'past'> = rtrl): number => {
    moves = 0
    const [net, given] = [nets[0] as Net, sequenceOf(5)]
    for (const _ of train(rule, net, { optimiser: spied, ...how })(net.init(1), given));
    return moves
  }
  for (const engine of ['compiled-js', 'compiled-wasm'] as const) {
    t.is(movesBy({ engine }), 0)
    t.is(movesBy({ engine: { name: engine, dtype: 'f32' } }), 5)
    t.is(movesBy({ engine }, chunked({ k: 2 })(bptt)), 5)
    t.is(movesBy({ engine, workers: 1 }), 5)
  }
  t.is(movesBy({ engine: 'eager' }), 5)
})

for (const engine of engines)
  alwaysIf(engine === 'compiled-wasm')(`a step in memory by ${engine} is the step that JavaScript takes`, t => {
    const data: readonly Sequences[] = [sequenceOf(7), [sequenceOf(7), sequenceOf(7)]]
    nets.forEach((net, n) => {
      rules.forEach((rule, r) => {
        optimisers.forEach((optimiser, o) => {
          if (full ? (n + r + o) % 2 === 0 : n !== o % 2 || r !== o % 4) return
          const how = { engine, seed: 3, every: 1 + ((r + o) % 2), ...(o % 3 === 0 && { washout: 3 }) }
          const by = (optimiser: Optimiser, given: Sequences) =>
            Array.from(train(rule, net, { ...how, optimiser })(net.init(1), given), shownOf as never)
          for (const given of data)
            t.deepEqual(by(optimiser, given), by(alone(optimiser), given), `net ${n}, rule ${r}, optimiser ${o}`)
        })
      })
    })
  })

for (const engine of engines)
  alwaysIf(engine === 'compiled-wasm')(
    `what steps say stays as it was, by ${engine}, over more of them than are kept at a time`,
    t => {
      const [net, given] = [nets[0] as Net, sequenceOf(600)]
      for (const rule of [rtrl, uoro()]) {
        const run = () => train(rule, net, { optimiser: adam({ lr: 0.01 }), engine, seed: 1 })(net.init(1), given)
        const said = (step: TrainStep<Theta>) => [
          entries(step.θ),
          entries(step.gradient ?? {}),
          step.optimiser,
          step.loss,
        ]
        const live = Array.from(run(), said)
        const steps = [...run()]
        for (const i of [599, 0, 130, 510, 511, 512, 513, 598])
          t.deepEqual(said(steps[i] as TrainStep<Theta>), live[i], `${i}`)
      }
    },
  )

test('of an older step θ is what it was where updates come every so many steps, and at the end', t => {
  const [net, given] = [nets[0] as Net, sequenceOf(8)]
  const by = (optimiser: Optimiser) =>
    [...train(rtrl, net, { optimiser, engine: 'compiled-js', every: 3 })(net.init(1), given)].map(step =>
      entries(step.θ),
    )
  t.deepEqual(by(adam({ lr: 0.1 })), by(alone(adam({ lr: 0.1 }))))
})

test('data that change after a step change nothing of it', t => {
  const net = nets[0] as Net
  const given = sequenceOf(6).map(({ x, target }) => ({ x: [...entries({ x })], target: [...entries({ target })] }))
  const x = random.draw({ law: 'normal', shape: [2] })
  function* reused(): Generator<Example> {
    for (const now of given) {
      x.data.set(now.x)
      yield example(x, now.target)
    }
  }
  const run = (data: Iterable<Example>) =>
    train(rtrl, net, { optimiser: sgd({ lr: 0.1 }), engine: 'compiled-js' })(net.init(1), data)
  const live = Array.from(run(reused()), step => entries(step.θ))
  t.deepEqual(
    [...run(reused())].map(step => entries(step.θ)),
    live,
  )
})

test('a console and JSON show all that can be read of a step', t => {
  const [step] = train(rtrl, nets[1] as Net, { optimiser: sgd({ lr: 0.1 }), engine: 'compiled-js' })(
    (nets[1] as Net).init(1),
    sequenceOf(1),
  )
  const names = ['step', 'loss', 'output', 'θ', 'gradient', 'optimiser']
  t.deepEqual(Object.keys(JSON.parse(JSON.stringify(step))), [...names, 'shadows'])
  for (const name of names) t.true(inspect(step).includes(name), name)
})

test('a step can be spread, and its functions taken out of it', t => {
  const net = nets[1] as Net
  for (const optimiser of [sgd({ lr: 0.1 }), alone(sgd({ lr: 0.1 }))]) {
    const step = [...train(rtrl, net, { optimiser, engine: 'compiled-js' })(net.init(1), sequenceOf(3))].at(-1)
    const { state, memory } = step as TrainStep<Theta>
    t.deepEqual(entries({ ...step }.θ as never), entries(state().θ as never))
    t.truthy(memory())
  }
})

test('a washout that is shorter than what has been run is due at once, in memory and out of it', t => {
  const net = nets[0] as Net
  const first = [
    ...train(rtrl, net, { optimiser: sgd({ lr: 0.1 }), engine: 'compiled-js' })(net.init(1), sequenceOf(10)),
  ]
  const data = sequenceOf(7)
  const by = (optimiser: Optimiser) =>
    Array.from(
      train(rtrl, net, { optimiser, engine: 'compiled-js', washout: 5 })(first.at(-1) as never, data),
      shownOf as never,
    )
  t.deepEqual(by(sgd({ lr: 0.1 })), by(alone(sgd({ lr: 0.1 }))))
  const [anew] = train(rtrl, net, { optimiser: sgd({ lr: 0.1 }), engine: 'compiled-js' })(
    first.at(-1)?.θ as never,
    data,
  )
  t.deepEqual(entries((by(sgd({ lr: 0.1 }))[0] as never as { θ: never }).θ), entries(anew?.θ as never))
})

test('what another optimiser remembers is refused', t => {
  const net = nets[0] as Net
  const run = (optimiser: Optimiser, start: unknown) => [
    ...train(rtrl, net, { optimiser, engine: 'compiled-js' })(start as never, sequenceOf(3)),
  ]
  const { θ, optimiser } = run(sgd({ lr: 0.1 }), net.init(1)).at(-1) as TrainStep<Theta>
  for (const one of [sgd({ lr: 0.1, momentum: 0.9 }), alone(sgd({ lr: 0.1, momentum: 0.9 }))])
    t.throws(() => run(one, { θ, optimiser }), { message: /sgd: a memory without a velocity/ })
  const other = { count: 1, velocity: random.draw({ law: 'normal', shape: [2] }) }
  t.throws(() => run(sgd({ lr: 0.1, momentum: 0.9 }), { θ, optimiser: other }), {
    message: /^train: a memory of 2 numbers and a gradient of \d+;/,
  })
})

test('training that stops being finite stops with the same words', t => {
  const net = network(leaky({ alpha: 0.5, f: relu }), { d: 3, n: 2, m: 2 }, halfSquaredError())
  const given = sequenceOf(200)
  for (const engine of engines) {
    const words = [sgd({ lr: 1e6 }), alone(sgd({ lr: 1e6 }))].map(optimiser => {
      const run = () => [...train(rtrl, net, { optimiser, engine })(net.init(1), given)]
      return t.throws(run, { instanceOf: NonFiniteError })?.message
    })
    t.is(words[0], words[1], engine)
  }
})

test('parameters that the last update alone makes infinite are refused there, whatever holds them', t => {
  const net = network(leaky({ alpha: 0.5 }), { d: 2, n: 1, m: 1 }, halfSquaredError())
  const given = [1, 2, 3].map(i => example([i], [1e10 * i]))
  for (const [every, step] of [
    [1, 1],
    [2, 2],
    [5, 3],
  ] as const)
    for (const engine of ['eager', 'compiled-js', 'compiled-wasm'] as const)
      t.throws(() => [...train(rtrl, net, { optimiser: sgd({ lr: 1e300 }), every, engine })(net.init(1), given)], {
        instanceOf: NonFiniteError,
        message: new RegExp(`^train: a number that is not finite in the parameters at step ${step};`),
      })
})
