import test from 'ava'
import { KindError, NonFiniteError } from '../../../ad/errors.ts'
import { matrix } from '../../../ad/linear/linear.ts'
import { type Tensor, tensor } from '../../../ad/tensor.ts'
import { leaky } from '../../../nets/cells/leaky.ts'
import { halfSquaredError } from '../../../nets/loss.ts'
import { example, network } from '../../../nets/network.ts'
import { byLag, spectrum } from '../../../nets/run/spectrum.ts'
import type { Run } from '../../../nets/run/timestep.ts'
import { unroll } from '../../../nets/run/unroll.ts'

/** A run whose J is the same matrix at every step. */
const runBy = (J: readonly (readonly number[])[], steps: number): Run => {
  const net = network(leaky({ f: u => u }), { d: J.length, n: 1, m: 1 }, halfSquaredError())
  const first = net.init(1)
  const θ = { ...first, cell: { ...first.cell, W_rec: tensor(J) as Tensor } }
  return unroll(net)(
    θ,
    Array.from({ length: steps }, () => example([0], [0])),
  )
}
const isNear = (found: readonly number[], wanted: readonly number[]): boolean =>
  found.length === wanted.length && found.every((x, i) => Math.abs(x - wanted[i]!) < 1e-12)

test('the axes of a diagonal J are stretched by its entries, and come in order of length whatever theirs is', t => {
  for (const axes of [
    [1, 4, 2],
    [4, 2, 1],
    [2, 1, 4],
    [1, 2, 4],
  ]) {
    const J = axes.map((x, i) => axes.map((_, j) => (i === j ? x : 0)))
    const { singular, lyapunov } = spectrum(runBy(J, 3))
    for (const [i, logs] of singular.entries())
      t.true(
        isNear(
          logs,
          [4, 2, 1].map(x => (i + 1) * Math.log(x)),
        ),
        `${axes}: ${logs}`,
      )
    for (const logs of lyapunov) t.true(isNear(logs, [4, 2, 1].map(Math.log)), `${axes}: ${logs}`)
  }
})

test('a J that is not symmetric stretches as the formula for matrices [2, 2] says', t => {
  const [a, b, c, d] = [1, 3, 0.5, -2]
  const [squares, det] = [a ** 2 + b ** 2 + c ** 2 + d ** 2, a * d - b * c]
  const root = Math.sqrt(squares ** 2 - 4 * det ** 2)
  const wanted = [squares + root, squares - root].map(x => Math.log(x / 2) / 2)
  const run = runBy(
    [
      [a, b],
      [c, d],
    ],
    2,
  )
  t.true(isNear(spectrum(run).singular[0]!, wanted))
  t.true(isNear(byLag(run, 1), [wanted[0]!]))
})

test('directions that swap and grow are followed: [[0, 2], [3, 0]] has exponents of ½ log 6, twice', t => {
  const { singular, lyapunov } = spectrum(
    runBy(
      [
        [0, 2],
        [3, 0],
      ],
      2,
    ),
  )
  t.true(isNear(singular[0]!, [Math.log(3), Math.log(2)]))
  t.true(isNear(singular[1]!, [Math.log(6), Math.log(6)]))
  t.true(isNear(lyapunov[1]!, [Math.log(6) / 2, Math.log(6) / 2]))
})

test('what a gradient keeps by lag is the longest axis of so many J, in the mean over the run, as far as is asked for', t => {
  const run = runBy(
    [
      [4, 0],
      [0, 2],
    ],
    3,
  )
  t.true(
    isNear(
      byLag(run),
      [1, 2, 3].map(l => l * Math.log(4)),
    ),
  )
  t.true(
    isNear(
      byLag(run, 2),
      [1, 2].map(l => l * Math.log(4)),
    ),
  )
  t.is(byLag(run, 9).length, 3)
  const quarter = runBy(
    [
      [0, 2],
      [0.5, 0],
    ],
    4,
  )
  t.true(isNear(byLag(quarter), [Math.log(2), 0, Math.log(2), 0]))
})

test('an axis that a run loses has -∞, and directions nearly along one another keep their lengths', t => {
  const flat = spectrum(
    runBy(
      [
        [1, 1],
        [1, 1],
      ],
      2,
    ),
  )
  t.true(isNear([flat.singular[1]![0]!], [Math.log(4)]))
  t.is(flat.singular[1]![1], Number.NEGATIVE_INFINITY)
  const near = spectrum(
    runBy(
      [
        [1, 1],
        [0, 1e-9],
      ],
      1,
    ),
  ).singular[0]!
  t.true(Math.abs(near[0]! + near[1]! - Math.log(1e-9)) < 1e-12)
  t.true(Math.abs(near[0]! - Math.log(2) / 2) < 1e-12)
})

test('axes of any length come apart: three of them, none along another', t => {
  // R diag(1e150, 1, 1e-150), R a turn by thirds: the lengths are those of the diagonal
  const turn = [
    [2, -1, 2],
    [2, 2, -1],
    [-1, 2, 2],
  ].map(row => row.map(x => x / 3))
  const [first] = spectrum(
    runBy(
      turn.map(row => [row[0]! * 1e150, row[1]!, row[2]! * 1e-150]),
      1,
    ),
  ).singular
  t.true(
    isNear(
      first!.map(x => x / 100),
      [1.5 * Math.log(10), 0, -1.5 * Math.log(10)],
    ),
  )
})

test('what is no run, and a J that is not finite, are refused', t => {
  t.throws(() => spectrum([] as never), { instanceOf: KindError, message: /^spectrum: a list of 0/ })
  const bad = runBy([[1]], 3).map((now, i) => {
    const { from, to } = now.jacobian
    return i === 2 ? { ...now, jacobian: matrix(from, to, tensor([[Number.NaN]])) } : now
  })
  t.throws(() => spectrum(bad as never), { instanceOf: NonFiniteError, message: /^spectrum: .*in the J at step 2/ })
})
