import test from 'ava'
import { DomainError, KindError, ShapeError } from '../../ad/errors.ts'
import { dense } from '../../ad/linear/apply.ts'
import { patternOfGraph } from '../../ad/linear/sparsity.ts'
import { trace } from '../../ad/modes/trace.ts'
import { matmul, matvec, outer } from '../../ad/primitives/contraction.ts'
import { add, div, mul, tanh, where } from '../../ad/primitives/elementwise.ts'
import { broadcastTo, concat, slice, sum, transpose } from '../../ad/primitives/layout.ts'
import { softmax } from '../../ad/primitives/reduction.ts'
import { full, ones, tensor, zeros } from '../../ad/tensor.ts'
import { item, type Value } from '../../ad/value.ts'
import { cell, widthOf } from '../../nets/cells/cell.ts'
import { embedded } from '../../nets/cells/embedded.ts'
import { cells } from '../../nets/cells/index.ts'
import { leaky } from '../../nets/cells/leaky.ts'
import { lru } from '../../nets/cells/lru.ts'
import { residual, stacked, withConnectivity } from '../../nets/cells/stacked.ts'
import { halfSquaredError } from '../../nets/loss.ts'
import { example, network } from '../../nets/network.ts'
import { composed, transformed } from '../../nets/run/fold.ts'
import { type AnyRule, resolved } from '../../nets/run/rule.ts'
import { broadcastFeedback, localParameters, ownUnitOnly } from '../../nets/run/transforms.ts'
import { train } from '../../nets/train/online.ts'
import { sgd } from '../../nets/train/optimisers.ts'
import { rfloCost, snapCost } from '../../proofs/rules/costs-sparse.ts'
import {
  diagonal,
  drtrl,
  eprop,
  esdrtrl,
  fpbptt,
  influenceRule,
  keepPattern,
  kernl,
  rflo,
  snap,
  snapPattern,
  sparsity,
} from '../../rules/index.ts'

const sizes = { d: 4, n: 2, m: 1 }
const net = network(leaky({ alpha: 0.5 }), sizes, halfSquaredError())
const wires = sparsity(net)
const wave = Array.from({ length: 60 }, (_, t) =>
  example(tensor([Math.sin(t / 3), 1]), tensor([Math.sin((t + 1) / 3)])),
)

/** The rows that each column of a program's derivative can reach. */
const columnsOf = (f: (...xs: Value[]) => Value, ...shapes: number[][]) =>
  patternOfGraph(
    trace(xs => [f(...xs)], shapes),
    [0],
  ).columns

test('entries of entrywise operations depend on their own, those of products on the wires', t => {
  t.deepEqual(
    columnsOf(x => tanh(mul(x, x)), [3]),
    [[0], [1], [2]],
  )
  t.deepEqual(
    columnsOf((W, x) => matvec(W, x), [2, 2], [2]),
    [[0], [0], [1], [1]],
  )
  t.deepEqual(
    columnsOf((x, W) => matvec(W, x), [2], [3, 2]),
    [
      [0, 1, 2],
      [0, 1, 2],
    ],
  )
  t.deepEqual(
    columnsOf((A, B) => matmul(A, B), [2, 1], [1, 2]),
    [
      [0, 1],
      [2, 3],
    ],
  )
  t.deepEqual(
    columnsOf(x => sum(x, 0), [2, 2]),
    [[0], [1], [0], [1]],
  )
  t.deepEqual(
    columnsOf(x => softmax(x), [2, 2]),
    [
      [0, 1],
      [0, 1],
      [2, 3],
      [2, 3],
    ],
  )
})

test('an entry of an outer product depends on its row of the one and its column of the other, of unequal lengths too', t => {
  t.deepEqual(
    columnsOf((x, y) => outer(x, y), [2], [3]),
    [
      [0, 1, 2],
      [3, 4, 5],
    ],
  )
  t.deepEqual(
    columnsOf((y, x) => outer(x, y), [3], [2]),
    [
      [0, 3],
      [1, 4],
      [2, 5],
    ],
  )
})

test('the numbers of one unit have one number: the h and c of an LSTM, layer by layer', t => {
  const sizes = { d: 2, n: 1, m: 1 }
  t.deepEqual(sparsity(network(cells.lstm(), sizes, halfSquaredError()) as never).unitOf, [0, 1, 0, 1])
  const two = network(stacked([cells.lstm(), leaky()]), sizes, halfSquaredError())
  t.deepEqual(sparsity(two as never).unitOf, [0, 1, 0, 1, 2, 3])
})

test('what only moves numbers moves what they depend on', t => {
  t.deepEqual(
    columnsOf(x => transpose(x), [2, 2]),
    [[0], [2], [1], [3]],
  )
  t.deepEqual(
    columnsOf(x => concat([zeros([1]), slice(x, 1, 2)]), [2]),
    [[], [1]],
  )
  t.deepEqual(
    columnsOf(x => broadcastTo(x, [2, 2]), [2]),
    [
      [0, 2],
      [1, 3],
    ],
  )
})

