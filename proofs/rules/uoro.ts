/** UORO in both orders and with windows: beside a program of matrices, beside each other, and where they are exact. */

import { Matrix } from 'ml-matrix'
import { toMatrix } from '../../ad/linear/apply.ts'
import type { Linear } from '../../ad/linear/linear.ts'
import { toValue } from '../../ad/linear/space.ts'
import { type Tensor, tensorOf } from '../../ad/tensor.ts'
import { signsOf, withNoise } from '../../nets/run/noise.ts'
import { scan } from '../../nets/run/scan.ts'
import { error, type Timestep } from '../../nets/run/timestep.ts'
import { type UoroOptions, uoro } from '../../rules/uoro.ts'
import { list, type Realised } from '../arbitraries/realise.ts'
import { cellOf, exact, few, mean, means, oneDraw, oneOf, onFew, refuted, untyped } from '../arbitraries/sign-draws.ts'
import type { Proposition } from '../proposition.ts'

const plain = <A, B>(map: Linear<A, B>): Matrix => {
  const { shape, data } = toMatrix(map) as Tensor
  return Matrix.from1DArray(shape[0] as number, shape[1] as number, data)
}
const row = (x: Tensor): Matrix => Matrix.rowVector([...x.data])
const q = (now: Timestep): Matrix => row(toValue(error(now)) as Tensor)
const balance = (a: Matrix, b: Matrix): number => (a.norm() > 0 && b.norm() > 0 ? Math.sqrt(a.norm() / b.norm()) : 1)

/** The column and the row that stand for M. */
type Factors = readonly [s: Matrix, θ̃: Matrix]

/** Factors after a window, of its Φ = ∂s/∂s₋ and B = ∂s/∂θ. */
const drawn = ([s, θ̃]: Factors, Φ: Matrix, B: Matrix, ν: Matrix): Factors => {
  const [Φs, νB] = [Φ.mmul(s), ν.mmul(B)]
  const [ρ0, ρ1] = [balance(θ̃, Φs), balance(νB, ν)]
  return [Φs.mul(ρ0).add(ν.transpose().mul(ρ1)), θ̃.clone().div(ρ0).add(νB.div(ρ1))]
}

/** What a window of timesteps emits, and its Φ and B: RTRL within it, and the factors for what was before. */
const emitted = ([s, θ̃]: Factors, window: readonly Timestep[]) => {
  const first = window[0] as Timestep
  let [Φ, B] = [Matrix.eye(first.immediate.to.size), Matrix.zeros(first.immediate.to.size, first.immediate.from.size)]
  const gradient = Matrix.zeros(1, first.immediate.from.size)
  for (const now of window) {
    const J = plain(now.jacobian)
    Φ = J.mmul(Φ)
    B = J.mmul(B).add(plain(now.immediate))
    gradient.add(q(now).mmul(B)).add(q(now).mmul(Φ).mmul(s).mmul(θ̃))
  }
  return { gradient, Φ, B }
}

/** UORO in the published order with windows of k, as matrices: all Jacobians written out, and the whole influence within a window. */
const program = (k: number, run: readonly Timestep[]): readonly number[] => {
  const [first, ...moments] = run
  const { from, to } = (first as Timestep).immediate
  let factors: Factors = [Matrix.zeros(to.size, 1), Matrix.zeros(1, from.size)]
  const total = Matrix.zeros(1, from.size)
  for (let at = 0; at < moments.length; at += k) {
    const window = moments.slice(at, at + k)
    const { gradient, Φ, B } = emitted(factors, window)
    total.add(gradient)
    factors = drawn(factors, Φ, B, row((window.at(-1) as Timestep).noise as Tensor))
  }
  return total.to1DArray()
}

const emissions = (options: UoroOptions, { run }: Realised, noise: Tensor): readonly (readonly number[])[] =>
  [...scan(uoro(options))(withNoise(run, noise))].slice(1).map(([out]) => list(out))

/** What UORO emits at each step in Marschall's order, its mean over the signs of that step alone. */
const meanOfStep = (made: Realised, noise: Tensor): readonly number[] => {
  const [T, d] = noise.shape as readonly [number, number]
  const signs = signsOf([d])
  return Array.from({ length: T }, (_, t) =>
    mean(
      Array.from({ length: 2 ** d }, (_, i) => {
        const data = noise.data.slice()
        data.set(signs.data.subarray(i * d, (i + 1) * d), t * d)
        return emissions({ order: 'marschall' }, made, tensorOf([T, d], data))[t] as readonly number[]
      }),
    ),
  ).flat()
}

const windows = [1, 2, 3] as const
const orders: readonly UoroOptions[] = [
  { order: 'marschall' },
  { order: 'marschall', normalize: false, rho0: 0.5, rho1: 2 },
  { k: 2 },
  { k: 3, normalize: false, rho0: 0.5, rho1: 2 },
]

export const uoroClaims: readonly Proposition[] = [
  onFew(
    'UORO is the program of matrices that emits before it draws, whatever the steps to a draw',
    (made, { draw }) => {
      const noise = oneOf(untyped(uoro()), made, draw)
      const run = withNoise(made.run, noise)
      return [
        windows.flatMap(k =>
          emissions({ k }, made, noise).reduce((sum, out) => sum.map((x, i) => x + (out[i] as number))),
        ),
        windows.flatMap(k => program(k, run)),
      ]
    },
  ),
  onFew("the mean of UORO in Marschall's order, and with several steps to a draw, over all signs is RTRL", made =>
    means(orders.map(uoro).map(untyped), made),
  ),
  onFew(
    "what UORO emits at a step is the mean of what it would emit in Marschall's order over the signs of that step",
    (made, { draw }) => {
      const noise = oneOf(untyped(uoro()), made, draw)
      return [emissions({}, made, noise).flat(), meanOfStep(made, noise)]
    },
    { runs: 10 },
  ),
  onFew(
    'UORO whose draws are at least the length of a run from each other is the gradient, whatever the signs',
    (made, { r, draw }) => {
      const k = made.sequence.length + r - 1
      return [cellOf(made, oneDraw(untyped(uoro({ k })), made, draw)), exact(made)]
    },
  ),
  onFew(
    'one draw of UORO is the gradient for a single step, whatever the signs',
    (made, { draw }) => [cellOf(made, oneDraw(untyped(uoro()), made, draw)), exact(made)],
    { forAll: few({ T: 1 }) },
  ),
]

export const uoroRefuted: readonly Proposition[] = [
  refuted(
    "one draw of UORO in Marschall's order is the gradient, at least for a single step",
    (made, { draw }) => [cellOf(made, oneDraw(untyped(uoro({ order: 'marschall' })), made, draw)), exact(made)],
    { forAll: few({ T: 1 }), between: ['one draw', 'gradient'] },
  ),
  refuted(
    'one draw of UORO is the gradient',
    (made, { draw }) => [cellOf(made, oneDraw(untyped(uoro()), made, draw)), exact(made)],
    { between: ['one draw', 'gradient'] },
  ),
]
