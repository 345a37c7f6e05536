/** Going on from a step; parameters by name; plans that are made once; rules that only the eager engine runs. */
import test from 'ava'
import { distance, entries } from '../../../ad/distance.ts'
import { type JanusError, KindError, NameError, ShapeError } from '../../../ad/errors.ts'
import { matvec } from '../../../ad/primitives/contraction.ts'
import { add, tanh } from '../../../ad/primitives/elementwise.ts'
import { zeros } from '../../../ad/tensor.ts'
import type { Branch } from '../../../ad/tree.ts'
import { isValue, type Value } from '../../../ad/value.ts'
import { cell } from '../../../nets/cells/cell.ts'
import { type LeakyParams, leaky } from '../../../nets/cells/leaky.ts'
import { lru } from '../../../nets/cells/lru.ts'
import { halfSquaredError, type PerStep, rmse } from '../../../nets/loss.ts'
import { type Example, example, type Network, network, type Theta } from '../../../nets/network.ts'
import { rng } from '../../../nets/random.ts'
import type { AnyRule } from '../../../nets/run/rule.ts'
import { alignedTo } from '../../../nets/run/windows.ts'
import type { Sequences } from '../../../nets/train/data.ts'
import { gradient, lossAndGradient } from '../../../nets/train/gradient.ts'
import { type TrainStep, train } from '../../../nets/train/online.ts'
import type { Optimiser } from '../../../nets/train/optimiser.ts'
import { adam, sgd } from '../../../nets/train/optimisers.ts'
import { evaluate, predict } from '../../../nets/train/predict.ts'
import { adaptiveTbptt } from '../../../rules/adaptive-tbptt.ts'
import { bptt } from '../../../rules/bptt.ts'
import { dniFuture } from '../../../rules/dni.ts'
import { fpbptt } from '../../../rules/fpbptt.ts'
import { hybrid } from '../../../rules/hybrid.ts'
import { ok } from '../../../rules/ok.ts'
import { randomFeedback } from '../../../rules/random-feedback.ts'
import { registry, ruleNames, ruleOf } from '../../../rules/registry.ts'
import { rtrl } from '../../../rules/rtrl.ts'
import { sketch } from '../../../rules/sketch.ts'
import { snap } from '../../../rules/snap.ts'
import { chunked, sliding } from '../../../rules/tbptt.ts'
import { uoro } from '../../../rules/uoro.ts'
import { full } from '../../effort.ts'
import { alwaysIf } from '../../full-effort.ts'

type Past = AnyRule<unknown, 'past'>
type Step = TrainStep<Theta<LeakyParams>>

const sizes = { d: 3, n: 2, m: 2 }
const net = network(leaky({ alpha: 0.5 }), sizes, halfSquaredError())
const learned = net.with({ start: 'learned' })
const compiled = ['compiled-js', 'compiled-wasm'] as const
const engines = ['eager', ...compiled] as const
type EngineName = (typeof engines)[number]

const random = rng(5)
const vector = (n: number): Value => random.draw({ law: 'normal', shape: [n] })
const T = 8
const sequenceOf = (): readonly Example[] =>
  Array.from({ length: T }, (_, t) => example(vector(2), vector(2), t % 3 === 1 ? 0.5 : 1))
const batch = [sequenceOf(), sequenceOf()]
const data: Readonly<Record<string, Sequences>> = { 'one sequence': batch[0]!, 'a batch of two': batch }

/** What is left of the data after so many steps. */
const after = (given: Sequences, steps: number): Sequences =>
  Array.isArray(given[0])
    ? (given as readonly (readonly Example[])[]).map(one => one.slice(steps))
    : (given as readonly Example[]).slice(steps)

const optimisers: Readonly<Record<string, Optimiser>> = {
  'sgd with momentum': sgd({ lr: 0.05, momentum: 0.9 }),
  adam: adam({ lr: 0.02 }),
}
const optimiser = optimisers.adam!

/** How a run is trained that is left and gone on with. */
interface Case {
  readonly name: string
  readonly given: Sequences
  readonly optimiser: Optimiser
  readonly every: number
}
const cases: readonly Case[] = Object.entries(data).flatMap(([what, given]) =>
  Object.entries(optimisers).flatMap(([by, optimiser]) =>
    [1, 3].map(every => ({ name: `${what}, ${by}, every ${every}`, given, optimiser, every })),
  ),
)
/** Two that differ in everything; all by the full effort. */
const tried = full ? cases : [cases[1]!, cases[6]!]

