import test from 'ava'
import { DomainError, KindError, ShapeError } from '../../../ad/errors.ts'
import { item, type Value } from '../../../ad/value.ts'
import { leaky } from '../../../nets/cells/leaky.ts'
import { halfSquaredError, rmse } from '../../../nets/loss.ts'
import { type Example, example, network } from '../../../nets/network.ts'
import { bidirectional, unrollBoth } from '../../../nets/run/bidirectional.ts'
import { checkpointed } from '../../../nets/run/checkpointing.ts'
import { unroll } from '../../../nets/run/unroll.ts'
import { gradient } from '../../../nets/train/gradient.ts'
import { train } from '../../../nets/train/online.ts'
import { adam } from '../../../nets/train/optimisers.ts'
import { evaluate, predict } from '../../../nets/train/predict.ts'
import { bplambda } from '../../../rules/bplambda.ts'
import { bptt } from '../../../rules/bptt.ts'
import { rtrl } from '../../../rules/rtrl.ts'
import { chunked } from '../../../rules/tbptt.ts'

const net = network(leaky({ alpha: 0.5 }), { d: 3, n: 1, m: 1 }, halfSquaredError())
const list = Array.from({ length: 11 }, (_, t) => example([Math.sin(t)], [Math.cos(t)]))
function* stream() {
  yield* list
}
async function* later() {
  for (const one of list) {
    await null
    yield one
  }
}

for (const [name, rule] of Object.entries({ rtrl, chunked: chunked({ k: 4 })(bptt), bplambda: bplambda() }))
  for (const engine of ['eager', 'compiled-wasm'] as const)
    test(`examples that come one at a time are learned from as a list is, by ${name} and ${engine}`, async t => {
      const run = train(rule, net, { optimiser: adam({ lr: 0.01 }), every: 2, engine })
      const wanted = [...run(net.init(1), list)].map(({ loss }) => loss)
      const of = (data: Iterable<Example>): readonly number[] => [...run(net.init(1), data)].map(({ loss }) => loss)
      t.deepEqual(of(stream()), wanted)
      t.deepEqual(of(new Set(list)), wanted)
      const found: number[] = []
      for await (const { loss } of run.later(net.init(1), later())) found.push(loss)
      t.deepEqual(found, wanted)
    })

/** Three sequences side by side, and the same step by step. */
const side = [0, 1, 2].map(i => list.slice(i, i + 8))
function* steps() {
  for (let t = 0; t < 8; t++) yield side.map(sequence => sequence[t] as Example)
}

for (const engine of ['eager', 'compiled-wasm'] as const) {
  test(`sequences side by side that come step by step are learned from as a batch is, by ${engine}`, t => {
    const run = train(rtrl, net, { optimiser: adam({ lr: 0.01 }), every: 3, engine })
    const of = (data: Parameters<typeof run>[1]) =>
      [...run(net.init(1), data)].map(({ loss, gradient }) => [loss, gradient])
    t.deepEqual(of(steps()), of(side))
  })

  test(`a sequence is evaluated as it comes, over several stretches, by ${engine}`, t => {
    const long = Array.from({ length: 600 }, (_, i) => list[i % list.length] as Example)
    for (const from of [0, 1, 256, 599])
      t.is(
        evaluate(net, { engine })(net.init(1), new Set(long.map(one => ({ ...one }))), { from }),
        evaluate(net, { engine })(net.init(1), long, { from }),
      )
    t.is(evaluate(net, { engine })(net.init(1), new Set<Example>()), 0)
  })
}

test('steps of sequences side by side have as many examples as the first', t => {
  const run = train(rtrl, net, { optimiser: adam({ lr: 0.01 }) })
  function* ragged() {
    yield side.map(([one]) => one as Example)
    yield [list[0] as Example]
  }
  t.throws(() => [...run(net.init(1), ragged())], { name: 'ShapeError', message: /1 examples at step 2; wanted 3/ })
  t.throws(() => [...run(net.init(1), new Set([[]]))], {
    name: 'ShapeError',
    message: /0 examples at step 1; wanted at least one/,
  })
})

