import { matrix } from '../ad/arrow.ts'
import { dense, pull } from '../ad/follow.ts'
import { asCotangent, type Cotangent, numbers, plus, silenceIn } from '../ad/space.ts'
import { eye } from '../ad/tensor.ts'
import type { Rule } from '../nets/machine.ts'
import { error, isSet, type Moment, type Param, type State } from '../nets/moment.ts'
import { requireCount } from '../nets/whole.ts'
import type { Influence } from './rtrl.ts'

/** The influence on the state a window began with, and the moments since. */
export interface Fold {
  readonly influence: Influence
  readonly moments: readonly Moment[]
}

type Charge = (now: Moment, coming: Cotangent<State>) => Cotangent<State>

/** Σ_t c_t B_t over a window from its end, and c M for what came before it; one c, or a block of them. */
const folded = ({ influence, moments }: Fold, from: Cotangent<State>, charge: Charge): Cotangent<Param> => {
  let coming = from
  let sum: Cotangent<Param> | undefined
  for (const now of moments.toReversed()) {
    const total = charge(now, coming)
    const share = pull(now.immediate, total)
    sum = sum ? plus(sum, share) : share
    coming = pull(now.recurrent, total)
  }
  const before = pull(influence, coming)
  return sum ? plus(sum, before) : before
}

/**
 * A right fold of pulls within windows of k, a left fold across them: c₋ = (c + q) J from a window's end, c M at its begin;
 * M = Σ_t w_t B_t + w M₋ by pulls of the identity. Exact for every k; k = d costs O(d³) a step where RTRL costs O(d⁴).
 * Schmidhuber 1992. Emits at the end of a window, and remembers k moments. Throws a DomainError for k < 1.
 */
export const fpbptt = (k: number): Rule<Fold, 'past'> => {
  requireCount('fpbptt', `k = ${k}`, k, 'k = 1 is RTRL; k = d costs least')
  return {
    facing: 'past',
    init: first => ({ influence: dense(first.immediate), moments: [] }),
    step: ({ influence, moments }, now) => {
      const { from, to } = now.immediate
      if (isSet(now.begins)) return [silenceIn(from), { influence, moments }]
      const fold = { influence, moments: [...moments, now] }
      if (fold.moments.length < k && !isSet(now.ends)) return [silenceIn(from), fold]
      const out = folded(fold, silenceIn(to), (at, coming) => plus(coming, error(at)))
      const next = folded(fold, asCotangent(to, eye(to.size)), (_, coming) => coming)
      return [out, { influence: matrix(from, to, numbers(next)), moments: [] }]
    },
  }
}