/** Training with the same seed each time. */
const training = (rule: Past, engine: EngineName, { optimiser, every }: Case, on = net) =>
  train(rule, on, { optimiser, every, engine, seed: 3 })

/** All numbers of a step, as they are now. */
const shownOf = (step: Step) => ({
  step: step.step,
  loss: step.loss,
  output: entries({ y: step.output }),
  θ: entries(step.θ),
  gradient: step.gradient && entries(step.gradient),
  optimiser: step.optimiser,
})
const course = (steps: Iterable<Step>) => [...steps].map(shownOf)

const online: Readonly<Record<string, Past>> = { rtrl, uoro: uoro(), 'chunked BPTT': chunked({ k: 2 })(bptt) }
const alone = Object.entries(online).slice(0, 2)

for (const [name, rule] of Object.entries(online))
  test(`${name} goes on from any step bit for bit, eagerly`, t => {
    for (const on of [net, learned])
      for (const by of tried) {
        const steps = [...training(rule, 'eager', by, on)(on.init(1), by.given)]
        for (const [i, step] of steps.entries())
          for (const start of [step, step.state()]) {
            const rest = training(rule, 'eager', by, on)(start, after(by.given, i + 1))
            t.deepEqual(course(rest), course(steps).slice(i + 1), `${by.name}, step ${i + 1}`)
          }
      }
  })

for (const engine of compiled)
  for (const [name, rule] of alone) {
    alwaysIf(engine === 'compiled-wasm')(
      `${name} by ${engine} goes on from any step whose state was asked in time, and what a step says stays`,
      t => {
        for (const on of [net, learned])
          for (const by of tried) {
            const stepped = [...training(rule, engine, by, on)(on.init(1), by.given)].map(shownOf)
            const steps: Step[] = []
            const whole: ReturnType<typeof shownOf>[] = []
            for (const step of training(rule, engine, by, on)(on.init(1), by.given)) {
              step.state()
              steps.push(step)
              whole.push(shownOf(step))
            }
            t.deepEqual(whole, stepped, `${by.name}: asking changes nothing`)
            t.deepEqual(course(steps), whole, `${by.name}: what a step says stays as it was`)
            for (const [i, step] of steps.entries())
              for (const start of [step, step.state()]) {
                const rest = training(rule, engine, by, on)(start, after(by.given, i + 1))
                t.deepEqual(course(rest), whole.slice(i + 1), `${by.name}, step ${i + 1}`)
              }
          }
      },
    )

    alwaysIf(engine === 'compiled-wasm')(
      `${name} by ${engine} goes on from the newest step, whether its run was left or is still open`,
      t => {
        for (const by of tried) {
          const whole = course(training(rule, engine, by)(net.init(1), by.given))
          for (let stop = 1; stop < T; stop++)
            for (const isLeft of [true, false]) {
              const open = training(rule, engine, by)(net.init(1), by.given)
              let newest = open.next().value as Step
              while (newest.step < stop) newest = open.next().value as Step
              if (isLeft) open.return(undefined as never)
              const rest = training(rule, engine, by)(newest, after(by.given, stop))
              t.deepEqual(course(rest), whole.slice(stop), `${by.name}, step ${stop}, ${isLeft ? 'left' : 'open'}`)
              if (!isLeft) t.deepEqual(course(open), whole.slice(stop), `${by.name}, step ${stop}: the open run too`)
            }
        }
      },
    )

    test(`${name} by ${engine} refuses a step that is stale, and says what to do`, t => {
      const steps = [...train(rule, net, { optimiser, engine })(net.init(1), batch)]
      const goOn = () => [...train(rule, net, { optimiser, engine })(steps[2]!, batch)]
      for (const ask of [() => steps[0]!.state(), () => steps[0]!.memory(), goOn])
        t.throws(ask, { instanceOf: KindError, message: /overwritten.*newest step.*before the next step.*eager/s })
      t.notThrows(() => steps.at(-1)!.state())
    })
  }

