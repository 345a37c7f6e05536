/** Symbols: every rewriting keeps what an expression is worth, and the equations of a program are worth what the program is. */
import { componentwise } from './componentwise.ts'
import { equationsClaims } from './equations.ts'
import type { Proposition } from './proposition.ts'
import { falseRewritings, laws } from './rewriting.ts'
import { treeClaims } from './trees.ts'

export const symbols: readonly Proposition<never>[] = [
  ...laws,
  ...treeClaims,
  ...equationsClaims,
  ...componentwise,
  ...falseRewritings,
]
