import { NameError } from '../ad/errors.ts'
import { dense, pull, push } from '../ad/linear/apply.ts'
import { type Linear, plus, scale, zero } from '../ad/linear/linear.ts'
import { type Cotangent, times, zeroCotangentIn } from '../ad/linear/space.ts'
import { mul, sub } from '../ad/primitives/elementwise.ts'
import type { Branch } from '../ad/tree.ts'
import { lift } from '../ad/value.ts'
import type { Fold } from '../nets/run/rule.ts'
import { error, type Param, type State, type Timestep } from '../nets/run/timestep.ts'
import { maker, type RuleFacts, ruleFor } from './parts/facts.ts'
import {
  asTangentMap,
  gradientOf,
  minus,
  predict,
  requireOptions,
  requireRate,
  requireRates,
  requireReach,
  type SynthesiserSeed,
  type SyntheticGradientOptions,
  stateFeatures,
  synthesiserOf,
  updated,
} from './parts/synthesiser.ts'

/** Options of BP(λ). In the cases of `janus check` creditGamma is psi_gamma, predicts psi_theta and mode theta_mode: their theta is our ψ. */
export interface BPLambdaOptions<P extends Branch> extends SyntheticGradientOptions<P> {
  /** λ, the decay of the eligibility trace beside γ, in [0, 1]; 0.5 by default. */
  readonly lambda?: number
  /** γ, the discount of later losses in what the synthesiser predicts, in [0, 1]; 1 by default. */
  readonly gamma?: number
  /** Weight of the predicted c in the δ that the network learns by, at least 0: 1 as published, gamma for one discount throughout. */
  readonly creditGamma?: number
  /** Whether c is predicted `after` the synthesiser's update, as published, or `before`. */
  readonly predicts?: 'after' | 'before'
  /** Whether the synthesiser learns `online`, at every step, or once at the end of the run, from all steps. */
  readonly mode?: 'online' | 'offline'
  /** Whether c of the last state is set to 0 in place of its prediction; true by default. */
  readonly terminalZero?: boolean
  /** Whether the prediction for the last state is trained towards 0; false by default. */
  readonly terminalUpdate?: boolean
}

/** ψ; the trace e [S, |ψ|], its columns read as tangents so that J pushes them; and Σ td·e so far, td the temporal-difference error. */
export interface BPLambdaMemory<P extends Branch> {
  readonly ψ: P
  readonly trace: Linear<P, State>
  readonly sum: Cotangent<P>
}

/** All that BP(λ) computes at a timestep, δ (`delta`) among it; `terminalError` is -g(h), the error of the prediction where this is the last timestep. */
export interface BPLambdaDiagnostics {
  readonly gradient: Cotangent<Param>
  readonly delta: Cotangent<State>
  readonly tdError: Cotangent<State>
  readonly terminalError: Cotangent<State>
}

/** Refuses a value that is not one of the words allowed. Throws a NameError. */
const requireWord = (name: string, given: string, words: readonly string[]): void => {
  if (words.includes(given)) return
  throw new NameError({
    who: 'bplambda',
    given: `${name}: '${given}'`,
    wanted: words.map(word => `'${word}'`).join(' or '),
    remedy: `Leave it out for '${words[0]}'`,
  })
}

const withDefaults = <P extends Branch>(options: BPLambdaOptions<P>) => {
  requireOptions('bplambda', options, '{ lambda: 0.5, lr: 0.01 }')
  const { lambda = 0.5, gamma = 1, creditGamma = 1, lr = 0.01 } = options
  requireReach('bplambda', 'lambda', lambda)
  requireReach('bplambda', 'gamma', gamma)
  requireRate('bplambda', 'creditGamma', creditGamma)
  requireRates('bplambda', options)
  const { predicts = 'after', mode = 'online', terminalZero = true, terminalUpdate = false } = options
  requireWord('predicts', predicts, ['after', 'before'])
  requireWord('mode', mode, ['online', 'offline'])
  const rates = mode === 'online' ? { often: lr, once: 0 } : { often: 0, once: lr }
  return { lambda, gamma, creditGamma, predicts, terminalZero, terminalUpdate, ...rates }
}

