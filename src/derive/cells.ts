/** The cells whose equations are derived: by name, with any rate and any activation, or from a text. */

import { nearest } from '../../ad/did-you-mean.ts'
import { KindError, NameError } from '../../ad/errors.ts'
import { mul, unary } from '../../ad/primitives/elementwise.ts'
import { symbol } from '../../ad/symbols/expression.ts'
import type { Branch } from '../../ad/tree.ts'
import type { Cell } from '../../nets/cells/cell.ts'
import { type CellName, cellNames, cells } from '../../nets/cells/index.ts'
import { leaky } from '../../nets/cells/leaky.ts'
import { membrane } from '../../nets/cells/membrane.ts'
import { stacked } from '../../nets/cells/stacked.ts'
import { openCell } from '../../nets/formulas/cell.ts'
import { type Equations, equationsOf, type Symbols } from '../../nets/formulas/equations.ts'
import { latest } from '../latest.ts'
import { cellCall, isText } from '../training/cell-text.ts'

const slope = unary("f'", () => Number.NaN, { push: [null], pull: [null] })
/** f, any activation; its slope is f'. */
const any = unary('f', () => Number.NaN, {
  push: [(t, [x]) => mul(t, slope(x))],
  pull: [(c, [x]) => mul(c, slope(x))],
})

/** α, any rate. */
const rate = (symbols: Symbols) => symbols.value(symbol({ base: 'α', grade: 'scalar' }), [])

const known = (name: string): CellName => {
  if (Object.hasOwn(cells, name)) return name as CellName
  const near = nearest(name, cellNames)
  throw new NameError({
    who: 'derive',
    given: `the cell '${name}'`,
    wanted: `${cellNames.join(', ')}, or a text such as 'h = tanh(W*h + V*x)'`,
    remedy: near ? `Did you mean \`${near}\`?` : 'Take one of these',
  })
}

/** What keeps a cell from having equations here, and what may be derived in its place. */
const refused: Readonly<{ [K in CellName]?: readonly [why: string, remedy: string] }> = {
  lif: [
    'whose spikes have the slope of a surrogate',
    'Derive membrane: its f may be read as the spike, f′ as the surrogate',
  ],
  alif: [
    'whose spikes have the slope of a surrogate',
    'Derive membrane: its f may be read as the spike, f′ as the surrogate',
  ],
  rtu: ['whose output joins two vectors', 'Derive lru, whose recurrence is the same rotation'],
  'rtu-nonlinear': ['whose output joins two vectors', 'Derive lru, whose recurrence is the same rotation'],
}
const ofOutputs: readonly CellName[] = ['lru-orvieto', 'elstm']

/** The cells by name that have equations: these are refused, and so are those whose output has parameters of its own. */
export const derivedNames: readonly CellName[] = cellNames.filter(name => !refused[name] && !ofOutputs.includes(name))

const derivable = (name: CellName): CellName => {
  const found = refused[name]
  if (!found) return name
  const [why, remedy] = found
  const wanted = 'a cell of matrices, vectors and entries, whose derivatives are those of its equations'
  throw new KindError({ who: 'derive', given: `${name}, ${why}`, wanted, remedy })
}

/** What a cell is called, by name or in a text that calls it. */
const nameOf = (cell: string): string => (isText(cell) ? cellCall(cell)?.name : undefined) ?? cell

/** The cells whose activation may be any. */
const activated = ['leaky', 'membrane']

const layerOf = (cell: string, symbols: Symbols, activation: 'any' | 'tanh'): Cell<Branch, Branch> => {
  if (isText(cell) && !cellCall(cell)) return openCell(cell)
  const name = derivable(known(nameOf(cell)))
  const options = { alpha: rate(symbols), ...(activation === 'any' && { f: any }) }
  if (name === 'leaky') return leaky(options)
  return name === 'membrane' ? membrane(options) : cells[name]()
}

/** The equations of a text without its numbers among the parameters. */
const withoutNumbers = (equations: Equations): Equations => {
  const learned = equations.params.map(({ mark }) => mark.grade !== 'scalar')
  const kept = <A>(list: readonly A[]): readonly A[] => list.filter((_, i) => learned[i])
  return {
    ...equations,
    params: kept(equations.params),
    immediate: equations.immediate.map(kept),
    local: equations.local.map(kept),
  }
}

/** Refuses a cell whose output has parameters of its own: a rule says nothing of their gradient. */
const withPlainOutput = (cell: string, equations: Equations): Equations => {
  if (!equations.outputIsLearned) return equations
  throw new KindError({
    who: 'derive',
    given: `${cell}, whose output has parameters of its own, exact in every rule`,
    wanted: 'a cell whose output is made of its state alone',
    remedy: 'Derive the recurrence: lru in place of lru-orvieto, a text in place of elstm',
  })
}

/**
 * The equations of a cell by its name, or of a text, in so many layers; its activation is any f, or tanh, the default. Throws a NameError for a name there is not, a KindError for a cell whose output has parameters of its own and for spiking units, and the errors of `cell` for a text.
 */
export const equationsFor = (cell: string, layers: number = 1, activation: 'any' | 'tanh' = 'any'): Equations =>
  found(cell, layers, activated.includes(nameOf(cell)) ? activation : 'tanh')

const found = latest(
  64,
  (cell: string, layers: number, activation: 'any' | 'tanh'): Equations =>
    withPlainOutput(
      cell,
      withoutNumbers(
        equationsOf(symbols => {
          const made = () => layerOf(cell, symbols, activation)
          return layers === 1 ? made() : stacked(Array.from({ length: layers }, made))
        }),
      ),
    ),
)