test('a mask of the program cuts wires, however it is written', t => {
  const mask = tensor([
    [1, 0],
    [0, 1],
  ])
  const off = [[0], [1]]
  t.deepEqual(
    columnsOf((x, W) => matvec(mul(mask, W), x), [2], [2, 2]),
    off,
  )
  t.deepEqual(
    columnsOf((x, W) => matvec(where(mask, W, 0), x), [2], [2, 2]),
    off,
  )
  t.deepEqual(
    columnsOf((x, W) => matvec(div(mask, W), x), [2], [2, 2]),
    off,
  )
  t.deepEqual(
    columnsOf((x, W) => matvec(add(mask, W), x), [2], [2, 2]),
    [
      [0, 1],
      [0, 1],
    ],
  )
})

test('a choice by a number of the state hears both sides', t => {
  t.deepEqual(
    columnsOf((r, x) => where(r, 0, x), [2], [2]),
    columnsOf((_, x) => x, [2], [2]),
  )
  t.deepEqual(
    columnsOf((r, x) => where(r, x, 0), [2], [2]),
    columnsOf((_, x) => x, [2], [2]),
  )
})

test('numbers are never read off: a weight that is 0 is a wire, and so is an input that is', t => {
  const zero = { ...net, start: { h: zeros([4]) } }
  const strict = snapPattern(2, sparsity(zero), 'strict')
  t.true(strict.columns.every(rows => rows.length === 4))
  const W_rec = tensor(Array.from({ length: 4 }, (_, i) => Array.from({ length: 4 }, (_, j) => +(i <= j))))
  const cut = sparsity(network(withConnectivity(leaky(), { W_rec }), sizes, halfSquaredError()))
  t.deepEqual(cut.recurrent.columns, [[0], [0, 1], [0, 1, 2], [0, 1, 2, 3]])
})

test('what a parameter touches at once is its own unit, whatever the layers', t => {
  t.true(wires.immediate.columns.every(rows => rows.length === 1))
  const two = network(stacked([leaky(), leaky()], [3, 4]), sizes, halfSquaredError())
  t.deepEqual(sparsity(two).immediate.columns[0], [0, 3, 4, 5, 6])
  t.deepEqual(sparsity(two).own.columns.slice(0, 3), [[], [], []])
})

test('every cell there is has a wiring, below another, and where its output is as wide as its input embedded and with its input added', t => {
  for (const make of Object.values(cells)) {
    t.is(sparsity(network(stacked([make(), make()]), sizes, halfSquaredError())).recurrent.rows % 8, 0)
    if (widthOf(make(), { ...sizes, n: 4 }) !== 4) continue
    const around = embedded(residual(make()), 4)
    t.notThrows(() => sparsity(network(around, sizes, halfSquaredError())))
  }
})

test("an LSTM's h and c are one unit", t => {
  const lstm = sparsity(network(cells.lstm(), sizes, halfSquaredError()))
  t.deepEqual(lstm.unitOf, [0, 1, 2, 3, 0, 1, 2, 3])
  t.true(snapPattern(1, lstm, 'unit').columns.every(rows => rows.length === 2))
  t.true(snapPattern(1, lstm, 'strict').columns.some(rows => rows.length === 1))
})

/** RFLO with all of its influence kept, as matrices. */
const whole = transformed(composed(ownUnitOnly, localParameters, broadcastFeedback(full([4, 1], 0.5))))(
  influenceRule(dense, { name: 'RFLO by matrices', faces: 'past' }),
)

const online: Readonly<Record<string, AnyRule<unknown, 'past'>>> = {
  rflo: rflo({ feedback: full([4, 1], 0.5) }),
  'rflo by matrices': whole,
  eprop: eprop({ feedback: 'readout' }),
  drtrl,
  esdrtrl: esdrtrl({ decay: 0.5 }),
  kernl: kernl({ A: ones([4, 4]), gamma: full([4], 0.5) }),
  'snap 1': snap({ n: 1, mask: 'strict' }),
  'snap 3': snap({ n: 3, mask: 'unit' }),
}

for (const [name, rule] of Object.entries(online))
  test(`${name} learns online, and compiled as it does one operation at a time`, t => {
    const by = (engine: 'eager' | 'compiled') =>
      [...train(rule, net, { optimiser: sgd({ lr: 0.02 }), engine })(net.init(3), wave)].map(({ loss }) => loss)
    const [eager, compiled] = [by('eager'), by('compiled')]
    t.true(eager.every((x, i) => Math.abs(x - (compiled[i] as number)) < 1e-10))
    const late = (from: number) => eager.slice(from, from + 19).reduce((a, b) => a + b)
    t.true(late(41) < late(0))
  })

