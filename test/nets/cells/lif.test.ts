import test from 'ava'
import { DomainError, NameError } from '../../../ad/errors.ts'
import { grad } from '../../../ad/modes/transforms.ts'
import { scalar, type Tensor, tensor } from '../../../ad/tensor.ts'
import { item, type Value } from '../../../ad/value.ts'
import { type AlifOptions, alif, lif, type SpikingCell, type SpikingState } from '../../../nets/cells/lif.ts'
import { spikeOf, surrogateNames } from '../../../nets/cells/surrogates.ts'

const numbers = (x: Value | undefined): readonly number[] => [...(x as Tensor).data]
const θ = { W_rec: tensor([[0]]), W_in: tensor([[1]]), b_rec: tensor([0]) }

/** One unit without recurrence on inputs: a state variable, or the output, step by step. */
const run = (cell: SpikingCell, inputs: readonly number[], seen: keyof SpikingState | 'output'): readonly number[] => {
  let s = cell.zeroState({ d: 1, n: 1, m: 1 })
  return inputs.map(x => {
    s = cell.step(θ, s, tensor([x]))
    return numbers(seen === 'output' ? cell.output(θ, s, tensor([x])) : s[seen])[0] as number
  })
}
const plain = { decay: 0.5, scaled: false } as const

test('a spike is where the membrane is at the threshold or above, and resets it in the step after', t => {
  t.deepEqual(run(lif(plain), [0.5, 0.75, 0, 0], 'v'), [0.5, 1, -0.5, -0.25])
  t.deepEqual(run(lif(plain), [0.5, 0.75, 0, 0], 'output'), [0, 1, 0, 0])
  t.deepEqual(run(lif({ ...plain, reset: 'zero' }), [0.5, 0.75, 0.25, 0], 'v'), [0.5, 1, 0.25, 0.125])
})

test('the drive is multiplied by 1 - decay unless it is not scaled', t => {
  t.deepEqual(run(lif({ decay: 0.75, scaled: true }), [1], 'v'), [0.25])
  t.deepEqual(run(lif({ decay: 0.75 }), [1], 'v'), [1])
})

test('after a spike there is none for as many steps as a unit is refractory, that of the spike among them', t => {
  const always = [9, 9, 9, 9, 9, 9, 9]
  t.deepEqual(run(lif(plain), always, 'output'), [1, 1, 1, 1, 1, 1, 1])
  t.deepEqual(run(lif({ ...plain, refractory: 1 }), always, 'output'), [1, 1, 1, 1, 1, 1, 1])
  t.deepEqual(run(lif({ ...plain, refractory: 3 }), always, 'output'), [1, 0, 0, 1, 0, 0, 1])
})

test('a leaky readout sees filtered spikes, and a count adds them up', t => {
  const cell = lif({ ...plain, kappa: 0.5, count: true })
  t.deepEqual(run(cell, [9, 0, 0, 0], 'output'), [0.5, 0.75, 0.375, 0.1875])
  t.deepEqual(run(cell, [9, 0, 0, 0], 'n'), [1, 2, 2, 2])
})

test('a spike raises an adaptive threshold in the step after', t => {
  const cell = alif({ ...plain, reset: 'zero', beta: 1, adaptationDecay: 0.5 })
  t.deepEqual(run(cell, [1, 1.5, 1.5, 1.5], 'a'), [0, 1, 0.5, 1.25])
  t.deepEqual(run(cell, [1, 1.5, 1.5, 1.5], 'output'), [1, 0, 1, 0])
})

test('options out of range are refused by name', t => {
  const wrong: readonly (readonly [AlifOptions, RegExp])[] = [
    [{ decay: 1 }, /decay = 1/],
    [{ kappa: -0.1 }, /kappa/],
    [{ adaptationDecay: 1 }, /adaptationDecay/],
    [{ threshold: 0 }, /threshold = 0/],
    [{ refractory: 1.5 }, /refractory = 1.5/],
    [{ beta: -1 }, /beta = -1/],
    [{ height: 0 }, /height = 0/],
    [{ width: -1 }, /width = -1/],
    [{ reset: 'none' as never }, /reset 'none'.*'subtract' or 'zero'/],
  ]
  for (const [options, message] of wrong) t.throws(() => alif(options), { instanceOf: DomainError, message })
  t.throws(() => lif({ surrogate: 'step' as never }), { instanceOf: NameError, message: /fast-sigmoid/ })
  t.throws(() => lif({ beta: 1 } as never), { instanceOf: NameError })
})

