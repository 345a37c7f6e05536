import test from 'ava'
import { NonFiniteError } from '../../../ad/errors.ts'
import { asCotangent } from '../../../ad/linear/space.ts'
import { matvec } from '../../../ad/primitives/contraction.ts'
import { add, exp, mul, sqrt, tanh } from '../../../ad/primitives/elementwise.ts'
import { slice, sum } from '../../../ad/primitives/layout.ts'
import { full, type Tensor, tensor } from '../../../ad/tensor.ts'
import { cell } from '../../../nets/cells/cell.ts'
import { halfSquaredError } from '../../../nets/loss.ts'
import { example, network } from '../../../nets/network.ts'
import { rng, streams } from '../../../nets/random.ts'
import { checkpointed } from '../../../nets/run/checkpointing.ts'
import { inputGradient } from '../../../nets/run/input-gradient.ts'
import { drawsFor } from '../../../nets/run/noise.ts'
import { type Facing, rule } from '../../../nets/run/rule.ts'
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

/** A rule that emits one number throughout, and another at the timestep whose input is 9. */
const emitting = <F extends Facing>(faces: F, usual: number, at9: number) =>
  rule({
    name: 'emitting',
    faces,
    init: () => null,
    step: (_: null, { immediate: { from }, x }) => [
      asCotangent(from, full([from.size], (x as { data?: Float64Array }).data?.[0] === 9 ? at9 : usual)),
      null,
    ],
  })
const plain = network(
  cell(layout, ({ W }, { h }) => ({ h: matvec(W, h) })),
  { d: 1, n: 1, m: 1 },
  halfSquaredError(),
)
const marked = sequence([1, 9, 1, 1], [0, 0, 0, 0])

test('a gradient that a rule makes of finite numbers is named by the step that it belongs to, whichever way the rule goes', t => {
  for (const faces of ['past', 'future'] as const) {
    const made = emitting(faces, 1, Number.NaN)
    const how = { engine: 'eager' } as const
    t.throws(() => gradient(made, plain, how)(plain.init(1), marked), {
      instanceOf: NonFiniteError,
      message: /^gradient: .*not finite in the gradient at step 2[.;]/,
    })
    t.throws(() => gradient(made, plain, how)(plain.init(1), [sequence([1, 1], [0, 0]), marked.slice(0, 2)]), {
      message: /in the gradient at step 2 of sequence 2[.;]/,
    })
  }
  const made = emitting('future', 1, Number.POSITIVE_INFINITY)
  t.throws(() => inputGradient(made, plain)(plain.init(1), marked), { message: /^inputGradient: .*gradient at step 2/ })
})

test('a sum that overflows, though each of its parts does not, is refused as the gradient of all steps', t => {
  const made = emitting('past', 1e308, 1e308)
  t.throws(() => gradient(made, plain, { engine: 'eager' })(plain.init(1), marked), {
    instanceOf: NonFiniteError,
    message: /^gradient: .*in the gradient at step 4[.;]/,
  })
})

test('the gradient in the inputs of no steps has no rows, and that by checkpoints of no steps is 0', t => {
  const found = inputGradient(bptt, plain)(plain.init(1), [])
  t.deepEqual([found.shape, [...found.data]], [[0, 1], []])
  const none = checkpointed(bptt)(plain)(plain.init(1), []) as unknown as { readonly data: Float64Array }
  t.deepEqual([...none.data], [0, 0, 0])
})

test('checkpoints lie ⌈√T⌉ steps apart unless they are told otherwise, and their segments are run again from the last', t => {
  const order: number[] = []
  const spied = cell(layout, ({ W }, { h }, x) => {
    order.push((x as { data?: Float64Array }).data?.[0] ?? Number.NaN)
    return { h: add(matvec(W, h), slice(x, 0, 1)) }
  })
  const its = network(spied, { d: 1, n: 1, m: 1 }, halfSquaredError())
  const data = sequence([1, 2, 3, 4, 5], [0, 0, 0, 0, 0])
  const forward = [1, 2, 3, 4, 5]
  const orderBy = (k?: number) => {
    order.length = 0
    checkpointed(bptt, { ...(k && { k }) })(its)(its.init(1), data)
    return [...order]
  }
  t.deepEqual(orderBy(), [...forward, 4, 5, 1, 2, 3])
  t.deepEqual(orderBy(2), [...forward, 5, 3, 4, 1, 2])
  t.deepEqual(orderBy(9), [...forward, ...forward])
})

test('what is not finite for the noise that was drawn is looked for with the same noise', t => {
  const rooted = rule({
    name: 'rooted',
    faces: 'past',
    draws: { law: 'normal', shape: ['d'] }, // of one unit; none at timestep 0
    init: () => null,
    step: (_: null, { immediate: { from }, noise }) => [
      asCotangent(from, mul(full([from.size], 1), sqrt(sum(noise)))),
      null,
    ],
  })
  const data = sequence([1, 1, 1, 1, 1, 1], [0, 0, 0, 0, 0, 0])
  const steps = new Set<string>()
  for (let seed = 0; seed < 6; seed++) {
    const noise = rng(seed, streams.noise)
    const drawn = data.map(() => noise.draw(drawsFor(rooted.draws, plain)) as Tensor)
    const first = drawn.findIndex(({ data: [x] }) => (x as number) < 0)
    if (first === -1) continue
    steps.add(String(first))
    for (const engine of ['eager', 'compiled-js'] as const)
      t.throws(() => gradient(rooted as never, plain, { engine, seed })(plain.init(1), data), {
        message: new RegExp(`not finite in the gradient at step ${first + 1}[.;]`),
      })
  }
  t.true(steps.size > 1)
})
