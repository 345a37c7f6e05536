import test from 'ava'
import { scalar, type Tensor, tensor } from '../../../ad/tensor.ts'
import { leavesOf } from '../../../ad/tree.ts'
import { embedded } from '../../../nets/cells/embedded.ts'
import { cells } from '../../../nets/cells/index.ts'
import { crossEntropy, halfSquaredError } from '../../../nets/loss.ts'
import { type Example, example, network } from '../../../nets/network.ts'
import { unroll } from '../../../nets/run/unroll.ts'
import { lossAndGradient } from '../../../nets/train/gradient.ts'
import { train } from '../../../nets/train/online.ts'
import { sgd } from '../../../nets/train/optimisers.ts'
import { evaluate, predict } from '../../../nets/train/predict.ts'
import { bptt } from '../../../rules/bptt.ts'
import { eprop } from '../../../rules/eprop.ts'
import { rflo } from '../../../rules/rflo.ts'
import { rtrl } from '../../../rules/rtrl.ts'
import { snap } from '../../../rules/snap.ts'
import { uoro } from '../../../rules/uoro.ts'
import { alwaysIf } from '../../full-effort.ts'

const V = 5
const hot = (code: number): Tensor => tensor(Array.from({ length: V }, (_, i) => +(i === code)))
const net = network(embedded(cells.gru(), 3), { d: 4, n: V, m: V }, crossEntropy)
const codes = [
  [0, 3, 3, 1, 4, 2, 0],
  [2, 2, 1, 0, 3, 4, 1],
] as const
const made = (list: readonly number[], symbol: (code: number) => Tensor): readonly Example[] =>
  list.slice(1).map((code, t) => example(symbol(list[t] as number), symbol(code), 1 + t / 4))
const [hots, numbers] = [codes.map(list => made(list, hot)), codes.map(list => made(list, scalar))]

const numbersIn = (tree: object): readonly number[] =>
  (leavesOf(tree as never) as readonly Tensor[]).flatMap(({ data }) => [...data])

for (const engine of ['eager', 'compiled-js', 'compiled-wasm'] as const) {
  const near = (a: readonly number[], b: readonly number[]): boolean =>
    a.length === b.length && a.every((x, i) => Math.abs(x - (b[i] as number)) <= 1e-15 * Math.max(1, Math.abs(x)))

  for (const [name, rule] of Object.entries({ bptt, rtrl }))
    test(`symbols by number have the gradient of their one-hot vectors, by ${name} and ${engine}, alone and side by side`, t => {
      const of = lossAndGradient(rule, net, { engine })
      const θ = net.init(3)
      for (const [a, b] of [
        [hots[0], numbers[0]],
        [hots, numbers],
      ] as const) {
        const [wanted, found] = [of(θ, a as never), of(θ, b as never)]
        t.true(Math.abs(wanted.loss - found.loss) <= 1e-15 * wanted.loss)
        t.true(near(numbersIn(wanted.gradient), numbersIn(found.gradient)))
      }
    })

  alwaysIf(engine === 'compiled-wasm')(
    `every rule learns from symbols by number as from their one-hot vectors, by ${engine}`,
    t => {
      for (const [name, rule] of Object.entries({
        rtrl,
        rflo: rflo(),
        eprop: eprop(),
        snap: snap({ n: 1 }),
        uoro: uoro(),
      }))
        for (const [a, b] of [
          [hots[0], numbers[0]],
          [hots, numbers],
        ] as const) {
          const run = (data: unknown) => [
            ...train(rule, net, { optimiser: sgd({ lr: 0.1 }), engine })(net.init(3), data as never),
          ]
          t.true(near(numbersIn(run(a).at(-1)?.θ ?? {}), numbersIn(run(b).at(-1)?.θ ?? {})), name)
        }
    },
  )

  test(`what is evaluated and predicted is the same, by ${engine}`, t => {
    const θ = net.init(3)
    t.is(
      evaluate(net, { engine })(θ, numbers[0] as never, { from: 2 }),
      evaluate(net, { engine })(θ, hots[0] as never, { from: 2 }),
    )
    t.deepEqual(predict(net, { engine })(θ, numbers), predict(net, { engine })(θ, hots))
  })
}

test('symbols are vectors throughout or numbers throughout', t => {
  const [a, b] = [numbers[0]?.[0], hots[0]?.[1]] as [Example, Example]
  const run = train(rtrl, net, { optimiser: sgd({ lr: 0.1 }) })
  for (const use of [
    (data: readonly Example[]) => [...run(net.init(0), data)],
    (data: readonly Example[]) => [...run(net.init(0), new Set(data))],
    (data: readonly Example[]) => evaluate(net)(net.init(0), data),
  ])
    t.throws(() => use([a, b]), { name: 'ShapeError', message: /x \[5\] at step 2; wanted \[\]/ })
})

test('a number stands for a symbol only where it is one, and where the network takes it', t => {
  const θ = net.init(0)
  for (const wrong of [-1, V, 0.5, Number.NaN])
    for (const bad of [example(scalar(wrong), hot(1)), example(hot(1), scalar(wrong))])
      t.throws(() => unroll(net)(θ, [bad]), { name: 'ShapeError', message: /wanted \[5\].*from 0 to 4/ })
  const plain = network(cells.gru(), { d: 4, n: V, m: V }, halfSquaredError())
  for (const bad of [example(scalar(1), hot(1)), example(hot(1), scalar(1))])
    t.throws(() => unroll(plain)(plain.init(0), [bad]), {
      name: 'ShapeError',
      message: /wanted \[5\], as the network has it\./,
    })
})
