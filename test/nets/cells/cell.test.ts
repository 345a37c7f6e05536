/** A cell of one's own: what it is made of, what it outputs, what is refused. */
import test from 'ava'
import { DomainError, KindError, NameError } from '../../../ad/errors.ts'
import { add } from '../../../ad/primitives/elementwise.ts'
import { type Tensor, tensor } from '../../../ad/tensor.ts'
import { affine, layerOf } from '../../../nets/cells/affine.ts'
import { cell, checkSizes, constant, fanIn, requireCell, widthOf } from '../../../nets/cells/cell.ts'
import { elstm } from '../../../nets/cells/elstm.ts'
import { gru, gruPytorch, mgu } from '../../../nets/cells/gru.ts'
import { cells, cellsWith } from '../../../nets/cells/index.ts'
import { uniform } from '../../../nets/cells/initialisers.ts'
import { leaky } from '../../../nets/cells/leaky.ts'
import { alif, lif } from '../../../nets/cells/lif.ts'
import { lru, lruOrvieto } from '../../../nets/cells/lru.ts'
import { lstm, peephole } from '../../../nets/cells/lstm.ts'
import { membrane } from '../../../nets/cells/membrane.ts'
import { minGru } from '../../../nets/cells/min-gru.ts'
import { rtu } from '../../../nets/cells/rtu.ts'
import { halfSquaredError } from '../../../nets/loss.ts'
import { rng } from '../../../nets/random.ts'
import { bidirectional } from '../../../nets/run/bidirectional.ts'
import { rtrl } from '../../../rules/rtrl.ts'

const sizes = { d: 2, n: 3, m: 1 }
const list = (x: unknown): readonly number[] => [...(x as Tensor).data]

test('the output of a cell is its h, or the first part of its state', t => {
  const [c, h] = [tensor([1, 2]), tensor([3, 4])]
  const step = (_: unknown, s: never) => s
  const second = cell({ params: {}, state: { c: ['d'], h: ['d'] } }, step as never)
  t.is(second.output({}, { c, h } as never, c), h)
  const first = cell({ params: {}, state: { c: ['d'], k: ['d'] } }, step as never)
  t.is(first.output({}, { c, k: h } as never, h), c)
  t.is(widthOf(first, sizes), 2)
  t.is(widthOf({ ...first, width: ({ n, d }) => n * d }, sizes), 6)
})

test('parts of a cell have the sizes that they are given, by name or number', t => {
  const made = cell({ params: { W: ['n', 'd', 4], b: [5] }, state: { h: ['d', 'n'], k: [1] } }, (_, s) => s)
  const { W, b } = made.params(sizes, rng(1))
  const { h, k } = made.zeroState(sizes)
  t.deepEqual(
    [W, b, h, k].map(({ shape }) => shape),
    [[3, 2, 4], [5], [2, 3], [1]],
  )
  t.true(list(h).every(x => x === 0))
  const alone = cell(({ W: _ }, s) => s)
  t.deepEqual(
    Object.entries(alone.params(sizes, rng(1))).map(([name, { shape }]) => [name, ...shape]),
    [
      ['W', 2, 2],
      ['V', 2, 3],
      ['b', 2],
    ],
  )
})

test('matrices begin N(0, 1/columns), vectors at 0', t => {
  const drawn = list(rng(3).draw({ law: 'normal', shape: [50, 400] }))
  t.true(list(fanIn([50, 400], rng(3))).every((x, i) => Math.abs(x - drawn[i]! / 20) < 1e-15))
  t.deepEqual(list(fanIn([2], rng(1))), [0, 0])
  t.deepEqual(list(constant(0.5)([2, 1], rng(1))), [0.5, 0.5])
})

test('what is no cell is refused by its kind, with what to do', t => {
  const both = bidirectional(leaky(), leaky(), sizes, halfSquaredError())
  for (const [one, given, remedy] of [
    [leaky, /^stacked: the function leaky; wanted a cell/, /Call it: leaky\(\)/],
    [rtrl, /^stacked: a learning rule;/, /with the network of a cell/],
    [both, /^stacked: a bidirectional network;/, /bidirectionalStack/],
    [null, /^stacked: null;/, /Call it/],
    [{ forward: 1 }, /^stacked: an object of forward;/, /Call it/],
    [{ backward: 1 }, /^stacked: an object of backward;/, /Call it/],
    [{ faces: 'past' }, /^stacked: an object of faces;/, /Call it/],
  ] as const) {
    const { message = '' } = t.throws(() => requireCell('stacked', one), { instanceOf: KindError }) ?? {}
    t.regex(message, given)
    t.regex(message, remedy)
  }
  t.notThrows(() => requireCell('stacked', leaky()))
})

test('a layout without a part, or with a size that is no list, is refused', t => {
  const step = ((_: unknown, s: unknown) => s) as never
  const refused = (layout: unknown, message: RegExp, kind: typeof KindError | typeof NameError = KindError) =>
    t.throws(() => cell(layout as never, step), { instanceOf: kind as never, message })
  refused({ state: { h: ['d'] } }, /^cell: a layout without params/)
  refused({ params: { W: ['d'] } }, /^cell: a layout without state/)
  refused({ params: null, state: { h: ['d'] } }, /a layout without params/)
  refused({ params: {}, state: 'h' }, /a layout without state/)
  refused(null, /a layout without params/)
  refused({ params: { W: 'd' }, state: { h: ['d'] } }, /^cell: 'd'; wanted the sizes of params.W in a list/)
  refused({ params: {}, state: { h: 2 } }, /wanted the sizes of state.h in a list/)
  refused({ params: {}, state: {}, stat: 1 }, /^cell: an option stat/, NameError)
  t.throws(() => cell({ params: {}, state: { h: ['d'] } }, undefined as never), {
    instanceOf: KindError,
    message: /^cell: nothing; wanted a step/,
  })
  t.throws(() => cell('tanh(W h)' as never), { instanceOf: KindError, message: /^cell: the text 'tanh\(W h\)'/ })
  const odd = cell({ params: {}, state: { h: ['units' as never] } }, step)
  t.throws(() => odd.zeroState(sizes), {
    instanceOf: NameError,
    message: /^cell: a size 'units'; wanted 'd' units, 'n' inputs, or a number. Write a size as a number/,
  })
})

