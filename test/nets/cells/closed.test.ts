import test from 'ava'
import { add, tanh } from '../../../ad/primitives/elementwise.ts'
import { type Tensor, tensor } from '../../../ad/tensor.ts'
import { leavesOf, rebuild } from '../../../ad/tree.ts'
import { closed, freeRunning, teacherForcing } from '../../../nets/cells/closed.ts'
import { leaky } from '../../../nets/cells/leaky.ts'
import { halfSquaredError } from '../../../nets/loss.ts'
import { example, network } from '../../../nets/network.ts'
import { lossAndGradient } from '../../../nets/train/gradient.ts'
import { gap } from '../../../proofs/proposition.ts'
import { bptt } from '../../../rules/bptt.ts'
import { rtrl } from '../../../rules/rtrl.ts'

type Vector = readonly number[]
const numbers = (x: unknown): Vector => [...(x as Tensor).data]
const inputs = [
  [0.5, -1],
  [0.25, 2],
  [-0.75, 0.5],
  [1, 0],
]
const targets = [
  [0.1, 0.2],
  [-0.4, 0.3],
  [0.6, -0.5],
  [0, 1],
]
const alpha = 0.25
const sizes = { d: 2, n: 2, m: 2 }

/** W x + b, W in one row after another. */
const affine = (W: Vector, x: Vector, b: Vector): Vector =>
  b.map((shift, i) => shift + x.reduce((sum, y, j) => sum + W[i * x.length + j]! * y, 0))

/** What a loop feeds back: its output v and the input x as the next input of the cell. */
type Mixing = (v: Vector, x: Vector) => Vector

/** The loss of a leaky network whose input is made of its last output, on arrays: W_rec, W_in, b_rec, W_out, b_out in a row. */
const lossOf = (θ: Vector, mixing: Mixing): number => {
  const part = (from: number, count: number): Vector => θ.slice(from, from + count)
  const [W_rec, W_in, b_rec, W_out, b_out] = [part(0, 4), part(4, 4), part(8, 2), part(10, 4), part(14, 2)]
  let [h, v, total]: [Vector, Vector, number] = [[0, 0], [0, 0], 0]
  for (const [t, x] of inputs.entries()) {
    const u = affine(W_rec, h, affine(W_in, mixing(v, x), b_rec))
    h = h.map((one, i) => (1 - alpha) * one + alpha * Math.tanh(u[i]!))
    v = affine(W_out, h, b_out)
    total += v.reduce((sum, one, i) => sum + (one - targets[t]![i]!) ** 2 / 2, 0)
  }
  return total
}

const loops = {
  'its own output': [{ mixing: freeRunning }, v => v],
  'the input alone': [{ mixing: teacherForcing }, (_, x) => x],
  'its squashed output and the input': [
    { mixing: (y, x) => add(y, x), output: tanh },
    (v, x) => x.map((one, i) => one + Math.tanh(v[i]!)),
  ],
} as const satisfies Record<string, readonly [Parameters<typeof closed>[1], Mixing]>

for (const [what, [options, mixing]] of Object.entries(loops))
  test(`a closed loop fed with ${what} has the loss, and by its differences the gradient, of a program on arrays`, t => {
    const net = network(closed(leaky({ alpha }), options), sizes, halfSquaredError(), { readout: 'none' })
    const like = net.init(1)
    const drawn = leavesOf(like.cell).map((leaf, i) =>
      tensor(
        numbers(leaf).map((_, j) => Math.sin(1 + 3 * i + j)),
        [...leaf.shape],
      ),
    )
    const θ = { ...like, cell: rebuild(like.cell, drawn) }
    const flat = drawn.flatMap(numbers)
    t.is(flat.length, 16)
    const step = 1e-5
    const differences = flat.map((x, i) => {
      const [up, down] = [step, -step].map(by => lossOf(flat.with(i, x + by), mixing)) as [number, number]
      return (up - down) / (2 * step)
    })
    const data = inputs.map((x, i) => example(x, targets[i] as number[]))
    for (const rule of [bptt, rtrl]) {
      const { loss, gradient } = lossAndGradient(rule, net)(θ, data)
      t.true(Math.abs(loss - lossOf(flat, mixing)) < 1e-12)
      t.true(gap(leavesOf(gradient.cell).flatMap(numbers), differences) < 1e-8)
    }
  })