test('the steps are counted beside the spikes, and without options there is v alone', t => {
  t.deepEqual(run(lif({ ...plain, count: true }), [9, 0, 0], 'T'), [1, 2, 3])
  t.deepEqual(Object.keys(lif().zeroState({ d: 2, n: 1, m: 1 })), ['v'])
  t.deepEqual(Object.keys(alif({ refractory: 1, kappa: 0.5, count: true }).zeroState({ d: 2, n: 1, m: 1 })), [
    ...['v', 'a', 'r', 'h', 'n', 'T'],
  ])
})

test('unless they are told otherwise units keep exp(-1/20) a step, spike at 1, and raise that by 0.1, which fades by exp(-1/200)', t => {
  const close = (a: readonly number[], b: readonly number[]) =>
    t.true(a.length === b.length && a.every((x, i) => Math.abs(x - b[i]!) < 1e-15), `${a}`)
  const kept = Math.exp(-1 / 20)
  close(run(lif(), [0.5, 0, 1], 'v'), [0.5, 0.5 * kept, 0.5 * kept ** 2 + 1])
  close(run(lif(), [0.999, 0], 'output'), [0, 0])
  close(run(lif(), [1, 0], 'output'), [1, 0])
  close(run(lif({ threshold: 2 }), [2, 0], 'v'), [2, 2 * kept - 2])
  close(run(alif(), [1, 0, 0], 'a'), [0, 1, Math.exp(-1 / 200)])
  close(run(alif(), [1, 1.1 + 1 - kept], 'output'), [1, 1])
  close(run(alif(), [1, 1.0999 + 1 - kept], 'output'), [1, 0])
})

test('the least that options may be is taken', t => {
  t.notThrows(() => alif({ decay: 0, kappa: 0, adaptationDecay: 0, refractory: 0, beta: 0, threshold: 1e-9 }))
  t.notThrows(() => alif({ beta: tensor([-1]) }))
  for (const name of ['decay', 'kappa', 'adaptationDecay'] as const)
    for (const x of [1, -0.1, Number.NaN])
      t.throws(() => alif({ [name]: x }), {
        instanceOf: DomainError,
        message: new RegExp(`^alif: ${name} = ${x}; wanted ${name} in \\[0, 1\\)`),
      })
  t.throws(() => lif({ refractory: -1 }), { message: /^lif: refractory = -1; wanted a whole number of at least 0/ })
  t.throws(() => lif({ threshold: -1 }), { message: /^lif: threshold = -1; wanted threshold above 0/ })
})

test('the surrogates have the heights and widths of their papers, in units of the threshold', t => {
  const shapes = {
    triangular: (u: number) => 0.3 * Math.max(0, 1 - Math.abs(u)),
    'fast-sigmoid': (u: number) => 1 / (1 + 25 * Math.abs(u)) ** 2,
    arctan: (u: number) => 1 / (1 + (Math.PI * u) ** 2),
  }
  t.deepEqual([...surrogateNames], Object.keys(shapes))
  for (const threshold of [0.5, 2])
    for (const surrogate of surrogateNames) {
      const spike = spikeOf('lif', threshold, { surrogate })
      for (const v of [0, 0.25, 0.6, 1, 1.8, 2, 2.5, 5]) {
        const slope = item(grad((at: Value) => spike(at, threshold))(scalar(v)))
        const wanted = shapes[surrogate]((v - threshold) / threshold) / threshold
        t.true(Math.abs(slope - wanted) <= 1e-14 * wanted, `${surrogate} at ${v} of ${threshold}: ${slope} ${wanted}`)
      }
    }
})
