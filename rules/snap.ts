import { bracket, DomainError, ShapeError } from '../ad/errors.ts'
import { after, type Pattern, patternOfMask } from '../ad/linear/sparsity.ts'
import { requireCount } from '../ad/require.ts'
import type { Value } from '../ad/value.ts'
import { maker, type RuleFacts, ruleFor } from './parts/facts.ts'
import { keepPattern } from './parts/sparse-influence.ts'
import { reachableIn, type Sparsity, sameUnit, sparsity } from './parts/sparsity.ts'
import { influenceRule } from './rtrl.ts'

/** 'strict': entry by entry; 'unit': by whole units, an LSTM's h and c; a matrix [S, S]: 1 where the row's state may depend on the column's. */
export type Mask = 'strict' | 'unit' | Value

export interface SnapOptions {
  readonly n?: number
  readonly mask?: Mask
}

const checkMask = ({ rows, columns }: Pattern, states: number): void => {
  if (rows === states && columns.length === states) return
  throw new ShapeError({
    who: 'snap',
    given: `a mask ${bracket([rows, columns.length])}`,
    wanted: bracket([states, states]),
    remedy: 'Give 1 where the state of the row may depend on that of the column',
  })
}

/** Refuses n together with a matrix as the mask, which says by itself what may depend on what. */
const refuseBoth = (n: number): never => {
  throw new DomainError({
    who: 'snap',
    given: `n = ${n} beside a matrix as the mask`,
    wanted: "one of the two: steps of reach, or a mask of one's own",
    remedy: 'Leave n out, or use a power of the matrix',
  })
}

/** Which entries of the influence SnAp-n keeps. */
export const snapPattern = (n: number, structure: Sparsity, mask: Mask): Pattern => {
  const { recurrent, immediate } = structure
  if (mask === 'strict') return reachableIn(n, recurrent, immediate)
  const together = sameUnit(structure)
  if (mask === 'unit') return reachableIn(n, after(together, recurrent), after(together, immediate))
  const given = patternOfMask(mask)
  checkMask(given, immediate.rows)
  return after(given, immediate)
}

const facts: RuleFacts<'past'> = {
  name: 'snap',
  title: 'Sparse n-step approximation',
  faces: 'past',
  changes: 'remembers less',
  crosses: 'pushes alone',
  keeps: 'reached entries',
  structure: 'sparse',
  exactness: 'biased',
  pairs: 'every pair',
  locality: 'weight transport',
  start: 'approximate',
  cost: { time: 'd³+mask', memory: 'mask' },
  options: {
    n: { range: 'whole number ≥ 1', default: '1', means: 'steps of reach' },
    mask: {
      range: "'unit', 'strict' or a matrix [states, states]",
      default: "'unit'",
      means: 'which state may depend on which: whole units, entry by entry, or as given',
    },
  },
  count: { option: 'n', begins: () => 1 },
  papers: [
    {
      authors: 'Menick et al.',
      year: 2020,
      title: 'A practical sparse approximation for real time recurrent learning',
      id: 'arXiv:2006.07232',
    },
  ],
}

/**
 * Sparse n-step approximation: M = R_n ⊙ (J M₋ + B), R_n [S, P] the nonzero pattern of B, J B, …, J^{n-1} B with `mask: 'strict'`. By
 * default B and J are first filled out to whole units, so that an LSTM's h and c are kept together; where a unit is one number it
 * is the same. Menick et al. 2020. Remembers less; exact once R_n has every entry that can be reached. Throws a DomainError for n < 1, a
 * ShapeError for a mask of another shape.
 */
export const snap = maker(facts, ({ n: steps, mask = 'unit' }: SnapOptions = {}) => {
  if (steps !== undefined && typeof mask !== 'string') refuseBoth(steps)
  const n = steps ?? 1
  requireCount('snap', `n = ${n}`, n, 'n = 1 is SnAp-1: what a parameter touches at once')
  return ruleFor(facts, net => {
    const structure = sparsity(net)
    return influenceRule(keepPattern({ ...structure, influence: snapPattern(n, structure, mask) }), facts)
  })
})
