/** The network that options or a model file describe. */
import type { Branch } from '../ad/tree.ts'
import type { Cell } from '../nets/cell.ts'
import { cells } from '../nets/cells.ts'
import { embedded } from '../nets/embedded.ts'
import { stacked } from '../nets/stacked.ts'
import type { TrainOptions } from './options.ts'

/** The cell of some options: layers of one kind, over an embedding where one is asked for. */
export const cellOf = (options: CellChoice): Cell<Branch, Branch> => {
  const { cell, layers, alpha, forget, embed } = options
  const layer = () => cells[cell]({ ...(alpha !== null && { alpha }), ...(forget !== null && { forget }) })
  const net = layers === 1 ? layer() : stacked(Array.from({ length: layers }, layer))
  return embed === null ? net : embedded(net, embed)
}

/** What of the options makes the cell. */
export type CellChoice = Pick<TrainOptions, 'cell' | 'layers' | 'alpha' | 'forget' | 'embed'>
