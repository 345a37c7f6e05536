import test from 'ava'
import { leaky } from '../../../nets/cells/leaky.ts'
import { halfSquaredError } from '../../../nets/loss.ts'
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
