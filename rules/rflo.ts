import { dense } from '../ad/linear/apply.ts'
import type { Value } from '../ad/value.ts'
import { composed, transformed } from '../nets/run/scan.ts'
import { broadcastFeedback, localParameters, ownUnitOnly } from '../nets/run/transforms.ts'
import type { Keep } from './parts/influence.ts'
import { keepPattern } from './parts/sparse-influence.ts'
import { reachableIn, type Sparsity } from './parts/sparsity.ts'
import { influence } from './rtrl.ts'

/** What is remembered of an influence that hears nothing: all of it, or, where the wiring is known, no more than there is. */
export const ownUnitTrace = (wiring?: Pick<Sparsity, 'own' | 'immediate'>): Keep => {
  if (!wiring) return dense
  const { own, immediate } = wiring
  return keepPattern({ recurrent: own, immediate, influence: reachableIn(immediate.rows, own, immediate) })
}

/** The same where a weight does nothing but to its own unit: a number for each weight and number of that unit. */
export const localOwnUnitTrace = (wiring?: Sparsity): Keep =>
  ownUnitTrace(wiring && { own: wiring.own, immediate: wiring.local })

/**
 * Random-feedback local online learning: p = (1 - α) p₋ + α f'(u) zᵀ, g = (B ε) ⊙ p. Murray 2019.
 *
 * Three arrows are replaced: J by what a unit does to itself, the immediate one by what a weight does to its own unit, the
 * readout by B [d, m], which tells every unit. In a stack B is [Σ d, m], the units of the first layer first, and what one layer
 * makes of the one below is left out. With the wiring of the network a step is O(d²). Throws a ShapeError for a B of another shape.
 */
export const rflo = (B: Value, wiring?: Sparsity) =>
  transformed(composed(ownUnitOnly, localParameters, broadcastFeedback(B)))(influence(localOwnUnitTrace(wiring)))