test('a batch learns compiled what it learns one sequence at a time', t => {
  const other = wave.map(({ x, target }) => example(mul(x, -1), mul(target, -1)))
  const by = (engine: 'eager' | 'compiled') =>
    [
      ...train(snap({ n: 1, mask: 'strict' }), net, { optimiser: sgd({ lr: 0.02 }), engine })(net.init(3), [
        wave,
        other,
      ]),
    ].map(({ loss }) => loss)
  const [eager, compiled] = [by('eager'), by('compiled')]
  t.true(eager.every((x, i) => Math.abs(x - (compiled[i] as number)) < 1e-10))
})

test('the linear recurrent unit learns online by its diagonal, compiled', t => {
  const linear = network(lru(), sizes, halfSquaredError())
  const steps = [...train(diagonal, linear, { optimiser: sgd({ lr: 0.02 }), engine: 'compiled' })(linear.init(3), wave)]
  t.is(steps.length, 60)
})

test('twice the units cost RFLO four times as much, and SnAp-1 at most eight times', t => {
  const ratio = (of: typeof rfloCost) => of({ d: 64, n: 2 }).operations / of({ d: 32, n: 2 }).operations
  t.true(ratio(rfloCost) < 4.2)
  t.true(ratio(snapCost) < 8.2)
})

const gated = network(cells.gru(), sizes, halfSquaredError())
const complaint = (t: { throws: (f: () => unknown) => unknown }, f: () => unknown) =>
  t.throws(f) as Error & {
    who: string
    given: string
    wanted: string
    remedy: string
  }

for (const [title, kind, f, who, given] of [
  ['SnAp of n = 0 is refused', DomainError, () => snap({ n: 0, mask: 'strict' }), 'snap', 'n = 0'],
  ['a window of k = 0 is refused', DomainError, () => fpbptt({ k: 0 }), 'fpbptt', 'k = 0'],
  ['a window of k = 1.5 is refused', DomainError, () => fpbptt({ k: 1.5 }), 'fpbptt', 'k = 1.5'],
  ['a decay of 1 is refused', DomainError, () => esdrtrl({ decay: 1 }), 'esdrtrl', 'decay = 1'],
  ['a reach beside a matrix is refused', DomainError, () => snap({ n: 2, mask: ones([3, 3]) }), 'snap', 'n = 2'],
  [
    'a mask of another shape is refused',
    ShapeError,
    () => resolved(snap({ mask: ones([3, 4]) }), net),
    'snap',
    '[3, 4]',
  ],
  ['a mask that is no matrix is refused', ShapeError, () => resolved(snap({ mask: ones([4]) }), net), 'pattern', '[4]'],
  [
    'units that hear each other are no diagonal',
    KindError,
    () => resolved(diagonal, net),
    'diagonal',
    'depend on each other',
  ],
  [
    'the pattern of another network is refused',
    ShapeError,
    () =>
      run(
        influenceRule(keepPattern({ ...wires, influence: { rows: 3, columns: [[0]] } }), {
          name: 'the pattern of another network',
          faces: 'past',
        }),
      ),
    'keepPattern',
    '[3, 1]',
  ],
  [
    'a kernel of another shape is refused',
    ShapeError,
    () => run(kernl({ A: ones([3, 3]), gamma: ones([4]) })),
    'kernl',
    'A [3, 3]',
  ],
  [
    'rates of another length are refused',
    ShapeError,
    () => run(kernl({ A: ones([4, 4]), gamma: ones([3]) })),
    'kernl',
    'γ [3]',
  ],
  [
    'a feedback of another shape is refused',
    ShapeError,
    () => run(rflo({ feedback: ones([1, 4]) })),
    'feedback',
    '[1, 4]',
  ],
  [
    'a cell of several drives has no outer product',
    KindError,
    () => [
      ...train(esdrtrl({ decay: 0.5 }), gated, { optimiser: sgd({ lr: 0.1 }), engine: 'eager' })(gated.init(1), wave),
    ],
    'esdrtrl',
    'do not all act',
  ],
] as const)
  test(title, t => {
    const thrown = complaint(t, f)
    t.true(thrown instanceof kind)
    t.is(thrown.who, who)
    t.true(thrown.given.includes(given), thrown.given)
    t.true(thrown.wanted.length > 0 && thrown.remedy.length > 0)
  })

function run(rule: AnyRule<unknown, 'past'>) {
  return [...train(rule, net, { optimiser: sgd({ lr: 0.1 }), engine: 'eager' })(net.init(1), wave)]
}

test('a cell that branches on a number has no wiring', t => {
  const fickle = cell((θ, { h }, x) => ({ h: item(sum(x)) > 0 ? h : add(matvec(θ.W, h), matvec(θ.V, x)) }))
  t.throws(() => sparsity(network(fickle, sizes, halfSquaredError())), { instanceOf: KindError })
})
