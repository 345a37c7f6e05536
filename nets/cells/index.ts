import type { Branch } from '../../ad/tree.ts'
import type { Cell } from './cell.ts'
import { elstm } from './elstm.ts'
import { gru, gruPytorch, mgu } from './gru.ts'
import { leaky } from './leaky.ts'
import { type AlifOptions, alif, alifOptions, type LifOptions, lif, lifOptions } from './lif.ts'
import { lru, lruOrvieto } from './lru.ts'
import { lstm, peephole } from './lstm.ts'
import { membrane } from './membrane.ts'
import { minGru } from './min-gru.ts'
import { rtu } from './rtu.ts'

/** Options of a cell by name: α in (0, 1], 1 by default; the initial bias of the forget gates, 0 by default. */
export interface CellOptions {
  readonly alpha?: number
  readonly forgetBias?: number
}

/** A cell of the registry: the options that it takes, and how it is made of them. */
interface Entry {
  readonly takes: readonly (keyof CellOptions)[]
  readonly make: (options: Required<CellOptions>) => Cell<Branch, Branch>
}

/** The registry: what lists cells is made from it. */
const registry = {
  leaky: { takes: ['alpha'], make: ({ alpha }) => leaky({ alpha }) },
  membrane: { takes: ['alpha'], make: ({ alpha }) => membrane({ alpha }) },
  lstm: { takes: ['forgetBias'], make: ({ forgetBias }) => lstm({ forgetBias }) },
  peephole: { takes: ['forgetBias'], make: ({ forgetBias }) => peephole({ forgetBias }) },
  gru: { takes: [], make: () => gru() },
  'gru-pytorch': { takes: [], make: () => gruPytorch() },
  mgu: { takes: [], make: () => mgu() },
  lru: { takes: [], make: () => lru() },
  'lru-orvieto': { takes: [], make: () => lruOrvieto() },
  rtu: { takes: [], make: () => rtu() },
  'rtu-nonlinear': { takes: [], make: () => rtu({ linear: false }) },
  elstm: { takes: [], make: () => elstm() },
  'min-gru': { takes: [], make: () => minGru() },
  lif: { takes: [], make: () => lif() },
  alif: { takes: [], make: () => alif() },
} as const satisfies { readonly [name: string]: Entry }

export type CellName = keyof typeof registry
export const cellNames = Object.keys(registry) as readonly CellName[]

/** The cells of whose recurrence no unit reads another. */
export const elementwiseNames: readonly CellName[] = ['lru', 'lru-orvieto', 'rtu', 'rtu-nonlinear', 'elstm', 'min-gru']

/** What an option of a cell may be, what it is by default, and what it does. */
interface OptionFacts {
  readonly range: string
  readonly default: string
  readonly means: string
}

/** The cells whose options can be typed in parentheses, with those options: lif(kappa=0.9). */
export const typedCells: Readonly<
  Record<
    string,
    { readonly options: Readonly<Record<string, OptionFacts>>; make(options: object): Cell<Branch, Branch> }
  >
> = {
  lif: { options: lifOptions, make: options => lif(options as LifOptions) as Cell<Branch, Branch> },
  alif: { options: alifOptions, make: options => alif(options as AlifOptions) as Cell<Branch, Branch> },
}

/** The cells whose spikes have the slope of a surrogate. */
export const spikingNames: readonly CellName[] = ['lif', 'alif']

/** The cells that take an option, by name. */
export const cellsWith = (option: keyof CellOptions): readonly CellName[] =>
  cellNames.filter(name => (registry[name] as Entry).takes.includes(option))

/** The cells by name; an option that a cell does not take is ignored. Throws a DomainError for alpha outside (0, 1]. */
export const cells = Object.fromEntries(
  cellNames.map(name => [
    name,
    ({ alpha = 1, forgetBias = 0 }: CellOptions = {}) => (registry[name] as Entry).make({ alpha, forgetBias }),
  ]),
) as Readonly<Record<CellName, (options?: CellOptions) => Cell<Branch, Branch>>>

/** What cells were called in 0.1.0: files and commands are read in these words too. */
export const formerCellNames: Readonly<Record<string, CellName>> = { minimal: 'mgu' }
