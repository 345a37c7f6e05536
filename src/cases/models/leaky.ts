import { z } from 'zod'
import { leaky as leakyCell } from '../../../nets/cells/leaky.ts'
import { activations } from '../../../nets/named.ts'
import { answer, answers } from '../arrays.ts'
import { clips, truncations } from '../rules.ts'
import { stochastic } from '../rules-random.ts'
import { traces } from '../rules-traces.ts'
import { causal } from '../solve.ts'
import { known, type Sizes, type With } from './model.ts'
import { activation, count, deltaOf, oneDelta, oneWidth, rate, recurrent } from './parts.ts'
import { fromThePast, singularValues } from './past.ts'
import { place, readout, within } from './places.ts'

const keys = ({ T }: Sizes) => ({
  alpha: rate,
  activation,
  per_step_t: z.array(Number.isNaN(T) ? count : count.max(T)).optional(),
})

const solve = causal(({ alpha, activation: f }: With<typeof keys>) => leakyCell({ alpha, f: activations[f] }))

/** h = (1 - α) h₋ + α f(W_rec h₋ + W_in x + b_rec): the network that every rule is about. */
export const leaky = known({
  widths: oneWidth,
  keys,
  places: s => ({ ...within('cell', recurrent(s)), h0: place('start.h', s.d), ...readout(s.m, s.d) }),
  answers: s => ({
    ...oneDelta(s),
    per_step_grads: z.array(answers(recurrent(s))).nullish(),
    P_T: answer(s.d, s.d, s.d + s.n + 1),
    jac_product_singular_values: answer(s.d),
  }),
  solve,
  report: problem => ({
    ...deltaOf(problem),
    ...fromThePast(problem, problem.given.per_step_t),
    jac_product_singular_values: singularValues(problem),
  }),
  rules: { ...clips, ...truncations, ...stochastic, ...traces },
  wrong: ({ per_step_t: times, expected }) => {
    const found = expected?.per_step_grads as readonly unknown[] | null | undefined
    if (!found || found.length === times?.length) return undefined
    return `expected.per_step_grads: ${found.length} entries; wanted ${times?.length ?? 0}, one for each of per_step_t. Match them.`
  },
})