test('a stream is read one ahead and no more, and stopped when its reader stops', t => {
  let [read, closed] = [0, false]
  function* counted() {
    try {
      for (const one of list) {
        read++
        yield one
      }
    } finally {
      closed = true
    }
  }
  for (const { step } of train(rtrl, net, { optimiser: adam({ lr: 0.01 }) })(net.init(1), counted()))
    if (step === 3) break
  t.is(read, 4)
  t.true(closed)
})

test('one step of one sequence is predicted, and one of several', t => {
  const θ = net.init(0)
  const one = [example([1], [0])]
  const [wanted] = unroll(net)(θ, one).slice(1)
  for (const engine of ['eager', 'compiled-js', 'compiled-wasm'] as const) {
    const [alone, several] = [predict(net, { engine })(θ, one), predict(net, { engine })(θ, [one, one])]
    t.deepEqual(
      [alone.shape, several.shape],
      [
        [1, 1],
        [2, 1, 1],
      ],
    )
    const y = item(wanted?.prediction as Value)
    for (const x of [...alone.data, ...several.data]) t.true(Math.abs(x - y) < 1e-15)
  }
})

test('what is no sequence is refused', async t => {
  const θ = net.init(0)
  const run = train(rtrl, net, { optimiser: adam({ lr: 0.01 }) })
  const both = bidirectional(leaky(), leaky(), { d: 1, n: 1, m: 1 }, halfSquaredError())
  const uses: readonly ((data: never) => unknown)[] = [
    data => unroll(net)(θ, data),
    data => gradient(bptt, net)(θ, data),
    data => predict(net)(θ, data),
    data => checkpointed(bptt)(net)(θ, data),
    data => unrollBoth(both)(both.init(0), data),
  ]
  const odd = [
    list[0],
    stream(),
    new Set(list),
    5,
    undefined,
    null,
    'abc',
    () => list,
    [0.5, 1],
    [undefined],
    [{ x: 1 }],
  ]
  for (const use of uses)
    for (const data of odd) t.throws(() => use(data as never), { name: 'KindError', message: /example/ }, String(use))
  for (const data of [list[0], 5, undefined, 'abc', [0.5], new Set([0.5])])
    t.throws(() => evaluate(net)(θ, data as never), { name: 'KindError', message: /example/ })
  for (const data of [list[0], 5, undefined, 'abc', [0.5], new Set([0.5])])
    t.throws(() => [...run(θ, data as never)], { name: 'KindError', message: /example/ })
  await t.throwsAsync(async () => (await run.later(θ, 5 as never).next()).value, { name: 'KindError' })
})

test('no steps cost nothing and give no outputs', t => {
  const θ = net.init(1)
  t.is(evaluate(net)(θ, []), 0)
  t.is(evaluate(net)(θ, [[], []]), 0)
  t.throws(() => predict(net)(θ, []), { instanceOf: ShapeError, message: /^predict: no steps; wanted sequences of at/ })
  t.throws(() => predict(net)(θ, [[], []]), { instanceOf: ShapeError, message: /^predict: no steps/ })
})

test('a loss of the whole run is evaluated on all of it, of several sequences in the mean', t => {
  const whole = network(leaky({ alpha: 0.5 }), net.sizes, rmse())
  const θ = whole.init(1)
  const root = (sequence: readonly Example[]) => Math.sqrt((2 * evaluate(net)(θ, sequence)) / sequence.length)
  const [a, b] = [list.slice(0, 4), list.slice(5, 9)]
  t.true(Math.abs(evaluate(whole)(θ, a) - root(a)) < 1e-15)
  t.true(Math.abs(evaluate(whole)(θ, [a, b]) - (root(a) + root(b)) / 2) < 1e-15)
  t.true(Math.abs(evaluate(whole)(θ, new Set(a)) - root(a)) < 1e-15)
  for (const from of [1, 3])
    t.throws(() => evaluate(whole)(θ, a, { from }), {
      instanceOf: DomainError,
      message: new RegExp(`^evaluate: from = ${from} with a loss of the whole run; wanted from = 0`),
    })
  t.notThrows(() => evaluate(whole)(θ, a, { from: 0 }))
  for (const from of [-1, 0.5])
    t.throws(() => evaluate(net)(θ, a, { from }), {
      instanceOf: DomainError,
      message: new RegExp(`^evaluate: from = ${from}; wanted a whole number of at least 0`),
    })
})

