import test from 'ava'
import type { EngineLike } from '../../ad/compiler/engine.ts'
import { engineOf } from '../../ad/compiler/engine.ts'
import { DomainError } from '../../ad/errors.ts'
import { mul, tanh } from '../../ad/primitives/elementwise.ts'
import { type Tensor, tensor } from '../../ad/tensor.ts'
import type { Branch } from '../../ad/tree.ts'
import type { Value } from '../../ad/value.ts'
import type { Cell } from '../../nets/cells/cell.ts'
import { closed } from '../../nets/cells/closed.ts'
import { embedded } from '../../nets/cells/embedded.ts'
import { cells } from '../../nets/cells/index.ts'
import { leaky } from '../../nets/cells/leaky.ts'
import { residual, stacked, withConnectivity } from '../../nets/cells/stacked.ts'
import { halfSquaredError, type PerStep } from '../../nets/loss.ts'
import { type Example, example, type Network, network, type Theta } from '../../nets/network.ts'
import { rng } from '../../nets/random.ts'
import { type AnyRule, resolved } from '../../nets/run/rule.ts'
import { noNoise } from '../../nets/run/timestep.ts'
import { alignedTo, type WindowOptions, windowed } from '../../nets/run/windows.ts'
import type { Sequences } from '../../nets/train/data.ts'
import { gradient } from '../../nets/train/gradient.ts'
import { train } from '../../nets/train/online.ts'
import { sgd } from '../../nets/train/optimisers.ts'
import { compiledFor } from '../../nets/train/plans.ts'
import { entries } from '../../proofs/proposition.ts'
import { bptt } from '../../rules/bptt.ts'
import { backwardJacobian, fpbptt } from '../../rules/fpbptt.ts'
import { rtrl } from '../../rules/rtrl.ts'
import { full } from '../effort.ts'
import { alwaysIf } from '../full-effort.ts'

type AnyCell = Cell<Branch, Branch>
type Learned = Network<Branch, Branch, PerStep>
const sizes = { d: 4, n: 2, m: 2 }
const compiled = ['compiled-js', 'compiled-wasm'] as const
const mask = tensor(Array.from({ length: 4 }, (_, i) => Array.from({ length: 4 }, (_, j) => +((i + j) % 3 > 0))))

/** A cell that bends its weights before it uses them: no outer product is left in its pulls. */
const bent = (): AnyCell => {
  const cell: AnyCell = leaky({ alpha: 0.5 })
  return { ...cell, step: (θ, s, x) => cell.step({ ...θ, W_rec: tanh(θ.W_rec as Value) }, s, x) }
}

const made: Readonly<Record<string, AnyCell>> = {
  ...Object.fromEntries(Object.entries(cells).map(([name, make]) => [name, make()])),
  'two layers of different widths': stacked([leaky(), cells.gru()], [3, 4]),
  'layer with its input added': residual(leaky()),
  'leaky net with fewer wires': withConnectivity(leaky(), { W_rec: mask }),
  'leaky net of bent weights': bent(),
  'GRU over an embedding': embedded(cells.gru(), 3),
  'GRU that gets itself': closed(cells.gru()),
}
const taskOf = (cell: AnyCell, start: 'learned' | 'zero', width = sizes, readout?: 'none'): Learned =>
  network(cell, width, halfSquaredError(), { start, ...(readout && { readout }) })

const data = rng(1, 1)
const draw = (size: number): Tensor => data.draw({ law: 'normal', shape: [size] })
const sequenceOf = (T: number, { n, m } = sizes): readonly Example[] =>
  Array.from({ length: T }, () => example(draw(n), draw(m)))
const batch = [7, 7, 7].map(T => sequenceOf(T))

const numbersBy = (
  engine: EngineLike,
  rule: AnyRule,
  net: Network,
  θ: Theta,
  sequences: Sequences,
): readonly number[] => entries(gradient(rule, net, { engine })(θ, sequences))
const largestDifference = (a: readonly number[], b: readonly number[]): number =>
  a.length === b.length ? Math.max(...a.map((x, i) => Math.abs(x - (b[i] as number)))) : Number.POSITIVE_INFINITY

/** One of each kind: units with gates, whose output is part of the state, in layers, with an input of their own making. */
const always = ['lstm zero', 'leaky learned', 'two layers of different widths learned', 'GRU that gets itself zero']

