import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'ava'
import { distance } from '../../../ad/distance.ts'
import { DomainError, KindError } from '../../../ad/errors.ts'
import { ones, type Tensor, tensor } from '../../../ad/tensor.ts'
import { type Branch, leavesOf, rebuild } from '../../../ad/tree.ts'
import { gruPytorch } from '../../../nets/cells/gru.ts'
import { leaky } from '../../../nets/cells/leaky.ts'
import { lstm } from '../../../nets/cells/lstm.ts'
import type { AnyCell } from '../../../nets/cells/stacked.ts'
import { halfSquaredError } from '../../../nets/loss.ts'
import { example } from '../../../nets/network.ts'
import { bidirectional, unrollBoth } from '../../../nets/run/bidirectional.ts'
import { type BothLayersTheta, bidirectionalStack, unrollStack } from '../../../nets/run/bidirectional-stack.ts'
import { gradient, lossAndGradient } from '../../../nets/train/gradient.ts'
import { train } from '../../../nets/train/online.ts'
import { sgd } from '../../../nets/train/optimisers.ts'
import { bptt } from '../../../rules/bptt.ts'
import { rtrl } from '../../../rules/rtrl.ts'
import { fromTorch } from '../../../src/weights/from-torch.ts'
import { readoutFromTorch } from '../../../src/weights/linear.ts'
import { root } from '../../root.ts'

type Rows = number[][]
interface Module {
  readonly cell: 'lstm' | 'gruPytorch' | 'leaky'
  readonly d: number
  readonly n: number
  readonly layers: number
  readonly bidirectional: boolean
  readonly projected: boolean
  readonly xs: Rows
  readonly y: Rows
  readonly weights: { readonly [name: string]: Rows }
}
const { modules } = JSON.parse(readFileSync(join(root, 'test/src/weights/torch.json'), 'utf8')) as {
  readonly modules: readonly Module[]
}
const makers: { readonly [cell in Module['cell']]: () => AnyCell } = {
  lstm: () => lstm() as unknown as AnyCell,
  gruPytorch: () => gruPytorch() as unknown as AnyCell,
  leaky: () => leaky({ alpha: 1 }) as unknown as AnyCell,
}
const deep = modules.filter(({ bidirectional: both, projected, layers }) => both && !projected && layers > 1)
const pairs = (cell: Module['cell'], layers: number) =>
  Array.from({ length: layers }, () => [makers[cell](), makers[cell]()] as const)

test('there are state_dicts of modules of PyTorch with several layers from both ends', t => {
  t.true(deep.length > 0)
})

for (const { cell, d, n, layers, xs, y, weights } of deep)
  test(`${layers} layers of ${cell} from both ends say what the equations of PyTorch's documentation say, in numpy`, t => {
    const arrays = Object.fromEntries(Object.entries(weights).map(([name, values]) => [name, tensor(values)]))
    const net = bidirectionalStack(pairs(cell, layers), { d, n, m: 1 }, halfSquaredError())
    const θ = {
      ...fromTorch(cell, arrays, { d, n, layers, bidirectional: true }),
      readout: readoutFromTorch(arrays, { d: 2 * d, m: 1 }),
    }
    const data = xs.map(x => example(tensor(x), tensor([0])))
    const { outputs } = unrollStack(net)(θ as unknown as BothLayersTheta, data)
    const apart = outputs.map((v, at) => Math.abs(((v as Tensor).data[0] as number) - (y[at]?.[0] ?? Number.NaN)))
    t.true(Math.max(...apart) < 1e-14)
  })

const sizes = { d: 2, n: 1, m: 1 }
const data = [0.5, -0.3, 0.7].map(x => example(tensor([x]), tensor([x / 2])))

test('the gradient of every parameter is the slope of the loss', t => {
  const net = bidirectionalStack(pairs('gruPytorch', 2), sizes, halfSquaredError())
  const θ = net.init(3)
  const g = gradient(bptt, net as never)(θ as never, data) as unknown as Branch
  const [leaves, slopes] = [leavesOf(θ as unknown as Branch) as Tensor[], leavesOf(g) as Tensor[]]
  const lossAt = (leaf: number, entry: number, by: number): number => {
    const moved = leaves.map((one, l) => {
      const copy = tensor(one.data.slice(), [...one.shape])
      if (l === leaf) copy.data[entry] = (copy.data[entry] as number) + by
      return copy
    })
    const { loss } = unrollStack(net)(rebuild(θ as unknown as Branch, moved) as unknown as BothLayersTheta, data)
    return (loss as Tensor).data[0] as number
  }
  const h = 1e-6
  for (const [l, { data: numbers }] of leaves.entries())
    for (const i of numbers.keys()) {
      const slope = (lossAt(l, i, h) - lossAt(l, i, -h)) / (2 * h)
      t.true(Math.abs(slope - (slopes[l]?.data[i] ?? Number.NaN)) < 1e-8, `${l} ${i}`)
    }
})

