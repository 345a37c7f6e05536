import type { Value } from '../ad/value.ts'
import { composed, transformed } from '../nets/run/scan.ts'
import { broadcastFeedback, localParameters, ownUnitOnly } from '../nets/run/transforms.ts'
import type { Sparsity } from './parts/sparsity.ts'
import { localOwnUnitTrace } from './rflo.ts'
import { influence } from './rtrl.ts'

/**
 * Eligibility propagation: e = ∂h/∂s ε, ε = own(J) ε₋ + B; g = Σ (learning signal) ⊙ e. Bellec et al. 2020.
 *
 * J is replaced by what a unit does to itself; the learning signal is the error of the instant, through the true readout or
 * through B [d, m], in a stack [Σ d, m], which tells every layer where the readout tells only the last. With the wiring of the
 * task a step costs no more than the parameters. Throws a ShapeError for another B.
 */
export const eprop = (B?: Value, wiring?: Sparsity) =>
  transformed(composed(ownUnitOnly, localParameters, ...(B ? [broadcastFeedback(B)] : [])))(
    influence(localOwnUnitTrace(wiring)),
  )
