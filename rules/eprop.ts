import type { Value } from '../ad/value.ts'
import type { Network } from '../nets/network.ts'
import { composed, type StepTransform, transformed } from '../nets/run/fold.ts'
import { broadcastFeedback, broadcastSize, localParameters, outputSize, ownUnitOnly } from '../nets/run/transforms.ts'
import { maker, type RuleFacts, ruleFor } from './parts/facts.ts'
import { drawnBroadcast } from './parts/feedback.ts'
import { sparsity } from './parts/sparsity.ts'
import { localOwnUnitTrace } from './rflo.ts'
import { influence } from './rtrl.ts'

export interface EpropOptions {
  /** F [units, m], or 'readout' for the true one; by default the readout, and in a stack, where that reaches one layer, a random F. */
  readonly feedback?: Value | 'readout'
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
  start: 'approximate',
  cost: { time: '|θ|', memory: '|θ|' },
  options: {
    feedback: {
      range: "matrix [units, m] or 'readout'",
      default: "'readout'; in a stack N(0, 1/m), by the seed",
      means: 'the learning signal',
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
  if (feedback === 'readout' || (!feedback && !isStack)) return []
  return [broadcastFeedback(feedback ?? drawnBroadcast(net, seed))]
}

/**
 * Eligibility propagation: e = ∂h/∂s ε, ε = own(J) ε₋ + local(B); g = Σ (learning signal) ⊙ e. Bellec et al. 2020.
 *
 * Two maps are replaced: J by its own-unit part, B by the effect of a weight on its own unit; with `feedback` F the readout too. The
 * learning signal is the error of the timestep, through the true readout or through F [d, m], in a stack [Σ d, m], which
 * reaches every layer where the readout reaches only the last. A step is O(|θ|).
 * Throws a ShapeError for an F of another shape.
 */
export const eprop = maker(facts, (options: EpropOptions = {}) =>
  ruleFor(facts, (net, seed) => {
    const trace = influence(localOwnUnitTrace(sparsity(net)), facts)
    return transformed(composed(ownUnitOnly, localParameters, ...signalOf(options, net, seed)))(trace)
  }),
)