test('one layer is bidirectional', t => {
  const one = bidirectional(lstm(), lstm(), sizes, halfSquaredError())
  const stack = bidirectionalStack(pairs('lstm', 1), sizes, halfSquaredError())
  const { forward, backward, readout, start } = one.init(4)
  const θ = { layer1: { forward, backward }, readout }
  const a = lossAndGradient(bptt, one)({ forward, backward, readout, start } as never, data)
  const b = lossAndGradient(bptt, stack as never)(θ as never, data) as unknown as typeof a & {
    gradient: { layer1: Branch; readout: Branch }
  }
  t.true(Math.abs(a.loss - b.loss) < 1e-15)
  const { forward: f, backward: k, readout: r } = a.gradient
  t.true(distance({ layer1: { forward: f, backward: k }, readout: r } as never, b.gradient as never) < 1e-14)
})

test('what layers from both ends cannot do is refused with what to do', t => {
  const net = bidirectionalStack(pairs('lstm', 2), sizes, halfSquaredError())
  const refused = (run: () => unknown, kind: typeof KindError | typeof DomainError, message: RegExp) =>
    t.throws(run, { instanceOf: kind as never, message })
  refused(() => gradient(rtrl, net as never), KindError, /gradient\(bptt, net\)/)
  refused(() => train(rtrl, net as never, { optimiser: sgd({ lr: 1 }) }), KindError, /gradient\(rule, net\)/)
  refused(() => bidirectionalStack([], sizes, halfSquaredError()), DomainError, /no layers/)
  refused(() => bidirectionalStack([[lstm()]] as never, sizes, halfSquaredError()), KindError, /a cell/)
  t.throws(() => unrollStack(net)(net.init(1), [example(ones([3]), ones([1]))]), { message: /input/ })
})

test('examples that do not fit layers from both ends are refused by their step', t => {
  const net = bidirectionalStack(pairs('lstm', 2), sizes, halfSquaredError())
  const both = bidirectional(lstm(), lstm(), sizes, halfSquaredError())
  const [wide, whole] = [example([1, 2], [0]), example([1], [0])]
  for (const [at, given] of [
    [1, [wide, whole]],
    [2, [whole, wide]],
  ] as const) {
    const message = new RegExp(`^data: input \\[2\\] at step ${at}; wanted \\[1\\]`)
    t.throws(() => unrollStack(net)(net.init(1), given), { message })
    t.throws(() => gradient(bptt, net as never)(net.init(1) as never, given), { message })
    t.throws(() => unrollBoth(both)(both.init(1), given), { message })
  }
  for (const run of [() => unrollStack(net)(net.init(1), 5 as never), () => unrollBoth(both)(both.init(1), 5 as never)])
    t.throws(run, { instanceOf: KindError, message: /^unroll(Stack|Both): 5; wanted a list of examples/ })
})

test('a batch of layers from both ends has the means of its sequences, weights and all', t => {
  const net = bidirectionalStack(pairs('leaky', 2), sizes, halfSquaredError())
  const θ = net.init(2)
  const other = [1, 2, 3].map(x => example([x / 4], [1], x))
  const by = (data: unknown) => {
    const { loss, gradient: found } = lossAndGradient(bptt, net as never)(θ as never, data as never)
    return [loss, ...leavesOf(found as Branch).flatMap(leaf => [...(leaf as Tensor).data])]
  }
  const [a, b, both] = [by(data), by(other), by([data, other])]
  t.true(both.every((x, i) => Math.abs(x - (a[i]! + b[i]!) / 2) < 1e-15))
  const { loss, tops, outputs } = unrollStack(net)(θ, other)
  t.true(Math.abs((loss as Tensor).data[0]! - b[0]!) < 1e-15)
  t.deepEqual(
    tops.map(({ shape }) => shape),
    [[4], [4], [4]],
  )
  const costs = outputs.map((y, i) => ((i + 1) * ((y as Tensor).data[0]! - 1) ** 2) / 2)
  t.true(Math.abs(costs.reduce((sum, x) => sum + x, 0) - b[0]!) < 1e-15)
})

test('layers have the sizes of what they read: 2d numbers of the layer below, 2d for the readout', t => {
  const net = bidirectionalStack(pairs('leaky', 3), { d: 3, n: 5, m: 2 }, halfSquaredError())
  const θ = net.init(1) as unknown as Readonly<
    Record<string, Readonly<Record<string, Readonly<Record<string, Tensor>>>>>
  >
  t.deepEqual(
    ['layer1', 'layer2', 'layer3'].map(name => θ[name]?.backward?.W_in?.shape),
    [
      [3, 5],
      [3, 6],
      [3, 6],
    ],
  )
  t.deepEqual(net.init(1).readout.W_out.shape, [2, 6])
  t.throws(() => bidirectionalStack(5 as never, sizes, halfSquaredError()), {
    instanceOf: DomainError,
    message: /^bidirectionalStack: 5; wanted a list of at least one pair/,
  })
  t.throws(() => bidirectionalStack(pairs('lstm', 1), undefined as never, halfSquaredError()), {
    instanceOf: DomainError,
    message: /^sizes: d = NaN/,
  })
})

test('a loss from both ends that is not finite is refused by the gradient', t => {
  const endless = [example([1], [1e200]), example([1], [0])]
  const message = /^gradient: a number that is not finite in the loss at step 2[.;]/
  const net = bidirectionalStack(pairs('lstm', 1), sizes, halfSquaredError())
  const both = bidirectional(lstm(), lstm(), sizes, halfSquaredError())
  t.throws(() => gradient(bptt, net as never)(net.init(1) as never, endless), { message })
  t.throws(() => gradient(bptt, both as never)(both.init(1) as never, endless), { message })
})
