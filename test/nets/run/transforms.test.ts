import test from 'ava'
import { entries } from '../../../ad/distance.ts'
import { DomainError, ShapeError } from '../../../ad/errors.ts'
import { spaceOf } from '../../../ad/linear/space.ts'
import { ones, tensor, zeros } from '../../../ad/tensor.ts'
import type { Branch } from '../../../ad/tree.ts'
import type { Cell } from '../../../nets/cells/cell.ts'
import { closed, teacherForcing } from '../../../nets/cells/closed.ts'
import { embedded } from '../../../nets/cells/embedded.ts'
import { cells } from '../../../nets/cells/index.ts'
import { leaky } from '../../../nets/cells/leaky.ts'
import { residual, stacked } from '../../../nets/cells/stacked.ts'
import { halfSquaredError, type PerStep } from '../../../nets/loss.ts'
import { type Network, network } from '../../../nets/network.ts'
import type { AnyRule } from '../../../nets/run/rule.ts'
import { broadcastSize } from '../../../nets/run/transforms.ts'
import { sequence } from '../../../nets/sequence.ts'
import { gradient } from '../../../nets/train/gradient.ts'
import { train } from '../../../nets/train/online.ts'
import { sgd } from '../../../nets/train/optimisers.ts'
import { eprop, factsOf, registry, rflo, rfloAdaptive } from '../../../rules/index.ts'
import { trainedRule } from '../../../src/rule-choice.ts'

type Net = Network<Branch, Branch, PerStep>
const of = <P extends Branch, S extends Branch>(cell: Cell<P, S>) =>
  network(cell, { d: 3, n: 2, m: 1 }, halfSquaredError())
const times = Array.from({ length: 30 }, (_, t) => t)
const wave = sequence(
  times.map(t => [Math.sin(t / 3), 1]),
  times.map(t => Math.sin((t + 1) / 3)),
)
const two = of(stacked([leaky({ alpha: 0.5 }), leaky({ alpha: 0.5 })], [4, 3]))
const θ = two.init(1)

const gradientOf = (rule: AnyRule, on: Net = two, engine: 'eager' | 'compiled' = 'eager') =>
  entries(gradient(rule, on, { engine, seed: 1 })(on.init(1), wave))

/** How much is said of each layer's parameters. */
const perLayer = (gradient: readonly number[]): readonly number[] => {
  const { layer1, layer2 } = θ.cell as Readonly<Record<'layer1' | 'layer2', Branch>>
  const [first, second] = [spaceOf(layer1).size, spaceOf(layer2).size]
  return [Math.hypot(...gradient.slice(0, first)), Math.hypot(...gradient.slice(first, first + second))]
}

test('a broadcast reaches every unit of every layer, however they are put together', t => {
  const pair = () => stacked([leaky(), leaky()])
  t.is(broadcastSize(of(leaky())), 3)
  t.is(broadcastSize(two), 7)
  t.is(broadcastSize(of(embedded(pair(), 4))), 6)
  t.is(broadcastSize(of(stacked([leaky(), residual(pair())]))), 9)
  t.is(broadcastSize(of(stacked([cells.lstm(), cells.membrane()]))), 6)
})

for (const name of ['rflo', 'eprop'] as const)
  test(`janus train --rule ${name} --layers 2 says something of every layer, and learns`, t => {
    const rule = trainedRule({ entry: registry[name], facts: factsOf(registry[name]) }, { window: 1, k: null })
    for (const size of perLayer(gradientOf(rule))) t.true(size > 1e-3, `${size}`)
    const long = [...wave, ...wave, ...wave, ...wave, ...wave, ...wave]
    const steps = train(rule, two, { optimiser: sgd({ lr: 0.02 }), engine: 'eager', seed: 1 })(θ, long)
    const losses = Array.from(steps, ({ loss }) => loss)
    const sum = (from: number) => losses.slice(from, from + 38).reduce((total, loss) => total + loss, 0)
    t.true(sum(losses.length - 38) < sum(0))
  })

test('e-prop through the readout, and a feedback of 0 below, leave the lower layer as it is', t => {
  const B = tensor([[0], [0], [0], [0], [1], [-1], [0.5]])
  for (const rule of [eprop({ feedback: 'readout' }), rflo({ feedback: B })]) {
    const [lower, upper] = perLayer(gradientOf(rule))
    t.is(lower, 0)
    t.true((upper as number) > 0)
  }
})

test('each layer gets its own rows of the feedback', t => {
  const errorsAt = (at: number) =>
    perLayer(gradientOf(rflo({ feedback: tensor(Array.from({ length: 7 }, (_, i) => [+(i === at)])) })))
  for (const at of [0, 1, 2, 3]) t.true(errorsAt(at)[0]! > 0 && errorsAt(at)[1] === 0)
  for (const at of [4, 5, 6]) t.true(errorsAt(at)[0] === 0 && errorsAt(at)[1]! > 0)
})

test('a closed loop tells its cell and its own readout', t => {
  const loop = network(closed(leaky(), { mixing: teacherForcing }), { d: 3, n: 2, m: 1 }, halfSquaredError(), {
    readout: 'none',
  })
  t.is(broadcastSize(loop), 4)
  const gradient = gradientOf(rflo({ feedback: tensor([[1], [-1], [0.5], [1]]) }), loop)
  t.true(gradient.slice(0, 18).some(g => g !== 0) && gradient.slice(-4).some(g => g !== 0))
})

test('feedback that learns is compiled as it is run, in a stack too', t => {
  const rule = rfloAdaptive({ feedback: ones([7, 1]), lr: 0.05, decay: 0.1 })
  const [eager, compiled] = (['eager', 'compiled'] as const).map(engine => gradientOf(rule, two, engine))
  t.true(eager!.every((g, i) => Math.abs(g - compiled![i]!) < 1e-12))
  t.true(eager!.some((g, i) => Math.abs(g - gradientOf(rflo({ feedback: ones([7, 1]) }))[i]!) > 1e-3))
})

for (const [title, kind, make, given] of [
  ['a feedback of the last layer alone', ShapeError, () => gradientOf(rflo({ feedback: ones([3, 1]) })), 'F [3, 1]'],
  [
    'adaptive feedback of another shape',
    ShapeError,
    () => gradientOf(rfloAdaptive({ feedback: zeros([1, 7]), lr: 0.1 })),
    'F [1, 7]',
  ],
  ['a step size below 0', DomainError, () => rfloAdaptive({ feedback: ones([7, 1]), lr: -1 }), 'lr = -1'],
  ['a decay below 0', DomainError, () => rfloAdaptive({ feedback: ones([7, 1]), lr: 1, decay: -1 }), 'decay = -1'],
] as const)
  test(`${title} is refused`, t => {
    const thrown = t.throws(make as () => unknown) as Error & Record<'given' | 'wanted' | 'remedy', string>
    t.true(thrown instanceof kind)
    t.is(thrown.given, given)
    t.true(thrown.wanted.length > 0 && thrown.remedy.length > 0)
  })
