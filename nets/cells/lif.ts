/** Leaky integrate-and-fire units, with and without an adaptive threshold: W is learned through the slope of a surrogate. */

import { DomainError } from '../../ad/errors.ts'
import { add, mul, stopGradient, sub, where } from '../../ad/primitives/elementwise.ts'
import { ranges, requireCount, requireNames, requireRange } from '../../ad/require.ts'
import type { Like, Value } from '../../ad/value.ts'
import { type AffineCell, affine } from './affine.ts'
import { type SurrogateOptions, spikeOf } from './surrogates.ts'

/** Options of spiking units. */
export interface LifOptions extends SurrogateOptions {
  /** α = exp(-dt/τ), what the membrane keeps a step, in [0, 1); exp(-1/20) by default. */
  readonly decay?: number
  /** θ, where a unit spikes; above 0, 1 by default. */
  readonly threshold?: number
  /** What follows a spike in the step after: θ is subtracted, or the membrane begins at 0; 'subtract' by default. */
  readonly reset?: 'subtract' | 'zero'
  /** Whether no derivative flows through the reset; false by default. */
  readonly detach?: boolean
  /** Whether the drive is multiplied by 1 - α, as in NEST; false by default, as in Bellec et al. 2020. */
  readonly scaled?: boolean
  /** For so many steps after a spike, that of the spike among them, there is no other and ψ is 0; a whole number, 0 by default. */
  readonly refractory?: number
  /** κ of a leaky readout in [0, 1): the output is h = κ h₋ + (1 - κ) z, not z itself; 0 by default. */
  readonly kappa?: number
  /** Whether the state counts the spikes, n = n₋ + z, and the steps T, which a regulariser of rates reads; false by default. */
  readonly count?: boolean
}

/** Options of units whose threshold rises with their spikes. */
export interface AlifOptions extends LifOptions {
  /** β, by how much a spike raises the threshold: a number of at least 0, or one for each unit [d]; 0.1 by default. */
  readonly beta?: Like
  /** ρ = exp(-dt/τ_a), what the adaptation keeps a step, in [0, 1); exp(-1/200) by default. */
  readonly adaptationDecay?: number
}

const layout = { W_rec: ['d', 'd'], W_in: ['d', 'n'], b_rec: ['d'] } as const
export type SpikingParams = { readonly [K in keyof typeof layout]: Value }

/** v, and where there are options for them: a the adaptation, r the steps without a spike that are left, h filtered spikes, n their count and T [1] that of steps. */
export interface SpikingState {
  readonly v: Value
  readonly [name: string]: Value
}

export interface SpikingCell extends AffineCell<SpikingParams, SpikingState> {
  /** z [d], 1 where a unit spikes in a state. */
  spikes(s: SpikingState): Value
}

/** What each option may be, what it is by default and what it does, for those that can be typed: lif(kappa=0.9). */
export const lifOptions = {
  decay: { range: '[0, 1)', default: 'exp(-1/20)', means: 'what the membrane keeps a step' },
  threshold: { range: '> 0', default: '1', means: 'where a unit spikes' },
  reset: { range: "'subtract' or 'zero'", default: "'subtract'", means: 'what follows a spike' },
  detach: { range: 'true or false', default: 'false', means: 'whether no derivative flows through the reset' },
  scaled: { range: 'true or false', default: 'false', means: 'whether the drive is multiplied by 1 - decay' },
  refractory: { range: 'whole number ≥ 0', default: '0', means: 'steps after a spike without another' },
  kappa: { range: '[0, 1)', default: '0', means: 'what a leaky readout keeps a step' },
  count: { range: 'true or false', default: 'false', means: 'whether spikes are counted, for a regulariser of rates' },
  surrogate: {
    range: "'triangular', 'fast-sigmoid' or 'arctan'",
    default: "'triangular'",
    means: 'the slope in the place of that of a spike',
  },
  height: { range: '> 0', default: '0.3 or 1', means: 'that slope at the threshold' },
  width: { range: '> 0', default: '1, 1/25 or 1/π', means: 'how far from the threshold it reaches' },
} as const

export const alifOptions = {
  ...lifOptions,
  beta: { range: '≥ 0', default: '0.1', means: 'by how much a spike raises the threshold' },
  adaptationDecay: { range: '[0, 1)', default: 'exp(-1/200)', means: 'what the adaptation keeps a step' },
} as const

/** The options of spiking units, each with its value. */
type Chosen = Required<Omit<LifOptions, keyof SurrogateOptions>>
interface Adaptation {
  readonly beta: Like
  readonly adaptationDecay: number
}

