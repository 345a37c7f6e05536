/** What compiles, and what must not: a line below an `@ts-expect-error` is a build error if the types ever let it through. */
import test from 'ava'
import { KindError } from '../ad/errors.ts'
import type { Linear } from '../ad/linear/linear.ts'
import { asColumn, asRow, type Cotangent, type Tangent } from '../ad/linear/space.ts'
import type { Param, State } from '../nets/run/timestep.ts'
import type { Influence } from '../rules/parts/influence.ts'
import type { RankOne } from '../rules/uoro.ts'
import * as janus from '../src/index.ts'

const { bptt, chunked, gradient, halfSquaredError, leaky, mul, network, plus, pull, push, randomFeedback } = janus
const { rtrl, rule, snap, train, uoro } = janus

const sizes = { d: 2, n: 1, m: 1 }
const net = network(leaky(), sizes, halfSquaredError())
const whole = network(leaky(), sizes, janus.rmse())
const both = janus.bidirectional(leaky(), janus.gru(), sizes, halfSquaredError())
const other = network(janus.gru(), sizes, halfSquaredError())
const data: readonly janus.Example[] = [1, 0.5, -1].map(x => janus.example([x], [x / 2]))
const [θ, optimiser] = [net.init(1), janus.adam({ lr: 0.1 })]

/** An operation whose further arguments may be left out needs no function around it. */
const slopes: readonly janus.Value[] = [
  janus.grad(janus.sum)(janus.ones([2])),
  janus.grad(janus.logsumexp)(janus.zeros([2])),
  janus.valueAndGrad(janus.sum)(janus.ones([2]))[1],
  janus.grad((x: janus.Tensor, y: janus.Tensor) => janus.sum(mul(x, y)), 1)(janus.ones([2]), janus.ones([2])),
]

/** Everything here compiles; names with a type say which. */
const all: readonly Float64Array[] = [bptt, rtrl, uoro(), snap({ n: 2 }), chunked({ k: 5 })(randomFeedback())]
  .map(rule => gradient(rule, net)(θ, data))
  .map(found => found.cell.W_rec.data)
const [future, past] = [bptt, rtrl].map(rule => gradient(rule, net)(θ, data))
const W: janus.Tensor = gradient(rtrl, whole)(θ, data).cell.W_rec
const W_out: janus.Tensor = gradient(rtrl, net)(θ, data).readout.W_out
const W_hn: janus.Tensor = gradient(rtrl, both)(both.init(1), data).backward.W_hn
const steps = [...train(snap(), net, { optimiser })(θ, data)]
const influences: readonly Influence[] = [...train(rtrl, net, { optimiser, engine: 'eager' })(θ, data)].map(step =>
  step.memory(),
)
const factors: readonly RankOne[] = [...train(uoro(), net, { optimiser, engine: 'eager' })(θ, data)].map(step =>
  step.memory(),
)
const trained = [rtrl, uoro(), snap(), chunked({ k: 10 })(bptt)].map(rule => [
  ...train(rule, net, { optimiser })(gradient(bptt, net)(θ, data), data),
])
/** A start is θ, a step, a state, or what goes on with another sequence. */
const online = [...train(rtrl, net, { optimiser })(θ, data)]
  .slice(-1)
  .flatMap(step => [
    ...train(rtrl, net, { optimiser })(step.θ, data),
    ...train(rtrl, net, { optimiser })({ θ: step.θ, optimiser: step.optimiser }, data),
    ...train(rtrl, net, { optimiser })(step, data),
    ...train(rtrl, net, { optimiser })(step.state(), data),
  ])
/** A rule of one's own: nothing in it needs a type. */
const myopic = rule({
  name: 'myopic',
  faces: 'past',
  init: () => null,
  step: (_, now) => [pull(now.immediate, janus.error(now)), null],
})
const own: readonly null[] = [...train(myopic, net, { optimiser, engine: 'eager' })(θ, data)].map(step => step.memory())
const listed: readonly janus.AnyRule[] = [bptt, rtrl, uoro(), snap(), myopic, chunked({ k: 2 })(bptt)]

