/** How far wrong predictions put a gradient off. */

import { pull, toMatrix } from '../../ad/linear/apply.ts'
import { plus } from '../../ad/linear/linear.ts'
import type { Cotangent } from '../../ad/linear/space.ts'
import { total } from '../../nets/run/scan.ts'
import type { Run, State, Timestep } from '../../nets/run/timestep.ts'
import { bplambda } from '../../rules/bplambda.ts'
import { bptt } from '../../rules/bptt.ts'
import { minus } from '../../rules/parts/synthesiser.ts'
import { list, realise } from '../arbitraries/realise.ts'
import { claim, type Guess, guesses, predictor, show, trainedFrom } from '../arbitraries/synthesisers.ts'
import { entries, type Proposition } from '../proposition.ts'
import { futures } from './exact-synthesiser.ts'

/** Norm of all entries: at least as large as the largest singular value. */
const length = (xs: readonly number[]): number => Math.hypot(...xs)

/** How far the prediction of each state's future is off, for t = 0 … T - 1. */
const mistakes = (run: Run, guess: Guess): readonly Cotangent<State>[] => {
  const predicted = predictor(trainedFrom(guess, run))
  return futures(run).map((right, t) => minus(predicted((run[t] as Timestep).after), right))
}
/** The gradient of θ by predictions that are not trained, minus the right one. */
const astray = (run: Run, guess: Guess): readonly number[] => {
  const rule = bplambda({ ...trainedFrom(guess, run), lambda: 0, lr: 0 })
  return list(minus(total(rule)(run), total(bptt)(run)))
}

/** Predictions that are off, and the gradient. */
export const bounds: readonly Proposition[] = [
  claim('predictions that are off by r_t put the gradient off by Σ r_t B_t', (run, guess) => {
    const off = mistakes(run, guess).map((r, t) => pull((run[t] as Timestep).immediate, r))
    return [astray(run, guess), list(off.reduce(plus))]
  }),
  {
    claim: 'predictions that are off by r_t put the gradient off by at most Σ ‖r_t‖‖B_t‖',
    forAll: guesses(),
    residual: (guess: Guess) => {
      const { run } = realise(guess.net)
      const B = run.map(now => length(entries(toMatrix(now.immediate))))
      const most = mistakes(run, guess).reduce((sum, r, t) => sum + length(list(r)) * (B[t] as number), 0)
      return Math.max(0, length(astray(run, guess)) - most) / Math.max(1, most)
    },
    within: 1e-12,
    verdict: 'holds',
    show,
    runs: 60,
  },
]
