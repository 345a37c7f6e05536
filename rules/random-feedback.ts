import { transformed } from '../nets/run/fold.ts'
import { outputSize, feedback as through } from '../nets/run/transforms.ts'
import { bptt } from './bptt.ts'
import { maker, type RuleFacts, ruleFor } from './parts/facts.ts'
import { drawnFeedback, type FeedbackOptions } from './parts/feedback.ts'

const facts: RuleFacts<'future'> = {
  name: 'random-feedback',
  title: 'BPTT with random feedback',
  faces: 'future',
  changes: 'replaces',
  crosses: 'pulls alone',
  keeps: 'the window',
  structure: 'none',
  exactness: 'biased',
  pairs: 'every pair',
  locality: 'non-local',
  start: 'approximate',
  cost: { time: 'd²', memory: 'T timesteps' },
  options: {
    feedback: { range: 'matrix [d, m]', default: 'N(0, 1/m), by the seed', means: 'matrix that feeds the error back' },
  },
  papers: [
    {
      authors: 'Lillicrap, Cownden, Tweed & Akerman',
      year: 2016,
      title: 'Random synaptic feedback weights support error backpropagation for deep learning',
      id: 'doi:10.1038/ncomms13276',
    },
  ],
}

/**
 * BPTT whose errors enter through F [d, m] instead of the readout: c₋ = (c + ε Fᵀ ∂o/∂s) J, ε = ∂ℓ/∂v. Lillicrap et al. 2016. Only the
 * readout is replaced; the pull through time is exact. Throws a ShapeError for an F of another shape.
 */
export const randomFeedback = maker(facts, ({ feedback }: FeedbackOptions = {}) =>
  ruleFor(facts, (net, seed) =>
    transformed(through(feedback ?? drawnFeedback(outputSize(net), net.sizes.m, seed)))(bptt),
  ),
)
