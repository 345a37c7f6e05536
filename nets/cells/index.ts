import type { Branch } from '../../ad/tree.ts'
import type { Cell } from './cell.ts'
import { gru, gruPytorch, mgu } from './gru.ts'
import { leaky } from './leaky.ts'
import { lru } from './lru.ts'
import { lstm, peephole } from './lstm.ts'
import { membrane } from './membrane.ts'

/** The names of the cells. */
export type CellName = 'leaky' | 'membrane' | 'lstm' | 'peephole' | 'gru' | 'gru-pytorch' | 'mgu' | 'lru'

/** Options of a cell by name: `alpha` is for leaky and membrane, `forgetBias` for lstm and peephole. */
export interface CellOptions {
  readonly alpha?: number
  readonly forgetBias?: number
}

/** The cells by name; an option that a cell does not have is ignored. Throws a DomainError for alpha outside (0, 1]. */
export const cells: Readonly<Record<CellName, (options?: CellOptions) => Cell<Branch, Branch>>> = {
  leaky: ({ alpha = 1 } = {}) => leaky({ alpha }),
  membrane: ({ alpha = 1 } = {}) => membrane({ alpha }),
  lstm: ({ forgetBias = 0 } = {}) => lstm({ forgetBias }),
  peephole: ({ forgetBias = 0 } = {}) => peephole({ forgetBias }),
  gru: () => gru(),
  'gru-pytorch': () => gruPytorch(),
  mgu: () => mgu(),
  lru: () => lru(),
}

/** What cells were called in 0.1.0: files and commands are read in these words too. */
export const formerCellNames: Readonly<Record<string, CellName>> = { minimal: 'mgu' }
