/** Optimisers that need more than a gradient: ObGD, which sees the error and the trace apart, and recursive least squares. */
import { constantFrom, integer, record } from 'fast-check'
import { Matrix, solve } from 'ml-matrix'
import { type Cotangent, toValue } from '../../ad/linear/space.ts'
import { type Tensor, tensor } from '../../ad/tensor.ts'
import { leaky } from '../../nets/cells/leaky.ts'
import { halfSquaredError } from '../../nets/loss.ts'
import { type Example, example, network, type Theta } from '../../nets/network.ts'
import { rng } from '../../nets/random.ts'
import { unroll } from '../../nets/run/unroll.ts'
import { train } from '../../nets/train/online.ts'
import { sgd } from '../../nets/train/optimisers.ts'
import { obgd } from '../../nets/train/overshooting-bounded.ts'
import { rls } from '../../nets/train/recursive-least-squares.ts'
import { rtrl } from '../../rules/rtrl.ts'
import { quarters } from '../arbitraries/networks.ts'
import { entries, equation, type Proposition } from '../proposition.ts'

type Numbers = readonly number[]
const flat = (numbers: Numbers): Cotangent<Theta> => tensor([...numbers]) as unknown as Cotangent<Theta>
const numbersOf = (gradient: Cotangent<Theta>): Numbers => [...(toValue(gradient) as Tensor).data]

interface Traced {
  readonly delta: number
  readonly trace: Numbers
  readonly lr: number
  readonly kappa: number
}
const traces = record({
  delta: integer({ min: -12, max: 12 }).map(k => k / 4),
  trace: quarters(4),
  lr: constantFrom(1, 0.5, 0.0078125, 4),
  kappa: constantFrom(2, 1, 3),
})

/** The update of ObGD for -δ z. */
const bounded = ({ delta, trace, lr, kappa }: Traced): Numbers => {
  const optimiser = obgd({ lr, kappa })
  const gradient = flat(trace.map(z => -delta * z))
  const [update] = optimiser.step(0, gradient, {} as Theta, { delta: tensor(delta), trace: flat(trace) })
  return numbersOf(update)
}

/** As published: θ ← θ + lr/max(1, M) δ z, M = lr κ max(|δ|, 1) ‖z‖₁. */
const published = ({ delta, trace, lr, kappa }: Traced): Numbers => {
  const M = lr * kappa * Math.max(Math.abs(delta), 1) * trace.reduce((sum, z) => sum + Math.abs(z), 0)
  return trace.map(z => -(lr / Math.max(1, M)) * delta * z)
}

const plainly = ({ delta, trace, lr }: Traced): Numbers => {
  const [update] = sgd({ lr }).step({ count: 0, velocity: null }, flat(trace.map(z => -delta * z)), {} as Theta)
  return numbersOf(update)
}

const tame = traces.map(one => ({ ...one, lr: 1 / 128, trace: one.trace.map(z => z / 8) }))

interface Regression {
  readonly seed: number
  readonly d: number
  readonly m: number
  readonly T: number
  readonly alpha: number
  readonly forget: number
}
const regressions = record({
  seed: integer({ min: 1, max: 1000 }),
  d: integer({ min: 1, max: 4 }),
  m: integer({ min: 1, max: 3 }),
  T: integer({ min: 1, max: 12 }),
  alpha: constantFrom(1, 0.5, 4),
  forget: constantFrom(1, 0.9, 0.5),
})

/** A random network and a random series. */
const problemOf = ({ seed, d, m, T }: Regression) => {
  const [net, random] = [network(leaky({ alpha: 0.5 }), { d, n: 1, m }, halfSquaredError()), rng(seed, 9)]
  const draw = (size: number) => random.draw({ law: 'normal', shape: [size] })
  const data: readonly Example[] = Array.from({ length: T }, () => example(draw(1), draw(m)))
  return { net, θ: net.init(seed), data }
}

