import test from 'ava'
import type { EngineLike } from '../../ad/compiler/engine.ts'
import { DomainError, type JanusError, ShapeError } from '../../ad/errors.ts'
import { applyUpdate, negativeGradient, times, toValue } from '../../ad/linear/space.ts'
import { grad } from '../../ad/modes/transforms.ts'
import { matvec } from '../../ad/primitives/contraction.ts'
import { add, mul, sub, tanh } from '../../ad/primitives/elementwise.ts'
import { sum } from '../../ad/primitives/layout.ts'
import { scalar, type Tensor, tensor } from '../../ad/tensor.ts'
import { type Branch, leavesOf } from '../../ad/tree.ts'
import type { Value } from '../../ad/value.ts'
import { cells } from '../../nets/cells/index.ts'
import { leaky } from '../../nets/cells/leaky.ts'
import { crossEntropy, halfSquaredError, loss } from '../../nets/loss.ts'
import { type Example, example, network } from '../../nets/network.ts'
import { rng } from '../../nets/random.ts'
import { outputs } from '../../nets/run/fold.ts'
import { type AnyRule, resolved } from '../../nets/run/rule.ts'
import { runGradient, scan, total } from '../../nets/run/scan.ts'
import { unroll } from '../../nets/run/unroll.ts'
import { gradient } from '../../nets/train/gradient.ts'
import { train } from '../../nets/train/online.ts'
import { sgd } from '../../nets/train/optimisers.ts'
import { entries, gap } from '../../proofs/proposition.ts'
import { bplambda } from '../../rules/bplambda.ts'
import { bptt } from '../../rules/bptt.ts'
import { type DniMemory, dni, dniFuture } from '../../rules/dni.ts'
import { type Decoupled, decoupled } from '../../rules/dni-layers.ts'
import { diagonal, linear, lowRank, mlp, type Synthesiser } from '../../rules/parts/synthesiser.ts'
import { tdLambda } from '../../rules/td-lambda.ts'
import { long } from '../full-effort.ts'

const wave = (steps: number, phase = 0): readonly Example[] =>
  Array.from({ length: steps }, (_, t) =>
    example(tensor([Math.sin(t / 2 + phase)]), tensor([Math.sin((t + 2) / 2 + phase)])),
  )
const net = network(leaky({ alpha: 0.5 }), { d: 3, n: 1, m: 1 }, halfSquaredError(), { start: 'learned' })
const θ = net.init(3)

const synthesisers: Readonly<Record<string, Synthesiser>> = {
  linear,
  mlp: mlp({ hidden: 4 }),
  lowRank: lowRank(1),
  diagonal,
}
const rulesBy = (synthesiser: Synthesiser): Readonly<Record<string, AnyRule<{ readonly ψ: Branch }, 'past'>>> => ({
  dni: dni({ synthesiser, lr: 0.1 }),
  'BP(0.5)': bplambda({ synthesiser, lambda: 0.5, gamma: 0.9, lr: 0.1 }),
  'BP(1), offline': bplambda({ synthesiser, lambda: 1, lr: 0.1, mode: 'offline' }),
  'BP(0), with a terminal update': bplambda({
    synthesiser,
    lambda: 0,
    lr: 0.1,
    terminalUpdate: true,
    terminalZero: false,
  }),
})

test('a target that is the number of a class is to DNI its one-hot vector', t => {
  const classes = network(leaky(), { d: 3, n: 1, m: 4 }, crossEntropy)
  const steps = (target: (i: number) => Tensor): readonly Example[] =>
    Array.from({ length: 12 }, (_, i) => example(tensor([Math.sin(i)]), target((i * i) % 4)))
  const [numbers, vectors] = [steps(scalar), steps(i => tensor([0, 1, 2, 3].map(j => +(j === i))))]
  const start = classes.init(2)
  const flat = (tree: typeof start): readonly number[] => leavesOf(tree).flatMap(leaf => entries(leaf))
  for (const engine of ['eager', 'compiled-wasm'] as const) {
    const last = (data: readonly Example[]) =>
      [...train(dni({ lr: 0.1 }), classes, { optimiser: sgd({ lr: 0.1 }), engine })(start, data)].at(-1)!.θ
    t.true(gap(flat(last(numbers)), flat(last(vectors))) < 1e-14, engine)
    t.true(gap(flat(last(numbers)), flat(start)) > 1e-3)
  }
})

