import test from 'ava'
import { NonFiniteError } from '../../../ad/errors.ts'
import { matvec } from '../../../ad/primitives/contraction.ts'
import { add, exp, mul, sqrt, tanh } from '../../../ad/primitives/elementwise.ts'
import { slice } from '../../../ad/primitives/layout.ts'
import { tensor } from '../../../ad/tensor.ts'
import { cell } from '../../../nets/cells/cell.ts'
import { halfSquaredError } from '../../../nets/loss.ts'
import { example, network } from '../../../nets/network.ts'
import { inputGradient } from '../../../nets/run/input-gradient.ts'
import { sequence } from '../../../nets/sequence.ts'
import { gradient } from '../../../nets/train/gradient.ts'
import { train } from '../../../nets/train/online.ts'
import { sgd } from '../../../nets/train/optimisers.ts'
import { evaluate, predict } from '../../../nets/train/predict.ts'
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

test('a loss that is not finite is not given back by evaluate, nor a gradient by inputGradient', t => {
  const root = cell({ params: { W: ['d', 'd'], V: ['d', 'n'] }, state: { h: ['d'] } }, (θ, { h }, x) => ({
    h: sqrt(add(matvec(θ.V, x), add(tanh(matvec(θ.W, h)), 3))),
  }))
  const its = network(root, { d: 1, n: 1, m: 1 }, halfSquaredError())
  const begin = its.init(1)
  const θ = { ...begin, cell: { ...begin.cell, V: tensor([[1]]) } }
  const sound = sequence([1, 1, 1, 1], [0, 0, 0, 0])
  const broken = sequence([1, 1, -9, 1], [0, 0, 0, 0])
  t.true(Number.isFinite(evaluate(its)(θ, [sound, sound])))
  for (const engine of ['eager', 'compiled-js', 'compiled-wasm'] as const) {
    const at = /evaluate: .* state at step 3, made by sqrt/
    t.throws(() => evaluate(its, { engine })(θ, broken), { instanceOf: NonFiniteError, message: at })
    t.throws(() => evaluate(its, { engine })(θ, [sound, broken]), { message: /state at step 3 of sequence 2/ })
    t.throws(() => evaluate(its, { engine })(θ, broken.values()), {
      instanceOf: NonFiniteError,
      message: /evaluate: .*loss/,
    })
  }
  t.throws(() => inputGradient(bptt, its)(θ, broken), { message: /inputGradient: .* state at step 3, made by sqrt/ })
})
