import test from 'ava'
import { entries } from '../../../ad/distance.ts'
import { DomainError, KindError, NameError, NonFiniteError, ShapeError } from '../../../ad/errors.ts'
import { pull } from '../../../ad/linear/apply.ts'
import { asCotangent, asTangent, times, toValue, unflattenLike } from '../../../ad/linear/space.ts'
import { matvec } from '../../../ad/primitives/contraction.ts'
import { add, mul, sigmoid, sub, tanh } from '../../../ad/primitives/elementwise.ts'
import { sum } from '../../../ad/primitives/layout.ts'
import { type Tensor, tensor, zeros } from '../../../ad/tensor.ts'
import { item, type Value } from '../../../ad/value.ts'
import { cell } from '../../../nets/cells/cell.ts'
import { leaky } from '../../../nets/cells/leaky.ts'
import { crossEntropy, halfSquaredError, loss, rmse } from '../../../nets/loss.ts'
import { example, network, type Theta } from '../../../nets/network.ts'
import { rng } from '../../../nets/random.ts'
import { type AnyRule, type Rule, rule } from '../../../nets/run/rule.ts'
import { runGradient, scan, total } from '../../../nets/run/scan.ts'
import { error, type Timestep } from '../../../nets/run/timestep.ts'
import { lossOf, unroll } from '../../../nets/run/unroll.ts'
import { clipByNorm, normOf } from '../../../nets/train/clipping.ts'
import { gradient, lossAndGradient } from '../../../nets/train/gradient.ts'
import { train } from '../../../nets/train/online.ts'
import type { Optimiser } from '../../../nets/train/optimiser.ts'
import { adam, sgd } from '../../../nets/train/optimisers.ts'
import { evaluate } from '../../../nets/train/predict.ts'
import { bptt } from '../../../rules/bptt.ts'
import { rtrl } from '../../../rules/rtrl.ts'
import { chunked } from '../../../rules/tbptt.ts'
import { uoro } from '../../../rules/uoro.ts'

const sizes = { d: 3, n: 2, m: 2 }
const random = rng(7)
const vector = (n: number): Value => random.draw({ law: 'normal', shape: [n] })
const sequence = Array.from({ length: 6 }, () => example(vector(2), vector(2)))
const list = (x: Value): number[] => [...(x as Tensor).data]
const close = (a: readonly number[], b: readonly number[]): boolean =>
  a.length === b.length && a.every((x, i) => Math.abs(x - b[i]!) <= 1e-12 * Math.max(1, Math.abs(b[i]!)))

/** A gated cell written in one go, as a user would. */
const gated = cell(
  { params: { W: ['d', 'd'], V: ['d', 'n'], U: ['d', 'd'] }, state: { h: ['d'], c: ['d'] } },
  (θ, s, x) => {
    const gate = sigmoid(matvec(θ.U, s.h))
    const c = add(mul(gate, s.c), mul(sub(1, gate), tanh(add(matvec(θ.W, s.h), matvec(θ.V, x)))))
    return { h: tanh(c), c }
  },
)

test('a cell and a loss of your own are differentiated by every rule', t => {
  const quartic = loss((v, target) => {
    const e = sub(v, target)
    return sum(mul(mul(e, e), mul(e, e)))
  })
  for (const start of ['zero', 'learned'] as const) {
    const mine = network(gated, sizes, quartic, { start })
    const θ = mine.init(1)
    const run = unroll(mine)(θ, sequence)
    t.true(close(list(toValue(total(bptt)(run))), list(toValue(total(rtrl)(run)))))
    const whole = toValue(runGradient(bptt)(run))
    t.is(whole.shape[0], 9 + 6 + 9 + (start === 'learned' ? 6 : 0) + 6 + 2)
  }
})

test('a given start is used and is no parameter', t => {
  const start = { h: tensor([0.5, -0.5, 1]) }
  const given = network(leaky(), sizes, halfSquaredError(), { start })
  const run = unroll(given)(given.init(1), sequence)
  t.deepEqual(list((run[0].after as typeof start).h), [0.5, -0.5, 1])
  t.is(run[0].immediate.from.size, 9 + 6 + 3)
})

test('alpha or tau set the leak, and must lie in range', t => {
  const step = (c: ReturnType<typeof leaky>): readonly number[] => {
    const θ = c.params(sizes, rng(3))
    return list(c.step(θ, { h: tensor([1, 2, 3]) }, tensor([1, 0])).h)
  }
  t.deepEqual(step(leaky({ tau: 4 })), step(leaky({ alpha: 0.25 })))
  for (const bad of [0, -1, 1.5, Number.NaN]) t.throws(() => leaky({ alpha: bad }), { instanceOf: DomainError })
  t.throws(() => leaky({ tau: 0.5 }), { instanceOf: DomainError })
  t.throws(() => network(leaky(), { d: 0, n: 1, m: 1 }, halfSquaredError()), {
    instanceOf: DomainError,
    message: /d = 0/,
  })
})