for (const [name, synthesiser] of Object.entries(synthesisers))
  for (const [rule, made] of Object.entries(rulesBy(synthesiser))) {
    test(`${rule} with ${name} gives the same compiled as eagerly, for one sequence and for a batch`, t => {
      for (const data of [wave(7), [wave(5), wave(5, 1)]]) {
        const by = (engine: EngineLike) => entries(gradient(made, net, { engine })(θ, data))
        t.true(gap(by('compiled'), by('eager')) < 1e-12)
      }
    })
    test(`${rule} with ${name} learns online, compiled as eagerly, its synthesiser too`, t => {
      const end = (engine: EngineLike): readonly number[] => {
        const last = [...train(made, net, { optimiser: sgd({ lr: 0.05 }), engine })(θ, wave(9))].at(-1)!
        return [...entries(last.θ), ...entries(last.memory().ψ)]
      }
      t.true(gap(end('compiled'), end('eager')) < 1e-12)
      const initial = entries(resolved(made, net).init(unroll(net)(θ, wave(1))[0]).ψ)
      t.notDeepEqual(end('eager').slice(-initial.length), initial)
    })
  }

test('predicted credit works on every cell, its state of whatever entries', t => {
  for (const [name, cell] of Object.entries(cells)) {
    const any = network(cell(), { d: 2, n: 1, m: 1 }, halfSquaredError())
    const run = unroll(any)(any.init(1), wave(4))
    for (const rule of [bplambda({ lambda: 0.5, lr: 0.01 }), dni({ lr: 0.01 }), dniFuture({ lr: 0.01, every: 2 })])
      t.true(entries(toValue(total<unknown, 'past'>(rule)(run)) as Tensor).every(Number.isFinite), name)
  }
})

/** How far a rule's gradient is from BPTT's after so many passes over one run. */
const distances = (
  make: (begin?: Branch) => AnyRule<{ readonly ψ: Branch }, 'past'>,
  passes: number,
): readonly number[] => {
  // one input a step, each of its own size, so that the states are far from each other
  const run = unroll(net)(
    θ,
    [3, -3, 1].map(x => example(tensor([x]), tensor([1]))),
  )
  const right = entries(toValue(runGradient(bptt)(run)) as Tensor)
  const found: number[] = []
  let begin: Branch | undefined
  for (let i = 0; i < passes; i++) {
    const rule = make(begin)
    const given = entries(toValue(runGradient(rule)(run)) as Tensor)
    found.push(Math.hypot(...given.map((x, j) => x - right[j]!)))
    begin = [...scan(rule)(run)].at(-1)![1].ψ
  }
  return found
}

long('what a synthesiser has learned brings the gradient nearer to that of BPTT, whatever the rule', t => {
  const made = {
    'BP(1)': (begin?: Branch) => bplambda({ lambda: 1, lr: 0.3, ...(begin && { begin }) }),
    'BP(0.5)': (begin?: Branch) => bplambda({ lambda: 0.5, lr: 0.3, ...(begin && { begin }) }),
    future: (begin?: Branch) => dniFuture({ lr: 0.3, every: 1, ...(begin && { begin }) }),
  }
  for (const [name, make] of Object.entries(made)) {
    const found = distances(make, 800)
    t.true(found.at(-1)! < 0.2 * found[0]!, `${name}: ${found[0]} to ${found.at(-1)}`)
  }
})

