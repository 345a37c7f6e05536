/** What is promised of credit that is guessed: when the guess is as good as the future, what it learns, and what it does not. */
import { convergence, convergenceRefuted } from './convergence.ts'
import { decay, decayRefuted } from './decay.ts'
import { learnedArrow, learnedArrowRefuted } from './dnib.ts'
import { hybridRefuted, schedule } from './hybrid.ts'
import { depthwise } from './layers.ts'
import { bounds } from './mistakes.ts'
import { exactness } from './prophets.ts'
import type { Proposition } from './proposition.ts'
import { conventions, conventionsRefuted } from './teaching.ts'
import { theoremA, theoremARefuted } from './traces.ts'
import { readings } from './values.ts'

/** What is commonly said of guessed credit, and false. */
export const bootstrapRefuted: readonly Proposition<never>[] = [
  ...theoremARefuted,
  ...conventionsRefuted,
  ...convergenceRefuted,
  ...learnedArrowRefuted,
  ...hybridRefuted,
  ...decayRefuted,
]

export const bootstrap: readonly Proposition<never>[] = [
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
