/** What the source texts speak of, in plain matrices that share no code with the engine. */
import type { Arbitrary } from 'fast-check'
import { Matrix } from 'ml-matrix'
import { type Limits, networks } from '../arbitraries/networks.ts'
import { gradient } from '../oracles/complex.ts'
import type { PlainNetwork } from '../plain-network.ts'

/** Rows of numbers as a matrix. */
export const rows = (W: readonly (readonly number[])[]): Matrix => new Matrix(W.map(row => [...row]))
/** Numbers as a column [n, 1]. */
export const column = (xs: readonly number[]): Matrix => Matrix.columnVector([...xs])
/** The numbers of matrices, row by row. */
export const flat = (...Ms: readonly Matrix[]): readonly number[] => Ms.flatMap(M => M.to1DArray())
/** diag(v). */
export const diag = (v: Matrix): Matrix => Matrix.diag(v.to1DArray())
/** A product, from left to right. */
export const times = (...Ms: readonly Matrix[]): Matrix => Ms.reduce((A, B) => A.mmul(B))
/** A sum. */
export const plus = (...Ms: readonly Matrix[]): Matrix => Ms.reduce((A, B) => Matrix.add(A, B))
/** A - B. */
export const minus = (A: Matrix, B: Matrix): Matrix => Matrix.sub(A, B)
/** k A. */
export const scaled = (k: number, A: Matrix): Matrix => Matrix.mul(A, k)

/**
 * One step of a tanh or linear network with a linear readout and half squared errors. h and x are columns, slope = α f'(u)
 * [d, 1], J [d, d], B = ∂h/∂W_rec with h₋ held and P the total one [d, d²], q = ∂L_t/∂h [1, d], miss = y - y* [m, 1].
 */
export interface Step {
  readonly before: Matrix
  readonly after: Matrix
  readonly x: Matrix
  readonly slope: Matrix
  readonly J: Matrix
  readonly B: Matrix
  readonly P: Matrix
  readonly q: Matrix
  readonly miss: Matrix
}

/** ∂h_k/∂W_aj = slope_a 1[k = a] z_j, row-major in W: D ⊗ zᵀ [d, d·|z|]. */
export const immediate = (slope: Matrix, z: Matrix): Matrix => diag(slope).kroneckerProduct(z.transpose())

const stepOf = (net: PlainNetwork, t: number, before: Matrix, P: Matrix): Step => {
  const { alpha, activation, params: p } = net
  const [W, W_out, x] = [rows(p.W_rec), rows(p.W_out), column(net.inputs[t] ?? [])]
  const u = plus(times(W, before), times(rows(p.W_in), x), column(p.b_rec))
  const f = activation === 'tanh' ? Matrix.tanh(u) : u
  const slope = column(flat(f).map(y => alpha * (activation === 'tanh' ? 1 - y * y : 1)))
  const after = plus(scaled(1 - alpha, before), scaled(alpha, f))
  const J = plus(scaled(1 - alpha, Matrix.eye(W.rows)), times(diag(slope), W))
  const B = immediate(slope, before)
  const miss = scaled(
    net.weights[t] ?? 1,
    minus(plus(times(W_out, after), column(p.b_out)), column(net.targets[t] ?? [])),
  )
  return { before, after, x, slope, J, B, P: plus(B, times(J, P)), q: times(miss.transpose(), W_out), miss }
}

/** The steps 1 … T of a network. */
export const stepsOf = (net: PlainNetwork): readonly Step[] => {
  const steps: Step[] = []
  let [h, P] = [column(net.params.h0), Matrix.zeros(net.params.h0.length, net.params.h0.length ** 2)]
  for (const t of net.inputs.keys()) {
    const step = stepOf(net, t, h, P)
    steps.push(step)
    h = step.after
    P = step.P
  }
  return steps
}

/** δ_t = q_t + δ_{t+1} J_{t+1} for t = 1 … T. */
export const creditsOf = (steps: readonly Step[]): readonly Matrix[] => {
  const credits: Matrix[] = []
  for (const [i, { q }] of [...steps.entries()].toReversed()) {
    const [next, worth] = [steps[i + 1], credits.at(-1)]
    credits.push(next && worth ? plus(q, times(worth, next.J)) : q)
  }
  return credits.toReversed()
}

/** Σ_t of a matrix a step. */
export const summed = (steps: readonly Step[], term: (step: Step, i: number) => Matrix): Matrix =>
  plus(...steps.map(term))

/** What the oracle says of W_rec, flat. */
export const truth = (net: PlainNetwork): readonly number[] => gradient(net).slice(0, net.params.h0.length ** 2)

/** What the oracle says of the start, ∂L/∂h_0. */
export const ofStart = (net: PlainNetwork): readonly number[] => {
  const { W_rec, W_in, h0 } = net.params
  const from = [...W_rec, ...W_in].flat().length + h0.length
  return gradient(net).slice(from, from + h0.length)
}

/** Σ_{k≥1} γ^{k-1} ∂L_{t+k}/∂h_t by the oracle, from the rest of the sequence, started at h_t: [1, d]. */
export const futureOf = (net: PlainNetwork, steps: readonly Step[], t: number, gamma = 1): Matrix => {
  const { inputs, targets, weights, params } = net
  if (t === inputs.length) return Matrix.zeros(1, params.h0.length)
  const h0 = t === 0 ? params.h0 : flat((steps[t - 1] as Step).after)
  const discounted = weights.slice(t).map((weight, k) => weight * gamma ** k)
  const rest = { inputs: inputs.slice(t), targets: targets.slice(t), weights: discounted }
  return column(ofStart({ ...net, ...rest, params: { ...params, h0 } })).transpose()
}

/** Random networks of the texts' kind: tanh, a linear readout, half squared errors, every step counted once; α = 1 by default. */
export const nets = (limits: Limits = {}): Arbitrary<PlainNetwork> =>
  networks({ d: 2, n: 1, m: 1, T: 3, losses: ['half_mse'], activations: ['tanh'], alphas: [1], ...limits }).map(
    net => ({
      ...net,
      output: 'identity',
      weights: net.inputs.map(() => 1),
    }),
  )

/** Charged at the end alone. */
export const atTheEnd = (net: PlainNetwork): PlainNetwork => ({
  ...net,
  weights: net.inputs.map((_, i) => (i === net.inputs.length - 1 ? 1 : 0)),
})

/** Begun at 0. */
export const fromZero = (net: PlainNetwork): PlainNetwork => ({
  ...net,
  params: { ...net.params, h0: net.params.h0.map(() => 0) },
})

/** The network of the figures: one unit, w = .8, b = .1, W_in = W_out = 1, x = (.5, -.3, .7), y* = (.2, .4, -.1), tanh, α = 1. */
export const standard: PlainNetwork = {
  alpha: 1,
  activation: 'tanh',
  output: 'identity',
  loss: 'half_mse',
  weights: [1, 1, 1],
  params: { W_rec: [[0.8]], W_in: [[1]], b_rec: [0.1], W_out: [[1]], b_out: [0], h0: [0] },
  inputs: [[0.5], [-0.3], [0.7]],
  targets: [[0.2], [0.4], [-0.1]],
}

/** The only number of a matrix, or its first. */
export const one = (M: Matrix): number => M.get(0, 0)

/** e^v / Σ e^v. */
export const softmax = (v: readonly number[]): readonly number[] => {
  const e = v.map(x => Math.exp(x - Math.max(...v)))
  return e.map(x => x / e.reduce((a, b) => a + b))
}
