import test from 'ava'
import type { EngineLike } from '../../ad/compiler/engine.ts'
import { DomainError, type JanusError, ShapeError } from '../../ad/errors.ts'
import { toValue } from '../../ad/linear/space.ts'
import { matvec } from '../../ad/primitives/contraction.ts'
import { tanh } from '../../ad/primitives/elementwise.ts'
import { scalar, type Tensor, tensor } from '../../ad/tensor.ts'
import type { Branch } from '../../ad/tree.ts'
import type { Value } from '../../ad/value.ts'
import { cells } from '../../nets/cells/index.ts'
import { leaky } from '../../nets/cells/leaky.ts'
import { halfSquaredError } from '../../nets/loss.ts'
import { type Example, example, network } from '../../nets/network.ts'
import { outputs, transformed } from '../../nets/run/fold.ts'
import { type AnyRule, resolved, rule } from '../../nets/run/rule.ts'
import { runGradient, scan, total } from '../../nets/run/scan.ts'
import { feedback } from '../../nets/run/transforms.ts'
import { unroll } from '../../nets/run/unroll.ts'
import { gradient } from '../../nets/train/gradient.ts'
import { train } from '../../nets/train/online.ts'
import { sgd } from '../../nets/train/optimisers.ts'
import { entries, gap } from '../../proofs/proposition.ts'
import { bplambda } from '../../rules/bplambda.ts'
import { bptt } from '../../rules/bptt.ts'
import { dni, dniFuture } from '../../rules/dni.ts'
import { dniB, withLearnedJacobian } from '../../rules/dni-b.ts'
import { type Decoupled, decoupled } from '../../rules/dni-layers.ts'
import { hybrid } from '../../rules/hybrid.ts'
import { linear, mlp, type Synthesiser } from '../../rules/parts/synthesiser.ts'
import { rtrl } from '../../rules/rtrl.ts'
import { tdLambda } from '../../rules/td-lambda.ts'

type Online = AnyRule<unknown, 'past'>
const wave = (steps: number, phase = 0): readonly Example[] =>
  Array.from({ length: steps }, (_, t) =>
    example(tensor([Math.sin(t / 2 + phase)]), tensor([Math.sin((t + 2) / 2 + phase)])),
  )
const net = network(leaky({ alpha: 0.5 }), { d: 3, n: 1, m: 1 }, halfSquaredError(), { start: 'learned' })
const θ = net.init(3)
const run = unroll(net)(θ, wave(12))
const model = { lr: 0.1 }
const random = tensor([[0.5], [-1], [0.25]])

/** A rule that sees a learned J in place of its own. */
const learning = (known: Online): Online =>
  rule(withLearnedJacobian(model)(resolved(known, net)), { name: `${known.name} with a learned J`, faces: 'past' })

const rules: Readonly<Record<string, Online>> = {
  'DNI(b)': dniB({ lr: 0.1, model }),
  'DNI(b) of an mlp, with decay': dniB({ synthesiser: mlp({ hidden: 4 }), lr: 0.1, model, decay: 0.5 }),
  'DNI(b) with a random feedback': transformed(feedback(random))(resolved(dniB({ lr: 0.1, model }), net)),
  'RTRL with a learned linear map': learning(rtrl),
  'BP(0.5) with a learned linear map': learning(bplambda({ lambda: 0.5, lr: 0.1 })),
  'dni with decay': dni({ lr: 0.1, decay: 0.5 }),
  'BP(0.5) with decay': bplambda({ lambda: 0.5, lr: 0.1, decay: 0.5, terminalUpdate: true }),
  'DNI of future credit': dniFuture({ lr: 0.1, every: 2 }),
  'windows of two lengths': hybrid({ lr: 0.1, every: 1, long: 3, nth: 2 }),
  'BP(1) offline with decay': bplambda({ lambda: 1, lr: 0.1, decay: 0.5, mode: 'offline' }),
}

for (const [name, rule] of Object.entries(rules))
  test(`${name} gives the same compiled as eagerly, for one sequence, for a batch, and online`, t => {
    for (const data of [wave(7), [wave(5), wave(5, 1)]]) {
      const by = (engine: EngineLike) => entries(gradient(rule, net, { engine })(θ, data))
      t.true(gap(by('compiled'), by('eager')) < 1e-12)
    }
    const end = (engine: EngineLike): readonly number[] => {
      const steps = [...train(rule, net, { optimiser: sgd({ lr: 0.05 }), engine })(θ, wave(9))]
      return entries(steps.at(-1)!.θ)
    }
    t.true(gap(end('compiled'), end('eager')) < 1e-12)
  })