test('a cell that changes the shape of its state, or data of another size, is refused by name', t => {
  const broken = cell({ params: { W: ['d', 'd'] }, state: { h: ['d'] } }, (_, s) => ({ h: sum(s.h) }))
  const wrong = network(broken, sizes, halfSquaredError())
  t.throws(() => unroll(wrong)(wrong.init(1), sequence), { instanceOf: ShapeError, message: /cell/ })
  const fine = network(leaky(), sizes, halfSquaredError())
  const short = [example(tensor([1]), tensor([1, 2]))]
  t.throws(() => unroll(fine)(fine.init(1), short), {
    instanceOf: ShapeError,
    message: /input \[1\] at step 1/,
  })
})

test('a root mean squared error of 0 has no derivative, and says so', t => {
  const whole = network(leaky(), sizes, rmse())
  const still = [example(tensor([0, 0]), tensor([0, 0]))]
  t.throws(() => unroll(whole)(whole.init(1), still), {
    instanceOf: NonFiniteError,
    message: /^unroll: .*derivative of the loss of the whole run at step 1\b/,
  })
})

test('parameters are matched by name, in any order; one misspelt, a start misspelt or a loss not called are refused', t => {
  const made = network(leaky(), sizes, halfSquaredError())
  const { cell: own, start, readout } = made.init(1)
  const by = (θ: Theta) => runGradient(bptt)(unroll(made)(θ, sequence))
  t.deepEqual(by({ readout, start, cell: own }), by(made.init(1)))
  t.throws(() => by({ readout, strat: start, cell: own } as never), {
    instanceOf: NameError,
    message: /cell, start, readout/,
  })
  t.throws(() => network(leaky(), sizes, halfSquaredError(), { start: 'lerned' as never }), { instanceOf: KindError })
  t.throws(() => network(leaky(), sizes, halfSquaredError as never), {
    instanceOf: KindError,
    message: /halfSquaredError\(\)/,
  })
  t.throws(() => leaky({ alhpa: 0.5 } as never), { instanceOf: NameError, message: /alhpa/ })
})

test('a rule that faces the other way is refused at run time too', t => {
  const made = network(leaky(), sizes, halfSquaredError())
  const optimiser = sgd({ lr: 0.1 })
  t.throws(() => train(bptt as never, made, { optimiser }), { instanceOf: KindError, message: /future.*window/s })
  t.throws(() => chunked({ k: 2 })(rtrl as never), { instanceOf: KindError, message: /past.*bptt/s })
})

test('what is no rule is refused wherever one is wanted, and the error says where a maker was not called', t => {
  const made = network(leaky(), sizes, halfSquaredError())
  const optimiser = sgd({ lr: 0.1 })
  for (const take of [
    (rule: never) => scan(rule),
    (rule: never) => total(rule),
    (rule: never) => runGradient(rule),
    (rule: never) => gradient(rule, made),
    (rule: never) => lossAndGradient(rule, made),
    (rule: never) => train(rule, made, { optimiser }),
    (rule: never) => chunked({ k: 2 })(rule),
  ]) {
    for (const wrong of [undefined, null, 'bptt', 3, {}, []])
      t.throws(() => take(wrong as never), { instanceOf: KindError, message: /wanted a rule, such as bptt/ })
    t.throws(() => take(uoro as never), { instanceOf: KindError, message: /called first/ })
    t.throws(() => take({ ...rtrl, faces: 'sideways' } as never), { instanceOf: KindError, message: /sideways/ })
  }
})

test('a rule of your own lacks nothing, or the error says what it lacks', t => {
  const mine = { name: 'mine', faces: 'past', init: () => null, step: rtrl.step } as const
  const lacking = (part: string) =>
    rule(Object.fromEntries(Object.entries(mine).filter(([name]) => name !== part)) as never)
  for (const [part, message] of [
    ['name', /without a name/],
    ['faces', /faces undefined/],
    ['init', /without a function init/],
    ['step', /without a function step/],
  ] as const)
    t.throws(() => lacking(part), { instanceOf: KindError, message })
})

test('a loss of the whole run is refused where there is no whole run', t => {
  const whole = network(leaky(), sizes, rmse())
  t.throws(() => train(rtrl, whole as never, { optimiser: sgd({ lr: 0.1 }) }), {
    instanceOf: KindError,
    message: /sum over time/,
  })
})

