/** How large the networks are that a rule is compared on: small, and their runs longer than its window. */
import type { Bounds, Problem } from '../../proofs/arbitraries/problems.ts'
import { beyondWindow, drawnFrom, problemsOf, type Subject } from './subject.ts'

/** Networks of a few units, their runs of at least so many steps and longer than the window of the rule. */
export const boundsFor = (subject: Pick<Subject, 'rule' | 'cell' | 'kept'>, least = 1): Bounds => {
  const [problem] = drawnFrom(problemsOf(subject, { d: 1, n: 1, m: 1, T: 1 }), 1) as [Problem]
  const beyond = Math.max(least, beyondWindow(subject.rule, problem))
  return { d: 3, n: 2, m: 2, T: Math.max(5, beyond), minT: beyond }
}

/** The same for counterexamples: two units, three steps where the window allows. */
export const tiny = ({ minT = 1 }: Bounds): Bounds => ({ d: 2, n: 1, m: 2, T: Math.max(3, minT), minT })
