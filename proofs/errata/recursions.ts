/** Sensitivities and credit, taken as text 001 prints them and as they are. */
import { integer, record } from 'fast-check'
import { Matrix } from 'ml-matrix'
import { tensor } from '../../ad/tensor.ts'
import { total } from '../../nets/run/scan.ts'
import { rflo } from '../../rules/rflo.ts'
import { list, realise } from '../arbitraries/realise.ts'
import { gradient } from '../oracles/complex.ts'
import type { PlainNetwork } from '../plain-network.ts'
import {
  creditsOf,
  diag,
  flat,
  futureOf,
  immediate,
  nets,
  one,
  plus,
  rows,
  type Step,
  scaled,
  standard,
  stepsOf,
  summed,
  times,
} from './plain.ts'

/** Networks without a leak, and with one. */
export const elman = nets()
export const leaky = nets({ alphas: [0.5, 1] })

/** S_t = diag f′(u_t) (W S_{t-1} + what is added); the recursion for t = 1 … T. */
const sensitivities = (net: PlainNetwork, added: (step: Step) => Matrix): readonly Matrix[] => {
  const W = rows(net.params.W_rec)
  const all: Matrix[] = []
  for (const step of stepsOf(net)) {
    const last = all.at(-1) ?? Matrix.zeros(W.rows, W.rows ** 2)
    all.push(times(diag(step.slope), plus(times(W, last), added(step))))
  }
  return all
}
/** With ∂h_t/∂W_h, h_{t-1} held: f′ is in it already. */
export const doubled = (net: PlainNetwork) => sensitivities(net, ({ B }) => B)
/** With ∂u_t/∂W_h. */
export const single = (net: PlainNetwork) =>
  sensitivities(net, ({ slope, before }) => immediate(Matrix.ones(slope.rows, 1), before))
/** Of the last step. */
export const last = (all: readonly Matrix[]): number => one(all.at(-1) as Matrix)

/** Σ_t q_t S_t. */
export const errorsThrough = (net: PlainNetwork, S: readonly Matrix[]) =>
  flat(summed(stepsOf(net), ({ q }, i) => times(q, S[i] as Matrix)))
/** Σ_t δ_t times what a step has for ∂h_t/∂W_h. */
export const creditsThrough = (net: PlainNetwork, immediateOf: (step: Step) => Matrix): readonly number[] => {
  const steps = stepsOf(net)
  const credits = creditsOf(steps)
  return flat(summed(steps, (step, i) => times(credits[i] as Matrix, immediateOf(step))))
}

/** The true ∂L/∂h_t for t = 1 … T, by the oracle. */
export const worths = (net: PlainNetwork): readonly Matrix[] => {
  const steps = stepsOf(net)
  return steps.map(({ q }, i) => plus(q, futureOf(net, steps, i + 1)))
}
/** c J_{t+1} + q_t for t < T, c the true credit of t, as printed, or of t + 1; and the true ∂L/∂h_t. */
export const backwards = (net: PlainNetwork, ahead: 0 | 1): readonly [readonly number[], readonly number[]] => {
  const [steps, worth] = [stepsOf(net), worths(net)]
  const right = steps
    .slice(0, -1)
    .map(({ q }, i) => plus(times(worth[i + ahead] as Matrix, (steps[i + 1] as Step).J), q))
  return [flat(...right), flat(...worth.slice(0, -1))]
}
/** c = c J₃ + q₂, solved for c. */
export const solved = (): number => {
  const [, second, third] = stepsOf(standard)
  return one((second as Step).q) / (1 - one((third as Step).J))
}

/** The recursion printed under RFRO, number by number, with its third term or without; S_t [d, d²]. */
export const termwise = (net: PlainNetwork, third: boolean): readonly Matrix[] => {
  const { alpha, params } = net
  const W = rows(params.W_rec)
  const all: Matrix[] = []
  for (const { slope, before } of stepsOf(net)) {
    const [S, old] = [Matrix.zeros(W.rows, W.rows ** 2), all.at(-1)]
    for (let j = 0; j < W.rows; j++)
      for (let a = 0; a < W.rows; a++)
        for (let b = 0; b < W.rows; b++) {
          const at = (k: number): number => old?.get(k, a * W.rows + b) ?? 0
          const recurrent = flat(W.getRowVector(j)).reduce((sum, w, k) => sum + w * at(k), 0)
          const own = (1 - alpha) * at(j) + (j === a ? slope.get(a, 0) * before.get(b, 0) : 0)
          S.set(j, a * W.rows + b, own + (third ? slope.get(j, 0) * recurrent : 0))
        }
    all.push(S)
  }
  return all
}
/** RFLO of the rules, with the readout's own weights for feedback. */
export const byRflo = (net: PlainNetwork): readonly number[] => {
  const { W_out, h0 } = net.params
  const feedback = tensor(rows(W_out).transpose().to2DArray())
  return list(total(rflo({ feedback }))(realise(net).run)).slice(0, h0.length ** 2)
}

/** Sizes of a network; then sizes and lengths. */
export const sizes = record({ d: integer({ min: 1, max: 4 }), m: integer({ min: 1, max: 4 }) })
export const lengths = record({ d: integer({ min: 1, max: 12 }), T: integer({ min: 1, max: 100 }) })
/** Numbers that RTRL carries for W_rec, d × d². */
export const carried = (d: number): number => immediate(Matrix.ones(d, 1), Matrix.ones(d, 1)).size
/** Numbers that BPTT keeps, T × d. */
export const kept = (d: number, T: number): number => Matrix.zeros(T, d).size

/** (1/T) Σ ε hᵀ with ε = sign·(y - y*), and -(1/T) ∂L/∂W_out by the oracle. */
export const readoutStep =
  (sign: 1 | -1) =>
  (net: PlainNetwork): readonly [readonly number[], readonly number[]] => {
    const [T, size] = [net.inputs.length, net.params.W_out.flat().length]
    const ofOut = gradient(net).slice(-size - net.params.b_out.length, -net.params.b_out.length)
    const step = summed(stepsOf(net), ({ miss, after }) => times(miss, after.transpose()))
    return [flat(scaled(sign / T, step)), ofOut.map(g => -g / T)]
  }
