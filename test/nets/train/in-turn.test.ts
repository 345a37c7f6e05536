import test from 'ava'
import { engineOf } from '../../../ad/compiler/engine.ts'
import { entries } from '../../../ad/distance.ts'
import { full } from '../../../ad/tensor.ts'
import { leaky } from '../../../nets/cells/leaky.ts'
import { halfSquaredError } from '../../../nets/loss.ts'
import { type Example, example, network } from '../../../nets/network.ts'
import { rng } from '../../../nets/random.ts'
import type { Rule } from '../../../nets/run/rule.ts'
import { resolved } from '../../../nets/run/rule.ts'
import { batchOf } from '../../../nets/train/data.ts'
import { lossAndGradient } from '../../../nets/train/gradient.ts'
import { runsInTurn } from '../../../nets/train/in-turn.ts'
import { bptt } from '../../../rules/bptt.ts'
import { rflo } from '../../../rules/rflo.ts'
import { rtrl } from '../../../rules/rtrl.ts'
import { uoro } from '../../../rules/uoro.ts'

const data = rng(1, 1)
const vector = (n: number) => data.draw({ law: 'normal', shape: [n] })
const sequence = (): readonly Example[] => Array.from({ length: 5 }, () => example(vector(3), vector(2)))
const batch = Array.from({ length: 9 }, sequence)
const netOf = (d: number) => network(leaky({ alpha: 0.5 }), { d, n: 3, m: 2 }, halfSquaredError(), { start: 'learned' })

test('sequences run in turn where the influences of all are more than a cache holds, and only there', t => {
  const engine = engineOf('compiled')
  const decided = (rule: Parameters<typeof resolved>[0], d: number, count: number): boolean => {
    const net = netOf(d) as unknown as Parameters<typeof runsInTurn>[1]
    const sequences = batchOf('test', net, batch.slice(0, count))
    return runsInTurn(engine, net, resolved(rule, net) as Rule, net.init(1), sequences)
  }
  t.true(decided(rtrl, 28, 9))
  t.false(decided(rtrl, 28, 1))
  t.false(decided(rtrl, 8, 9))
  t.false(decided(bptt, 28, 9))
  t.false(decided(uoro(), 28, 9))
  t.false(decided(rflo({ feedback: full([150, 2], 0.5) }), 150, 9))
})

test('a cache holds 2¹⁷ numbers, and sequences in turn pay where there are more than 8 of them for each parameter', t => {
  const engine = engineOf('compiled')
  const decided = (sizes: { readonly d: number; readonly n: number; readonly m: number }, count: number): boolean => {
    const net = network(leaky({ alpha: 0.5 }), sizes, halfSquaredError()) as unknown as Parameters<typeof runsInTurn>[1]
    const sequences = new Array<readonly Example[]>(count).fill([])
    return runsInTurn(engine, net, rtrl as Rule, net.init(1), { sequences, batch: count, steps: 0 })
  }
  // an influence [16, 16 (16 + 15 + 1)] of 2¹³ numbers
  t.false(decided({ d: 16, n: 15, m: 1 }, 16))
  t.true(decided({ d: 16, n: 15, m: 1 }, 17))
  // an influence [9, 9 (9 + n + 1)], and 9 (9 + n + 1) + 9 · 9 + 9 parameters: 6480 of 810, and 6561 of 819
  t.false(decided({ d: 9, n: 70, m: 9 }, 100))
  t.true(decided({ d: 9, n: 71, m: 9 }, 100))
})

test('the loss and the gradient of a batch run in turn are the means of its sequences, and go into a place', t => {
  const net = netOf(28)
  const θ = net.init(1)
  const ones = batch.map(one => lossAndGradient(rtrl, net, { engine: 'compiled-js' })(θ, one))
  const mean = (of: (i: number) => number): number => ones.reduce((sum, _, i) => sum + of(i), 0) / ones.length
  const numbers = ones.map(({ gradient }) => entries(gradient))
  for (const engine of ['compiled', 'compiled-js', 'compiled-wasm'] as const) {
    const by = lossAndGradient(rtrl, net, { engine })
    const place = full([numbers[0]!.length], 7)
    const { loss, gradient } = by(θ, batch, { into: place })
    t.true(Math.abs(loss - mean(i => ones[i]!.loss)) < 1e-12 * loss)
    entries(gradient).forEach((g, at) => {
      t.true(Math.abs(g - mean(i => numbers[i]![at]!)) < 1e-12)
      t.is(place.data[at], g)
    })
    t.deepEqual(entries(by(θ, batch).gradient), entries(gradient))
  }
})