for (const [name, cell] of Object.entries(made))
  for (const start of ['zero', 'learned'] as const)
    alwaysIf(always.includes(`${name} ${start}`))(
      `FP-BPTT of a ${name}, its start ${start}, is BPTT, whoever works it out`,
      t => {
        const width = name.includes('added') ? { ...sizes, n: 4 } : sizes
        const net = taskOf(cell, start, width, name.includes('itself') ? 'none' : undefined)
        const θ = net.init(2)
        const sequences = [0, 1, 2].map(() => sequenceOf(7, net.sizes))
        for (const given of [sequences, sequences[0] as readonly Example[]]) {
          const exact = numbersBy('eager', bptt, net, θ, given)
          for (const k of [1, 3, 7, 9])
            for (const engine of ['eager', ...compiled] as const)
              t.true(
                largestDifference(numbersBy(engine, fpbptt({ k }), net, θ, given), exact) < 1e-12,
                `${engine} k=${k}`,
              )
        }
      },
    )

const net = taskOf(leaky({ alpha: 0.5 }), 'learned')
const θ = net.init(2)

/** The parameters after each step of learning. */
const path = (
  rule: AnyRule<unknown, 'past'>,
  engine: 'eager' | (typeof compiled)[number],
  every: number,
  sequences: Sequences,
): readonly number[] =>
  [...train(rule, net, { optimiser: sgd({ lr: 0.1 }), every, engine })(θ, sequences)].flatMap(step => entries(step.θ))
const same = (a: readonly number[], b: readonly number[]): boolean =>
  a.length === b.length && a.every((x, i) => Math.abs(x - (b[i] as number)) < 1e-12)

test('updates inside windows are learned from alike, alone and in batches, by every engine', t => {
  for (const every of [1, 2, 3])
    for (const k of full ? [1, 2, 4] : [every === 2 ? 4 : 2])
      for (const rule of [fpbptt({ k }), alignedTo(every)(fpbptt({ k }))])
        for (const sequences of [batch, batch[0] as readonly Example[]]) {
          const eager = path(rule, 'eager', every, sequences)
          for (const engine of compiled) t.true(same(path(rule, engine, every, sequences), eager), `${engine} k=${k}`)
        }
})

test('in windows of one it learns as RTRL does, update by update', t => {
  for (const engine of ['eager', ...compiled] as const)
    t.true(same(path(fpbptt({ k: 1 }), engine, 1, batch), path(rtrl, engine, 1, batch)), engine)
})

test('a second run begins anew: nothing of the influence of the first is left', t => {
  for (const engine of compiled) {
    const by = gradient(fpbptt({ k: 2 }), net, { engine })
    const once = entries(by(θ, batch))
    by({ ...θ, cell: { ...θ.cell, W_rec: mul(0.5, θ.cell.W_rec as Value) } }, batch)
    t.deepEqual(entries(by(θ, batch)), once)
  }
})

test('what is held does not grow with the length of the run, only with the window', t => {
  const held = (k: number, T: number): number => {
    const open = compiledFor(engineOf('compiled-js'), net, resolved(fpbptt({ k }), net))
    return open(θ, sequenceOf(1)[0] as Example, null, T, noNoise).bytes
  }
  t.is(held(5, 1000), held(5, 10))
  t.true(held(6, 1000) > held(5, 1000))
})

test('in single precision the gradient is that of BPTT to 1e-5', t => {
  const single = numbersBy({ name: 'compiled', dtype: 'f32' }, fpbptt({ k: 3 }), net, θ, batch)
  t.true(largestDifference(single, numbersBy('eager', bptt, net, θ, batch)) < 1e-5)
})

test('a joint between windows that do not lie end to end is refused', t => {
  const gaps: readonly WindowOptions[] = [
    { every: 2, reach: 3 },
    { every: 3, reach: 2, clipped: true },
  ]
  for (const windows of gaps) {
    const thrown = t.throws(() => windowed({ ...windows, joint: backwardJacobian })(bptt), {
      instanceOf: DomainError,
    })
    t.regex(String(thrown?.message), /windowed: a joint between windows that overlap or leave gaps.*end to end/s)
  }
})
