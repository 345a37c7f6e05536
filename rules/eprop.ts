import { local } from '../ad/own.ts'
import type { Value } from '../ad/value.ts'
import { seeing, type View, views } from '../nets/machine.ts'
import { deaf, feedback } from '../nets/views.ts'
import { unheard } from './rflo.ts'
import { influence } from './rtrl.ts'
import type { Wiring } from './wiring.ts'

/** What a weight does to its own unit; what other units make of it within the instant is left out. */
export const confined: View = now => ({ ...now, immediate: local(now.immediate) })

/**
 * Eligibility propagation: e = ∂h/∂s ε, ε = own(J) ε₋ + B; g = Σ (learning signal) ⊙ e. Bellec et al. 2020.
 *
 * J is replaced by what a unit does to itself; the learning signal is the error of the instant, through the true readout or
 * through B [d, m]. With the wiring of the task a step costs no more than the parameters. Throws a ShapeError for another B.
 */
export const eprop = (B?: Value, wiring?: Wiring) =>
  seeing(views(deaf, confined, ...(B ? [feedback(B)] : [])))(influence(unheard(wiring)))
