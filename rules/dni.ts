/** Decoupled neural interfaces: a learned prediction of c or δ in place of the losses to come. Jaderberg et al. 2017. */

import { pull } from '../ad/linear/apply.ts'
import { plus } from '../ad/linear/linear.ts'
import { type Cotangent, entrywise, times, zeroCotangent } from '../ad/linear/space.ts'
import { add, greater, mul, sub, where } from '../ad/primitives/elementwise.ts'
import { requireCount } from '../ad/require.ts'
import { scalar, zeros } from '../ad/tensor.ts'
import { type Branch, leavesOf, rebuild } from '../ad/tree.ts'
import type { Value } from '../ad/value.ts'
import type { Fold, Rule } from '../nets/run/rule.ts'
import { error, type Param, type State, type Timestep } from '../nets/run/timestep.ts'
import { type Learner, overWindows, type WindowMemory } from '../nets/run/windows.ts'
import { bptt, type Credit } from './bptt.ts'
import { maker, type RuleFacts, ruleFor } from './parts/facts.ts'
import {
  gradientOf,
  predict,
  regressionStep,
  requireRates,
  type SynthesiserSeed,
  type SyntheticGradientOptions,
  stateAndTargetFeatures,
  stateFeatures,
  synthesiserOf,
  updated,
} from './parts/synthesiser.ts'

export interface DniOptions<P extends Branch> extends SyntheticGradientOptions<P> {
  /** Whether the prediction for the last state is trained towards its own error q, which is its exact δ; true by default. */
  readonly terminal?: boolean
  /** Applied to each entry of the prediction inside the target; the identity by default. */
  readonly squash?: (predicted: Value) => Value
  /** Updates, at least 1, after which the target network (the ψ that predicts targets) is refreshed from ψ; 1 by default: they are the same. */
  readonly refresh?: number
}

/** The target network: the ψ that predicts targets, and how many updates there have been since it was refreshed. */
export interface TargetSynthesiser<P extends Branch> {
  readonly ψ: P
  readonly age: Value
}

/** ψ; the target network where there is one; the features and the error q of the last timestep; `waiting` is 1 if its prediction is still to be trained. */
export interface DniMemory<P extends Branch> {
  readonly ψ: P
  readonly held: TargetSynthesiser<P> | null
  readonly input: Value
  readonly error: Cotangent<State>
  readonly waiting: Value
}

/** The target network, refreshed from `by` once there have been `every` updates; `made` is 1 if there was one at this timestep. */
const renewed = <P extends Branch>(
  { ψ, age }: TargetSynthesiser<P>,
  by: P,
  made: Value,
  every: number,
): TargetSynthesiser<P> => {
  const next = add(age, made)
  const isDue = greater(next, every - 0.5)
  const old = leavesOf(ψ)
  const leaves = leavesOf(by).map((leaf, i) => where(isDue, leaf, old[i] as Value))
  return { ψ: rebuild(ψ, leaves), age: where(isDue, 0, next) }
}

/** What DNI computes at a timestep: the gradient, δ as predicted, and the target for the prediction of the timestep before. */
export interface DniDiagnostics {
  readonly gradient: Cotangent<Param>
  readonly delta: Cotangent<State>
  readonly target: Cotangent<State>
}

/** Refuses a step size or a decay below 0, and a `refresh` below 1. */
export const requireDni = <P extends Branch>(who: string, options: DniOptions<P>): void => {
  const { refresh = 1 } = options
  requireRates(who, options)
  requireCount(who, `refresh = ${refresh}`, refresh, 'refresh: 1 asks the newest synthesiser')
}

