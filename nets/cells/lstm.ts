import { add, mul, sigmoid, tanh } from '../../ad/primitives/elementwise.ts'
import { ranges, requireNames, requireRange } from '../../ad/require.ts'
import { cell, constant } from './cell.ts'
import { drive, gate } from './gate.ts'

export interface LstmOptions {
  /** Initial bias of the forget gates; 0 by default. */
  readonly forgetBias?: number
}

const forgetBiasOf = (who: string, options: LstmOptions): number => {
  requireNames(who, options, ['forgetBias'])
  const { forgetBias = 0 } = options
  requireRange(
    who,
    'forgetBias',
    forgetBias,
    ranges.finite,
    'Leave it out for 0; 1 keeps the cell longer to begin with',
  )
  return forgetBias
}

const gates = { ...gate('f'), ...gate('i'), ...gate('o'), ...gate('g') }
const state = { h: ['d'], c: ['d'] } as const

/**
 * Long short-term memory: f, i, o = σ(W h₋ + V x + b), g = tanh(…), c = f ⊙ c₋ + i ⊙ g, h = o ⊙ tanh c. One bias a gate.
 * Hochreiter & Schmidhuber 1997; Gers et al. 2000 for the forget gate, whose bias begins at `forgetBias`.
 */
export const lstm = (options: LstmOptions = {}) =>
  cell(
    { params: gates, state },
    (θ, { h, c: before }, x) => {
      const f = sigmoid(drive(θ, 'f', h, x))
      const i = sigmoid(drive(θ, 'i', h, x))
      const o = sigmoid(drive(θ, 'o', h, x))
      const c = add(mul(f, before), mul(i, tanh(drive(θ, 'g', h, x))))
      return { h: mul(o, tanh(c)), c }
    },
    { initial: { b_f: constant(forgetBiasOf('lstm', options)) } },
  )

/**
 * An LSTM whose gates see the cell: f and i the old one, o the new one, each unit its own, p ⊙ c. Gers & Schmidhuber 2000.
 * p_f, p_i, p_o [d] begin at 0, where it is the LSTM.
 */
export const peephole = (options: LstmOptions = {}) =>
  cell(
    { params: { ...gates, p_f: ['d'], p_i: ['d'], p_o: ['d'] }, state },
    (θ, { h, c: before }, x) => {
      const f = sigmoid(add(drive(θ, 'f', h, x), mul(θ.p_f, before)))
      const i = sigmoid(add(drive(θ, 'i', h, x), mul(θ.p_i, before)))
      const c = add(mul(f, before), mul(i, tanh(drive(θ, 'g', h, x))))
      const o = sigmoid(add(drive(θ, 'o', h, x), mul(θ.p_o, c)))
      return { h: mul(o, tanh(c)), c }
    },
    { initial: { b_f: constant(forgetBiasOf('peephole', options)) } },
  )
