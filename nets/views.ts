/** Ways to look at a moment: what is left out of it, and what is put in its place. */
import { compose, matrix } from '../ad/arrow.ts'
import { bracket, ShapeError } from '../ad/errors.ts'
import { transpose } from '../ad/layout.ts'
import { own } from '../ad/own.ts'
import type { Value } from '../ad/value.ts'
import type { View } from './machine.ts'

/** Nothing is heard: of ∂s/∂s₋ only what a unit does to itself is left. */
export const deaf: View = now => ({ ...now, recurrent: own(now.recurrent) })

/**
 * The mistake comes back through B instead of the readout: q = (B εᵀ)ᵀ pulled through ∂o/∂s. B [d, m] (Lillicrap et al. 2016;
 * Murray 2019). Throws a ShapeError for a B of another shape.
 */
export const feedback =
  (B: Value): View =>
  now => {
    const [d, m] = [now.seen.to.size, now.readout.to.size]
    if (B.shape.length === 2 && B.shape[0] === d && B.shape[1] === m)
      return { ...now, readout: compose(matrix(now.seen.to, now.readout.to, transpose(B)), now.seen) }
    throw new ShapeError({
      who: 'feedback',
      given: `B ${bracket(B.shape)}`,
      wanted: `[${d}, ${m}], units by outputs`,
      remedy: 'Transpose it if it is the other way round: the true readout is W_outᵀ',
    })
  }
