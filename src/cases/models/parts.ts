/** What several models have in common: forms of keys, shapes of parameters, and what a state is worth. */
import { z } from 'zod'
import type { Tensor } from '../../../ad/tensor.ts'
import type { Value } from '../../../ad/value.ts'
import type { State } from '../../../nets/run/timestep.ts'
import { answer, type Shapes, shown } from '../arrays.ts'
import type { Computed } from '../compare.ts'
import type { Dims } from '../schema.ts'
import { type Problem, worths } from '../solve.ts'
import { over } from './model.ts'

export const count = z.int().min(1)
export const rate = z.number().gt(0).max(1)
export const activation = z.enum(['tanh', 'sigmoid', 'relu', 'softplus', 'identity'])

/** One width for the whole network. */
export const oneWidth = { d: count }

/** The activation of a model that has only one. */
export const hyperbolic = {
  activation: z
    .literal('tanh', {
      error: ({ input }) =>
        `${shown(input)}; wanted "tanh", the only one of this model. Write it, or leave the key out`,
    })
    .optional(),
}

/** The parameters of a plain recurrent layer. */
export const recurrent = ({ d, n }: Dims): Shapes => ({ W_rec: [d, d], W_in: [d, n], b_rec: [d] })

/** One entry of the state, over time. */
export const entry = (name: string, states: readonly State[]): Tensor =>
  over(states.map(state => (state as { readonly [name: string]: Value })[name] as Value))

/** The form of δ, where it is one vector a timestep. */
export const oneDelta = ({ T, d }: Dims) => ({ delta: answer(T, d) })

/** δ_t = dL/dh_t, where h is an entry of the state. */
export const deltaOf = (problem: Problem): Computed => ({ delta: entry('h', worths(problem)) })
