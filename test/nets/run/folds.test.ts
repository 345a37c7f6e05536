import test from 'ava'
import { pull } from '../../../ad/linear/apply.ts'
import { toValue } from '../../../ad/linear/space.ts'
import { scalar, type Tensor, tensor } from '../../../ad/tensor.ts'
import { leavesOf, type Tree } from '../../../ad/tree.ts'
import { gru } from '../../../nets/cells/gru.ts'
import { leaky } from '../../../nets/cells/leaky.ts'
import { crossEntropy, halfSquaredError } from '../../../nets/loss.ts'
import { example, network } from '../../../nets/network.ts'
import { bidirectional } from '../../../nets/run/bidirectional.ts'
import { checkpointed } from '../../../nets/run/checkpointing.ts'
import { rule } from '../../../nets/run/rule.ts'
import { total } from '../../../nets/run/scan.ts'
import { error } from '../../../nets/run/timestep.ts'
import { unroll } from '../../../nets/run/unroll.ts'
import { alignedTo } from '../../../nets/run/windows.ts'
import { gradient } from '../../../nets/train/gradient.ts'
import { train } from '../../../nets/train/online.ts'
import { sgd } from '../../../nets/train/optimisers.ts'
import { artbp } from '../../../rules/artbp.ts'
import { bplambda } from '../../../rules/bplambda.ts'
import { bptt } from '../../../rules/bptt.ts'
import { nodePerturbation } from '../../../rules/node-perturbation.ts'
import { rtrl } from '../../../rules/rtrl.ts'
import { futureFacing } from '../../../rules/tbptt.ts'
import { weightPerturbation } from '../../../rules/weight-perturbation.ts'
import { long } from '../../full-effort.ts'

const sizes = { d: 3, n: 2, m: 1 }
const net = network(leaky({ alpha: 0.5 }), sizes, halfSquaredError())
const sequence = Array.from({ length: 8 }, (_, t) => example([Math.sin(t), Math.cos(2 * t)], [Math.sin(3 * t)]))
const numbers = (tree: Tree): readonly number[] => leavesOf(tree).flatMap(leaf => [...(leaf as Tensor).data])
const largestDifference = (a: readonly number[], b: readonly number[]): number =>
  Math.max(...a.map((x, i) => Math.abs(x - (b[i] as number))))

test('a memory of null is a memory: a rule is initialised once', t => {
  let inits = 0
  const forgetful = rule({
    name: 'forgetful',
    faces: 'past',
    init: () => {
      inits++
      return 'fresh' as string | null
    },
    step: (memory, now) => [pull(now.immediate, error(now)), memory === null ? null : null],
  })
  total(forgetful)(unroll(net)(net.init(1), sequence))
  t.is(inits, 1)
})

for (const engine of ['eager', 'compiled-js', 'compiled-wasm'] as const) {
  test(`what a rule emits for timestep 0 counts in training as in a gradient, by ${engine}`, t => {
    const learned = network(leaky({ alpha: 0.5 }), sizes, halfSquaredError(), { start: 'learned' })
    const begin = {
      A: tensor([
        [0, 0, 0, 0.3],
        [0, 0, 0, 0.2],
        [0, 0, 0, 0.1],
      ]),
    }
    const made = bplambda({ begin, lr: 0 })
    const θ = learned.init(1)
    const whole = gradient(made, learned, { engine })(θ, sequence)
    const steps = [...train(made, learned, { optimiser: sgd({ lr: 0 }), every: sequence.length, engine })(θ, sequence)]
    const last = numbers(steps.at(-1)?.gradient as Tree).map(x => x * sequence.length)
    t.true(largestDifference(numbers(whole), last) < 1e-12)
    t.true(numbers(whole.start).some(x => x !== 0))
  })

  test(`columns flushed between updates count every pair once, by ${engine}`, t => {
    const θ = net.init(2)
    const exact = numbers(gradient(futureFacing({ k: 3 })(bptt), net, { engine })(θ, sequence))
    for (const every of [1, 2, 3, 4, 5])
      t.true(
        largestDifference(
          numbers(gradient(alignedTo(every)(futureFacing({ k: 3 })(bptt)), net, { engine })(θ, sequence)),
          exact,
        ) < 1e-12,
        `every ${every}`,
      )
  })
}

const classes = sequence.map(({ x }, at) => example(x, scalar(at % 2)))

for (const [name, m, loss, data, least] of [
  ['half the squared error', sizes.m, halfSquaredError(), sequence, 0.7],
  ['a cross-entropy, whose sides differ', 2, crossEntropy, classes, 0.5],
] as const)
  long(`a perturbation finds the gradient of a network that reads from both ends, of ${name}`, t => {
    const both = bidirectional(leaky({ alpha: 0.5 }), gru(), { ...sizes, m }, loss)
    const θ = both.init(3)
    const exact = numbers(gradient(bptt, both)(θ, data).forward)
    for (const made of [nodePerturbation({ sigma: 1e-4, decay: 1 }), weightPerturbation({ sigma: 1e-4 })]) {
      const n = 150
      const sum = exact.map(() => 0)
      for (let i = 0; i < n; i++)
        numbers(gradient(made, both, { seed: i })(θ, data).forward).forEach((x, j) => {
          sum[j] = (sum[j] as number) + x / n
        })
      const dot = exact.reduce((total, x, i) => total + x * (sum[i] as number), 0)
      const cosine = dot / Math.hypot(...exact) / Math.hypot(...sum)
      // of n draws in D dimensions about √(n/(n + D)), and 1/√D of what has nothing to do with it
      t.true(cosine > least, `${cosine}`)
    }
  })

test('checkpointing refuses what it cannot run twice', t => {
  t.throws(() => checkpointed(rtrl as never)(net)(net.init(0), sequence), { message: /faces the past/ })
  t.throws(() => checkpointed(artbp({ cut: 0.1 }))(net)(net.init(0), sequence), { message: /draws noise/ })
  t.true(toValue(checkpointed(bptt)(net)(net.init(0), sequence)).shape[0] === numbers(net.init(0)).length)
})
