/** Accumulate BP(λ) written out step by step, as text 004 prints it and as it is. */
import { constantFrom, integer, record } from 'fast-check'
import { Matrix } from 'ml-matrix'
import { toMatrix } from '../../ad/linear/apply.ts'
import { tensor } from '../../ad/tensor.ts'
import { total } from '../../nets/run/scan.ts'
import type { Run } from '../../nets/run/timestep.ts'
import { bplambda } from '../../rules/bplambda.ts'
import { describe, quarters } from '../arbitraries/networks.ts'
import { list, realise } from '../arbitraries/realise.ts'
import { gradient, losses, triangle } from '../oracles/complex.ts'
import type { PlainNetwork } from '../plain-network.ts'
import { entries } from '../proposition.ts'
import { summed as byRule, course } from '../rules/bplambda.ts'
import {
  column,
  flat,
  futureOf,
  immediate,
  minus,
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
  truth,
} from './plain.ts'

/** A network and a linear synthesiser g(h) = A h + c, ψ = [A | c] row by row. */
interface Guess {
  readonly net: PlainNetwork
  readonly ψ: readonly number[]
  readonly lambda: number
  readonly gamma: number
}
const part = constantFrom(1, 0.5, 0.25, 0.75, 0)
/** Random networks with a synthesiser of their own. */
export const guesses = (limits: Parameters<typeof nets>[0] = {}) =>
  record({ net: nets(limits), ψ: quarters(6), lambda: part, gamma: part })
/** λ = 1, where the target is the future itself. */
export const wholly = (limits: Parameters<typeof nets>[0] = {}) =>
  guesses(limits).map(guess => ({ ...guess, lambda: 1 }))
const show = ({ net, ψ, lambda, gamma }: Guess): string =>
  `λ=${lambda} γ=${gamma} [A|c]=[${ψ.slice(0, net.params.h0.length * (net.params.h0.length + 1))}]\n${describe(net)}`
/** How a counterexample is shown. */
export const shown = { describe: show }

const matrixOf = ({ net, ψ }: Guess): Matrix => {
  const d = net.params.h0.length
  return rows(Array.from({ length: d }, (_, i) => ψ.slice(i * (d + 1), (i + 1) * (d + 1))))
}
const withOne = (h: Matrix): Matrix => column([...flat(h), 1])
const predicted = (G: Matrix, h: Matrix): Matrix => times(G, withOne(h)).transpose()

/** What may be printed differently: which Jacobian the trace sees, what follows the last state, how much of a trace is kept. */
interface Reading {
  readonly trace: 'old' | 'new'
  readonly end: 'zero' | 'guess'
  readonly kept: 'all' | 'own'
}
/** As it should be. */
export const right: Reading = { trace: 'old', end: 'zero', kept: 'all' }

/** One number a parameter: what row a of ψ has done to unit a. */
const own = (e: Matrix): Matrix =>
  e.clone().apply(function (this: Matrix, k, i) {
    if (Math.floor((i * this.rows) / this.columns) !== k) this.set(k, i, 0)
  })

/** Σ_t td_t e_t of accumulate BP(λ), ψ held. */
export const increments = (guess: Guess, { trace, end, kept }: Reading): readonly number[] => {
  const { net, lambda, gamma } = guess
  const [G, steps, d] = [matrixOf(guess), stepsOf(net), net.params.h0.length]
  let [e, J] = [Matrix.zeros(d, d * (d + 1)), Matrix.zeros(d, d)]
  return flat(
    summed(steps, (step, i) => {
      const follows = i === steps.length - 1 && end === 'zero' ? 0 : gamma
      const bootstrapTarget = plus(step.q, scaled(follows, predicted(G, step.after)))
      const td = minus(times(bootstrapTarget, step.J), predicted(G, step.before))
      const jacobian = trace === 'new' ? step.J : J
      e = plus(scaled(gamma * lambda, times(jacobian, e)), immediate(Matrix.ones(d, 1), withOne(step.before)))
      if (kept === 'own') e = own(e)
      J = step.J
      return times(td, e)
    }),
  )
}
/** Σ_t (future_t - g(h_t)) ∂g(h_t)/∂ψ, the futures by the oracle. */
export const regression = (guess: Guess): readonly number[] => {
  const { net, gamma } = guess
  const [G, steps] = [matrixOf(guess), stepsOf(net)]
  return flat(
    summed(steps, ({ before }, t) => {
      const miss = minus(futureOf(net, steps, t, gamma), predicted(G, before))
      return times(miss.transpose(), withOne(before).transpose())
    }),
  )
}
/** What the synthesiser learns by a reading, and what it should. */
export const read =
  (reading: Partial<Reading>) =>
  (guess: Guess): readonly [readonly number[], readonly number[]] => [
    increments(guess, { ...right, ...reading }),
    regression(guess),
  ]
