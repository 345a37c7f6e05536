/** Cells from text: an ordinary cell, of which everything is found as of any other. mathjs is loaded with this file. */

import { evaluate } from '../../ad/formula/evaluate.ts'
import { perform } from '../../ad/formula/program.ts'
import type { Statement } from '../../ad/formula/statements.ts'
import { type Like, lift, type Value } from '../../ad/value.ts'
import { affine } from '../cells/affine.ts'
import { type Cell, constant, cell as made } from '../cells/cell.ts'
import { type Driven, drive, drivenBy } from './drive.ts'
import { type Formula, type FormulaOptions, formulaOf } from './parse.ts'

export type { FormulaOption, FormulaOptions } from './parse.ts'

type Values = { readonly [name: string]: Value }
type Layout = { readonly params: Formula['params']; readonly state: { readonly [name: string]: readonly ['d'] } }

const layoutOf = ({ params, states }: Formula): Layout => ({
  params,
  state: Object.fromEntries(states.map(name => [name, ['d'] as const])),
})

/** The states after statements have run, where names not assigned yet are worth what `known` holds. */
const after = (states: readonly string[], statements: readonly Statement[], known: Values): Values => {
  const env = perform(statements, name => known[name] as Like)
  return Object.fromEntries(states.map(name => [name, lift(env.get(name) as Like)]))
}

const outputOf = ({ output }: Formula): { readonly output?: (θ: Values, s: Values) => Value } =>
  output ? { output: (_, s) => lift(evaluate(output.expression, name => s[name] as Value)) } : {}

const wholly = (formula: Formula): Cell<Values, Values> => {
  const { states, statements, begins } = formula
  return made(layoutOf(formula), (θ, s, x) => after(states, statements, { ...θ, ...s, x }), {
    ...outputOf(formula),
    initial: Object.fromEntries(Object.entries(begins).map(([name, value]) => [name, constant(value)])),
  })
}

const byDrive = (formula: Formula, { inputs, rest }: Driven): Cell<Values, Values> => {
  const names = Object.entries(inputs)
  return affine(
    layoutOf(formula),
    (s, x) => {
      const known: Values = { ...s, x }
      const worth = (name: string): Value => known[name] as Value
      return Object.fromEntries(names.map(([name, z]) => [name, z === 1 ? 1 : lift(evaluate(z, worth))]))
    },
    (s, u) => after(formula.states, rest, { ...s, [drive]: u }),
    outputOf(formula),
  )
}

/**
 * A cell of a text: `cell('u = W_rec*h + W_in*x + b; h = (1-alpha)*h + alpha*tanh(u)', { alpha: 0.5 })`.
 *
 * Statements run in their order. What is read before it is assigned is state [d], as is h; x [n] is the input; the other
 * names that are assigned hold for the step; what is left is learned, and its shape is found: [d, d], [d, n], [d]. A name
 * with a capital may be a matrix, one without is a vector or a number, which must be given: { alpha: 0.5 }, or
 * { alpha: 'learned' }. `*` is the product of a matrix and what is to its right, or scales; .* and ⊙ go entry by entry. The
 * readout sees `y = …`, made of the state, else h, else the first state. pi and π are π; i and e are names like any other.
 * Where all parameters meet in one sum, u = W*h + V*x + b, the cell has synapses and serves KF-RTRL too.
 * Throws a JanusError that points at the column.
 */
export const cell = (text: string, options: FormulaOptions = {}): Cell<Values, Values> =>
  cellOf(formulaOf(text, options))

/** A cell of a text whose numbers need not be given: for its equations, where they stay names. */
export const openCell = (text: string): Cell<Values, Values> => cellOf(formulaOf(text, {}, true))

const cellOf = (formula: Formula): Cell<Values, Values> => {
  const driven = drivenBy(formula)
  return driven ? byDrive(formula, driven) : wholly(formula)
}
