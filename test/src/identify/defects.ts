/** Wrong sums over pairs of times, by plain loops: each as texts and programs have it. */
import { course, immediateOf, jacobianOf, type Num, type Plain } from './plain.ts'

type Row = number[]
type Matrix = Row[]

const times = (r: Row, M: Matrix): Row => M[0]!.map((_, j) => r.reduce((s, x, i) => s + x * M[i]![j]!, 0))
const product = (A: Matrix, B: Matrix): Matrix => A.map(r => times(r, B))
const eye = (d: number): Matrix =>
  Array.from({ length: d }, (_, i) => Array.from({ length: d }, (__, j) => (i === j ? 1 : 0)))
const power = (M: Matrix, n: number): Matrix => (n === 0 ? eye(M.length) : product(power(M, n - 1), M))

/** q_t, J_t, diag α f'_t and B_t of a network, for t = 0 … T - 1. */
const parts = (net: Plain) => {
  const steps = course(net)
  const q = steps.map(({ ε }) => net.h0.map((_, i) => ε.reduce((s, e, k) => s + e * net.W_out[k]![i]!, 0)))
  const J = steps.map(step => jacobianOf(net, step, undefined))
  const D = steps.map(({ slope }) => slope.map((f, i) => slope.map((_, j) => (i === j ? net.alpha * f : 0))))
  return { steps, q, J, D }
}

/** The gradient of rows c_s [d] that are charged for step s: Σ c_s B_s. */
const charged = (net: Plain, rows: Row[]): Readonly<Record<string, Num>> => {
  const steps = course(net)
  const [d, p] = [net.h0.length, steps[0]!.z.length]
  const g = Array.from({ length: d }, () => new Array<number>(p).fill(0))
  rows.forEach((c, s) => {
    const B = immediateOf(net, steps, s, undefined)
    for (let a = 0; a < d; a++) for (let j = 0; j < p; j++) for (let i = 0; i < d; i++) g[a]![j]! += c[i]! * B(i, a, j)
  })
  return { W_rec: g.map(r => r.slice(0, d)), W_in: g.map(r => r.slice(d, p - 1)), b_rec: g.map(r => r[p - 1]!) }
}

/** Σ over pairs s ≤ t of a count, q_t and some product for them. */
const overPairs = (net: Plain, count: (t: number, s: number) => number, chain?: (t: number, s: number) => Matrix) => {
  const { q, J } = parts(net)
  const usual = (t: number, s: number): Matrix => {
    let M = eye(net.h0.length)
    for (let r = t; r > s; r--) M = product(M, J[r]!)
    return M
  }
  return charged(
    net,
    q.map((_, s) =>
      q.reduce<Row>(
        (sum, qt, t) => {
          if (t < s) return sum
          const row = times(qt, (chain ?? usual)(t, s))
          return sum.map((x, i) => x + count(t, s) * row[i]!)
        },
        net.h0.map(() => 0),
      ),
    ),
  )
}

const always = (): number => 1

/** Every k1 steps, and at the end, back over k2: the losses since the last time, or all of the window again. Steps count from 0. */
const passes =
  (T: number, k1: number, k2: number, again: boolean) =>
  (t: number, s: number): number => {
    let count = 0
    for (let last = 0, end = k1; last < T; last = end, end += k1) {
      const pass = Math.min(T, end)
      if (t < pass && s >= pass - k2 && (again || t >= last)) count++
    }
    return count
  }

export const defects = {
  reversed: (net: Plain) => {
    const { J } = parts(net)
    return overPairs(net, always, (t, s) => J.slice(s + 1, t + 1).reduce(product, eye(net.h0.length)))
  },
  powersInside: (net: Plain) => {
    const { D } = parts(net)
    return overPairs(net, always, (t, s) =>
      D.slice(s + 1, t + 1).reduceRight((M, f) => product(product(M, f), power(net.W_rec, t - s)), eye(net.h0.length)),
    )
  },
  powersOutside: (net: Plain) => {
    const { D } = parts(net)
    return overPairs(net, always, (t, s) =>
      product(
        D.slice(s + 1, t + 1).reduceRight((M, f) => product(M, f), eye(net.h0.length)),
        power(net.W_rec, t - s),
      ),
    )
  },
  /** δ = q + δ J by iteration, which converges where J is small. */
  creditOfItself: (net: Plain) => {
    const { q, J } = parts(net)
    return charged(
      net,
      q.map((own, t) => {
        let δ = own
        for (let round = 0; J[t + 1] && round < 4000; round++) δ = times(δ, J[t + 1]!).map((x, i) => x + own[i]!)
        return δ
      }),
    )
  },
  firstStepAlone: (net: Plain) => overPairs(net, (_, s) => (s === 0 ? 1 : 0)),
  withoutFlush: (net: Plain, k: number) => overPairs(net, (t, s) => (t - s < k && s + k <= net.inputs.length ? 1 : 0)),
  passes: (net: Plain, k1: number, k2: number) => overPairs(net, passes(net.inputs.length, k1, k2, false)),
  lossesAgain: (net: Plain, k1: number, k2: number) => overPairs(net, passes(net.inputs.length, k1, k2, true)),
  everyLoss: (net: Plain, k: number) => overPairs(net, t => ((t + 1) % k === 0 ? 1 : 0)),
  decayed: (net: Plain, λ: number) =>
    overPairs(net, always, (t, s) => eye(net.h0.length).map(r => r.map(x => x * λ ** (t - s)))),
  discounted: (net: Plain, γ: number) => overPairs(net, (t, s) => γ ** (t - s)),
  /** The error of a step and κ times that of the next, each step by itself. */
  leaking: (net: Plain, κ: number) => {
    const { q } = parts(net)
    return charged(
      net,
      q.map((own, t) => own.map((x, i) => x + κ * (q[t + 1]?.[i] ?? 0))),
    )
  },
} as const