/** The synthesiser of the figures, g = .3h - .2. */
export const example: Guess = { net: standard, ψ: [0.3, -0.2], lambda: 1, gamma: 1 }
/** The two figures of one unit's synthesiser. */
export const pair = (of: string, digits: readonly [string, string], value: () => readonly number[]) =>
  digits.map((text, i) => ({ of: `${of}, ${i === 0 ? 'A' : 'c'}`, digits: text, value: () => value()[i] as number }))

/** The same by the rule, of the engine. */
export const ruled = (guess: Guess): readonly number[] => {
  const { lambda, gamma, net } = guess
  return list(byRule({ begin: { A: tensor(matrixOf(guess).to2DArray()) }, lambda, gamma }, realise(net).run))
}

/** Σ_t (q_t + g(h_t)) B_t with exact predictions. */
export const credited = (net: PlainNetwork): readonly number[] => {
  const steps = stepsOf(net)
  return flat(summed(steps, ({ q, B }, i) => times(plus(q, futureOf(net, steps, i + 1)), B)))
}
const lossOf = (net: PlainNetwork): number => losses(net).reduce((a, b) => a + b)
/** What L changes by when the cell of one unit goes a step up its gradient. */
export const climbed = (η: number): number => {
  const { W_rec, W_in, b_rec, ...rest } = standard.params
  const [w = 0, v = 0, b = 0] = gradient(standard).map(g => η * g)
  const up = (by: number) => (row: readonly number[]) => row.map(x => x + by)
  const params = { ...rest, W_rec: W_rec.map(up(w)), W_in: W_in.map(up(v)), b_rec: up(b)(b_rec) }
  return lossOf({ ...standard, params }) - lossOf(standard)
}

/** Sizes of a cell and its input. */
export const sizes = record({ d: integer({ min: 1, max: 4 }), n: integer({ min: 1, max: 4 }) })
/** One step. */
export const single = nets({ n: 2, T: 1 })
/** What the oracle says of W_in, flat. */
export const ofInput = (net: PlainNetwork): readonly number[] => {
  const [d, size] = [net.params.h0.length, net.params.W_in.flat().length]
  return gradient(net).slice(d * d, d * d + size)
}

/** (q_1 + k g(h_1)) D_1, g exact for γ, with k = 1 or γ, and Σ_t γ^{t-1} ∂L_t/∂b of step 1 by the oracle. */
export const firstCredit =
  (k: (gamma: number) => number) =>
  ({ net, gamma }: Guess): readonly [readonly number[], readonly number[]] => {
    const steps = stepsOf(net)
    const [{ q, slope }] = steps as readonly [Step]
    const credit = plus(q, scaled(k(gamma), futureOf(net, steps, 1, gamma)))
    const size = ofInput(net).length + truth(net).length
    const weights = net.weights.map((w, t) => w * gamma ** t)
    const cells = triangle({ ...net, weights }).map(row => (row[0] ?? []).slice(size))
    return [
      flat(credit).map((c, i) => c * slope.get(i, 0)),
      cells.reduce((a, b) => a.map((x, i) => x + (b[i] as number))),
    ]
  }
/** The same with γ = ½. */
export const halved: Guess = { ...example, gamma: 0.5 }
/** D_1 of the one unit. */
export const slopeOfFirst = (): number => one((stepsOf(standard)[0] as Step).slope)

/** The rule's gradient of W_rec on a pass, the synthesiser at 0 and not trained. */
export const onePass = (net: PlainNetwork): readonly number[] => {
  const d = net.params.h0.length
  const rule = bplambda({ begin: { A: tensor(Matrix.zeros(d, d + 1).to2DArray()) }, lambda: 1, lr: 0 })
  return list(total(rule)(realise(net).run)).slice(0, d * d)
}
/** G_t = (q_{t+1} + γ G_{t+1}) J_{t+1} for t = 0 … T - 1: the λ-return at λ = 1. */
export const returns = ({ net, gamma }: Guess): readonly number[] => {
  const found: Matrix[] = []
  for (const { q, J } of stepsOf(net).toReversed()) {
    const next = found.at(-1)
    found.push(times(next ? plus(q, scaled(gamma, next)) : q, J))
  }
  return flat(...found.toReversed())
}

/** Numbers in the rule's trace. */
const traced = (run: Run, d: number): number => {
  const begin = { A: tensor(Matrix.zeros(d, d + 1).to2DArray()) }
  const last = course({ begin, lambda: 0.5, lr: 0 }, run).at(-1)
  return last ? entries(toMatrix(last.trace)).length : Number.NaN
}
/** Numbers in RTRL's influence of W_rec and b_rec, d × d(d + 1). */
export const influenced = (d: number): number => immediate(Matrix.ones(d, 1), Matrix.ones(d + 1, 1)).size
/** Both for a network. */
export const counts = (net: PlainNetwork): readonly [trace: number, influence: number] => {
  const d = net.params.h0.length
  return [traced(realise(net).run, d), influenced(d)]
}
