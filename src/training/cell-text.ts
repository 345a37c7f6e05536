/** Cells that the command line or a model file gives as a text. mathjs takes a third of a second to load: only a text loads it. */
import type { Branch } from '../../ad/tree.ts'
import type { Value } from '../../ad/value.ts'
import type { Cell, Initialiser } from '../../nets/cells/cell.ts'
import { type CellName, cells, typedCells } from '../../nets/cells/index.ts'
import { withInitialisers } from '../../nets/cells/initialisers.ts'
import { rng } from '../../nets/random.ts'
import { type CallOptions, callParts, readCallOptions } from '../call-options.ts'
import { orThrow } from '../options.ts'

/** A cell as a text: `h = tanh(W*h + V*x)`, or a name with options: `lif(kappa=0.9)`. No cell has such a name. */
export type CellText = `${string}=${string}`
export const isText = (cell: unknown): cell is CellText => typeof cell === 'string' && cell.includes('=')

/** The cell itself, where it is written and not named; a function, so that records of options leave it out. */
export interface Written {
  readonly own?: () => Cell<Branch, Branch>
}

/** A name with its options, of a text that is one; nothing for a formula. Throws a JanusError for what the cell does not have, or cannot be. */
export const cellCall = (text: string): { readonly name: CellName; readonly options: CallOptions } | undefined => {
  const [name, inside] = callParts(text)
  if (!Object.hasOwn(cells, name)) return undefined
  const known = typedCells[name]?.options ?? {}
  return { name: name as CellName, options: orThrow(readCallOptions({ what: 'cell' }, name, known, inside)) }
}

/** The cell that a text says; nothing for a name. Rejects with a JanusError that points at the column. */
export const writtenCell = async (cell: string, alpha: number | null | undefined): Promise<Written> => {
  if (!isText(cell)) return {}
  const call = cellCall(cell)
  const called = call && (typedCells[call.name] as (typeof typedCells)[string]).make(call.options)
  if (called) return { own: () => called }
  const { cell: fromText } = await import('../../nets/formulas/cell.ts')
  const made: Cell<Branch, Branch> = fromText(
    cell,
    alpha == null ? {} : { [cell.includes('α') ? 'α' : 'alpha']: alpha },
  )
  return { own: () => made }
}

/** A cell whose matrices [d, d], whatever their names, begin so. */
export const squaresBegun = (cell: Cell<Branch, Branch>, initialiser: Initialiser): Cell<Branch, Branch> => {
  const shapes = Object.entries(cell.params({ d: 2, n: 3, m: 1 }, rng(0)))
  const squares = shapes.filter(([, leaf]) => (leaf as Value).shape.join() === '2,2').map(([name]) => name)
  return withInitialisers(cell, Object.fromEntries(squares.map(name => [name, initialiser])))
}