/** `dni` as a fold that emits everything it computes. */
export const dniDiagnostics = <P extends Branch>(
  options: DniOptions<P> & SynthesiserSeed,
): Fold<DniMemory<P>, Timestep, DniDiagnostics, 'past'> => {
  const { lr = 0.01, terminal = true, squash = predicted => predicted, refresh = 1 } = options
  requireDni('dni', options)
  const { synthesiser, initialise, decayed } = synthesiserOf(options)
  return {
    faces: 'past',
    init: now => {
      const input = stateAndTargetFeatures(now)
      const ψ = initialise(input, now.after)
      return {
        ψ,
        held: refresh > 1 ? { ψ, age: scalar(0) } : null,
        input: zeros(input.shape),
        error: zeroCotangent(now.after),
        waiting: scalar(0),
      }
    },
    step: ({ ψ, held, input, error: before, waiting }, now) => {
      const [q, here, present] = [error(now), stateAndTargetFeatures(now), sub(1, now.isStart)]
      const predictBy = (by: P) => predict(synthesiser, by, now.after, here)
      const target = plus(before, pull(now.jacobian, entrywise(squash, predictBy(held?.ψ ?? ψ)[0])))
      const newψ = updated(
        ψ,
        mul(lr, waiting),
        decayed(ψ, regressionStep(predict(synthesiser, ψ, now.before, input), target)),
      )
      const delta = times(present, predictBy(newψ)[0])
      const last = updated(newψ, mul(terminal ? lr : 0, now.isLast), decayed(newψ, regressionStep(predictBy(newψ), q)))
      return [
        { gradient: pull(now.immediate, delta), delta, target },
        {
          ψ: last,
          held: held && renewed(held, newψ, waiting, refresh),
          input: here,
          error: q,
          waiting: present,
        },
      ]
    },
  }
}

/** The options that every rule with a synthesiser has. */
const synthesiserOptions = {
  lr: { range: '≥ 0', default: '0.01', means: 'step size of the synthesiser' },
  synthesiser: {
    range: 'linear, nonlinear(f), diagonal, lowRank(r) or mlp({ hidden })',
    default: 'linear',
    means: 'its form',
  },
  decay: { range: '≥ 0', default: '0', means: 'weight of ½‖ψ‖² in what it minimises' },
  begin: { range: 'its parameters ψ', default: 'drawn by the seed', means: 'its initial parameters' },
} as const

const facts: RuleFacts<'past'> = {
  name: 'dni',
  title: 'Decoupled neural interfaces',
  faces: 'past',
  changes: 'bootstraps',
  crosses: 'pulls alone',
  keeps: 'synthesiser',
  structure: 'none',
  exactness: 'biased',
  pairs: 'no pairs',
  locality: 'non-local',
  start: 'nothing',
  cost: { time: 'd²', memory: 'd²' },
  options: {
    ...synthesiserOptions,
    terminal: {
      range: 'true or false',
      default: 'true',
      means: 'whether the last prediction is trained on its own error',
    },
    squash: {
      range: 'a function',
      default: 'the identity',
      means: 'applied to the prediction inside the target',
    },
    refresh: {
      range: 'whole number ≥ 1',
      default: '1',
      means: 'updates between refreshes of the target network',
    },
  },
  papers: [
    {
      authors: 'Marschall, Cho & Savin',
      year: 2020,
      title: 'A unified framework of online learning algorithms for training recurrent neural networks',
      id: 'arXiv:1907.02649',
    },
    {
      authors: 'Jaderberg et al.',
      year: 2017,
      title: 'Decoupled neural interfaces using synthetic gradients',
      id: 'arXiv:1608.05343',
    },
  ],
}

/**
 * δ̂ = g(ã; ψ) ≈ δ = c + q, ã = [s; y*; 1]: the gradient is the prediction pulled through B alone. ψ is trained one step late, on
 * ½‖g(ã₋) - (q₋ + g(ã) J)‖², whose target pulls a prediction back by one step, and then predicts; with `refresh: k` the g of the target has a copy of ψ that is refreshed
 * every k updates. Timestep 0 has no target y* to predict from, so a learned initial state gets no gradient. Marschall et al. 2020. O(d²) a step with a linear synthesiser.
 */
export const dni = maker(facts, <P extends Branch>(options: DniOptions<P> = {}) => {
  requireDni('dni', options)
  return ruleFor(facts, (_, seed) => gradientOf(dniDiagnostics({ seed, ...options })))
})

export interface DniFutureOptions<P extends Branch> extends SyntheticGradientOptions<P> {
  /** Steps in a window, at least 1. */
  readonly every: number
}

