import test from 'ava'
import { DomainError } from '../../ad/errors.ts'
import { dense } from '../../ad/linear/apply.ts'
import { toValue } from '../../ad/linear/space.ts'
import { mul, tanh } from '../../ad/primitives/elementwise.ts'
import { type Tensor, tensor } from '../../ad/tensor.ts'
import { type Branch, leavesOf } from '../../ad/tree.ts'
import type { Value } from '../../ad/value.ts'
import type { Cell } from '../../nets/cells/cell.ts'
import { closed } from '../../nets/cells/closed.ts'
import { embedded } from '../../nets/cells/embedded.ts'
import { cells } from '../../nets/cells/index.ts'
import { leaky } from '../../nets/cells/leaky.ts'
import { residual, stacked, withConnectivity } from '../../nets/cells/stacked.ts'
import { halfSquaredError, type PerStep } from '../../nets/loss.ts'
import { type Example, example, type Network, network, params, type Theta } from '../../nets/network.ts'
import { rng } from '../../nets/random.ts'
import type { Facing, Rule } from '../../nets/run/scan.ts'
import { alignedTo, type Windows, windowed } from '../../nets/run/windows.ts'
import { bytesBy, gradientBy, type Sequences } from '../../nets/train/gradient.ts'
import { learn } from '../../nets/train/online.ts'
import { sgd } from '../../nets/train/optimisers.ts'
import { credit } from '../../rules/bptt.ts'
import { backwardJacobian, fpbptt } from '../../rules/fpbptt.ts'
import { influence } from '../../rules/rtrl.ts'

type AnyCell = Cell<Branch, Branch>
const sizes = { d: 4, n: 2, m: 2 }
const compiled = ['compiled-js', 'compiled-wasm'] as const
const mask = tensor(Array.from({ length: 4 }, (_, i) => Array.from({ length: 4 }, (_, j) => +((i + j) % 3 > 0))))

/** A cell that bends its weights before it uses them: no outer product is left in its pulls. */
const bent = (): AnyCell => {
  const cell = leaky({ alpha: 0.5 }) as unknown as AnyCell
  return { ...cell, step: (θ, s, x) => cell.step({ ...θ, W_rec: tanh(θ.W_rec as Value) }, s, x) }
}

const made: Readonly<Record<string, AnyCell>> = {
  ...Object.fromEntries(Object.entries(cells).map(([name, make]) => [name, make() as unknown as AnyCell])),
  'two layers of different widths': stacked([leaky(), cells.gru()] as never, [3, 4]),
  'layer with its input added': residual(leaky() as never) as unknown as AnyCell,
  'leaky net with fewer wires': withConnectivity(leaky(), { W_rec: mask }) as unknown as AnyCell,
  'leaky net of bent weights': bent(),
  'GRU over an embedding': embedded(cells.gru() as never, 3) as unknown as AnyCell,
  'GRU that hears itself': closed(cells.gru()) as unknown as AnyCell,
}
const taskOf = (cell: AnyCell, start: 'learned' | 'zero', width = sizes, readout?: 'none'): Network =>
  network(cell, width, halfSquaredError(), start, readout) as Network

const data = rng(1, 1)
const draw = (size: number): Tensor => data.draw({ law: 'normal', shape: [size] })
const sequenceOf = (T: number, { n, m } = sizes): readonly Example[] =>
  Array.from({ length: T }, () => example(draw(n), draw(m)))
const batch = [7, 7, 7].map(T => sequenceOf(T))

const numbersBy = <M>(
  engine: Parameters<typeof gradientBy>[0],
  rule: Rule<M, Facing>,
  net: Network,
  θ: Theta,
  sequences: Sequences,
): Float64Array => (toValue(gradientBy(engine, rule)(net)(θ, sequences).gradient) as Tensor).data
const apart = (a: Float64Array, b: Float64Array): number =>
  a.length === b.length ? Math.max(...a.map((x, i) => Math.abs(x - (b[i] as number)))) : Number.POSITIVE_INFINITY

