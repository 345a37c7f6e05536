import test from 'ava'
import { DomainError, KindError } from '../../ad/errors.ts'
import { add, mul, sub } from '../../ad/primitives/elementwise.ts'
import { type Tensor, tensorOf } from '../../ad/tensor.ts'
import type { Branch } from '../../ad/tree.ts'
import { lif } from '../../nets/cells/lif.ts'
import { halfSquaredError } from '../../nets/loss.ts'
import { network, type Theta } from '../../nets/network.ts'
import { sequence } from '../../nets/sequence.ts'
import { gradient, lossAndGradient } from '../../nets/train/gradient.ts'
import { eprop } from '../../rules/eprop.ts'
import { full } from '../effort.ts'
import { long } from '../full-effort.ts'
import { classification, regression, type Test } from './nest.ts'

interface Weights {
  readonly W_in: Tensor
  readonly W_rec: Tensor
  readonly W_out: Tensor
}
const names = ['W_in', 'W_rec', 'W_out'] as const

const put = (θ: Theta, { W_in, W_rec, W_out }: Weights): Theta => ({
  ...θ,
  cell: { ...θ.cell, W_in, W_rec },
  readout: { ...θ.readout, W_out },
})
const weightsIn = (θ: { readonly cell: Branch; readonly readout: Branch }): Weights =>
  ({ W_in: θ.cell.W_in, W_rec: θ.cell.W_rec, W_out: θ.readout.W_out }) as unknown as Weights

/** An update of every weight by its gradient; no unit is connected to itself. */
type Update = (name: (typeof names)[number], at: Tensor, gradient: Tensor, iteration: number) => Tensor

const withoutSelf = ({ shape, data }: Tensor): Tensor => {
  const d = shape[0] as number
  return tensorOf(
    shape,
    data.map((x, k) => (Math.floor(k / d) === k % d ? 0 : x)),
  )
}

const descent: Update = (_, at, gradient) => sub(at, mul(1e-4, gradient)) as Tensor

/** Adam as NEST and TensorFlow have it: ε beside √v, not beside the corrected one. */
const adam = (): Update => {
  const memories = new Map<string, { m: number; v: number }[]>()
  return (name, at, gradient, iteration) => {
    const memory = memories.get(name) ?? Array.from(at.data, () => ({ m: 0, v: 0 }))
    memories.set(name, memory)
    const rate = (5e-3 * Math.sqrt(1 - 0.999 ** iteration)) / (1 - 0.9 ** iteration)
    const moved = at.data.map((w, k) => {
      const [one, g] = [memory[k] as { m: number; v: number }, gradient.data[k] as number]
      one.m = 0.9 * one.m + 0.1 * g
      one.v = 0.999 * one.v + 0.001 * g * g
      return w - (rate * one.m) / (Math.sqrt(one.v) + 1e-8)
    })
    return tensorOf(at.shape, moved)
  }
}

/** The loss of each iteration before its update; `over` divides losses, and gradients beside it. */
const learned = (
  { net, θ: begin, feedback, iterations }: Test,
  update: Update,
  over: number,
  sign = 1,
): readonly number[] => {
  const [whole, error] = [{ rateWeight: 300 }, {}].map(rates => lossAndGradient(eprop({ feedback, ...rates }), net))
  let θ = begin
  return iterations.map((trials, i) => {
    const { loss, gradient } = (whole as NonNullable<typeof whole>)(θ, trials)
    const without = sign === 1 ? gradient : (error as NonNullable<typeof error>)(θ, trials).gradient
    const [all, part, now] = [weightsIn(gradient), weightsIn(without), weightsIn(θ)]
    const next = names.map(name => {
      const signed = add(part[name], mul(sign, sub(all[name], part[name])))
      return [name, update(name, now[name], mul(1 / over, signed) as Tensor, i + 1)]
    })
    const { W_rec, ...others } = Object.fromEntries(next) as Weights
    θ = put(θ, { ...others, W_rec: withoutSelf(W_rec) })
    return loss / over
  })
}

const apart = (found: readonly number[], wanted: readonly number[]): number =>
  Math.max(...found.map((x, i) => Math.abs(x / (wanted[i] ?? Number.NaN) - 1)))

test("the losses of NEST's regression test are found to 1e-10, and those of TensorFlow to 1e-7", t => {
  const whole = regression()
  const found = learned({ ...whole, iterations: full ? whole.iterations : whole.iterations.slice(0, 2) }, descent, 1)
  const nest = [101.964356999041, 103.466731126205, 103.340607074771, 103.680244037686, 104.412775748752]
  const tensorflow = [101.964363098144, 103.466735839843, 103.340606689453, 103.6802444458, 104.412780761718]
  t.log(found.join(' '), apart(found, nest), apart(found, tensorflow))
  t.is(found.length, full ? 5 : 2)
  t.true(apart(found, nest) < 1e-10)
  t.true(apart(found, tensorflow) < 1e-7)
})

long('the sign that the documentation of NEST prints before its regulariser of rates is not that of its losses', t => {
  const [, second] = learned({ ...regression(), iterations: regression().iterations.slice(0, 2) }, descent, 1, -1)
  t.log(second)
  t.true(Math.abs((second as number) - 96.32) < 0.005)
})

/** Of the five iterations few: every later loss depends on all of the first update. */
for (const [batch, nest, tensorflow] of [
  [1, [0.741152550006, 0.7403881877], [0.741152524948, 0.740388214588]],
  [2, [0.702163370672], []],
] as const)
  long(`the losses of NEST's classification test, by adaptive units in batches of ${batch}, are found to 1e-10`, t => {
    const whole = classification(batch)
    const found = learned({ ...whole, iterations: whole.iterations.slice(0, nest.length) }, adam(), 150)
    t.log(found.join(' '), apart(found, nest))
    t.true(apart(found, nest) < 1e-10)
    t.true(tensorflow.every((loss, i) => Math.abs((found[i] as number) / loss - 1) < 1e-6))
  })

test('rates are held to a target only where the state counts the spikes, by weights and rates that are at least 0', t => {
  const net = (count: boolean) => network(lif({ count }), { d: 2, n: 1, m: 1 }, halfSquaredError())
  const of = (count: boolean) => () => {
    const one = net(count)
    return gradient(eprop({ rateWeight: 1 }), one)(one.init(1), sequence([1, 1], [0, 0]))
  }
  t.notThrows(of(true))
  t.throws(of(false), { instanceOf: KindError, message: /lif\(\{ count: true \}\)/ })
  for (const options of [{ rateWeight: -1 }, { targetRate: -1 }])
    t.throws(() => eprop(options), { instanceOf: DomainError })
})