const lossAfter = (optimiser: Optimiser): number => {
  const made = network(leaky({ alpha: 0.5 }), sizes, halfSquaredError())
  const pass = train(rtrl, made, { optimiser, every: 2, engine: 'eager' })
  let θ = made.init(1)
  for (let i = 0; i < 30; i++) for (const step of pass(θ, sequence)) θ = step.θ
  return item(lossOf(made, sequence, unroll(made)(θ, sequence)))
}

test('learning online lowers the loss, by descent with momentum and by Adam', t => {
  const start = lossAfter(sgd({ lr: 0 }))
  t.true(lossAfter(sgd({ lr: 0.1 })) < 0.8 * start)
  t.true(lossAfter(sgd({ lr: 0.05, momentum: 0.5 })) < 0.8 * start)
  t.true(lossAfter(adam({ lr: 0.02 })) < 0.8 * start)
})

test('updates come every so many steps, with the mean gradient over them, and at the end', t => {
  const made = network(leaky(), sizes, halfSquaredError())
  const by = train(rtrl, made, { optimiser: sgd({ lr: 0.1 }), every: 4, engine: 'eager' })
  const steps = [...by(made.init(1), sequence)]
  t.deepEqual(
    steps.flatMap(({ step, gradient }) => (gradient ? [step] : [])),
    [4, 6],
  )
  const first = unroll(made)(made.init(1), sequence.slice(0, 4))
  const mean = list(toValue(runGradient(bptt)(first))).map(x => x / 4)
  t.true(close(entries(steps[3]!.gradient!), mean))
})

test('chunked BPTT learns online as RTRL does inside the first chunk', t => {
  const made = network(leaky(), sizes, crossEntropy)
  const targets = sequence.map(({ x }) => example(x, tensor([1, 0])))
  const first = (rule: AnyRule<unknown, 'past'>): readonly number[] => {
    const steps = train(rule, made, { optimiser: sgd({ lr: 0.1 }), every: 3, engine: 'eager' })(made.init(2), targets)
    const [, , third] = [...steps]
    return entries(third!.gradient!)
  }
  t.true(close(first(chunked({ k: 3 })(bptt)), first(rtrl)))
})

test('a run that diverges stops at the first number that is not finite, naming step and quantity', t => {
  const made = network(leaky({ f: u => mul(u, u) }), sizes, halfSquaredError())
  const by = train(rtrl, made, { optimiser: sgd({ lr: 10 }), engine: 'eager' })
  const run = () => [...by(made.init(1), [...sequence, ...sequence])]
  t.throws(run, { instanceOf: NonFiniteError, message: /step \d+/ })
})

test('a NaN in the data is reported where it first appears', t => {
  const made = network(leaky(), sizes, halfSquaredError())
  const data = sequence.with(3, example(tensor([Number.NaN, 0]), tensor([0, 0])))
  const run = () => [...train(rtrl, made, { optimiser: sgd({ lr: 0.1 }), engine: 'eager' })(made.init(1), data)]
  t.throws(run, { instanceOf: NonFiniteError, message: /data: a number that is not finite in the input at step 4/ })
})

test('a plan that was made for one network refuses the parameters of another, and takes names in any order', t => {
  const of = (d: number) => network(leaky(), { d, n: 2, m: 2 }, halfSquaredError())
  const [small, large] = [of(3), of(4)]
  for (const engine of ['compiled-js', 'compiled-wasm'] as const) {
    const by = lossAndGradient(bptt, large, { engine })
    const θ = large.init(1)
    const { W_rec, W_in, b_rec } = θ.cell
    const turned = { ...θ, cell: { b_rec, W_in, W_rec } }
    const first = by(θ, sequence)
    t.throws(() => by(small.init(1), sequence), {
      instanceOf: ShapeError,
      message: /θ\.cell\.W_rec \[3, 3\]; wanted \[4, 4\]/,
    })
    t.deepEqual(by(turned, sequence), first)
    t.throws(() => evaluate(large, { engine })(θ, sequence, { from: -1 }), {
      instanceOf: DomainError,
      message: /from = -1/,
    })
  }
  t.throws(() => network(leaky as never, sizes, halfSquaredError()), { instanceOf: KindError, message: /leaky\(\)/ })
})

test('the loss of a sequence of several hundred steps, or of its end, is the same by every engine', t => {
  const made = network(leaky({ alpha: 0.5 }), sizes, halfSquaredError())
  const θ = made.init(1)
  const long = Array.from({ length: 600 }, (_, i) => example(vector(2), vector(2), i % 3))
  for (const length of [1, 255, 256, 257, 600])
    for (const from of [0, 1, length - 1, length]) {
      const [eager, ...compiled] = (['eager', 'compiled-js', 'compiled-wasm'] as const).map(engine =>
        evaluate(made, { engine })(θ, long.slice(0, length), { from }),
      )
      t.true(close(compiled, [eager!, eager!]), `${length} steps from ${from}: ${eager}, ${compiled}`)
    }
})