test('what is predicted of a batch stands sequence by sequence, step by step', t => {
  const wide = network(leaky({ alpha: 0.5 }), { d: 2, n: 1, m: 2 }, halfSquaredError())
  const θ = wide.init(1)
  const data = [0, 1, 2].map(i => [0.3, -0.2].map(x => example([x * i], [0, 0])))
  const found = predict(wide)(θ, data)
  t.deepEqual(found.shape, [3, 2, 2])
  const one = data.flatMap(sequence => [...predict(wide)(θ, sequence).data])
  t.true([...found.data].every((x, i) => Math.abs(x - one[i]!) < 1e-15))
  t.deepEqual(predict(wide, { engine: 'eager' })(θ, data).shape, [3, 2, 2])
  t.deepEqual(predict(wide)(θ, [data[0]!]).shape, [1, 2, 2])
  t.deepEqual(predict(wide)(θ, data[0]!).shape, [2, 2])
})

test('the cost of steps from one on is what these cost, though the state comes from all before, weights and all', t => {
  const weighted = list.slice(0, 5).map((one, i) => ({ ...one, weight: example(0, 0, i).weight }))
  const [θ, by] = [net.init(1), { eager: evaluate(net, { engine: 'eager' }), compiled: evaluate(net) }]
  const outputs = [...predict(net)(θ, weighted).data]
  const costs = outputs.map((y, i) => (i * (y - Math.cos(i)) ** 2) / 2)
  for (const [name, one] of Object.entries(by))
    for (const from of [0, 1, 4, 5, 7]) {
      const wanted = costs.slice(from).reduce((a, b) => a + b, 0)
      t.true(Math.abs(one(θ, weighted, { from }) - wanted) < 1e-14, `${name} from ${from}`)
    }
})

test('examples that do not fit a network are refused by their step, as a list and as they come', t => {
  const bad = (wrong: unknown) => [...list.slice(0, 2), wrong as Example, ...list.slice(3, 4)]
  const { x, target } = list[0] as Example
  const uses = { list: (data: readonly Example[]) => data, stream: (data: readonly Example[]) => new Set(data) }
  const refused = (wrong: unknown, message: RegExp) => {
    for (const [name, use] of Object.entries(uses))
      t.throws(() => evaluate(net)(net.init(1), use(bad(wrong)) as never), { message }, name)
  }
  refused(example([1, 2], 0), /^data: input \[2\] at step 3; wanted \[1\], as the network has it\./)
  refused(example(1, [1, 2]), /^data: target \[2\] at step 3; wanted \[1\]/)
  refused(example([Number.NaN], 0), /^data: a number that is not finite in the input at step 3/)
  refused(example(0, [Number.POSITIVE_INFINITY]), /not finite in the target at step 3/)
  refused(example(0, 0, -0.5), /^data: a weight of -0.5 at step 3; wanted a finite number of at least 0/)
  refused(example(0, 0, Number.POSITIVE_INFINITY), /a weight of Infinity at step 3/)
  refused({ x, target }, /^data: an object of x, target at step 3; wanted an example/)
  refused(5, /^data: 5 at step 3; wanted an example/)
  t.notThrows(() => evaluate(net)(net.init(1), bad(example(0, 0, 0))))
})

test('what comes later is checked as it comes', async t => {
  const run = train(rtrl, net, { optimiser: adam({ lr: 0.01 }) })
  async function* wrong() {
    yield list[0] as Example
    yield list[1] as Example
    yield example([1, 2], 0)
  }
  const thrown = await t.throwsAsync(async () => {
    for await (const step of run.later(net.init(1), wrong())) void step
  })
  t.regex(thrown?.message ?? '', /^data: input \[2\] at step 3/)
  for (const data of [5, null, undefined, { x: 1 }])
    await t.throwsAsync(async () => (await run.later(net.init(1), data as never).next()).value, {
      instanceOf: KindError,
      message: /^train: .*wanted an iterable or an async iterable of examples/,
    })
})
