/** What a timestep, a run and a rule are, and what is refused in their place. */
import test from 'ava'
import { KindError, NameError, NonFiniteError, ShapeError } from '../../../ad/errors.ts'
import { pull } from '../../../ad/linear/apply.ts'
import { toValue } from '../../../ad/linear/space.ts'
import { add } from '../../../ad/primitives/elementwise.ts'
import { scalar, type Tensor, tensor, zeros } from '../../../ad/tensor.ts'
import { item, type Value } from '../../../ad/value.ts'
import { cell } from '../../../nets/cells/cell.ts'
import { embedded } from '../../../nets/cells/embedded.ts'
import { leaky } from '../../../nets/cells/leaky.ts'
import { crossEntropy, halfSquaredError, loss, squaredError } from '../../../nets/loss.ts'
import { example, network } from '../../../nets/network.ts'
import { checkpointed } from '../../../nets/run/checkpointing.ts'
import { inputGradient } from '../../../nets/run/input-gradient.ts'
import { drawsFor } from '../../../nets/run/noise.ts'
import { requireFacing, requireRule, rule, stepped } from '../../../nets/run/rule.ts'
import { runGradient, scan, total } from '../../../nets/run/scan.ts'
import { error, requireRun, type Timestep } from '../../../nets/run/timestep.ts'
import { feedback } from '../../../nets/run/transforms.ts'
import { fits, unroll } from '../../../nets/run/unroll.ts'
import { sequence } from '../../../nets/sequence.ts'
import { gradient } from '../../../nets/train/gradient.ts'
import { train } from '../../../nets/train/online.ts'
import { sgd } from '../../../nets/train/optimisers.ts'
import { bptt } from '../../../rules/bptt.ts'
import { rtrl } from '../../../rules/rtrl.ts'
import { uoro } from '../../../rules/uoro.ts'

const sizes = { d: 2, n: 1, m: 1 }
const net = network(leaky({ alpha: 0.5 }), sizes, squaredError())
const θ = net.init(1)
const data = sequence([0.5, -0.3, 0.2], [0.1, 0.2, 0.3])
const run = unroll(net)(θ, data)
const list = (x: Value): readonly number[] => [...(x as Tensor).data]

test('a run knows where it starts, where it ends, and what each step was given', t => {
  t.deepEqual(
    run.map(({ isStart }) => item(isStart)),
    [1, 0, 0, 0],
  )
  t.deepEqual(
    run.map(({ isLast }) => item(isLast)),
    [0, 0, 0, 1],
  )
  t.deepEqual(
    run.slice(1).map(({ x }) => list(x)[0]),
    [0.5, -0.3, 0.2],
  )
  t.deepEqual(
    run.slice(1).map(({ target }) => list(target)[0]),
    [0.1, 0.2, 0.3],
  )
  t.deepEqual([run[0].x.shape, run[0].prediction.shape, item(run[0].loss)], [[1], [1], 0])
  for (const [i, now] of run.slice(1).entries()) t.is(now.before, (run[i] as Timestep).after)
})

test('what is no run is refused, a slice of one only where its network is needed', t => {
  for (const bad of [[], [1], θ, net, undefined, [...run, null], [{ jacobian: 1 }], [{ immediate: 1 }]])
    t.throws(() => requireRun('scan', bad), {
      instanceOf: KindError,
      message: /^scan: .*wanted a run: .*Make one with/,
    })
  t.notThrows(() => requireRun('scan', run.slice(1)))
  t.notThrows(() => requireRun('scan', run, true))
  t.throws(() => requireRun('scan', run.slice(1), true), {
    instanceOf: KindError,
    message: /^scan: timesteps without their network: a slice of a run has none; .*Unroll the shorter sequence/,
  })
  t.throws(() => [...scan(uoro())(run.slice(1) as never)], { message: /^scan: timesteps without their network/ })
  t.notThrows(() => [...scan(rtrl)(run.slice(1) as never)])
  t.throws(() => error(5 as never), { instanceOf: KindError, message: /^error: 5; wanted a timestep/ })
})