/** BP(λ) as a fold that emits everything it computes; `bplambda` is its gradient. */
export const bplambdaDiagnostics = <P extends Branch>(
  options: BPLambdaOptions<P> & SynthesiserSeed,
): Fold<BPLambdaMemory<P>, Timestep, BPLambdaDiagnostics, 'past'> => {
  const { lambda, gamma, creditGamma, predicts, terminalZero, terminalUpdate, often, once } = withDefaults(options)
  const { synthesiser, initialise, decayed } = synthesiserOf(options)
  const predicted = (ψ: P, h: State) => predict(synthesiser, ψ, h, stateFeatures(h))
  return {
    faces: 'past',
    init: ({ after }) => {
      const ψ = initialise(stateFeatures(after), after)
      const slope = asTangentMap(predicted(ψ, after)[1])
      return { ψ, trace: dense(zero(slope)), sum: zeroCotangentIn(slope.from) }
    },
    step: ({ ψ, trace, sum }, now) => {
      const [q, b] = [error(now), terminalZero ? sub(1, now.isLast) : lift(1)]
      const target = (γ: number, by: P) => plus(q, times(mul(γ, b), predicted(by, now.after)[0]))
      const td = minus(pull(now.jacobian, target(gamma, ψ)), predicted(ψ, now.before)[0])
      const learned = decayed(ψ, pull(trace, td), sub(1, now.isStart))
      const newψ = updated(ψ, often, learned)
      const delta = target(creditGamma, predicts === 'after' ? newψ : ψ)
      const [value, slope] = predicted(newψ, now.after)
      const next = dense(plus(push(scale(lift(gamma * lambda), now.jacobian), trace), asTangentMap(slope)))
      const terminalError = times(-1, value)
      const last = times(terminalUpdate ? now.isLast : 0, decayed(newψ, pull(next, terminalError)))
      const total = plus(plus(sum, learned), last)
      return [
        { gradient: pull(now.immediate, delta), delta, tdError: td, terminalError },
        { ψ: updated(updated(newψ, often, last), mul(once, now.isLast), total), trace: next, sum: total },
      ]
    },
  }
}

const facts: RuleFacts<'past'> = {
  name: 'bplambda',
  title: 'Accumulate BP(λ)',
  faces: 'past',
  both: true,
  changes: 'bootstraps',
  crosses: 'pushes of its trace and pulls of its target',
  keeps: 'synthesiser, trace',
  structure: 'dense',
  exactness: 'biased',
  pairs: 'no pairs',
  locality: 'non-local',
  start: 'approximate',
  cost: { time: 'd⁴', memory: 'd³' },
  options: {
    lr: { range: '≥ 0', default: '0.01', means: 'step size of the synthesiser' },
    synthesiser: { range: 'linear, diagonal, lowRank(r) or mlp({ hidden })', default: 'linear', means: 'its form' },
    decay: { range: '≥ 0', default: '0', means: 'weight of ½‖ψ‖² in what it minimises' },
    begin: { range: 'its parameters ψ', default: 'drawn by the seed', means: 'its initial parameters' },
    lambda: { range: '[0, 1]', default: '0.5', means: 'decay of the eligibility trace' },
    gamma: { range: '[0, 1]', default: '1', means: 'discount of later losses' },
    creditGamma: { range: '≥ 0', default: '1', means: 'weight of the predicted c in δ = q + c' },
    predicts: {
      range: "'after' or 'before'",
      default: "'after'",
      means: 'whether c is predicted after the update of the synthesiser',
    },
    mode: { range: "'online' or 'offline'", default: "'online'", means: 'when the synthesiser learns' },
    terminalZero: { range: 'true or false', default: 'true', means: 'whether the future of the last state is 0' },
    terminalUpdate: {
      range: 'true or false',
      default: 'false',
      means: 'whether the last prediction is trained towards 0',
    },
  },
  papers: [
    {
      authors: 'Pemberton & Costa',
      year: 2024,
      title: 'BP(λ): online learning via synthetic gradients',
      id: 'arXiv:2401.07044',
    },
  ],
}

/**
 * Accumulate BP(λ): a prediction g(h; ψ) ≈ Σ_{k≥1} γ^{k-1} ∂L_{t+k}/∂h_t replaces the future credit, and is trained with an
 * eligibility trace e of ∂g/∂ψ. Pemberton & Costa 2024.
 *
 * td = (q + γ b g(h)) J - g(h₋), ψ ← ψ + lr (td·e - decay ψ), δ = q + b g(h), e ← γλ J e + ∂g(h)/∂ψ;
 * b = 0 at the run's last timestep.
 *
 * The trace is RTRL on the synthesiser's parameters, J scaled by γλ. It is updated at the end of a timestep,
 * so its newest Jacobian is that of the timestep before the error it multiplies. e [d, |ψ|]: with a linear synthesiser it costs O(d⁴) a step,
 * as much as RTRL. The δ of a learned start is g(h₀). Throws a DomainError for λ or γ outside [0, 1] and a step size
 * or a decay below 0, a ShapeError for a synthesiser whose prediction has another size than the state.
 */
export const bplambda = maker(facts, <P extends Branch>(options: BPLambdaOptions<P> = {}) => {
  withDefaults(options)
  return ruleFor(facts, (_, seed) => gradientOf(bplambdaDiagnostics({ seed, ...options })))
})
