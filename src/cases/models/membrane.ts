import { toValue } from '../../../ad/linear/space.ts'
import { matvec } from '../../../ad/primitives/contraction.ts'
import { add, mul } from '../../../ad/primitives/elementwise.ts'
import { transpose } from '../../../ad/primitives/layout.ts'
import type { Tensor } from '../../../ad/tensor.ts'
import type { Value } from '../../../ad/value.ts'
import { membrane as membraneCell } from '../../../nets/cells/membrane.ts'
import { answer } from '../arrays.ts'
import { clips } from '../rules.ts'
import { vectors } from '../rules-traces.ts'
import { causal, type Problem, stepsOf, worths } from '../solve.ts'
import { known, over, type With } from './model.ts'
import { entry, hyperbolic, oneDelta, oneWidth, rate, recurrent } from './parts.ts'
import { place, readout, within } from './places.ts'

const keys = () => ({ alpha: rate, ...hyperbolic })

const solve = causal(({ alpha }: With<typeof keys>) => membraneCell({ alpha }))

/** dL/dh_t through all who hear h_t: ε_t W_out + α δv_{t+1} W_rec, the readout now and the units at the next timestep. */
const signal = (problem: Problem, alpha: number): Tensor => {
  const { cell, readout: seen } = problem.θ
  const back = (W: Value, c: Value): Value => matvec(transpose(W), c)
  const after = worths(problem).slice(1)
  const signals = stepsOf(problem.run).map(({ logitError }, t) => {
    const now = back(seen.W_out, toValue(logitError))
    const next = after[t] as { readonly v: Value } | undefined
    return next ? add(now, mul(alpha, back(cell.W_rec as Value, next.v))) : now
  })
  return over(signals)
}

/** v = (1 - α) v₋ + α (W_rec tanh v₋ + W_in x + b_rec), h = tanh v; what is asked of h is so through every path. */
export const membrane = known({
  widths: oneWidth,
  keys,
  places: s => ({ ...within('cell', recurrent(s)), v0: place('start.v', s.d), ...readout(s.m, s.d) }),
  answers: s => ({ v: answer(s.T, s.d), learning_signal_exact: answer(s.T, s.d), ...oneDelta(s) }),
  solve,
  report: problem => {
    const exact = signal(problem, problem.given.alpha)
    const states = stepsOf(problem.run).map(({ after }) => after)
    return { v: entry('v', states), learning_signal_exact: exact, delta: exact }
  },
  rules: { ...clips, ...vectors },
})