/** Windows, and the steps at which one ends. */
const windows: Readonly<Record<string, readonly [rule: Past, ends: readonly number[]]>> = {
  'chunked BPTT': [chunked({ k: 2 })(bptt), [2, 4, 6, 8]],
  'chunked BPTT of windows that each third step ends too': [alignedTo(3)(chunked({ k: 2 })(bptt)), [2, 3, 5, 6, 8]],
  'chunked BPTT in longer windows': [chunked({ k: 3 })(bptt), [3, 6, 8]],
  'chunked random feedback': [chunked({ k: 2 })(randomFeedback()), [2, 4, 6, 8]],
  'BPTT in windows with a joint': [fpbptt({ k: 2 }), [2, 4, 6, 8]],
  'DNI of future credit': [dniFuture({ every: 3, lr: 0.1 }), [3, 6, 8]],
  'windows of two lengths': [hybrid({ every: 1, long: 3, nth: 2, cut: true, lr: 0.1 }), [1, 4, 5, 8]],
}

for (const engine of compiled)
  for (const [name, [rule, ends]] of Object.entries(windows))
    alwaysIf(engine === 'compiled-wasm')(
      `${name} by ${engine} goes on from where a window ends, and inside one refuses with the reason`,
      t => {
        for (const by of tried) {
          const whole = course(training(rule, engine, by)(net.init(1), by.given))
          const steps: Step[] = []
          for (const step of training(rule, engine, by)(net.init(1), by.given)) {
            steps.push(step)
            if (ends.includes(step.step)) step.state()
            else
              t.throws(() => step.state(), {
                instanceOf: KindError,
                message: /a step inside a window of a compiled rule.*ends a window.*eager.*where windows end/s,
              })
          }
          t.deepEqual(course(steps), whole, `${by.name}: asking changes nothing`)
          for (const step of steps.filter(({ step }) => ends.includes(step))) {
            const rest = training(rule, engine, by)(step, after(by.given, step.step))
            t.deepEqual(course(rest), whole.slice(step.step), `${by.name}, step ${step.step}`)
          }
        }
      },
    )

test('windows that no step ends and a start that is learned are refused where a run is left', t => {
  for (const engine of compiled)
    for (const [rule, on] of [
      [sliding({ k: 2 })(bptt), net],
      [chunked({ k: 2 })(bptt), learned],
    ] as const)
      for (const step of train(rule, on, { optimiser, engine })(on.init(1), batch))
        t.throws(() => step.state(), { instanceOf: KindError, message: /windows that lie end to end.*eager/s })
})

/** Every record with its names in the other order. */
const reversed = <A>(tree: A): A =>
  (isValue(tree)
    ? tree
    : Object.fromEntries(
        Object.entries(tree as object)
          .toReversed()
          .map(([name, child]) => [name, reversed(child)]),
      )) as A

/** Every rule there is, a network that it serves, and the engines that run it. */
const all = ruleNames.map(name => {
  const on: Network<Branch, Branch, PerStep> =
    name === 'diagonal' ? network(lru(), sizes, halfSquaredError(), { start: 'learned' }) : learned
  const rule = ruleOf(registry[name])
  return { name, rule, on, engines: rule.eager ? (['eager'] as const) : engines }
})

for (const { name, rule, on, engines } of all)
  test(`${name} gives the same gradient whatever the order of the parameters' names`, t => {
    const θ = on.init(1)
    for (const engine of engines)
      for (const given of Object.values(data)) {
        const by = (θ: Theta) => gradient(rule, on, { engine, seed: 2 })(θ, given)
        const [turned, found] = [by(reversed(θ)), by(θ)]
        t.deepEqual(Object.keys(reversed(θ)), ['readout', 'start', 'cell'])
        t.deepEqual(entries(turned), entries(found), engine)
        t.is(distance(turned, θ), distance(found, θ), engine)
        t.true(entries(found).some(x => x !== 0))
      }
  })

test('training goes the same way whatever the order of the names', t => {
  for (const engine of engines)
    for (const rule of Object.values(online)) {
      const by = (θ: Theta<LeakyParams>) => course(train(rule, net, { optimiser, engine, seed: 2 })(θ, batch))
      t.deepEqual(by(reversed(net.init(1))), by(net.init(1)))
    }
})

