/** Shadows of a run as a user asks for them, similarity of gradients, and lanes that draw each for itself. */
import test from 'ava'
import { distance, entries } from '../../../ad/distance.ts'
import { DomainError, KindError, NameError } from '../../../ad/errors.ts'
import { tensor } from '../../../ad/tensor.ts'
import type { Branch } from '../../../ad/tree.ts'
import { leaky } from '../../../nets/cells/leaky.ts'
import { halfSquaredError } from '../../../nets/loss.ts'
import { type Example, example, network } from '../../../nets/network.ts'
import { type Random, rng, streams } from '../../../nets/random.ts'
import { train } from '../../../nets/train/online.ts'
import { sgd } from '../../../nets/train/optimisers.ts'
import { shadowStream } from '../../../nets/train/shadows.ts'
import { similarity } from '../../../nets/train/similarity.ts'
import { bptt } from '../../../rules/bptt.ts'
import { rtrl } from '../../../rules/rtrl.ts'
import { sketch } from '../../../rules/sketch.ts'
import { chunked } from '../../../rules/tbptt.ts'
import { uoro } from '../../../rules/uoro.ts'

const net = network(leaky({ alpha: 0.5 }), { d: 3, n: 1, m: 1 }, halfSquaredError())
const θ = net.init(1)
const sequenceBy = (seed: number): readonly Example[] => {
  const random = rng(seed)
  return Array.from({ length: 8 }, () => example(random.normal(), random.normal()))
}
const data = sequenceBy(1)
const optimiser = sgd({ lr: 0.05 })

test('similarity is over all entries, then leaf by leaf', t => {
  const ours = { cell: { W: tensor([[3, 0]]), b: tensor([-1]) }, readout: { W_out: tensor([[0]]) } } as Branch
  const theirs = { cell: { W: tensor([[1, 0]]), b: tensor([2]) }, readout: { W_out: tensor([[0]]) } } as Branch
  const found = similarity(ours, theirs)
  t.deepEqual(
    found.map(({ group }) => group),
    ['all', 'cell.W', 'cell.b', 'readout.W_out'],
  )
  t.deepEqual(
    found.map(({ signs }) => signs),
    [3 / 4, 1, 0, 1],
  )
  const [all, W, b, none] = found
  t.true(Math.abs((all?.cosine ?? 0) - 1 / Math.sqrt(50)) < 1e-15)
  t.deepEqual([W?.cosine, W?.ratio, b?.cosine, b?.ratio], [1, 3, -1, 0.5])
  t.deepEqual([none?.cosine, none?.ratio], [Number.NaN, Number.NaN])
})

test('two shadows of one rule draw differently, and a name draws the same whatever stands beside it', t => {
  const drawnBy = (shadows: Readonly<Record<string, ReturnType<typeof uoro>>>, name: string) =>
    [...train(rtrl, net, { optimiser, shadows })(θ, data)].flatMap(({ shadows }) =>
      entries(shadows[name]?.gradient as Branch),
    )
  const both = { a: uoro(), b: uoro() }
  t.notDeepEqual(drawnBy(both, 'a'), drawnBy(both, 'b'))
  t.deepEqual(drawnBy(both, 'b'), drawnBy({ b: uoro() }, 'b'))
})

test('a shadow that only the eager engine runs stands beside a compiled rule', t => {
  const steps = [...train(rtrl, net, { optimiser, engine: 'compiled', shadows: { all: sketch({ rank: 3 }) } })(θ, data)]
  for (const { gradient, shadows } of steps)
    t.true(distance(gradient as Branch, shadows.all?.gradient as Branch) < 1e-9)
})

test('a shadow has a gradient where θ moved, what it remembers, and its size; of an older step no memory', t => {
  const pass = train(rtrl, net, { optimiser, every: 2, engine: 'compiled', shadows: { own: rtrl } })(θ, data)
  const [first, second] = [pass.next().value, pass.next().value]
  t.is(first?.shadows.own?.gradient, null)
  t.not(second?.shadows.own?.gradient, null)
  t.deepEqual(Object.keys(second?.shadows ?? {}), ['own'])
  t.is(second?.shadows.own?.bytes(), 3 * (3 * 3 + 3 + 3) * 8)
  t.throws(() => first?.shadows.own?.memory(), { instanceOf: KindError, message: /overwritten/ })
})

