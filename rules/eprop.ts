import { KindError } from '../ad/errors.ts'
import { pull } from '../ad/linear/apply.ts'
import { plus } from '../ad/linear/linear.ts'
import { asCotangent, type Cotangent, flatten } from '../ad/linear/space.ts'
import { div, mul, sub, where } from '../ad/primitives/elementwise.ts'
import { ranges, requireRange } from '../ad/require.ts'
import { zeros } from '../ad/tensor.ts'
import { isValue, type Value } from '../ad/value.ts'
import type { Network } from '../nets/network.ts'
import { composed, type StepTransform, transformed } from '../nets/run/fold.ts'
import type { Rule } from '../nets/run/rule.ts'
import type { State, Timestep } from '../nets/run/timestep.ts'
import { broadcastSize, localParameters, outputSize, ownUnitOnly } from '../nets/run/transforms.ts'
import { maker, type RuleFacts, ruleFor } from './parts/facts.ts'
import { drawnBroadcast, signalThrough } from './parts/feedback.ts'
import type { Influence } from './parts/influence.ts'
import { sparsity } from './parts/sparsity.ts'
import { localOwnUnitTrace } from './rflo.ts'
import { influenceRule } from './rtrl.ts'

export interface EpropOptions {
  /** F [units, m], or 'readout' for the true one; by default the readout, and in a stack, where that reaches one layer, a random F. */
  readonly feedback?: Value | 'readout'
  /** c, the weight of ½ c Σ (f - f*)², f the spikes a step of a run, at least 0; 0 by default. The cell counts them: lif({ count: true }). */
  readonly rateWeight?: number
  /** f*, the spikes a step that units are held to, at least 0; 0.01 by default, which is 10 Hz at steps of 1 ms. */
  readonly targetRate?: number
}

const facts: RuleFacts<'past'> = {
  name: 'eprop',
  title: 'Eligibility propagation',
  faces: 'past',
  changes: 'replaces',
  crosses: 'pushes alone',
  keeps: 'a trace |θ|',
  structure: 'own units',
  exactness: 'biased',
  pairs: 'every pair',
  locality: 'weight transport',
  start: 'approximate',
  cost: { time: '|θ|', memory: '|θ|' },
  options: {
    feedback: {
      range: "matrix [units, m] or 'readout'",
      default: "'readout'; in a stack N(0, 1/m), by the seed",
      means: 'the learning signal',
    },
    rateWeight: { range: '≥ 0', default: '0', means: 'weight of the rates of spikes in the loss of a run' },
    targetRate: {
      range: '≥ 0',
      default: '0.01',
      means: 'spikes a step that rates are held to, where rateWeight is above 0',
      with: { rateWeight: 1 },
    },
  },
  papers: [
    {
      authors: 'Bellec et al.',
      year: 2020,
      title: 'A solution to the learning dilemma for recurrent networks of spiking neurons',
      id: 'doi:10.1038/s41467-020-17236-y',
    },
  ],
}

/** The learning signal: through the readout, or through F. */
const signalOf = ({ feedback }: EpropOptions, net: Network, seed: number): readonly StepTransform[] => {
  const isStack = broadcastSize(net) > outputSize(net)
  return signalThrough('eprop', feedback ?? (isStack ? drawnBroadcast(net, seed) : 'readout'))
}

const checkRates = ({ rateWeight = 0, targetRate = 0 }: EpropOptions): void => {
  requireRange('eprop', 'rateWeight', rateWeight, ranges.atLeast0, 'Leave it out for none')
  requireRange('eprop', 'targetRate', targetRate, ranges.atLeast0, 'Give spikes a step')
}

/** The spikes of a run and its steps. Refuses a state that counts none. */
const countsOf = ({ n, T, ...others }: State): readonly [n: Value, T: Value] => {
  if (isValue(n) && isValue(T)) return [n, T]
  throw new KindError({
    who: 'eprop',
    given: `rateWeight with a state of ${Object.keys(others).join(', ')}`,
    wanted: 'a cell whose state counts its spikes as n, and the steps as T',
    remedy: 'Make it with lif({ count: true }) or alif({ count: true })',
  })
}

/** ∂(½ c Σ (n/T - f*)²)/∂n at the last step of a run, 0 at the others; M's rows of n are Σ e. */
const rateError = ({ rateWeight = 0, targetRate = 0.01 }: EpropOptions, now: Timestep): Cotangent<State> => {
  const [n, T] = countsOf(now.after)
  const pressure = where(now.isLast, mul(div(rateWeight, T), sub(div(n, T), targetRate)), 0)
  const all = Object.entries(now.after).map(([name, leaf]) => (name === 'n' ? pressure : zeros((leaf as Value).shape)))
  return asCotangent(now.readoutMap.from, flatten(all))
}

/** A rule of an influence whose emissions at the end of a run hold the rates of spikes to their target. */
const withRates = (options: EpropOptions, { step, ...rule }: Rule<Influence, 'past'>): Rule<Influence, 'past'> => ({
  ...rule,
  step: (before, now) => {
    const [gradient, M] = step(before, now)
    return [plus(gradient, pull(M, rateError(options, now))), M]
  },
})

/**
 * Eligibility propagation: e = ∂h/∂s ε, ε = own(J) ε₋ + local(B); g = Σ (learning signal) ⊙ e. Bellec et al. 2020.
 *
 * Two maps are replaced: J by its own-unit part, B by the effect of a weight on its own unit; with `feedback` F the readout too. The
 * learning signal is the error of the timestep, through the true readout or through F [d, m], in a stack [Σ d, m], which
 * reaches every layer where the readout reaches only the last. A step is O(|θ|). On a cell with filtered spikes e is filtered with
 * them. With `rateWeight` c the gradient of ½ c Σ (f - f*)² joins it at the last step of a run, f the spikes a step: c/T (f - f*) Σ e.
 * Throws a ShapeError for an F of another shape, a DomainError for a weight or a rate below 0, a KindError for rates of a cell that
 * counts no spikes.
 */
export const eprop = maker(facts, (options: EpropOptions = {}) => {
  checkRates(options)
  return ruleFor(facts, (net, seed) => {
    const trace = influenceRule(localOwnUnitTrace(sparsity(net)), facts)
    const held = options.rateWeight ? withRates(options, trace) : trace
    return transformed(composed(ownUnitOnly, localParameters, ...signalOf(options, net, seed)))(held)
  })
})