for (const { name, rule, on, engines } of all)
  test(`${name} refuses a parameter that is missing, extra or of another shape by its name`, t => {
    const θ = on.init(1)
    const { W_out, b_out } = θ.readout
    const [first, ...others] = Object.keys(θ.cell) as [string, ...string[]]
    const { [first]: _, ...without } = θ.cell
    const shape = (θ.cell[first] as Value).shape
    const wrong: readonly (readonly [θ: unknown, kind: typeof NameError | typeof ShapeError, said: string])[] = [
      [{ ...θ, cell: without }, NameError, `θ.cell without ${first}; wanted θ.cell of { ${[first, ...others].join()}`],
      [{ ...θ, cell: { ...θ.cell, other: W_out } }, NameError, 'θ.cell.other'],
      [{ ...θ, cell: { ...θ.cell, [first]: zeros([7]) } }, ShapeError, `θ.cell.${first} [7]; wanted [${shape.join()}]`],
      [{ ...θ, cell: { ...θ.cell, [first]: 1 } }, ShapeError, `θ.cell.${first} 1`],
      [{ ...θ, readout: { W_uot: W_out, b_out } }, NameError, 'θ.readout.W_uot'],
      [{ cell: θ.cell, start: θ.start }, NameError, 'θ without readout'],
      [{ ...θ, start: {} }, NameError, `θ.start without ${Object.keys(θ.start)[0]}`],
      [on, NameError, 'θ.causal'],
      [undefined, ShapeError, 'θ undefined'],
    ]
    for (const engine of engines)
      for (const [given, kind, prefix] of wrong) {
        const thrown = t.throws(() => gradient(rule, on, { engine })(given as Theta, batch), { instanceOf: kind })
        const message = String(thrown?.message).replaceAll(', ', ',')
        t.true(message.startsWith(`gradient: ${prefix.replaceAll(', ', ',')}`), message)
      }
  })

test('a name that is nearly right is answered with the one that is meant', t => {
  const { cell, ...rest } = net.init(1)
  const { W_rec, ...others } = cell
  const given = { ...rest, cell: { ...others, W_rek: W_rec } } as unknown as Theta<LeakyParams>
  for (const verb of [
    () => gradient(rtrl, net)(given, batch),
    () => lossAndGradient(rtrl, net)(given, batch),
    () => [...train(rtrl, net, { optimiser })(given, batch)],
    () => predict(net)(given, batch),
    () => evaluate(net)(given, batch),
  ])
    t.throws(verb, { instanceOf: NameError, message: /θ\.cell\.W_rek.*Did you mean W_rec\?/s })
})

/** A network whose cell counts how often its step is worked out. */
const counting = () => {
  let calls = 0
  const counted = cell({ params: { W: ['d', 'd'], V: ['d', 'n'] }, state: { h: ['d'] } }, (θ, { h }, x) => {
    calls++
    return { h: tanh(add(matvec(θ.W, h), matvec(θ.V, x))) }
  })
  return { net: network(counted, sizes, halfSquaredError()), calls: () => calls }
}

const kept: Readonly<Record<string, AnyRule>> = {
  bptt,
  rtrl,
  uoro: uoro(),
  snap: snap(),
  'chunked BPTT': chunked({ k: 2 })(bptt),
  fpbptt: fpbptt({ k: 2 }),
}
for (const [name, rule] of Object.entries(kept))
  test(`gradient(${name}, net) called afresh in a loop traces once`, t => {
    const { net, calls } = counting()
    const θ = net.init(1)
    for (const given of Object.values(data)) {
      const before = calls()
      const found = entries(gradient(rule, net)(θ, given))
      const traced = calls()
      t.true(traced > before)
      for (let i = 0; i < 3; i++) {
        t.deepEqual(entries(gradient(rule, net)(θ, given)), found)
        gradient(rule, net)(net.init(2), after(given, i))
        lossAndGradient(rule, net)(θ, given)
      }
      t.is(calls(), traced)
      gradient(rule, net, { engine: 'eager' })(θ, given)
      t.true(calls() > traced, 'eagerly every step is worked out')
    }
  })

test('train, predict and evaluate called afresh in a loop trace once', t => {
  const { net, calls } = counting()
  const θ = net.init(1)
  const verbs = [
    ...Object.values(online).map(rule => (given: Sequences) => [...train(rule, net, { optimiser })(θ, given)]),
    (given: Sequences) => predict(net)(θ, given),
    (given: Sequences) => evaluate(net)(θ, given),
  ]
  for (const verb of verbs)
    for (const given of Object.values(data)) {
      verb(given)
      const traced = calls()
      for (let i = 0; i < 3; i++) verb(after(given, i))
      t.is(calls(), traced)
    }
})

