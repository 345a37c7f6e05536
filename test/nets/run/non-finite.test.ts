import test from 'ava'
import { add, exp, mul, sqrt } from '../../../ad/primitives/elementwise.ts'
import { slice } from '../../../ad/primitives/layout.ts'
import { tensor } from '../../../ad/tensor.ts'
import { cell } from '../../../nets/cells/cell.ts'
import { halfSquaredError } from '../../../nets/loss.ts'
import { example, network } from '../../../nets/network.ts'
import { gradient } from '../../../nets/train/gradient.ts'
import { train } from '../../../nets/train/online.ts'
import { sgd } from '../../../nets/train/optimisers.ts'
import { predict } from '../../../nets/train/predict.ts'
import { bptt } from '../../../rules/bptt.ts'
import { rtrl } from '../../../rules/rtrl.ts'

const layout = { params: { W: ['d', 'd'] }, state: { h: ['d'] } } as const
const exploding = cell(layout, (_, { h }, x) => ({ h: exp(mul(add(1, mul(h, h)), slice(x, 0, 1))) }))
const net = network(exploding, { d: 2, n: 1, m: 1 }, halfSquaredError())
const wild = Array.from({ length: 8 }, () => example([1], [0]))
const calm = Array.from({ length: 8 }, () => example([0], [0]))

for (const engine of ['eager', 'compiled-js', 'compiled-wasm'] as const)
  test(`the first number that is not finite is named: quantity, step, sequence, operation and line, by ${engine}`, t => {
    const θ = net.init(0)
    const state = /in the state at step 3, made by exp at non-finite\.test\.[jt]s:\d+/
    const second = /in the state at step 3 of sequence 2, made by exp at/
    t.throws(() => gradient(bptt, net, { engine })(θ, wild), { message: state })
    t.throws(() => gradient(rtrl, net, { engine })(θ, wild), { message: state })
    t.throws(() => predict(net, { engine })(θ, wild), { message: state })
    t.throws(() => gradient(bptt, net, { engine })(θ, [calm, wild]), { message: second })
    const options = { optimiser: sgd({ lr: 0 }), engine }
    t.throws(() => [...train(rtrl, net, options)(θ, [calm, wild])], { message: second })
    t.throws(() => [...train(rtrl, net, options)(θ, wild)], { message: state })
  })

test('where the run is finite and its gradient is not, the step of the gradient is named', t => {
  const edged = network(
    cell(layout, (_, { h }, x) => ({ h: sqrt(mul(h, slice(x, 0, 1))) })),
    { d: 1, n: 1, m: 1 },
    halfSquaredError(),
    { start: { h: tensor([1]) } },
  )
  const data = [example([1], [1]), example([1], [0]), example([0], [0]), example([1], [0])]
  for (const engine of ['eager', 'compiled-wasm'] as const)
    t.throws(() => gradient(rtrl, edged, { engine })(edged.init(0), data), {
      message: /not finite in the gradient at step [34]/,
    })
})