test('a linear synthesiser of λ = 0 grows without end where a unit stretches credit by 1.75; of λ = 1 it does not', t => {
  const still = network(cells.leaky({ alpha: 1 }), { d: 1, n: 1, m: 1 }, halfSquaredError())
  const zero = tensor([0])
  const W = { cell: { W_rec: tensor([[1.75]]), W_in: tensor([[0]]), b_rec: zero }, start: {} }
  const run = unroll(still)(
    { ...W, readout: { W_out: tensor([[0]]), b_out: zero } },
    [1, 2, 3].map(() => example(zero, zero)),
  )
  const after = (lambda: number): number => {
    let ψ: Branch = { A: tensor([[0, 0.01]]) }
    for (let i = 0; i < 400; i++)
      ψ = [...scan(bplambda({ lambda, lr: 0.05, mode: 'offline', begin: ψ }))(run)].at(-1)![1].ψ
    return Math.abs(entries(ψ)[1]!)
  }
  t.true(after(0) > 100)
  t.true(after(1) < 1e-12)
})

test('a layer gets its gradient before the next one has run', t => {
  const events: string[] = []
  const layer = (l: number): Decoupled => ({
    θ: {
      W: tensor([
        [0.5, -0.25],
        [0.25, 1],
      ]),
    },
    ψ: mlp().params({ inputs: 4, outputs: 2 }, rng(l)),
    synthesiser: mlp() as Synthesiser,
    step: (p, x) => {
      events.push(`layer ${l} runs`)
      return tanh(matvec(p.W as Value, x))
    },
  })
  const target = tensor([0.5])
  const news = decoupled(loss((v, y) => mul(0.5, sum(mul(sub(v, y), sub(v, y))))))
  for (const { layer: l, of } of news([0, 1, 2].map(layer), tensor([1, -1]), target)) events.push(`${of} of layer ${l}`)
  t.deepEqual(events, [
    'layer 0 runs',
    'θ of layer 0',
    'layer 1 runs',
    'θ of layer 1',
    'ψ of layer 0',
    'layer 2 runs',
    'θ of layer 2',
    'ψ of layer 1',
    'ψ of layer 2',
  ])
})

test('layers trained one after the other come to know the gradient of backpropagation', t => {
  const θs: readonly Branch[] = [
    {
      W: tensor([
        [0.5, -0.25],
        [0.25, 1],
      ]),
    },
    { W: tensor([[1, 0.5]]) },
  ]
  const [x, y, cost] = [tensor([1, -1]), tensor([0.5]), halfSquaredError()]
  const step: Decoupled['step'] = (p, v) => tanh(matvec(p.W as Value, v))
  const whole = (list: readonly Branch[]): Value =>
    cost.each(
      list.reduce<Value>((v, p) => step(p, v), x),
      y,
    )
  const synthesiser = linear as Synthesiser
  let layers: readonly Decoupled[] = θs.map((p, l) => {
    const outputs = 2 - l
    return { θ: p, step, synthesiser, ψ: synthesiser.params({ inputs: outputs + 2, outputs }, rng(1)) }
  })
  let given: readonly number[] = []
  for (let i = 0; i < 400; i++) {
    const news = [...decoupled(cost)(layers, x, y)]
    given = news.filter(({ of }) => of === 'θ').flatMap(({ gradient: g }) => entries(toValue(g) as Tensor))
    layers = layers.map((layer, l) => {
      const update = news.find(one => one.of === 'ψ' && one.layer === l)!
      return { ...layer, ψ: applyUpdate(layer.ψ, negativeGradient(times(0.2, update.gradient))) }
    })
  }
  t.true(gap(given, entries(grad(whole)(θs))) < 1e-6)
})

test('what one run has trained a synthesiser, the next begins with', t => {
  const run = unroll(net)(θ, wave(5))
  const rule = (begin?: Branch) => bplambda({ lambda: 0.5, lr: 0.1, ...(begin && { begin }) })
  const { ψ } = [...scan(rule())(run)].at(-1)![1]
  t.deepEqual(resolved(rule(ψ), net).init(run[0]).ψ, ψ)
})