test('only a missing value in a step is explained by the names that there are; other errors pass', t => {
  const of = (step: unknown) => cell({ params: { W: ['d'] }, state: { h: ['d'] } }, step as never)
  const s = { h: tensor([1, 2]) }
  const θ = { W: tensor([1, 2]) }
  t.throws(() => of((θ: { V: Tensor }) => ({ h: add(θ.V, 1) })).step(θ, s, s.h), {
    instanceOf: KindError,
    message: /undefined in the step of a cell; .*θ has W; the state has h/,
  })
  t.throws(() => of(() => ({ h: add(null as never, 1) })).step(θ, s, s.h), { message: /^(?!.*the step of a cell)/ })
  const own = new RangeError('mine')
  const thrown = t.throws(() =>
    of(() => {
      throw own
    }).step(θ, s, s.h),
  )
  t.is(thrown, own as never)
  const bare = cell({ params: {}, state: { h: ['d'] } }, ((θ: { V: Tensor }) => ({ h: add(θ.V, 1) })) as never)
  t.throws(() => bare.step({}, s, s.h), { message: /θ has nothing; the state has h/ })
})

test('sizes are whole numbers of at least 1, in a record', t => {
  t.is(checkSizes(sizes), sizes)
  t.throws(() => checkSizes(3 as never), { instanceOf: KindError, message: /^sizes: 3; wanted a record of d, n and m/ })
})

test('a cell that names its drive adds up what its parameters make of their inputs, and says so as long as its step is its own', t => {
  const made = affine(
    { params: { W: ['d', 'd'], V: ['d', 'n'], b: ['d'] }, state: { h: ['d'] } },
    (s, x) => ({ W: s.h, V: x, b: 1 }),
    (_, u) => ({ h: u }),
  )
  const θ = {
    W: tensor([
      [1, 2],
      [3, 4],
    ]),
    V: tensor([
      [1, 0, 2],
      [0, 1, 0],
    ]),
    b: tensor([10, 20]),
  }
  const { h } = made.step(θ, { h: tensor([1, -1]) }, tensor([1, 2, 3]))
  t.deepEqual(list(h), [1 - 2 + 7 + 10, 3 - 4 + 2 + 20])
  t.deepEqual(Object.keys(layerOf(made as never, θ)), ['layer'])
  t.deepEqual(layerOf({ ...made, step: () => ({ h }) } as never, θ), {})
  t.deepEqual(layerOf(cell((_, s) => s) as never, θ), {})
})

test('every cell refuses an option that it has not, and options that are no record, in its own name', t => {
  const makers = {
    ...{ elstm, gru, gruPytorch, mgu, leaky, membrane, lif, alif, lru, lruOrvieto, lstm, peephole, minGru, rtu },
  } as unknown as Readonly<Record<string, (options: unknown) => unknown>>
  for (const [name, make] of Object.entries(makers)) {
    t.throws(() => make({ zzz: 1 }), { instanceOf: NameError, message: new RegExp(`^${name}: .*zzz`) }, name)
    for (const bad of [0.5, null])
      t.throws(
        () => make(bad),
        { instanceOf: KindError, message: new RegExp(`^${name}: options ${bad}; wanted`) },
        name,
      )
  }
  t.throws(() => leaky({ alpha: 0.5, tau: 2 } as never), {
    instanceOf: NameError,
    message: /^leaky: both alpha and tau/,
  })
  t.throws(() => membrane({ alpha: 2 }), { instanceOf: DomainError, message: /^membrane: alpha = 2; wanted alpha in/ })
  t.throws(() => leaky({ tau: 0.5 }), { instanceOf: DomainError, message: /^leaky: tau = 0.5/ })
  t.throws(() => uniform(1, 0), { instanceOf: DomainError, message: /^uniform: high = 0; wanted high from low = 1/ })
  t.throws(() => uniform(Number.NaN, 0), { instanceOf: DomainError, message: /^uniform: low = NaN/ })
})

test('forget gates begin open as far as they are told, at 0 if they are not', t => {
  for (const [name, make] of Object.entries({ lstm, peephole })) {
    t.deepEqual(list(make().params(sizes, rng(1)).b_f), [0, 0])
    t.deepEqual(list(make({ forgetBias: 1.5 }).params(sizes, rng(1)).b_f), [1.5, 1.5])
    t.throws(() => make({ forgetBias: Number.NaN }), { message: new RegExp(`^${name}: forgetBias = NaN`) })
  }
  t.deepEqual(list(cells.lstm().params(sizes, rng(1)).b_f), [0, 0])
  t.deepEqual(cellsWith('forgetBias'), ['lstm', 'peephole'])
  const θ = leaky().params(sizes, rng(1))
  const [s, x] = [{ h: tensor([1, 2]) }, tensor([1, 0, 0])]
  t.deepEqual(cells.leaky().step(θ, s, x), leaky({ alpha: 1 }).step(θ, s, x))
})
