/** Symbols: every rewriting keeps what an expression is worth, and the equations of a program are worth what the program is. */
import { componentwise } from './ad/componentwise.ts'
import { treeClaims } from './ad/expression-trees.ts'
import { falseRewritings, laws } from './ad/rewriting.ts'
import { equationsClaims } from './nets/equations.ts'
import type { Proposition } from './proposition.ts'

export const symbols: readonly Proposition[] = [
  ...laws,
  ...treeClaims,
  ...equationsClaims,
  ...componentwise,
  ...falseRewritings,
]
