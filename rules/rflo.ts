import { dense } from '../ad/linear/apply.ts'
import { composed, transformed } from '../nets/run/fold.ts'
import { localParameters, ownUnitOnly } from '../nets/run/transforms.ts'
import { maker, type RuleFacts, ruleFor } from './parts/facts.ts'
import { type BroadcastOptions, drawnBroadcast, signalThrough } from './parts/feedback.ts'
import type { Keep } from './parts/influence.ts'
import { keepPattern } from './parts/sparse-influence.ts'
import { reachableIn, type Sparsity, sparsity } from './parts/sparsity.ts'
import { influenceRule } from './rtrl.ts'

const facts: RuleFacts<'past'> = {
  name: 'rflo',
  title: 'Random-feedback local online learning',
  faces: 'past',
  changes: 'replaces',
  crosses: 'pushes alone',
  keeps: 'a trace |θ|',
  structure: 'own units',
  exactness: 'biased',
  pairs: 'every pair',
  locality: 'three-factor',
  start: 'approximate',
  cost: { time: '|θ|', memory: '|θ|' },
  options: {
    feedback: {
      range: "matrix [units, m] or 'readout'",
      default: 'N(0, 1/m), by the seed',
      means: 'matrix that feeds the error back; in a stack to every layer',
    },
  },
  papers: [
    {
      authors: 'Murray',
      year: 2019,
      title: 'Local online learning in recurrent networks with random feedback',
      id: 'doi:10.7554/eLife.43299',
    },
  ],
}

/** Keeps an own-unit influence: in full, or, given the sparsity, its nonzero entries. */
export const ownUnitTrace = (structure?: Pick<Sparsity, 'own' | 'immediate'>): Keep => {
  if (!structure) return dense
  const { own, immediate } = structure
  return keepPattern({ recurrent: own, immediate, influence: reachableIn(immediate.rows, own, immediate) })
}

/** The same where a weight acts on its own unit alone: a number for each weight and state variable of that unit. */
export const localOwnUnitTrace = (structure?: Sparsity): Keep =>
  ownUnitTrace(structure && { own: structure.own, immediate: structure.local })

/**
 * Random-feedback local online learning: p = (1 - α) p₋ + α f'(u) zᵀ, g_ij = (F (∂ℓ/∂v)ᵀ)_i p_ij. Murray 2019.
 *
 * Three maps are replaced: J by its own-unit part, the immediate map by the effect of a weight on its own unit, the
 * readout by the feedback F [d, m], which reaches every unit. In a stack F is [Σ d, m], the units of the first layer first, and the
 * effect of one layer on the next is left out; 'readout' is the true readout. A step is O(d²). Throws a ShapeError for an F of another shape, a NameError
 * for another word.
 */
export const rflo = maker(facts, ({ feedback }: BroadcastOptions = {}) =>
  ruleFor(facts, (net, seed) => {
    const entering = signalThrough('rflo', feedback ?? drawnBroadcast(net, seed))
    const trace = influenceRule(localOwnUnitTrace(sparsity(net)), facts)
    return transformed(composed(ownUnitOnly, localParameters, ...entering))(trace)
  }),
)
