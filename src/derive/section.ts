/** What a document of equations is made of: sections of lines, and symbols in words. */
import { type Expression, renamed, symbol } from '../../ad/symbols/expression.ts'
import type { Equations } from '../../nets/formulas/equations.ts'
import { given } from './symbolic-timestep.ts'

/** One equation, or an approximation; the note says in a few words what it is. */
export interface Line {
  readonly left: Expression
  readonly right: Expression
  readonly note?: string
  readonly approximate?: true
}

/** A symbol in words. */
export type Remark = readonly [name: Expression, words: string]

/** Lines about one thing. */
export interface Section {
  readonly title: string
  readonly lines: readonly Line[]
  readonly remarks?: readonly Remark[]
}

/** A symbol by its letter. */
export const at = (base: string, grade: 'scalar' | 'column' | 'row' | 'matrix', time?: -1 | 0 | 1): Expression =>
  symbol({ base, grade, ...(time !== undefined && { time }) })
/** One line. */
export const line = (left: Expression, right: Expression, note?: string): Line => ({
  left,
  right,
  ...(note && { note }),
})

/** A gradient by a rule: exact, or approximate. */
export const estimate = (exact: boolean, left: Expression, right: Expression): Line => ({
  ...line(left, right),
  ...(!exact && { approximate: true as const }),
})

/** The own-unit and the cross-unit part of J in terms of the cell, where there is one state. */
export const spelledOut = (x: Expression, { states, own, crossUnit }: Equations): Expression =>
  states.length > 1
    ? x
    : renamed(x, [
        [given.own, own[0]?.[0] as Expression],
        [given.cross, crossUnit[0]?.[0] as Expression],
      ])