/** ψ, and how many windows there have been since the last long one. */
export interface LearnedOfWindows<P extends Branch> {
  readonly ψ: P
  readonly sinceLong: Value
}

/** The window so far, how many came before it, and what is learned of them. */
export type DniFutureMemory<P extends Branch> = WindowMemory & LearnedOfWindows<P>

/** Windows of `every` steps, of which each `nth` has `long`; the credit at the end of a long one is predicted, or 0 if `cut`. */
export interface Schedule {
  readonly every: number
  readonly long?: number
  readonly nth?: number
  readonly cut?: boolean
}

/** BPTT whose c at the end of a window is given by the state there; at the end of the run it is 0. */
export const bootstrappedCredit = (future: (state: State) => Cotangent<State>): Rule<Credit, 'future'> => ({
  ...bptt,
  init: last => times(sub(1, last.isLast), future(last.after)),
})

/** The learner of windows by a synthesiser: c at the end of a window is its prediction, c at the beginning its target. */
const learnerOf = <P extends Branch>(
  options: SyntheticGradientOptions<P> & SynthesiserSeed,
  nth: number,
  cut: boolean,
): Learner<LearnedOfWindows<P>, Credit> => {
  const { lr = 0.01 } = options
  const { synthesiser, initialise, decayed } = synthesiserOf(options)
  const predictBy = (ψ: P, s: State) => predict(synthesiser, ψ, s, stateFeatures(s))
  return {
    init: now => ({ ψ: initialise(stateFeatures(now.after), now.after), sinceLong: scalar(0) }),
    turn: ({ ψ, sinceLong }, { after, isLast }) => {
      const isCut = cut ? greater(sub(sinceLong, nth - 1.5), 0) : 0
      return times(mul(sub(1, isLast), sub(1, isCut)), predictBy(ψ, after)[0])
    },
    next: ({ ψ, sinceLong }, begun, credit) => {
      const learned = decayed(ψ, regressionStep(predictBy(ψ, begun), credit))
      const one = add(sinceLong, 1)
      return { ψ: updated(ψ, lr, learned), sinceLong: where(greater(sub(one, nth - 0.5), 0), 0, one) }
    },
  }
}

/** BPTT in windows whose c at their ends is predicted, as the synthesiser learns to. */
export const bootstrapped = <P extends Branch>(
  options: SyntheticGradientOptions<P> & SynthesiserSeed,
  { every, long = every, nth = Number.POSITIVE_INFINITY, cut = false }: Schedule,
) => {
  const learner = learnerOf(options, nth, cut) as unknown as Learner
  const windows = { every, reach: Math.max(every, long), clipped: true, long: { steps: long, nth }, learner }
  return overWindows(windows, bptt) as unknown as Fold<DniFutureMemory<P>, Timestep, Cotangent<Param>, 'past'>
}

/** What is known of `dniFuture`. */
const futureFacts: RuleFacts<'past'> = {
  ...facts,
  name: 'dni-future',
  title: 'Decoupled neural interfaces between windows',
  keeps: 'synthesiser, window',
  start: 'approximate',
  cost: { time: 'd²', memory: 'd², k timesteps' },
  options: {
    ...synthesiserOptions,
    every: { range: 'whole number ≥ 1', default: '10', means: 'steps of a window' },
  },
  count: { option: 'every', begins: window => window },
}

/**
 * c = g(s; ψ) (1 - isLast) at the end of every window of `every` steps, then c₋ = (c + q) J as in BPTT: chunks, each started
 * from a prediction of the c that the next would have passed back. The c of the state that a window begins from is the target for the
 * prediction made there: ½‖g(s₀) - c₀‖², s₀ and c₀ at the beginning of the window. Jaderberg et al. 2017.
 */
export const dniFuture = maker(futureFacts, <P extends Branch>(options: Partial<DniFutureOptions<P>> = {}) => {
  const { every = 10 } = options
  requireRates('dni-future', options)
  requireCount('dni-future', `every = ${every}`, every, 'every: 1 predicts after every step')
  return ruleFor({ ...futureFacts, reach: every }, (_, seed) => bootstrapped({ seed, ...options }, { every }))
})
