/** What is promised of credit that is guessed: when the guess is as good as the future, what it learns, and what it does not. */

import type { Proposition } from './proposition.ts'
import { theoremA, theoremARefuted } from './rules/bplambda.ts'
import { learnedArrow, learnedArrowRefuted } from './rules/dni-b.ts'
import { depthwise } from './rules/dni-layers.ts'
import { exactness } from './rules/exact-synthesiser.ts'
import { hybridRefuted, schedule } from './rules/hybrid.ts'
import { decay, decayRefuted } from './rules/synthesiser-decay.ts'
import { bounds } from './rules/synthesiser-error.ts'
import { conventions, conventionsRefuted } from './rules/synthesiser-learning.ts'
import { convergence, convergenceRefuted } from './rules/td-convergence.ts'
import { readings } from './rules/td-lambda.ts'

/** What is commonly said of guessed credit, and false. */
export const bootstrapRefuted: readonly Proposition[] = [
  ...theoremARefuted,
  ...conventionsRefuted,
  ...convergenceRefuted,
  ...learnedArrowRefuted,
  ...hybridRefuted,
  ...decayRefuted,
]

export const bootstrap: readonly Proposition[] = [
  ...exactness,
  ...theoremA,
  ...conventions,
  ...bounds,
  ...convergence,
  ...readings,
  ...depthwise,
  ...learnedArrow,
  ...schedule,
  ...decay,
  ...bootstrapRefuted,
]
