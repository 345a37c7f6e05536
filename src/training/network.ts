/** The network that options or a model file describe. */
import { internal } from '../../ad/errors.ts'
import type { Branch } from '../../ad/tree.ts'
import type { Cell } from '../../nets/cells/cell.ts'
import { embedded } from '../../nets/cells/embedded.ts'
import { cells } from '../../nets/cells/index.ts'
import { stacked } from '../../nets/cells/stacked.ts'
import { isText } from './cell-text.ts'
import type { TrainOptions } from './options.ts'

/** One layer: the cell of a name, or the one that was made of a text. */
const layerOf = ({ cell, alpha, forgetBias, own }: CellChoice): Cell<Branch, Branch> => {
  if (own) return own()
  if (isText(cell)) throw internal('a cell from text, not made yet')
  return cells[cell]({ ...(alpha !== null && { alpha }), ...(forgetBias !== null && { forgetBias }) })
}

/** The cell of some options: layers of one kind, over an embedding where one is asked for. */
export const cellOf = (options: CellChoice): Cell<Branch, Branch> => {
  const { layers, embed } = options
  const layer = () => layerOf(options)
  const net = layers === 1 ? layer() : stacked(Array.from({ length: layers }, layer))
  return embed === null ? net : embedded(net, embed)
}

/** What of the options makes the cell. */
export type CellChoice = Pick<TrainOptions, 'cell' | 'layers' | 'alpha' | 'forgetBias' | 'embed' | 'own'>