test('a step of a cell keeps the names and the shapes of its state, and a loss is one number', t => {
  const of = (step: unknown) => network(cell({ params: {}, state: { h: ['d'] } }, step as never), sizes, squaredError())
  const refused = (step: unknown, given: string) =>
    t.throws(() => unroll(of(step))(of(step).init(1) as never, data), {
      instanceOf: ShapeError,
      message: new RegExp(`^cell: a step from { h } of \\[2\\] to ${given}; wanted a step that keeps every shape`),
    })
  refused(() => ({ h: zeros([3]) }), '{ h } of \\[3\\]')
  refused(() => ({ k: zeros([2]) }), '{ k } of \\[2\\]')
  refused(() => ({ h: zeros([2]), k: zeros([1]) }), '{ h, k } of \\[2\\], \\[1\\]')
  const vector = network(
    leaky(),
    { ...sizes, m: 2 },
    loss((v, target) => add(v, target)),
  )
  t.throws(() => unroll(vector)(vector.init(1), [example(1, [1, 2])]), {
    instanceOf: ShapeError,
    message: /^loss: a loss of shape \[2\] at one timestep; wanted a scalar/,
  })
})

test('a symbol by its number is a whole one below the count of symbols, and only where one is read', t => {
  const symbols = network(embedded(leaky(), 2), { d: 2, n: 3, m: 3 }, crossEntropy)
  const at = (x: number | readonly number[], target: number) =>
    unroll(symbols)(symbols.init(1), [
      example(scalar(0), scalar(0)),
      example(typeof x === 'number' ? scalar(x) : tensor(x), scalar(target)),
    ])
  t.notThrows(() => at(0, 2))
  t.notThrows(() => at(2, 0))
  t.notThrows(() => at([0, 1, 0], 1))
  for (const bad of [-1, 3, 0.5]) {
    const wanted = 'wanted \\[3\\], as the network has it, or a whole number \\[\\] from 0 to 2'
    const says = (name: string) => new RegExp(`^data: ${name} ${bad} \\[\\] at step 2; ${wanted}`)
    t.throws(() => at(bad, 0), { instanceOf: ShapeError, message: says('input') })
    t.throws(() => at(0, bad), { instanceOf: ShapeError, message: says('target') })
  }
  t.throws(() => at([0, 1], 0), { instanceOf: ShapeError, message: /^data: input \[2\] at step 2/ })
  t.throws(() => unroll(net)(θ, [example(scalar(0), 1)]), {
    message: /^data: input 0 \[\] at step 1; wanted \[1\], as the network has it\./,
  })
  t.throws(() => unroll(net)(θ, [data[0]!, example(Number.NaN, 1)]), {
    instanceOf: NonFiniteError,
    message: /^data: a number that is not finite in the input at step 2/,
  })
  t.throws(() => unroll(net)(θ, [example(1, 1, Number.NaN)]), { message: /^data: a weight of NaN at step 1/ })
})

test('an example fits a network at one look where it is two vectors of numbers of its sizes, and a weight', t => {
  const wide = { d: 1, n: 2, m: 1 }
  const good = example([1, 2], 3)
  t.true(fits(wide, good))
  t.true(fits(wide, example([1, 2], 3, 0)))
  for (const bad of [
    undefined,
    {},
    { x: good.x, target: good.target },
    { x: good.x, weight: good.weight },
    example([1, 2, 3], 3),
    example([1], 3),
    example([1, 2], [3, 4]),
    example(tensor([[1, 2]]), 3),
    example([1, Number.NaN], 3),
    example([1, 2], Number.POSITIVE_INFINITY),
    example([1, 2], 3, -1),
    example([1, 2], 3, Number.NaN),
    example([1, 2], 3, Number.POSITIVE_INFINITY),
    example([1, 2], 3, tensor([1, 1])),
  ])
    t.false(fits(wide, bad))
})

test('constants of a rule are drawn from the seed that is given, 0 if none is, wherever a rule is run', t => {
  const seeds: number[] = []
  const on = (facing: 'past' | 'future') => ({
    name: 'seeded',
    faces: facing,
    on: (_: unknown, seed: number) => {
      seeds.push(seed)
      return facing === 'past' ? rtrl : bptt
    },
  })
  const [past, future] = [on('past'), on('future')] as unknown as readonly [typeof rtrl, typeof bptt]
  const uses: readonly ((options: { seed?: number }) => unknown)[] = [
    options => [...scan(past, options)(run)],
    options => total(past, options)(run),
    options => gradient({ ...past }, net, { ...options, engine: 'eager' })(θ, data),
    options => checkpointed(future, options)(net)(θ, data),
    options => inputGradient(future, net, options)(θ, data),
    options => [...train({ ...past }, net, { ...options, optimiser: sgd({ lr: 0 }), engine: 'eager' })(θ, data)],
  ]
  for (const use of uses)
    for (const [options, wanted] of [
      [{}, 0],
      [{ seed: 5 }, 5],
    ] as const) {
      seeds.length = 0
      use(options)
      t.true(seeds.length > 0 && seeds.every(seed => seed === wanted), `${use} ${seeds}`)
    }
})