test('the compiled engine refuses a rule whose memory grows, or that branches on a number, and says what to do', t => {
  const made = network(leaky(), sizes, halfSquaredError())
  const myopic = (now: Timestep) => pull(now.immediate, error(now))
  const growing: Rule<readonly Value[], 'past'> = {
    name: 'growing',
    faces: 'past',
    init: () => [],
    step: (memory, now) => [myopic(now), [...memory, now.loss]],
  }
  const choosy: Rule<null, 'past'> = {
    name: 'choosy',
    faces: 'past',
    init: () => null,
    step: (_, now) => [item(now.loss) > 1 ? myopic(now) : times(2, myopic(now)), null],
  }
  const run = (rule: AnyRule<unknown, 'past'>) => () => [
    ...train(rule, made, { optimiser: sgd({ lr: 0.1 }), engine: 'compiled' })(made.init(1), sequence),
  ]
  t.throws(run(growing), { instanceOf: KindError, message: /memory changes its structure.*eager/ })
  t.throws(run(choosy), { instanceOf: KindError, message: /branches on a number.*where.*eager/ })
})

test('optimisers are what their papers say on one number', t => {
  const space = { shapes: [[]], size: 1 } as never
  const g = (x: number) => asCotangent<Theta>(space, tensor([x]))
  const θ: Theta = { cell: { x: tensor([1]) }, start: {}, readout: {} as Theta['readout'] }
  const momentum = sgd({ lr: 0.1, momentum: 0.9 })
  const [first, memory] = momentum.step(momentum.init(g(1)), g(1), θ)
  const [second] = momentum.step(memory, g(1), θ)
  t.true(close([...list(toValue(first)), ...list(toValue(second))], [0.1, 0.19]))
  const one = adam({ lr: 0.1 })
  const [step] = one.step(one.init(g(5)), g(5), θ)
  t.true(Math.abs(list(toValue(step))[0]! - 0.1) < 1e-8)
  t.throws(() => sgd({ lr: -1 }), { instanceOf: DomainError })
  t.throws(() => sgd({ lr: 1, momentum: 1 }), { instanceOf: DomainError })
})

test('clipping by the norm keeps the direction', t => {
  const g = asCotangent<Theta>({ shapes: [[2]], size: 2 } as never, tensor([3, 4]))
  const θ: Theta = { cell: { x: tensor([1, 1]) }, start: {}, readout: {} as Theta['readout'] }
  const clipped = (limit: number) => list(toValue(clipByNorm(limit).step(null, g, θ)[0]))
  t.true(close(clipped(1), [0.6, 0.8]))
  t.deepEqual(clipped(10), [3, 4])
  t.is(normOf(g), 5)
  t.throws(() => clipped(0), { instanceOf: DomainError })
})

test('streams of one seed repeat; other seeds and other indices do not', t => {
  const draw = (seed: number, index = 0): readonly number[] =>
    list(rng(seed, index).draw({ law: 'normal', shape: [50] }))
  t.deepEqual(draw(1), draw(1))
  t.notDeepEqual(draw(1), draw(2))
  t.notDeepEqual(draw(1), draw(1, 1))
  const seeds = Array.from({ length: 200 }, (_, seed) => rng(seed).uniform())
  t.true(Math.abs(seeds.reduce((a, b) => a + b) / 200 - 0.5) < 0.1)
  const many = list(rng(5).draw({ law: 'normal', shape: [20000] }))
  const mean = many.reduce((a, b) => a + b) / many.length
  t.true(Math.abs(mean) < 0.03 && Math.abs(many.reduce((a, b) => a + b * b, 0) / many.length - 1) < 0.05)
  t.true(list(rng(5).draw({ law: 'sign', shape: [100] })).every(x => Math.abs(x) === 1))
  t.throws(() => rng(1.5), { instanceOf: DomainError })
})

test('a gradient reads as a tree like θ, and a flat vector of another size is no tangent', t => {
  const made = network(leaky(), sizes, halfSquaredError())
  const θ = made.init(1)
  const g = unflattenLike(θ, runGradient(bptt)(unroll(made)(θ, sequence)))
  t.deepEqual(g.readout.W_out.shape, [2, 3])
  t.throws(() => asTangent({ shapes: [[2]], size: 2 } as never, zeros([3])), { instanceOf: ShapeError })
})
