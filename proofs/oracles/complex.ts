import type { Complex } from 'mathjs'
import { mathjs } from '../../ad/symbols/mathjs.ts'
import type { PlainNetwork } from '../plain-network.ts'

const { add, complex, divide, expm1, exp: expz, log1p, log: logz, multiply, sqrt: sqrtz } = mathjs

type Scalar = number | Complex
type Vec = readonly Scalar[]
type Step = { readonly W_rec: readonly Vec[]; readonly W_in: readonly Vec[]; readonly b_rec: Vec }
type Rest = { readonly h0: Vec; readonly W_out: readonly Vec[]; readonly b_out: Vec }

// Arithmetic on numbers, by mathjs as soon as one is complex. Branches look at the real part only. No pow: mathjs takes
// it by log and atan2, where an imaginary part of 1e-20 drowns in π at a negative base. No tanh: it is NaN beyond 355.
const H = 1e-20
const at = <A>(xs: readonly A[], i: number): A => xs[i] as A
const re = (z: Scalar) => (typeof z === 'number' ? z : z.re)
const slope = (z: Scalar) => (typeof z === 'number' ? 0 : z.im / H)
const one = (real: (x: number) => number, general: (z: Complex) => unknown) => (z: Scalar) =>
  typeof z === 'number' ? real(z) : (general(z) as Scalar)
const two =
  (real: (x: number, y: number) => number, general: (a: Scalar, b: Scalar) => unknown) => (a: Scalar, b: Scalar) =>
    typeof a === 'number' && typeof b === 'number' ? real(a, b) : (general(a, b) as Scalar)

const plus = two((x, y) => x + y, add)
const times = two((x, y) => x * y, multiply)
const over = two((x, y) => x / y, divide)
const minus = (a: Scalar, b: Scalar) => plus(a, times(-1, b))
const exp = one(Math.exp, expz)
const expMinusOne = one(Math.expm1, expm1)
const logOnePlus = one(Math.log1p, log1p)
const log = one(Math.log, logz)
const sqrt = one(Math.sqrt, sqrtz)
const sum = (xs: Vec) => xs.reduce(plus, 0)
const dot = (a: Vec, b: Vec) => a.reduce((s, x, i) => plus(s, times(x, at(b, i))), 0)
const affine = (W: readonly Vec[], x: Vec, b: Vec) => W.map((row, i) => plus(dot(row, x), at(b, i)))

/** −|z| with the sign chosen by the real part, so that no exponential below overflows. */
const negative = (z: Scalar) => (re(z) >= 0 ? times(-1, z) : z)
const tanh = (z: Scalar) => {
  const e = expMinusOne(times(2, negative(z)))
  return times(re(z) >= 0 ? -1 : 1, over(e, plus(e, 2)))
}
const sigmoid = (z: Scalar) => over(re(z) >= 0 ? 1 : exp(z), plus(1, exp(negative(z))))
const relu = (z: Scalar) => (re(z) > 0 ? z : 0)
const softplus = (z: Scalar) => plus(re(z) >= 0 ? z : 0, logOnePlus(exp(negative(z))))
const identity = (z: Scalar) => z
const elementwise = { tanh, sigmoid, relu, softplus, identity }

const shifted = (v: Vec) => v.map(x => exp(plus(x, -Math.max(...v.map(re)))))
const logSumExp = (v: Vec) => plus(log(sum(shifted(v))), Math.max(...v.map(re)))
const softmax = (v: Vec) => shifted(v).map(e => over(e, sum(shifted(v))))
const readout = ({ output }: PlainNetwork, v: Vec): Vec =>
  output === 'softmax' ? softmax(v) : v.map(elementwise[output])

/** ‖y_t − y*_t‖². */
const squares = (net: PlainNetwork, v: Vec, t: number) => {
  const e = readout(net, v).map((y, i) => minus(y, at(at(net.targets, t), i)))
  return dot(e, e)
}
const crossEntropy = (net: PlainNetwork, v: Vec, t: number) => {
  const lse = logSumExp(v)
  return dot(
    at(net.targets, t),
    v.map(x => minus(lse, x)),
  )
}
const perStep = {
  half_mse: (...a: Parameters<typeof squares>) => times(0.5, squares(...a)),
  sse: squares,
  softmax_ce: crossEntropy,
}
const rootMeanSquare = (net: PlainNetwork, vs: readonly Vec[]) => {
  const total = sum(vs.map((v, t) => times(at(net.weights, t), squares(net, v, t))))
  return sqrt(over(total, net.params.b_out.length * net.weights.reduce((a, w) => a + w, 0)))
}