/** [W_out | b_out] of a θ, an output a row. */
const rowsOf = ({ readout: { W_out, b_out } }: Theta): Matrix => {
  const [m = 0, d = 0] = W_out.shape
  const [W, b] = [W_out as Tensor, b_out as Tensor]
  return new Matrix(Array.from({ length: m }, (_, i) => [...W.data.slice(i * d, (i + 1) * d), b.data[i] as number]))
}

/** The ridge regression of the targets on [h; 1] of a run, from the readout that it began with: (Σ f^{T-t} z zᵀ + α f^T I)⁻¹ … */
const ridge = (one: Regression, alpha: number): Numbers => {
  const { net, θ, data } = problemOf(one)
  const run = unroll(net)(θ, data).slice(1)
  const Z = new Matrix(run.map(({ after }) => [...(after.h as Tensor).data, 1]))
  const Y = new Matrix(data.map(({ target }) => [...(target as Tensor).data]))
  const weights = data.map((_, t) => one.forget ** (data.length - 1 - t))
  const weighed = Matrix.diag(weights)
  const start = rowsOf(θ as Theta).transpose()
  const prior = alpha * one.forget ** data.length
  const normal = Z.transpose().mmul(weighed).mmul(Z).add(Matrix.eye(Z.columns).mul(prior))
  const right = Z.transpose().mmul(weighed).mmul(Y).add(Matrix.mul(start, prior))
  return solve(normal, right).transpose().to1DArray()
}

const learned = (one: Regression) => {
  const { net, θ, data } = problemOf(one)
  const { alpha, forget } = one
  const last = [...train(rtrl, net, { optimiser: rls({ alpha, forget }) })(θ, data)].at(-1)
  return { θ, after: last?.θ as unknown as Theta }
}

export const optimisersBeyondGradients: readonly Proposition[] = [
  equation<Traced>({
    claim: 'ObGD moves the parameters as published, by lr/max(1, M) δ z',
    forAll: traces,
    sides: one => [bounded(one), published(one)],
    within: 1e-12,
    verdict: 'holds',
  }),
  equation<Traced>({
    claim: 'the magnitudes of an update of ObGD sum up to at most 1/κ, whatever its step size',
    forAll: traces,
    sides: one => {
      const sum = bounded(one).reduce((total, x) => total + Math.abs(x), 0)
      return [[Math.max(sum, 1 / one.kappa)], [1 / one.kappa]]
    },
    within: 1e-12,
    verdict: 'holds',
  }),
  equation<Traced>({
    claim: 'ObGD is gradient descent while its bound is not reached',
    forAll: tame,
    sides: one => [bounded(one), plainly(one)],
    within: 1e-12,
    verdict: 'holds',
  }),
  equation<Traced>({
    claim: 'ObGD is gradient descent',
    forAll: traces,
    sides: one => [bounded(one), plainly(one)],
    between: ['ObGD', 'descent'],
    within: 1e-6,
    verdict: 'refuted',
  }),
  equation<Regression>({
    claim: 'recursive least squares finds the readout that ridge regression from the first readout finds at once',
    forAll: regressions,
    sides: one => [rowsOf(learned(one).after).to1DArray(), ridge(one, one.alpha)],
    within: 1e-9,
    verdict: 'holds',
    runs: 40,
  }),
  equation<Regression>({
    claim: 'recursive least squares leaves every other parameter as it is',
    forAll: regressions,
    sides: one => {
      const { θ, after } = learned(one)
      return [entries(after.cell), entries(θ.cell)]
    },
    within: 0,
    verdict: 'holds',
    runs: 10,
  }),
  equation<Regression>({
    claim: 'recursive least squares finds the readout of least squares without a ridge',
    forAll: regressions,
    sides: one => [rowsOf(learned(one).after).to1DArray(), ridge(one, 1e-6)],
    between: ['recursive', 'least squares'],
    within: 1e-6,
    verdict: 'refuted',
    runs: 40,
  }),
]
