/** A run of training: what stops it, and how its steps are counted, in the memory of a program and out of it. */
import test from 'ava'
import { KindError, NonFiniteError, ShapeError } from '../../../ad/errors.ts'
import { asCotangent } from '../../../ad/linear/space.ts'
import { full, tensor } from '../../../ad/tensor.ts'
import { leaky } from '../../../nets/cells/leaky.ts'
import { halfSquaredError } from '../../../nets/loss.ts'
import { network } from '../../../nets/network.ts'
import { rule } from '../../../nets/run/rule.ts'
import { sequence } from '../../../nets/sequence.ts'
import { train } from '../../../nets/train/online.ts'
import type { Optimiser } from '../../../nets/train/optimiser.ts'
import { sgd } from '../../../nets/train/optimisers.ts'
import { rtrl } from '../../../rules/rtrl.ts'

const net = network(leaky({ alpha: 0.5 }), { d: 2, n: 1, m: 1 }, halfSquaredError())
const θ = net.init(1)
const data = sequence([0.5, -0.3, 0.2, 0.1, 0.4], [0.1, 0.2, 0.3, 0, 0])
/** A rule that emits one number at every timestep, timestep 0 among them. */
const emitting = (x: number) =>
  rule({
    name: 'emitting',
    faces: 'past',
    init: () => null,
    step: (_: null, { immediate: { from } }) => [asCotangent(from, full([from.size], x)), null],
  })
const engines = ['eager', 'compiled-js'] as const
const words = { instanceOf: NonFiniteError }

test('gradients that overflow in their sum, and parameters that an update makes endless, are reported with the step', t => {
  for (const engine of engines) {
    const by = (x: number, lr: number, every: number) => () => [
      ...train(emitting(x), net, { optimiser: sgd({ lr }), engine, every })(θ, data),
    ]
    t.throws(by(5e307, 1e-308, 3), { ...words, message: /^train: .*in the gradient at step 3[.;]/ }, engine)
    t.throws(by(1e307, 100, 1), { ...words, message: /^train: .*in the parameters at step 1[.;]/ }, engine)
  }
})

test('an update of another size than the gradient is refused', t => {
  const short: Optimiser<null> = { init: () => null, step: () => [tensor([1, 2]) as never, null] }
  t.throws(() => [...train(rtrl, net, { optimiser: short })(θ, data)], {
    instanceOf: ShapeError,
    message: /^train: an update of 2 numbers and a gradient of 11/,
  })
})

test('a run of other than as many sequences does not go on from a step', t => {
  for (const engine of engines) {
    const run = train(rtrl, net, { optimiser: sgd({ lr: 0.1 }), engine })
    const of = (given: unknown) => [...run(θ, given as never)].at(-1)?.state() as never
    const refused = (from: unknown, given: unknown, message: RegExp) =>
      t.throws(() => [...run(of(from), given as never)], { instanceOf: ShapeError, message }, engine)
    refused([data, data], data, /^train: 1 sequences after a step of 2; wanted 2, to go on with/)
    refused(data, [data, data], /^train: 2 sequences after a step of 1; wanted 1, to go on with/)
    t.is([...run(of([data, data]), [data, data])].length, 5)
    t.is([...run(of(data), [data])].length, 5)
  }
})

test('steps are counted on over washouts and over stops, and an update is due where a sequence ends', t => {
  for (const engine of engines) {
    const run = train(rtrl, net, { optimiser: sgd({ lr: 0.1 }), engine, every: 2, washout: 3 })
    const steps = Array.from(run(θ, data), step => ({
      at: step.step,
      moved: step.gradient !== null,
      state: step.state(),
    }))
    t.deepEqual(
      steps.map(({ at }) => at),
      [1, 2, 3, 4, 5],
    )
    t.deepEqual(
      steps.map(({ moved }) => moved),
      [false, true, true, false, true],
    )
    const short = train(rtrl, net, { optimiser: sgd({ lr: 0.1 }), engine, washout: 1 })
    const [begun, second] = Array.from(short(θ, data), step => step.state())
    t.false('washed' in (begun?.run ?? {}))
    t.is((second?.run as { readonly washed?: number } | undefined)?.washed, 1)
    t.deepEqual(
      Array.from(short(second as never, data.slice(2)), ({ step }) => step),
      [3, 4, 5],
    )
    const on = [...run(steps[3]?.state as never, data.slice(4))]
    t.deepEqual(
      on.map(({ step }) => step),
      [5],
    )
    t.is(on[0]?.loss, [...run(θ, data)][4]?.loss)
    const [first, fourth] = [...run(θ, [...data.slice(0, 3), ...data.slice(0, 2)])].filter((_, i) => i % 3 === 0)
    t.not(first?.loss, fourth?.loss)
  }
})

test('what training starts from is parameters, a step, or the state of one', t => {
  const run = train(rtrl, net, { optimiser: sgd({ lr: 0.1 }) })
  for (const [bad, given] of [
    [5, '5'],
    [null, 'null'],
    [undefined, 'nothing'],
  ] as const)
    t.throws(() => [...run(bad as never, data)], {
      instanceOf: KindError,
      message: new RegExp(`^train: ${given} as the start; wanted θ, a step, or the state of a step`),
    })
  const [step] = [...run(θ, data.slice(0, 1))]
  const by = (start: unknown) => [...run(start as never, data.slice(1))].map(({ loss }) => loss)
  t.deepEqual(by(step), by(step?.state()))
  t.notDeepEqual(by(step), by(step?.θ))
  t.deepEqual(by({ θ: step?.θ }), by(step?.θ))
})
