import { bracket, ShapeError } from '../ad/errors.ts'
import { after, type Pattern, patternOfMask } from '../ad/linear/sparsity.ts'
import { requireCount } from '../ad/require.ts'
import type { Value } from '../ad/value.ts'
import { keepPattern } from './parts/sparse-influence.ts'
import { reachableIn, requireSparsity, type Sparsity, sameUnit } from './parts/sparsity.ts'
import { influence } from './rtrl.ts'

/** Entry by entry, by whole units (an LSTM's h and c), or by a matrix [states, states] of which state hears which. */
export type Mask = 'strict' | 'unit' | Value

const checkMask = ({ rows, columns }: Pattern, states: number): void => {
  if (rows === states && columns.length === states) return
  throw new ShapeError({
    who: 'snap',
    given: `a mask ${bracket([rows, columns.length])}`,
    wanted: bracket([states, states]),
    remedy: 'Give 1 where the state of the row may hear that of the column',
  })
}

/** Which entries of the influence SnAp-n keeps. */
export const snapPattern = (n: number, wiring: Sparsity, mask: Mask = 'strict'): Pattern => {
  const { recurrent, immediate } = wiring
  if (mask === 'strict') return reachableIn(n, recurrent, immediate)
  const together = sameUnit(wiring)
  if (mask === 'unit') return reachableIn(n, after(together, recurrent), after(together, immediate))
  const given = patternOfMask(mask)
  checkMask(given, immediate.rows)
  return after(given, immediate)
}

/**
 * Sparse n-step approximation: M = R_n ⊙ (J M₋ + B), R_n what the wiring lets a parameter reach in n steps, its own among
 * them. Menick et al. 2020. Remembers less; exact once R_n is all there is to reach. Throws a DomainError for n < 1, a
 * ShapeError for a mask of another shape.
 */
export const snap = (n: number, wiring: Sparsity, mask: Mask = 'strict') => {
  requireSparsity('snap', wiring)
  requireCount('snap', `n = ${n}`, n, 'n = 1 is SnAp-1: what a parameter touches at once')
  const { recurrent, immediate } = wiring
  return influence(keepPattern({ recurrent, immediate, influence: snapPattern(n, wiring, mask) }))
}
