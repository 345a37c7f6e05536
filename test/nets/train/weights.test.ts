import test from 'ava'
import { type Tensor, tensorOf } from '../../../ad/tensor.ts'
import { leavesOf, type Tree } from '../../../ad/tree.ts'
import { leaky } from '../../../nets/cells/leaky.ts'
import { halfSquaredError } from '../../../nets/loss.ts'
import { type Example, example, network } from '../../../nets/network.ts'
import { train } from '../../../nets/train/online.ts'
import { sgd } from '../../../nets/train/optimisers.ts'
import { rtrl } from '../../../rules/rtrl.ts'

const net = network(leaky({ alpha: 0.5 }), { d: 2, n: 1, m: 1 }, halfSquaredError())
const θ = net.init(1)
const weighed = (weights: readonly number[]): readonly Example[] =>
  weights.map((weight, t) => example([Math.sin(t)], [Math.cos(t)], weight))
const numbers = (tree: Tree): readonly number[] => leavesOf(tree).flatMap(leaf => [...(leaf as Tensor).data])
const close = (a: readonly number[], b: readonly number[]): boolean =>
  a.length === b.length && a.every((x, i) => Math.abs(x - (b[i] as number)) < 1e-12)

for (const engine of ['eager', 'compiled-wasm'] as const) {
  const gradientOf = (weights: readonly number[]): readonly number[] => {
    const steps = [
      ...train(rtrl, net, { optimiser: sgd({ lr: 0 }), every: weights.length, engine })(θ, weighed(weights)),
    ]
    return numbers(steps.at(-1)?.gradient as Tree)
  }

  test(`an update is by the gradient over the sum of the weights, not over the steps, by ${engine}`, t => {
    t.true(close(gradientOf([2, 2, 2, 2]), gradientOf([1, 1, 1, 1])))
    t.true(close(gradientOf([0.5, 0.5, 0.5, 0.5]), gradientOf([1, 1, 1, 1])))
    const [weighted, alone] = [gradientOf([1, 0, 3, 0]), [gradientOf([1, 0, 0, 0]), gradientOf([0, 0, 3, 0])]]
    t.true(close(weighted, alone[0]?.map((x, i) => (x + 3 * (alone[1]?.[i] as number)) / 4) as number[]))
  })

  test(`steps that all weigh nothing move nothing, by ${engine}`, t => {
    t.true(gradientOf([0, 0, 0]).every(x => x === 0))
  })
}

test('weights are numbers of at least 0', t => {
  const run = train(rtrl, net, { optimiser: sgd({ lr: 0.1 }) })
  t.throws(() => [...run(θ, weighed([1, -1]))], { message: /a weight of -1 at step 2/ })
  t.throws(
    () => [...run(θ, [{ ...(weighed([1])[0] as Example), weight: tensorOf([], Float64Array.of(Number.NaN)) }])],
    {
      message: /a weight of NaN at step 1/,
    },
  )
})
