/** What a network is made of and refuses, and the whole program of a run in one function of its parameters. */
import test from 'ava'
import { DomainError, KindError, ShapeError } from '../../ad/errors.ts'
import { mul } from '../../ad/primitives/elementwise.ts'
import { scalar, type Tensor, tensor } from '../../ad/tensor.ts'
import { item } from '../../ad/value.ts'
import { cell } from '../../nets/cells/cell.ts'
import { leaky } from '../../nets/cells/leaky.ts'
import { crossEntropy, halfSquaredError, isWholeRun, loss, rmse, squaredError } from '../../nets/loss.ts'
import { example, network, requireCausal, requireNet, unrolled } from '../../nets/network.ts'
import { bidirectional } from '../../nets/run/bidirectional.ts'
import { bptt } from '../../rules/bptt.ts'

const sizes = { d: 2, n: 1, m: 2 }
const net = network(leaky({ f: u => u }), sizes, squaredError())
const list = (x: unknown): readonly number[] => [...(x as Tensor).data]

test('what is no network is refused by its kind', t => {
  const given = {
    'a learning rule': bptt,
    'a cell': leaky(),
    parameters: net.init(1),
    nothing: undefined,
    null: null,
    '5': 5,
    'an object of causal': { causal: true },
    'a list of 1': [net],
    "'leaky'": 'leaky',
    'the function init': net.init,
  }
  for (const [what, one] of Object.entries(given)) {
    const error = t.throws(() => requireNet('predict', one, 'The network comes first'), { instanceOf: KindError })
    t.deepEqual([error?.who, error?.given, error?.remedy], ['predict', what, 'The network comes first'], what)
  }
  t.notThrows(() => requireNet('predict', net, ''))
  const both = bidirectional(leaky(), leaky(), sizes, squaredError())
  t.notThrows(() => requireNet('gradient', both, ''))
  t.throws(() => requireNet('gradient', both.init(1), ''), { message: /^gradient: parameters;/ })
  t.throws(() => requireCausal('predict', both, ''), {
    instanceOf: KindError,
    message: /^predict: a bidirectional network; wanted a network that is run forwards/,
  })
  t.notThrows(() => requireCausal('predict', net, ''))
})

test('a network refuses a start, a loss and options that are none', t => {
  t.throws(() => network(leaky(), sizes, squaredError(), { start: 'random' as never }), {
    instanceOf: KindError,
    message: /network: start 'random'; wanted 'zero', 'learned', or a state/,
  })
  t.throws(() => network(leaky(), sizes, squaredError as never), {
    instanceOf: KindError,
    message: /network: the function squaredError; wanted a loss/,
  })
  for (const size of ['d', 'n', 'm'] as const)
    t.throws(() => network(leaky(), { ...sizes, [size]: 0 }, squaredError()), {
      instanceOf: DomainError,
      message: new RegExp(`^sizes: ${size} = 0; wanted a whole number of at least 1`),
    })
  t.throws(() => net.with({ size: { d: 3 } } as never), { message: /^network.with: an option size/ })
  const other = net.with({ sizes: { ...sizes, d: 5 }, start: 'learned' })
  t.deepEqual([other.sizes.d, other.start, other.loss], [5, 'learned', net.loss])
  t.deepEqual(net.with({ start: 'learned' }).sizes, sizes)
})

test('an output of another width than a cell states is refused', t => {
  const wide = cell({ params: {}, state: { h: ['d', 'd'] } }, (_, s) => s)
  for (const [made, given] of [
    [wide, 'an output \\[2, 2\\]; wanted \\[2\\]'],
    [cell({ params: {}, state: { h: [3] } }, (_, s) => s), 'an output \\[3\\]; wanted \\[2\\]'],
  ] as const) {
    const own = network(made as never, sizes, squaredError())
    t.throws(() => unrolled(own as never, [example(1, [0, 0])])(own.init(1) as never), {
      instanceOf: ShapeError,
      message: new RegExp(`^cell: ${given}, the width that the cell states`),
    })
  }
})

test('a run in one function has the states, the weighted losses and their sum', t => {
  const θ = {
    cell: {
      W_rec: tensor([
        [0, 1],
        [2, 0],
      ]),
      W_in: tensor([[1], [0]]),
      b_rec: tensor([0, 1]),
    },
    start: {},
    readout: {
      W_out: tensor([
        [1, 0],
        [0, 2],
      ]),
      b_out: tensor([0, -1]),
    },
  }
  const data = [example(1, [0, 0]), example(2, [1, 3], 0.5)]
  const { states, losses, loss } = unrolled(net, data)(θ)
  // h₁ = [1, 1], h₂ = W_rec h₁ + [2, 1] = [3, 3]; v₁ = [1, 1], v₂ = [3, 5]
  t.deepEqual(
    states.map(({ h }) => list(h)),
    [
      [1, 1],
      [3, 3],
    ],
  )
  t.deepEqual(losses.map(item), [2, 0.5 * 8])
  t.is(item(loss), 6)
  const root = network(leaky({ f: u => u }), sizes, rmse())
  t.is(item(unrolled(root, data)(θ).loss), Math.sqrt(6 / (2 * 1.5)))
  const begun = network(leaky({ f: u => u }), sizes, squaredError(), { start: { h: tensor([1, 0]) } })
  t.deepEqual(list(unrolled(begun, data)(θ).states[0]?.h), [1, 3])
  const learned = unrolled(net.with({ start: 'learned' }), data)({ ...θ, start: { h: tensor([0, 1]) } })
  t.deepEqual(list(learned.states[0]?.h), [2, 1])
})

test('losses are what their formulas say', t => {
  const [v, target] = [tensor([1, -2, 0.5]), tensor([0, 1, 0.5])]
  t.is(item(squaredError().each(v, target)), 10)
  t.is(item(halfSquaredError().each(v, target)), 5)
  const doubled = (x: Parameters<typeof mul>[0]) => mul(2, x)
  t.is(item(squaredError(doubled).each(v, target)), 4 + 25 + 0.25)
  t.deepEqual(list(halfSquaredError(doubled).output(v)), [2, -4, 1])
  t.is(item(rmse().finish(scalar(36), 2, 2)), 3)
  t.deepEqual([rmse(), squaredError(), crossEntropy].map(isWholeRun), [true, false, false])
  const norm = Math.log(Math.exp(1) + Math.exp(-2) + Math.exp(0.5))
  const close = (x: number, y: number) => t.true(Math.abs(x - y) < 1e-15, `${x} ${y}`)
  close(item(crossEntropy.each(v, scalar(1))), norm + 2)
  close(item(crossEntropy.each(v, tensor([0.25, 0, 0.75]))), norm - 0.25 - 0.375)
  close(item(crossEntropy().each(tensor([0, Number.NEGATIVE_INFINITY]), tensor([1, 0]))), 0)
  close(list(crossEntropy.output(v))[2] as number, Math.exp(0.5 - norm))
  t.throws(() => loss('v' as never), { instanceOf: KindError, message: /^loss: the text 'v'; wanted a function/ })
})