const wide: Synthesiser = { ...(linear as Synthesiser), predict: (_, input) => add(input, 1) }
const mistakes: Readonly<Record<string, readonly [() => unknown, typeof DomainError, RegExp]>> = {
  'λ above 1': [
    () => bplambda({ lambda: 1.5, lr: 0.1 }),
    DomainError,
    /bplambda: lambda = 1\.5; wanted lambda in \[0, 1\]/,
  ],
  'λ that is no number': [() => bplambda({ lambda: Number.NaN, lr: 0.1 }), DomainError, /lambda = NaN/],
  'γ below 0': [() => bplambda({ lambda: 0, gamma: -0.1, lr: 0.1 }), DomainError, /gamma = -0\.1/],
  'a negative weight of the prediction': [
    () => bplambda({ lambda: 0, creditGamma: -1, lr: 0.1 }),
    DomainError,
    /creditGamma = -1/,
  ],
  'a negative step size of BP(λ)': [
    () => bplambda({ lambda: 0, lr: -1 }),
    DomainError,
    /lr = -1; wanted lr of at least 0/,
  ],
  'a negative step size of dni': [() => dni({ lr: -1 }), DomainError, /dni: lr = -1/],
  'a negative step size of dniFuture': [() => dniFuture({ lr: -1, every: 1 }), DomainError, /dni-future: lr = -1/],
  'a window of no steps': [() => dniFuture({ lr: 1, every: 0 }), DomainError, /every = 0/],
  'rank 0': [() => lowRank(0), DomainError, /lowRank: rank 0/],
  'no hidden units': [() => mlp({ hidden: 0 }), DomainError, /mlp: hidden = 0/],
  'λ of TD above 1': [() => tdLambda({ lambda: 2, lr: 0 }), DomainError, /td: lambda = 2/],
  'γ of TD above 1': [() => tdLambda({ lambda: 1, gamma: 2, lr: 0 }), DomainError, /td: gamma = 2/],
  'a prediction of another size': [
    () => [...outputs(scan(bplambda({ lambda: 0, lr: 0.1, synthesiser: wide }))(unroll(net)(θ, wave(1))))],
    ShapeError,
    /synthesiser: a prediction of shape \[4\]; wanted \[3\]/,
  ],
  'a total prediction of another size': [
    () => [...outputs(scan(dni({ lr: 0.1, synthesiser: wide }))(unroll(net)(θ, wave(1))))],
    ShapeError,
    /synthesiser: a prediction of shape \[5\]; wanted \[3\]/,
  ],
  'ψ of another size': [
    () => [...outputs(scan(bplambda({ lambda: 0, lr: 0.1, begin: { A: tensor([[1]]) } }))(unroll(net)(θ, wave(1))))],
    ShapeError,
    /A|matvec/,
  ],
}
for (const [name, [make, kind, message]] of Object.entries(mistakes))
  test(`refused, with a remedy: ${name}`, t => {
    const thrown = t.throws(make, { instanceOf: kind, message }) as JanusError
    for (const part of ['who', 'given', 'wanted', 'remedy'] as const) t.truthy(thrown[part], part)
  })

test('the parameters of the target are renewed after every so many updates, again and again, and held between', t => {
  for (const refresh of [2, 3]) {
    const rule = dni({ refresh, lr: 0.1 }) as unknown as AnyRule<DniMemory<Branch>, 'past'>
    const memories = [...scan(resolved(rule, net))(unroll(net)(θ, wave(11)))].map(([, memory]) => memory)
    // the first step has nothing to learn yet, and the last learns once more
    memories.slice(1, -1).forEach(({ held, ψ }, i) => {
      const due = i > 0 && i % refresh === 0
      t.deepEqual(entries(held!.ψ), due ? entries(ψ) : entries(memories[i]!.held!.ψ), `step ${i + 1} of ${refresh}`)
      t.is(gap(entries(held!.ψ), entries(ψ)) === 0, due || i === 0, `step ${i + 1} of ${refresh}`)
    })
  }
})
