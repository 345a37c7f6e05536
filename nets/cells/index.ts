import type { Branch } from '../../ad/tree.ts'
import type { Cell } from './cell.ts'
import { gru, gruPytorch, mgu } from './gru.ts'
import { leaky } from './leaky.ts'
import { lru, lruOrvieto } from './lru.ts'
import { lstm, peephole } from './lstm.ts'
import { membrane } from './membrane.ts'

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
} as const satisfies { readonly [name: string]: Entry }

export type CellName = keyof typeof registry
export const cellNames = Object.keys(registry) as readonly CellName[]

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