test('a learned linear map and a hybrid work on every cell, its state of whatever entries', t => {
  for (const [name, cell] of Object.entries(cells)) {
    const any = network(cell(), { d: 2, n: 1, m: 1 }, halfSquaredError())
    const moments = unroll(any)(any.init(1), wave(5))
    for (const rule of [dniB({ lr: 0.01, model }), hybrid({ lr: 0.01, every: 1, long: 2, nth: 2 })])
      t.true(entries(toValue(total<unknown, 'past'>(rule)(moments)) as Tensor).every(Number.isFinite), name)
  }
})

test('a hybrid learns online, its synthesiser too, and counts its windows', t => {
  const rule = hybrid({ lr: 0.05, every: 2, long: 4, nth: 3 })
  const steps = [...train(rule, net, { optimiser: sgd({ lr: 0.05 }), engine: 'eager' })(θ, wave(12))]
  const { ψ, turn } = steps.at(-1)!.memory()
  t.is(turn, 5)
  t.true(entries(ψ).some(x => x !== 0))
})

test('a hybrid emits where its windows end: of every 3 the last is long', t => {
  const outs = [...outputs(scan(hybrid({ lr: 0.1, every: 1, long: 3, nth: 3 }))(run))]
  const spoken = outs.flatMap((out, at) => (entries(toValue(out) as Tensor).some(x => x !== 0) ? [at] : []))
  t.deepEqual(spoken, [1, 2, 5, 6, 7, 10, 11, 12])
})

test('a synthesiser that is wrong does the less harm the more of the windows are long', t => {
  const wrong = { A: tensor([0, 1, 2].map(() => [0, 0, 0, 5])) }
  const right = entries(toValue(runGradient(bptt)(run)) as Tensor)
  const off = (nth: number): number => {
    const rule = hybrid({ lr: 0, begin: wrong, every: 1, long: 4, nth })
    const given = entries(toValue(runGradient(rule)(run)) as Tensor)
    return Math.hypot(...given.map((x, i) => x - right[i]!))
  }
  const [always, second, third, never] = [1, 2, 3, Number.POSITIVE_INFINITY].map(off) as [
    number,
    number,
    number,
    number,
  ]
  t.true(always < second && second < third && third < never, `${[always, second, third, never]}`)
})

test('decay of 0 is what there was, number by number', t => {
  const made = (decay: { readonly decay?: number }): readonly Online[] => [
    dni({ lr: 0.1, ...decay }),
    dniFuture({ lr: 0.1, every: 2, ...decay }),
    bplambda({ lambda: 0.5, lr: 0.1, ...decay }),
  ]
  const course = (rule: Online) =>
    [...scan(rule)(run)].map(([out, memory]) => [entries(toValue(out) as Tensor), entries((memory as { ψ: Branch }).ψ)])
  t.deepEqual(made({ decay: 0 }).map(course), made({}).map(course))
  t.notDeepEqual(made({ decay: 0.1 }).map(course), made({}).map(course))
})

test('wherever a synthesiser with decay begins, BP(1) brings it to the same ψ; without decay it does not', t => {
  const short = unroll(net)(θ, wave(2))
  const after = (begin: readonly number[], decay: number): readonly number[] => {
    let ψ: Branch = { A: tensor([0, 1, 2].map(() => begin)) }
    for (let i = 0; i < 100; i++)
      ψ = [...scan(bplambda({ lambda: 1, mode: 'offline', lr: 0.4, decay, begin: ψ }))(short)].at(-1)![1].ψ
    return entries(ψ)
  }
  t.true(gap(after([1, 2, -3, 4], 0.5), after([0, 0, 0, 0], 0.5)) < 1e-9)
  t.true(gap(after([1, 2, -3, 4], 0), after([0, 0, 0, 0], 0)) > 0.1)
})

test('a linear synthesiser of λ = 0 that grows without end where a unit stretches credit by 1.75 settles with decay', t => {
  const still = network(cells.leaky({ alpha: 1 }), { d: 1, n: 1, m: 1 }, halfSquaredError())
  const zero = tensor([0])
  const W = { cell: { W_rec: tensor([[1.75]]), W_in: tensor([[0]]), b_rec: zero }, start: {} }
  const quiet = unroll(still)(
    { ...W, readout: { W_out: tensor([[0]]), b_out: zero } },
    [1, 2, 3].map(() => example(zero, zero)),
  )
  const after = (decay: number): number => {
    let ψ: Branch = { A: tensor([[0, 0.01]]) }
    for (let i = 0; i < 400; i++)
      ψ = [...scan(bplambda({ lambda: 0, lr: 0.05, mode: 'offline', decay, begin: ψ }))(quiet)].at(-1)![1].ψ
    return Math.abs(entries(ψ)[1]!)
  }
  t.true(after(0) > 100)
  t.true(after(0.5) < 1e-9)
})