test('a run that goes on in the middle of a sequence has shadows again from the next one on', t => {
  const pass = train(rtrl, net, { optimiser, washout: 4, engine: 'eager', shadows: { own: rtrl } })
  const left = [...pass(θ, data)][1]
  const present = [...pass(left as never, data.slice(2))].map(({ shadows }) => 'own' in shadows)
  t.deepEqual(present, [false, false, true, true, true, true])
})

test('what cannot be a shadow, and a washout of no steps, are refused', t => {
  const by = (more: object) => () => train(rtrl, net, { optimiser, ...more })
  t.throws(by({ shadows: { exact: bptt } }), {
    instanceOf: KindError,
    message: /shadow exact: .*faces the future.*chunked/s,
  })
  t.throws(by({ shadows: { exact: uoro } }), { instanceOf: KindError, message: /called first/ })
  for (const none of [null, 'rtrl', 5])
    t.throws(by({ shadows: { none } }), { instanceOf: KindError, message: /^train, shadow none: .*wanted a rule/ })
  t.throws(by({ shadows: { late: { rule: rtrl, from: -1 } } }), { instanceOf: DomainError, message: /from = -1/ })
  t.throws(by({ shadows: { late: { rule: rtrl, form: 3 } } }), {
    instanceOf: NameError,
    message: /Did you mean .?from/,
  })
  t.throws(by({ washout: 0 }), { instanceOf: DomainError, message: /washout = 0/ })
  t.notThrows(by({ shadows: { windows: chunked({ k: 2 })(bptt) } }))
})

test('each lane of a batch has a state and noise of its own', t => {
  const [a, b] = [sequenceBy(2), sequenceBy(3)]
  const stream = rng(9)
  /** Every second draw of one stream, from the first or the second on. */
  const every = (which: 0 | 1): Random => {
    const own = rng(9)
    const draw: Random['draw'] = wanted => {
      const two = [own.draw(wanted), own.draw(wanted)] as const
      return two[which]
    }
    return { ...own, draw, copy: () => ({ ...own.copy(), draw: own.copy().draw }) }
  }
  const how = { optimiser: sgd({ lr: 0 }), engine: 'eager' } as const
  const both = [...train(uoro(), net, { ...how, noise: stream })(θ, [a, b])]
  const alone = ([a, b] as const).map((one, i) => [...train(uoro(), net, { ...how, noise: every(i as 0 | 1) })(θ, one)])
  for (const [t_, step] of both.entries()) {
    const [left, right] = alone.map(steps => entries(steps[t_]?.gradient as Branch)) as [
      readonly number[],
      readonly number[],
    ]
    const mean = left.map((x, i) => (x + (right[i] as number)) / 2)
    const far = Math.max(...entries(step.gradient as Branch).map((x, i) => Math.abs(x - (mean[i] as number))))
    t.true(far < 1e-12, `step ${t_ + 1}: ${far}`)
  }
})

test('a shadow remembers for its first sequence what the rule alone does, and begins once there have been as many steps', t => {
  const how = { optimiser: sgd({ lr: 0 }), engine: 'eager' } as const
  const run = train(rtrl, net, { ...how, washout: 2, shadows: { own: rtrl, late: { rule: rtrl, from: 4 } } })
  const both = Array.from(run(θ, [data, sequenceBy(2)]), step => ({ ...step, own: step.shadows.own?.memory() }))
  const [alone] = [...train(rtrl, net, how)(θ, data)]
  t.deepEqual(both[0]?.own, alone?.memory())
  t.deepEqual(
    both.map(({ shadows }) => 'late' in shadows),
    [false, false, false, false, true, true, true, true],
  )
  for (const { gradient, shadows } of both) t.is(distance(gradient as Branch, shadows.own?.gradient as Branch), 0)
  t.deepEqual(
    [...run(θ, data)].map(({ shadows }) => 'late' in shadows),
    new Array<boolean>(8).fill(true),
  )
})

test('a shadow draws from the stream of the FNV-1a hash of its name, whose published values are 0xe40c292c for a and 0xbf9cf968 for foobar', t => {
  const opens = (name: string, seed: number, hash: number) =>
    t.deepEqual(shadowStream(name, seed).position(), rng(hash, streams.shadow).position(), name)
  opens('', 0, 0x811c9dc5)
  opens('a', 0, 0xe40c292c)
  opens('foobar', 0, 0xbf9cf968)
  opens('', 7, 0x811c9dc2)
  opens('a', 97, Math.imul(0x811c9dc5, 0x01000193) >>> 0)
})