test('what is drawn for a rule has the sizes of its network', t => {
  const learned = network(leaky(), sizes, squaredError(), { start: 'learned' })
  t.deepEqual(drawsFor(undefined, net as never), { law: 'sign', shape: [0] })
  t.deepEqual(drawsFor({ law: 'normal', shape: ['d', 3, 'state', 'cell'] }, learned as never), {
    law: 'normal',
    shape: [2, 3, 2, 8],
  })
})

test('what is no rule is refused with the way to one', t => {
  const refused = (given: unknown, message: RegExp) =>
    t.throws(() => requireRule('train', given), { instanceOf: KindError, message })
  refused(uoro, /^train: the function .*A maker of rules is called first/)
  refused(net, /^train: a network; .*The rule comes first: train\(bptt, net\)/)
  refused(null, /^train: null; .*Make one with rule/)
  refused({ step: 1, faces: 'past' }, /^train: an object of step, faces; .*Make one with rule/)
  refused({ step: () => null, faces: 'both' }, /^train: a rule that faces both; wanted a rule that faces 'past' or/)
  refused({ on: () => null }, /^train: a rule that faces undefined/)
  for (const faces of ['past', 'future'])
    for (const part of ['step', 'on']) t.notThrows(() => requireRule('train', { [part]: () => null, faces }))
  t.throws(() => requireFacing('train', bptt, 'past'), {
    instanceOf: KindError,
    message: /^train: a rule that faces the future; wanted one that faces the past. Give it windows/,
  })
  t.throws(() => requireFacing('checkpointed', rtrl, 'future'), {
    message: /^checkpointed: a rule that faces the past; wanted one that faces the future. Give a rule that faces/,
  })
  t.notThrows(() => requireFacing('train', rtrl, 'past'))
})

test('a rule is made of a name, a direction, where it begins and a step that gives a pair', t => {
  const parts = { name: 'mine', faces: 'past', init: () => null, step: () => null } as const
  const refused = (changes: object, message: RegExp) =>
    t.throws(() => rule({ ...parts, ...changes } as never), { instanceOf: KindError, message })
  refused({ init: undefined }, /^rule: a rule without a function init/)
  refused({ step: 1 }, /^rule: a rule without a function step/)
  refused({ name: '' }, /^rule: a rule without a name/)
  refused({ name: 5 }, /^rule: a rule without a name/)
  refused({ faces: 'up' }, /^rule: a rule that faces up/)
  t.throws(() => rule({ ...parts, extra: 1 } as never), { instanceOf: NameError, message: /^rule: an option extra/ })
  t.is((rule(parts as never, { extra: 1, name: 'x', faces: 'past' } as never) as unknown as { extra: number }).extra, 1)
  const now = run[1] as Timestep
  const pulled = pull(now.immediate, error(now))
  const giving = (pair: unknown) => ({ ...parts, step: () => pair }) as never
  const refusedStep = (pair: unknown, message: RegExp) =>
    t.throws(() => stepped(giving(pair), null as never, now), { instanceOf: KindError, message })
  refusedStep(pulled, /^mine: a step that returns a value \[8\]; wanted \[gradient, memory\]/)
  refusedStep([pulled], /^mine: a step that returns a list of 1/)
  refusedStep([pulled, 1, 2], /^mine: a step that returns a list of 3/)
  refusedStep([null, pulled], /^mine: a step whose first result is null/)
  refusedStep([zeros([2, 2]), null], /^mine: a step whose first result is a value \[2, 2\]/)
  t.deepEqual(stepped(giving([pulled, 7]), null as never, now), [pulled, 7] as never)
})