test("TD(λ)'s value decays with each update", t => {
  const rule = tdLambda({ lambda: 0, lr: 0.5, decay: 0.25, begin: { A: tensor([[2, 4]]) } })
  const paid = { before: tensor([1]), after: tensor([0]), reward: scalar(3), ends: scalar(1) }
  const [error, { ψ }] = rule.step(rule.init(paid), paid)
  t.is(entries(error)[0], -3)
  t.deepEqual(entries(ψ as Branch), [2 + 0.5 * (-3 - 0.25 * 2), 4 + 0.5 * (-3 - 0.25 * 4)])
})

const layerWith = (decay?: number): Decoupled => ({
  θ: { W: tensor([[0.5, -0.25]]) },
  ψ: { A: tensor([[1, -2, 3]]) },
  synthesiser: linear as Synthesiser,
  ...(decay !== undefined && { decay }),
  step: (p, x) => tanh(matvec(p.W as Value, x)),
})
const newsOf = (decay?: number) =>
  [...decoupled(halfSquaredError())([layerWith(decay)], tensor([1, -1]), tensor([0.5]))].map(({ gradient: g }) =>
    entries(toValue(g) as Tensor),
  )

test("a layer's synthesiser gets decay ψ beside its error, and the layer itself does not", t => {
  const [[θs, ψs], [θd, ψd]] = [newsOf(), newsOf(0.5)] as [number[][], number[][]]
  t.deepEqual(θd, θs)
  t.true(
    gap(
      ψd!.map((x, i) => x - ψs![i]!),
      [0.5, -1, 1.5],
    ) < 1e-12,
  )
})

const mistakes: Readonly<Record<string, readonly [() => unknown, typeof DomainError, RegExp]>> = {
  'a negative decay of dni': [
    () => dni({ lr: 1, decay: -1 }),
    DomainError,
    /dni: decay = -1; wanted decay of at least 0/,
  ],
  'a negative decay of dniFuture': [
    () => dniFuture({ lr: 1, every: 1, decay: -1 }),
    DomainError,
    /dni-future: decay = -1/,
  ],
  'a negative decay of BP(λ)': [() => bplambda({ lambda: 0, lr: 1, decay: -1 }), DomainError, /bplambda: decay = -1/],
  'a decay that is no number': [() => bplambda({ lambda: 0, lr: 1, decay: Number.NaN }), DomainError, /decay = NaN/],
  'a negative decay of TD': [() => tdLambda({ lambda: 0, lr: 1, decay: -1 }), DomainError, /td: decay = -1/],
  'a negative decay of a layer': [() => newsOf(-1), DomainError, /decoupled: decay = -1/],
  'a window of no steps': [() => dniFuture({ lr: 1, every: 0 }), DomainError, /dni-future: every = 0/],
  'a short window of no steps': [() => hybrid({ lr: 1, every: 0, long: 1, nth: 1 }), DomainError, /hybrid: every = 0/],
  'a long window of no steps': [() => hybrid({ lr: 1, every: 1, long: 0, nth: 1 }), DomainError, /hybrid: long = 0/],
  'a long window in every half': [
    () => hybrid({ lr: 1, every: 1, long: 1, nth: 0.5 }),
    DomainError,
    /hybrid: nth = 0\.5/,
  ],
  'the zeroth window': [() => hybrid({ lr: 1, every: 1, long: 1, nth: 0 }), DomainError, /hybrid: nth = 0/],
  'a negative step size of a hybrid': [
    () => hybrid({ lr: -1, every: 1, long: 1, nth: 1 }),
    DomainError,
    /hybrid: lr = -1/,
  ],
  'a negative step size of Ĵ': [() => dniB({ lr: 1, model: { lr: -1 } }), DomainError, /withLearnedJacobian: lr = -1/],
  'a negative step size of DNI(b)': [() => dniB({ lr: -1, model }), DomainError, /dni-b: lr = -1/],
  'a Ĵ of another size': [
    () => resolved(dniB({ lr: 1, model: { lr: 0, begin: tensor([[1]]) } }), net).init(run[0]),
    ShapeError,
    /withLearnedJacobian: a first J of shape \[1, 1\]; wanted \[3, 3\]/,
  ],
}
for (const [name, [make, kind, message]] of Object.entries(mistakes))
  test(`refused by DNI of the future or a hybrid, with a remedy: ${name}`, t => {
    const thrown = t.throws(make, { instanceOf: kind, message }) as JanusError
    for (const part of ['who', 'given', 'wanted', 'remedy'] as const) t.truthy(thrown[part], part)
  })