test('of a loss of the whole run an exact rule that faces the past gives the gradient of BPTT', t => {
  const whole = network(leaky({ alpha: 0.5 }), sizes, rmse(), { start: 'learned' })
  const θ = whole.init(1)
  for (const given of Object.values(data)) {
    const exact = lossAndGradient(bptt, whole, { engine: 'eager' })(θ, given)
    for (const rule of [bptt, rtrl, fpbptt({ k: 3 }), chunked({ k: T })(bptt)])
      for (const options of [{}, ...engines.map(engine => ({ engine }))]) {
        const found = lossAndGradient(rule, whole, options)(θ, given)
        t.true(distance(found.gradient, exact.gradient) < 1e-14, rule.name)
        t.true(Math.abs(found.loss - exact.loss) < 1e-14, rule.name)
      }
  }
})

const looking: Readonly<Record<string, Past>> = {
  adaptive: adaptiveTbptt({ most: 2, every: 1 }),
  'uoro in windows': uoro({ k: 2 }),
}

for (const [name, rule] of Object.entries(looking))
  test(`${name} looks at numbers: it runs by default, and a compiled engine refuses it with a remedy`, t => {
    const θ = net.init(1)
    t.true(rule.eager)
    t.deepEqual(gradient(rule, net)(θ, batch), gradient(rule, net, { engine: 'eager' })(θ, batch))
    t.deepEqual(
      course(train(rule, net, { optimiser })(θ, batch)),
      course(train(rule, net, { optimiser, engine: 'eager' })(θ, batch)),
    )
    for (const engine of ['compiled', ...compiled] as const)
      for (const run of [
        () => gradient(rule, net, { engine })(θ, batch),
        () => [...train(rule, net, { optimiser, engine })(θ, batch)],
      ]) {
        const thrown = t.throws(run, { instanceOf: KindError }) as JanusError
        t.regex(thrown.remedy, /engine: 'eager'/, thrown.message)
      }
  })

test('every rule of the list that looks at numbers is one of these', t => {
  t.deepEqual(
    all.filter(({ rule }) => rule.eager).map(({ name }) => name),
    ['adaptive-tbptt'],
  )
})

/** Rules that search or that learn of their windows, without a branch in their step. */
const searching: Readonly<Record<string, Past>> = {
  ok: ok({ rank: 1 }),
  'ok of rank 3': ok({ rank: 3 }),
  sketch: sketch({ rank: 1 }),
  'sketch of two cuts': sketch({ rank: 1, project: 1 }),
  'sketch of own units': sketch({ rank: 0 }),
  'sketch of all ranks': sketch({ rank: 9 }),
  dniFuture: dniFuture({ every: 3, lr: 0.1 }),
  hybrid: hybrid({ every: 1, long: 2, nth: 2, cut: true, lr: 0.1 }),
}

for (const [name, rule] of Object.entries(searching))
  test(`${name} by compiled engines gives the gradient and goes the way of eager code`, t => {
    for (const on of [net, learned]) {
      const θ = on.init(1)
      for (const given of Object.values(data))
        for (const engine of full ? compiled : (['compiled-wasm'] as const)) {
          const by = (engine: EngineName) => gradient(rule, on, { engine, seed: 2 })(θ, given)
          t.true(distance(by(engine), by('eager')) < 1e-13, engine)
          const last = (engine: EngineName) =>
            [...train(rule, on, { optimiser, every: 3, engine, seed: 2 })(θ, given)].at(-1)!.θ
          t.true(distance(last(engine), last('eager')) < 1e-12, engine)
        }
    }
  })

test('a step of the eager engine inside a window is refused by the others, and one that ends a window can be resumed', t => {
  const rule = chunked({ k: 2 })(bptt)
  const steps = [...train(rule, net, { optimiser, every: 4, engine: 'eager' })(net.init(1), batch[0]!)]
  const whole = steps.at(-1)!.θ
  for (const engine of compiled) {
    const on = (at: number) => [
      ...train(rule, net, { optimiser, every: 4, engine })(steps[at - 1]!, batch[0]!.slice(at)),
    ]
    t.throws(() => on(3), { instanceOf: KindError, message: /inside a window/ })
    t.true(distance(on(4).at(-1)!.θ, whole) < 1e-12)
  }
})

test('a step of other than as many sequences is refused', t => {
  const [step] = train(rtrl, net, { optimiser })(net.init(1), batch)
  for (const engine of engines)
    t.throws(() => [...train(rtrl, net, { optimiser, engine })(step!, batch[0]!)], {
      instanceOf: ShapeError,
      message: /1 sequences after a step of 2/,
    })
})