/** What does not compile is refused with a KindError too, where no compiler looks. */
const refused: readonly (() => unknown)[] = [
  // @ts-expect-error it faces the future
  () => train(bptt, net, { optimiser }),
  // @ts-expect-error so does this
  () => train(randomFeedback(), net, { optimiser }),
  // @ts-expect-error and one of these
  () => [bptt, rtrl].map(rule => train(rule, net, { optimiser })),
  // @ts-expect-error not causal
  () => train(rtrl, both, { optimiser }),
  // @ts-expect-error a loss of the whole run has no gradient at a timestep
  () => train(rtrl, whole, { optimiser }),
  // @ts-expect-error a maker that was not called
  () => gradient(uoro, net),
  // @ts-expect-error likewise
  () => gradient(snap, net),
  // @ts-expect-error likewise
  () => train(uoro, net, { optimiser }),
  // @ts-expect-error windows are for rules that face the future
  () => chunked({ k: 2 })(rtrl),
  // @ts-expect-error a rule faces one of two ways
  () => rule({ name: 'mine', faces: 'any', init: () => null, step: () => [null, null] }),
  // @ts-expect-error an optimiser that was not called
  () => train(rtrl, net, { optimiser: janus.adam }),
]

/** What the types alone refuse. */
const unspoken: readonly (() => unknown)[] = [
  // @ts-expect-error no such parameter
  () => gradient(rtrl, net)(θ, data).cell.V,
  // @ts-expect-error parameters of another network
  () => gradient(rtrl, other)(θ, data),
  // @ts-expect-error nor does training start with them
  () => train(rtrl, other, { optimiser })(θ, data),
  // @ts-expect-error a step of another rule has another memory
  () => steps.map(step => train(uoro(), net, { optimiser })(step, data)),
  // @ts-expect-error a step of another optimiser too
  () => steps.map(step => train(snap(), net, { optimiser: janus.sgd({ lr: 1 }) })(step, data)),
]

const unequal = (
  tangent: Tangent<State>,
  cotangent: Cotangent<State>,
  parameter: Cotangent<Param>,
  recurrent: Linear<State, State>,
  immediate: Linear<Param, State>,
) => [
  // @ts-expect-error a tangent is pushed, not pulled
  () => pull(recurrent, tangent),
  // @ts-expect-error a cotangent is pulled, not pushed
  () => push(recurrent, cotangent),
  // @ts-expect-error the two are never added
  () => plus(tangent, cotangent),
  // @ts-expect-error nor multiplied: they are no Values
  () => mul(tangent, cotangent),
  // @ts-expect-error a cotangent of the state is none of the parameters
  () => plus(cotangent, parameter),
  // @ts-expect-error a linear map out of the parameters takes no change of the state
  () => push(immediate, tangent),
]

const equal = (tangent: Tangent<State>, cotangent: Cotangent<State>) => [
  () => plus(asRow(tangent), cotangent),
  () => plus(tangent, asColumn(cotangent)),
]

test('one list of rules, whatever they remember and whichever way they face, goes through one gradient', t => {
  t.deepEqual(
    all.map(data => data.length),
    [4, 4, 4, 4, 4],
  )
  t.deepEqual(
    [W, W_out, W_hn].map(({ shape }) => shape),
    [
      [2, 2],
      [1, 2],
      [2, 2],
    ],
  )
  t.true(janus.distance(future!, past!) < 1e-12)
})

test('training gives the memory of its rule, and goes on from each kind of start', t => {
  t.deepEqual(
    steps.map(({ step }) => step),
    [1, 2, 3],
  )
  t.deepEqual(
    influences.map(({ to }) => to.size),
    [2, 2, 2],
  )
  t.deepEqual(
    factors.map(({ state }) => janus.toValue(state).shape),
    [[2], [2], [2]],
  )
  t.deepEqual(
    trained.map(list => list.length),
    [3, 3, 3, 3],
  )
  t.deepEqual(
    online.map(({ step }) => step),
    [1, 2, 3, 1, 2, 3, 4, 5, 6, 4, 5, 6],
  )
  t.deepEqual(own, [null, null, null])
  t.is(listed.length, 6)
})

test('what faces the future cannot learn online: the build proves it, and a program says so', t => {
  for (const run of refused) t.throws(run, { instanceOf: KindError }, String(run))
})

test('tangents are not cotangents, and a step of one rule is no start of another: the build proves it', t => {
  t.is(unspoken.length, 5)
  t.is(unequal.length, 5)
  t.is(equal.length, 2)
})

test('grad takes an operation whose further arguments may be left out as it is', t => {
  t.deepEqual(
    slopes.map(x => [...(x as janus.Tensor).data]),
    [
      [1, 1],
      [0.5, 0.5],
      [1, 1],
      [1, 1],
    ],
  )
  t.throws(() => janus.grad(janus.softmax)(janus.ones([2])), { instanceOf: KindError, message: /jacrev/ })
})
