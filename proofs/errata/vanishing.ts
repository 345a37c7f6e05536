/** Products of Jacobians, as text 002 prints them and as they are, and whether they vanish. */
import type { Arbitrary } from 'fast-check'
import { EigenvalueDecomposition, Matrix, SingularValueDecomposition } from 'ml-matrix'
import { orthonormal } from '../../nets/cells/orthonormal.ts'
import { bigNetwork, quarters } from '../arbitraries/networks.ts'
import type { PlainNetwork } from '../plain-network.ts'
import { atTheEnd, diag, flat, nets, ofStart, plus, rows, type Step, standard, stepsOf, times } from './plain.ts'

/** A loss at the last step alone; the text's h_1 is the start, so its product over t = 2 … T runs over every step here. */
export const ending = (limits: Parameters<typeof nets>[0]): Arbitrary<PlainNetwork> => nets(limits).map(atTheEnd)
const lastError = (steps: readonly Step[]): Matrix => (steps.at(-1) as Step).q
/** M_T … M_1, the newest on the left. */
export const chain = (Ms: readonly Matrix[]): Matrix => times(...Ms.toReversed())
/** W^k. */
export const power = (W: Matrix, k: number): Matrix => times(Matrix.eye(W.rows), ...Array<Matrix>(k).fill(W))
/** ∂L_T/∂h_1 by a formula for ∂h_T/∂h_1, and by the oracle. */
export const back =
  (formula: (steps: readonly Step[], W: Matrix) => Matrix) =>
  (net: PlainNetwork): readonly [readonly number[], readonly number[]] => {
    const steps = stepsOf(net)
    return [flat(times(lastError(steps), formula(steps, rows(net.params.W_rec)))), ofStart(net)]
  }

/** ∂L_T/∂h_T J_T … J_{s+1} ∂h_s/∂W for each s. */
const links = (net: PlainNetwork): readonly Matrix[] => {
  const steps = stepsOf(net)
  return steps.map(({ B }, s) =>
    times(
      lastError(steps),
      ...steps
        .slice(s + 1)
        .toReversed()
        .map(({ J }) => J),
      B,
    ),
  )
}
/** The chain down to h_1 alone, as printed. */
export const firstLink = (net: PlainNetwork): readonly number[] => flat(links(net)[0] as Matrix)
/** All the chains. */
export const allLinks = (net: PlainNetwork): readonly number[] => flat(plus(...links(net)))
/** One unit that should end at .5. */
export const endsAtHalf = atTheEnd({ ...standard, targets: [[0], [0], [0.5]] })

/** σ_max. */
export const norm = (M: Matrix): number => new SingularValueDecomposition(M).norm2
/** ρ, the largest size of an eigenvalue. */
export const radius = (M: Matrix): number => {
  const { realEigenvalues: re, imaginaryEigenvalues: im } = new EigenvalueDecomposition(M)
  return Math.max(...re.map((x, i) => Math.hypot(x, im[i] ?? 0)))
}
/** Four numbers as a matrix [2, 2]. */
export const square = ([a = 0, b = 0, c = 0, d = 0]: readonly number[]): Matrix =>
  rows([
    [a, b],
    [c, d],
  ])
/** Four quarters, for `square`; and a power high enough to see what becomes of it. */
export const squares = quarters(4)
export const many = 64
/** A matrix with σ_max, ρ and what its power comes to. */
export const showPower = (xs: readonly number[]): string => {
  const W = square(xs)
  const figures = [norm(W), radius(W), norm(power(W, many))].map(x => x.toPrecision(4))
  return `W=[[${xs.slice(0, 2)}],[${xs.slice(2)}]]\nσ_max ${figures[0]}\nρ     ${figures[1]}\n‖W⁶⁴‖ ${figures[2]}`
}

/** ∂h_T/∂h_0. */
export const stretched = (net: PlainNetwork): Matrix => chain(stepsOf(net).map(({ J }) => J))
/** The largest tanh′ of a run. */
export const steepest = (net: PlainNetwork): number => Math.max(...stepsOf(net).flatMap(({ slope }) => flat(slope)))

/** The mean of tanh′ and the largest Lyapunov exponent of a network of d units left alone, W N(0, gain²/d). */
export const chaos = (
  seed: number,
  d: number,
  T: number,
  gain = 3,
): { readonly slope: number; readonly exponent: number } => {
  const W = rows(bigNetwork(seed, d, 1, 1, 1).params.W_rec).mul(gain)
  let h = W.getColumnVector(0)
  let v = new Float64Array(d).fill(1)
  let [slopes, logs] = [0, 0]
  for (let t = -T / 2; t < T; t++) {
    h = Matrix.tanh(W.mmul(h))
    const slope = flat(h).map(y => 1 - y * y)
    const pushed = flat(W.mmul(Matrix.columnVector([...v]))).map((x, i) => x * (slope[i] as number))
    const next = orthonormal([Float64Array.from(pushed)])
    v = Float64Array.from(next.directions[0] ?? [])
    if (t < 0) continue
    slopes += slope.reduce((a, b) => a + b) / d
    logs += next.logs[0] ?? 0
  }
  return { slope: slopes / T, exponent: logs / T }
}
/** A chaotic network in words and numbers. */
export const showChaos = (seed: number): string => {
  const { slope, exponent } = chaos(seed, 50, 200)
  return `d=50 gain=3 seed=${seed}\nmean of tanh′     ${slope.toPrecision(3)}\nLyapunov exponent ${exponent.toPrecision(3)}`
}

/** The sum of some numbers. */
export const total = (xs: readonly number[]): number => xs.reduce((a, b) => a + b, 0)
/** The scores that the text calls probabilities. */
export const scores = [1, 2.2, -3, 4.1]

/** f′ * W as arrays are multiplied: f′ along the last axis, W diag f′. */
export const broadcast = (slope: Matrix, W: Matrix): Matrix => times(W, diag(slope))
