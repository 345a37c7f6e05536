import test from 'ava'
import { DomainError, ShapeError } from '../../ad/errors.ts'
import { toMatrix } from '../../ad/linear/apply.ts'
import { scale } from '../../ad/linear/linear.ts'
import { scalar, type Tensor, tensor } from '../../ad/tensor.ts'
import type { Branch } from '../../ad/tree.ts'
import { item } from '../../ad/value.ts'
import type { Cell } from '../../nets/cells/cell.ts'
import { cells } from '../../nets/cells/index.ts'
import { leaky } from '../../nets/cells/leaky.ts'
import { stacked } from '../../nets/cells/stacked.ts'
import { halfSquaredError, type PerStep } from '../../nets/loss.ts'
import { example, type Network, network } from '../../nets/network.ts'
import { folded } from '../../nets/run/fold.ts'
import type { AnyRule } from '../../nets/run/rule.ts'
import { scan } from '../../nets/run/scan.ts'
import { mapRun } from '../../nets/run/timestep.ts'
import { unroll } from '../../nets/run/unroll.ts'
import { train } from '../../nets/train/online.ts'
import { sgd } from '../../nets/train/optimisers.ts'
import { sketch, sketchDiagnostics, sparsity } from '../../rules/index.ts'
import { rtrl } from '../../rules/rtrl.ts'

const of = <P extends Branch, S extends Branch>(cell: Cell<P, S>, d = 4) =>
  network(cell, { d, n: 2, m: 1 }, halfSquaredError())
const net = of(leaky({ alpha: 0.5 }))
const wave = Array.from({ length: 60 }, (_, t) =>
  example(tensor([Math.sin(t / 3), 1]), tensor([Math.sin((t + 1) / 3)])),
)

const lossesOf = (rule: AnyRule<unknown, 'past'>, on: Network<Branch, Branch, PerStep>): readonly number[] =>
  [...train(rule, on, { optimiser: sgd({ lr: 0.02 }) })(on.init(3), wave)].map(({ loss }) => loss)

for (const [name, cell] of Object.entries({ leaky: leaky({ alpha: 0.5 }), lstm: cells.lstm(), gru: cells.gru() }))
  test(`a sketch of rank 2 learns online on ${name}`, t => {
    const losses = lossesOf(sketch({ rank: 2 }), of(cell))
    const late = (from: number) => losses.slice(from, from + 19).reduce((a, b) => a + b)
    t.true(late(41) < late(0))
  })

const looks = (r: number, on: Network, steps = wave) => {
  const run = unroll(on)(on.init(3), steps)
  const truths = [...scan(rtrl)(run)].map(([, M]) => (toMatrix(M) as Tensor).data)
  return [...folded(sketchDiagnostics(r, sparsity(on)))(run)].map(([found], i) => {
    const { data } = toMatrix(found.influence) as Tensor
    return { miss: Math.hypot(...data.map((x, j) => x - (truths[i]?.[j] as number))), bound: item(found.bound) }
  })
}

test('over sixty steps of sixteen units the certificate holds, a larger rank is nearer, and all ranks are exact', t => {
  const large = of(leaky({ alpha: 0.5 }), 16)
  const [none, four, whole] = [0, 4, 16].map(r => looks(r, large))
  for (const { miss, bound } of [...none!, ...four!]) t.true(miss <= bound * (1 + 1e-12))
  t.true(none!.at(-1)!.miss > 2 * four!.at(-1)!.miss && four!.at(-1)!.miss > 1e-3)
  for (const { miss, bound } of whole!) t.true(miss < 1e-12 && bound < 1e-10)
})

test('a rank beyond the number of states is all of them', t => {
  t.deepEqual(looks(4, net), looks(400, net))
})

test('what is carried is own units and r directions, never the whole influence', t => {
  const run = unroll(net)(net.init(3), wave)
  const [, memory] = [...scan(sketch({ rank: 2 }))(run)].at(-1)!
  const θ = 4 * (4 + 2 + 1)
  t.deepEqual(
    [memory.left.shape, memory.right.shape, memory.own.entries.shape],
    [
      [4, 2],
      [2, θ],
      [1, θ],
    ],
  )
})

test('a number that is not finite is passed on to whoever watches, and does not hang', t => {
  const run = unroll(net)(net.init(1), wave.slice(0, 5))
  const broken = mapRun(now => ({ ...now, jacobian: scale(scalar(Number.NaN), now.jacobian) }))(run)
  const [, memory] = [...scan(sketch({ rank: 2 }))(broken)].at(-1)!
  t.true(Number.isNaN(item(memory.bound)))
})

for (const [title, kind, make, given] of [
  ['a rank below 0', DomainError, () => sketch({ rank: -1 }), 'rank = -1'],
  ['a rank that is no whole number', DomainError, () => sketch({ rank: 1.5 }), 'rank = 1.5'],
  [
    'the sparsity of another network',
    ShapeError,
    () => [...folded(sketchDiagnostics(1, sparsity(of(leaky(), 3))))(unroll(net)(net.init(3), wave))],
    'a pattern [3, 18]',
  ],
] as const)
  test(`${title} is refused`, t => {
    const thrown = t.throws(make as () => unknown) as Error & Record<'given' | 'wanted' | 'remedy', string>
    t.true(thrown instanceof kind)
    t.true(`${thrown.given} ${thrown.wanted} ${thrown.remedy}`.includes(given), thrown.message)
    t.true(thrown.wanted.length > 0 && thrown.remedy.length > 0)
  })

test('a stack is sketched too', t => {
  const two = of(stacked([leaky({ alpha: 0.5 }), leaky({ alpha: 0.5 })]))
  for (const { miss, bound } of looks(2, two, wave.slice(0, 12))) t.true(miss <= bound * (1 + 1e-12))
})