/** h_1 … h_T when step t uses its own recurrent parameters θ_t. */
const unroll = ({ alpha, activation, inputs }: PlainNetwork, thetas: readonly Step[], h0: Vec): readonly Vec[] => {
  const f = elementwise[activation]
  const hs: Vec[] = [h0]
  for (const [t, { W_rec, W_in, b_rec }] of thetas.entries()) {
    const h = at(hs, t)
    const u = affine(W_rec, h, affine(W_in, at(inputs, t), b_rec))
    hs.push(u.map((z, i) => plus(times(1 - alpha, at(h, i)), times(alpha, f(z)))))
  }
  return hs.slice(1)
}
const lossesOf = (net: PlainNetwork, thetas: readonly Step[], { h0, W_out, b_out }: Rest): Vec => {
  const vs = unroll(net, thetas, h0).map(h => affine(W_out, h, b_out))
  const { loss } = net
  if (loss === 'rmse_seq') return [rootMeanSquare(net, vs)]
  return vs.map((v, t) => times(at(net.weights, t), perStep[loss](net, v, t)))
}

const stepFlat = ({ params: p }: PlainNetwork) => [...p.W_rec.flat(), ...p.W_in.flat(), ...p.b_rec]
const flat = (net: PlainNetwork) => {
  const { h0, W_out, b_out } = net.params
  return [...stepFlat(net), ...h0, ...W_out.flat(), ...b_out]
}
const rows = (xs: Vec, from: number, width: number, like: readonly unknown[]) =>
  like.map((_, i) => xs.slice(from + i * width, from + (i + 1) * width))
const stepOf = ({ params: { W_rec, W_in } }: PlainNetwork, xs: Vec): Step => {
  const [d, n] = [W_rec.length, at(W_in, 0).length]
  return { W_rec: rows(xs, 0, d, W_rec), W_in: rows(xs, d * d, n, W_in), b_rec: xs.slice(d * (d + n), d * (d + n + 1)) }
}
const restOf = (net: PlainNetwork, xs: Vec): Rest => {
  const [d, start] = [net.params.h0.length, stepFlat(net).length]
  const W_out = rows(xs, start + d, d, net.params.W_out)
  return { h0: xs.slice(start, start + d), W_out, b_out: xs.slice(start + d + d * W_out.length) }
}
const nudge = (xs: readonly number[], direction: readonly number[]): Vec =>
  xs.map((x, i) => (direction[i] ? complex(x, H * at(direction, i)) : x))
const unit = (length: number, i: number) => Array.from({ length }, (_, j) => (i === j ? 1 : 0))
const tied = (net: PlainNetwork, xs: Vec) => net.inputs.map(() => stepOf(net, xs))
const total = (net: PlainNetwork, xs: Vec) => sum(lossesOf(net, tied(net, xs), restOf(net, xs)))

/** The losses L_1 … L_T of the sequence, already weighted by w_t; for `rmse_seq` the one number L. */
export const losses = (net: PlainNetwork): readonly number[] =>
  lossesOf(net, tied(net, flat(net)), restOf(net, flat(net))).map(re)

/** The states h_1 … h_T: [T][d]. */
export const states = (net: PlainNetwork): readonly (readonly number[])[] =>
  unroll(net, tied(net, flat(net)), net.params.h0).map(h => h.map(re))

/**
 * The derivatives of every loss by the parameters of every step, one scalar of one θ_s perturbed at a time.
 *
 * g[t−1][s−1][i] = ∂L_t/∂θ_{s,i}: [T][T][d(d+n+1)], θ = (W_rec, W_in, b_rec), each row-major.
 * `rmse_seq` has one row, ∂L/∂θ_s: [1][T][d(d+n+1)].
 */
export const triangle = (net: PlainNetwork): readonly (readonly (readonly number[])[])[] => {
  const [theta, rest] = [stepFlat(net), restOf(net, flat(net))]
  const base = tied(net, theta)
  const column = (s: number) =>
    theta.map((_, i) => lossesOf(net, base.with(s, stepOf(net, nudge(theta, unit(theta.length, i)))), rest).map(slope))
  const columns = base.map((_, s) => column(s))
  return losses(net).map((_, t) => columns.map(scalars => scalars.map(byTime => at(byTime, t))))
}

/** The derivative of the total loss along a flat direction, by one evaluation: Im L(θ + i h r) / h, h = 1e−20. */
export const directional = (net: PlainNetwork, direction: readonly number[]): number =>
  slope(total(net, nudge(flat(net), direction)))

/** The gradient ∂L/∂(W_rec, W_in, b_rec, h0, W_out, b_out), flat in that order, one complex step for each scalar. */
export const gradient = (net: PlainNetwork): readonly number[] =>
  flat(net).map((_, i, all) => directional(net, unit(all.length, i)))

/** The same derivative by central differences in plain numbers: (L(θ + ε r) − L(θ − ε r)) / 2ε. */
export const finite = (net: PlainNetwork, direction: readonly number[], step = 1e-5): number => {
  const moved = (by: number) =>
    re(
      total(
        net,
        flat(net).map((x, i) => x + by * at(direction, i)),
      ),
    )
  return (moved(step) - moved(-step)) / (2 * step)
}
