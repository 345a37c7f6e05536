import { KindError } from '../ad/errors.ts'
import { keepPattern } from './parts/sparse-influence.ts'
import { reachableIn, requireSparsity, type Sparsity, sameUnit } from './parts/sparsity.ts'
import { influence } from './rtrl.ts'

/**
 * RTRL for units that hear only themselves: M = J M₋ + B, of which a parameter has no more than its own unit's entries, so that
 * a step costs what the parameters do. Mozer 1989; eLSTM, Irie et al. 2023; LRU, Zucchet et al. 2023. Nothing is left out:
 * exact. Throws a KindError for a network whose units hear each other.
 */
export const diagonal = (wiring: Sparsity) => {
  requireSparsity('diagonalRtrl', wiring)
  const { recurrent, immediate } = wiring
  const together = sameUnit(wiring).columns
  if (!recurrent.columns.every((rows, unit) => rows.every(row => together[unit]?.includes(row))))
    throw new KindError({
      who: 'diagonalRtrl',
      given: 'a network whose units hear each other',
      wanted: 'one whose recurrence stays within a unit, such as lru',
      remedy: 'To leave out what is heard use snap(1, wiring), --rule snap; to keep it influence(dense), --rule rtrl',
    })
  return influence(keepPattern({ recurrent, immediate, influence: reachableIn(immediate.rows, recurrent, immediate) }))
}