const check = (who: string, { decay, threshold, kappa, refractory, reset }: Chosen, adaptation?: Adaptation): void => {
  const decays = { decay, kappa, ...(adaptation && { adaptationDecay: adaptation.adaptationDecay }) }
  for (const [name, x] of Object.entries(decays))
    requireRange(who, name, x, ranges.from0below1, 'A decay is exp(-dt/τ)')
  requireRange(who, 'threshold', threshold, ranges.positive, 'Leave it out for 1')
  requireCount(who, `refractory = ${refractory}`, refractory, 'Leave it out for none', 0)
  if (typeof adaptation?.beta === 'number')
    requireRange(who, 'beta', adaptation.beta, ranges.atLeast0, 'Use lif() for no adaptation')
  if (reset !== 'subtract' && reset !== 'zero')
    throw new DomainError({
      who,
      given: `reset '${String(reset)}'`,
      wanted: "'subtract' or 'zero'",
      remedy: "Leave it out for 'subtract'",
    })
}

/** What a step keeps of the membrane. */
const keptOf = ({ reset, decay, threshold, detach }: Chosen) => {
  const flows = (z: Value): Value => (detach ? stopGradient(z) : z)
  return (v: Value, z: Value): Value =>
    reset === 'zero' ? mul(decay, mul(sub(1, flows(z)), v)) : sub(mul(decay, v), mul(threshold, flows(z)))
}

/** The steps without a spike that are left, one less than after the step before; no derivative flows. */
const waiting = (refractory: number, r: Value, z: Value): Value => {
  const left = where(z, refractory, r)
  return stopGradient(where(left, sub(left, 1), 0))
}

const stateOf = ({ refractory, kappa, count }: Chosen, isAdaptive: boolean) => {
  const names = [
    'v',
    ...(isAdaptive ? ['a'] : []),
    ...(refractory > 0 ? ['r'] : []),
    ...(kappa > 0 ? ['h'] : []),
    ...(count ? ['n'] : []),
  ]
  const each = Object.fromEntries(names.map(name => [name, ['d']]))
  return { ...each, ...(count && { T: [1] }) } as unknown as { readonly v: readonly ['d'] }
}

const chosenOf = ({
  decay = Math.exp(-1 / 20),
  threshold = 1,
  reset = 'subtract',
  detach = false,
  scaled = false,
  refractory = 0,
  kappa = 0,
  count = false,
}: LifOptions): Chosen => ({ decay, threshold, reset, detach, scaled, refractory, kappa, count })

const spiking = (who: string, options: LifOptions, adaptation?: Adaptation): SpikingCell => {
  const chosen = chosenOf(options)
  check(who, chosen, adaptation)
  const { decay, threshold, scaled, refractory, kappa } = chosen
  const [z, kept] = [spikeOf(who, threshold, options), keptOf(chosen)]
  const thresholdOf = (a?: Value): Like => (adaptation && a ? add(threshold, mul(adaptation.beta, a)) : threshold)
  const spikes = ({ v, a, r }: SpikingState): Value => {
    const now = z(v, thresholdOf(a))
    return r ? where(r, 0, now) : now
  }
  const settle = (s: SpikingState, u: Value): SpikingState => {
    const last = spikes(s)
    const next = {
      v: add(kept(s.v, last), scaled ? mul(1 - decay, u) : u),
      ...(adaptation && s.a && { a: add(mul(adaptation.adaptationDecay, s.a), last) }),
      ...(s.r && { r: waiting(refractory, s.r, last) }),
    }
    const now = spikes(next)
    return {
      ...next,
      ...(s.h && { h: add(mul(kappa, s.h), mul(1 - kappa, now)) }),
      ...(s.n && { n: add(s.n, now) }),
      ...(s.T && { T: add(s.T, 1) }),
    }
  }
  const made = affine(
    { params: layout, state: stateOf(chosen, adaptation !== undefined) },
    (s, x) => ({ W_rec: spikes(s), W_in: x, b_rec: 1 }),
    (s, u) => settle(s, u) as { readonly v: Value },
    { output: (_, s) => (s as SpikingState).h ?? spikes(s) },
  )
  return { ...(made as AffineCell<SpikingParams, SpikingState>), spikes }
}

/**
 * Leaky integrate-and-fire units: v = α v₋ + W_rec z₋ + W_in x + b_rec - θ z₋, z = [v ≥ θ], ∂z/∂v = ψ. Bellec et al. 2020.
 * W_rec [d, d], W_in [d, n], b_rec [d], v [d]; a spike resets the membrane in the step after it. The output is z, or z filtered by κ.
 * Throws a DomainError for an option outside its range, a NameError for another name or surrogate.
 */
export const lif = (options: LifOptions = {}): SpikingCell => {
  requireNames('lif', options, Object.keys(lifOptions))
  return spiking('lif', options)
}

/**
 * Leaky integrate-and-fire units whose threshold is A = θ + β a, a = ρ a₋ + z₋. Bellec et al. 2018, 2020. As `lif`, with the state a [d];
 * β is a number or a value [d]. Throws as `lif` does.
 */
export const alif = (options: AlifOptions = {}): SpikingCell => {
  requireNames('alif', options, Object.keys(alifOptions))
  const { beta = 0.1, adaptationDecay = Math.exp(-1 / 200) } = options
  return spiking('alif', options, { beta, adaptationDecay })
}