for (const [name, cell] of Object.entries(made))
  for (const start of ['zero', 'learned'] as const)
    test(`FP-BPTT of a ${name}, its start ${start}, is BPTT, whoever works it out`, t => {
      const width = name.includes('added') ? { ...sizes, n: 4 } : sizes
      const net = taskOf(cell, start, width, name.includes('itself') ? 'none' : undefined)
      const θ = params(net, rng(2))
      const sequences = [0, 1, 2].map(() => sequenceOf(7, net.sizes))
      for (const given of [sequences, sequences[0] as readonly Example[]]) {
        const exact = numbersBy('eager', credit, net, θ, given)
        for (const k of [1, 3, 7, 9])
          for (const engine of ['eager', ...compiled] as const)
            t.true(apart(numbersBy(engine, fpbptt(k), net, θ, given), exact) < 1e-12, `${engine} k=${k}`)
      }
    })

const net = taskOf(leaky({ alpha: 0.5 }) as unknown as AnyCell, 'learned') as Network<Branch, Branch, PerStep>
const θ = params(net, rng(2))

/** The parameters after each step of learning. */
const path = <M>(
  rule: Rule<M, 'past'>,
  engine: 'eager' | (typeof compiled)[number],
  every: number,
  sequences: Sequences,
): readonly number[] => {
  const learning = learn(rule)({ net: net, optimiser: sgd({ lr: 0.1 }), every, engine })
  return [...learning({ θ }, sequences)].flatMap(({ learner }) =>
    leavesOf(learner.θ).flatMap(leaf => [...(leaf as Tensor).data]),
  )
}
const same = (a: readonly number[], b: readonly number[]): boolean =>
  a.length === b.length && a.every((x, i) => Math.abs(x - (b[i] as number)) < 1e-12)

test('updates inside windows are learned from alike, alone and in batches, by every engine', t => {
  for (const every of [1, 2, 3])
    for (const k of [1, 2, 4])
      for (const rule of [fpbptt(k), alignedTo(every)(fpbptt(k))])
        for (const sequences of [batch, batch[0] as readonly Example[]]) {
          const eager = path(rule, 'eager', every, sequences)
          for (const engine of compiled) t.true(same(path(rule, engine, every, sequences), eager), `${engine} k=${k}`)
        }
})

test('in windows of one it learns as RTRL does, update by update', t => {
  for (const engine of ['eager', ...compiled] as const)
    t.true(same(path(fpbptt(1), engine, 1, batch), path(influence(dense), engine, 1, batch)), engine)
})

test('a second run begins anew: nothing of the influence of the first is left', t => {
  for (const engine of compiled) {
    const by = gradientBy(engine, fpbptt(2))(net)
    const once = (toValue(by(θ, batch).gradient) as Tensor).data.slice()
    by({ ...θ, cell: { ...θ.cell, W_rec: mul(0.5, θ.cell.W_rec as Value) } }, batch)
    t.deepEqual((toValue(by(θ, batch).gradient) as Tensor).data, once)
  }
})

test('what is held does not grow with the length of the run, only with the window', t => {
  const held = (k: number, T: number): number =>
    bytesBy({ name: 'compiled-js', dtype: 'f64' }, fpbptt(k))(net)(θ, sequenceOf(1)[0] as Example, null, T)
  t.is(held(5, 1000), held(5, 10))
  t.true(held(6, 1000) > held(5, 1000))
})

test('in single precision the gradient is that of BPTT to 1e-5', t => {
  const single = numbersBy({ name: 'compiled', dtype: 'f32' }, fpbptt(3), net, θ, batch)
  t.true(apart(single, numbersBy('eager', credit, net, θ, batch)) < 1e-5)
})

test('a joint between windows that do not lie end to end is refused', t => {
  const gaps: readonly Windows[] = [
    { every: 2, reach: 3 },
    { every: 3, reach: 2, clipped: true },
    { every: 1, reach: 3, clipped: true, emits: 'oldest' },
  ]
  for (const windows of gaps) {
    const thrown = t.throws(() => windowed({ ...windows, joint: backwardJacobian })(credit), {
      instanceOf: DomainError,
    })
    t.regex(String(thrown?.message), /windowed: a joint between windows that overlap or leave gaps.*end to end/s)
  }
})
