/** The double sum, its terms, and what does not belong to it: formulas of text 000. */
import { integer } from 'fast-check'
import type { Matrix } from 'ml-matrix'
import { grad } from '../../ad/modes/transforms.ts'
import { add, mul, sub, tanh } from '../../ad/primitives/elementwise.ts'
import { tensor } from '../../ad/tensor.ts'
import type { Value } from '../../ad/value.ts'
import { gradient, states } from '../oracles/complex.ts'
import type { PlainNetwork } from '../plain-network.ts'
import { entries } from '../proposition.ts'
import { column, creditsOf, diag, flat, minus, nets, rows, softmax, standard, stepsOf, summed, times } from './plain.ts'

/** Networks with a leak and without. */
export const leaky = nets({ m: 2, alphas: [1, 0.5] })

/** ∂L/∂W_out and ∂L/∂b_out by the oracle, flat. */
export const ofReadout = (net: PlainNetwork): readonly number[] =>
  gradient(net).slice(-net.params.b_out.length * (net.params.h0.length + 1))

/** Σ_t δ_t ∂h_t/∂W_ij for every number of the readout; ∂h_t/∂W_ij is what the oracle's h_t does when W_ij grows by 1. */
export const byChain = (net: PlainNetwork): readonly number[] => {
  const { W_out, b_out } = net.params
  const credits = creditsOf(stepsOf(net))
  const along = (moved: Partial<PlainNetwork['params']>): number =>
    states({ ...net, params: { ...net.params, ...moved } }).reduce(
      (sum, h, t) => sum + times(credits[t] as Matrix, minus(column(h), column(states(net)[t] ?? []))).get(0, 0),
      0,
    )
  const grown = (i: number, j: number) => W_out.map((row, k) => (k === i ? row.with(j, (row[j] ?? 0) + 1) : row))
  return [
    ...W_out.flatMap((row, i) => row.map((_, j) => along({ W_out: grown(i, j) }))),
    ...b_out.map((b, i) => along({ b_out: b_out.with(i, b + 1) })),
  ]
}

/** Σ_t ε_tᵀ h_tᵀ and Σ_t ε_tᵀ. */
export const byErrors = (net: PlainNetwork): readonly number[] => {
  const steps = stepsOf(net)
  return flat(
    summed(steps, ({ miss, after }) => times(miss, after.transpose())),
    summed(steps, ({ miss }) => miss),
  )
}

/** dθ₂/dθ₁ of θ₂ = θ₁ - η ∂L₁/∂θ₁, for L₁ = ½(tanh(θx + b) - y)². */
export const afterUpdate = (θ: number, x: number, b: number, y: number, η = 0.5): readonly number[] => {
  const loss = (w: Value): Value => {
    const e = sub(tanh(add(mul(w, x), b)), y)
    return mul(0.5, mul(e, e))
  }
  return entries(grad((w: Value) => sub(w, mul(η, grad(loss)(w))))(tensor(θ)))
}

/** One unit over T steps. */
export const long = (T: number): PlainNetwork => ({
  ...standard,
  weights: Array(T).fill(1),
  inputs: Array(T).fill([0.5]),
  targets: Array(T).fill([0.2]),
})
/** The double sum, each term by a chain of its own, and how many products of a row and a J it takes. */
export const termByTerm = (net: PlainNetwork): { readonly sum: number; readonly products: number } => {
  const steps = stepsOf(net)
  let [sum, products] = [0, 0]
  for (const [t, { q }] of steps.entries())
    for (const [s, { B }] of steps.slice(0, t + 1).entries()) {
      const chain = steps.slice(s + 1, t + 1).toReversed()
      sum += times(
        chain.reduce((row, { J }) => {
          products++
          return times(row, J)
        }, q),
        B,
      ).get(0, 0)
    }
  return { sum, products }
}
/** Numbers of steps. */
export const lengths = integer({ min: 1, max: 12 })

/** ∂L/∂v of ½‖softmax(v) - y*‖², with g′ entry by entry or as the full Jacobian diag(y) - yyᵀ. */
export const softmaxError = (
  v: readonly number[],
  target: readonly number[],
  elementwise: boolean,
): readonly number[] => {
  const y = column(softmax(v))
  const e = minus(y, column(target)).transpose()
  const g = elementwise ? diag(column(flat(y).map(p => p * (1 - p)))) : minus(diag(y), times(y, y.transpose()))
  return flat(times(e, g))
}
/** One step of a network with a softmax output. */
export const once = nets({ d: 1, m: 3, minT: 1, T: 1 }).map(net => ({ ...net, output: 'softmax' as const }))
const logits = ({ params: { W_out, b_out } }: PlainNetwork, h: readonly number[]): readonly number[] =>
  flat(times(rows(W_out), column(h))).map((x, i) => x + (b_out[i] ?? 0))
/** ∂L/∂v by either g′, and by the oracle, where it is ∂L/∂b_out. */
export const bySoftmax =
  (elementwise: boolean) =>
  (net: PlainNetwork): readonly [readonly number[], readonly number[]] => [
    softmaxError(logits(net, states(net)[0] ?? []), net.targets[0] ?? [], elementwise),
    gradient(net).slice(-net.params.b_out.length),
  ]
/** The scores of text 002 and what was wanted. */
export const hello = [
  [1, 2.2, -3, 4.1],
  [0, 1, 0, 0],
] as const