test('the gradient of a run is what a rule emits for the state, then that of the readout', t => {
  const [whole, part] = [list(toValue(runGradient(bptt)(run))), list(toValue(total(bptt)(run)))]
  t.deepEqual(whole.slice(0, part.length), part)
  const own = run
    .slice(1)
    .reduce((sum, { prediction, target }) => sum + 2 * (list(prediction)[0]! - list(target)[0]!), 0)
  t.true(Math.abs(whole.at(-1)! - own) < 1e-15)
  t.is(whole.length, 2 * 2 + 2 + 2 + 2 + 1)
})

test('parameters that do not belong to a network are refused by their path', t => {
  const { cell: own, readout } = θ
  const by = (parameters: unknown) => () => gradient(bptt, net)(parameters as never, data)
  const named = (parameters: unknown, message: RegExp) => t.throws(by(parameters), { instanceOf: NameError, message })
  const shaped = (parameters: unknown, message: RegExp) => t.throws(by(parameters), { instanceOf: ShapeError, message })
  const { W_rec, ...rest } = own
  named({ ...θ, cell: rest }, /^gradient: θ.cell without W_rec; wanted θ.cell of { W_rec, W_in, b_rec }. Take them/)
  named({ ...θ, cell: { ...rest, W_rek: W_rec } }, /^gradient: θ.cell.W_rek; .*Did you mean W_rec\?/)
  named({ ...θ, cell: { ...own, zzz: W_rec } }, /^gradient: θ.cell.zzz; .*Take them from net.init/)
  named({ cell: own, readout }, /^gradient: θ without start/)
  shaped(
    { ...θ, cell: { ...own, W_rec: zeros([2]) } },
    /^gradient: θ.cell.W_rec \[2\]; wanted \[2, 2\]. Parameters of another/,
  )
  shaped({ ...θ, cell: { ...own, W_rec: 5 } }, /^gradient: θ.cell.W_rec 5; wanted \[2, 2\]. Make values with tensor/)
  shaped({ ...θ, cell: undefined }, /^gradient: θ.cell undefined; wanted { W_rec, W_in, b_rec }/)
  shaped({ ...θ, cell: null }, /^gradient: θ.cell null; /)
  shaped({ ...θ, cell: W_rec }, /^gradient: θ.cell that is no record; /)
  shaped(5, /^gradient: θ that is no record; wanted { cell, start, readout }/)
  t.throws(
    by({
      ...θ,
      cell: {
        ...own,
        W_rec: tensor([
          [1, 2],
          [Number.NaN, 3],
        ]),
      },
    }),
    {
      instanceOf: NonFiniteError,
      message: /W_rec/,
    },
  )
})

test('a gradient is put where as many numbers fit as there are parameters', t => {
  const by = (into: unknown) => () => gradient(bptt, net)(θ, data, { into } as never)
  const how = { instanceOf: ShapeError }
  t.throws(by(zeros([10])), {
    ...how,
    message: /^gradient: a place of 10 numbers; wanted one of 11, .*zeros\(\[11\]\)/,
  })
  t.throws(by(5), { ...how, message: /^gradient: a place into that is 5; wanted one of 11/ })
  t.throws(by(null), { ...how, message: /^gradient: a place into that is null/ })
  for (const engine of ['eager', 'compiled-js'] as const) {
    const place = zeros([11])
    const found = gradient(bptt, net, { engine })(θ, data, { into: place })
    t.deepEqual(list(place).slice(0, 4), list(found.cell.W_rec))
    t.is(list(place).at(-1), list(found.readout.b_out)[0])
  }
})

test('fed back is an error through a matrix of as many rows as the output has numbers', t => {
  const now = run[1] as Timestep
  const F = tensor([[2], [-3]])
  const q = error(feedback(F)(now))
  const own = list(toValue(now.logitError))[0]!
  t.deepEqual(list(toValue(q)), [2 * own, -3 * own])
  for (const bad of [[2], [1, 2], [2, 2], [3, 1]])
    t.throws(() => feedback(zeros(bad))(now), {
      instanceOf: ShapeError,
      message: new RegExp(`^feedback: F \\[${bad.join(', ')}\\]; wanted \\[2, 1\\], units by outputs`),
    })
  t.throws(() => feedback(5 as never)(now), { instanceOf: KindError, message: /^feedback: F = 5; wanted a matrix/ })
  t.is(network(leaky(), sizes, halfSquaredError()).sizes, sizes)
})
