/** How the recurrent matrices of a network begin, by name. */
import type { Branch } from '../../ad/tree.ts'
import { isValue } from '../../ad/value.ts'
import type { Cell, Initialiser, Sizes } from '../../nets/cells/cell.ts'
import type { CellName } from '../../nets/cells/index.ts'
import {
  type Beginnings,
  identity,
  normal,
  orthogonal,
  spectralRadius,
  withInitialisers,
} from '../../nets/cells/initialisers.ts'
import { rng } from '../../nets/random.ts'

/** How recurrent matrices [d, d] of a given gain begin. */
export const initials = {
  normal: (gain: number, d: number) => normal(gain / Math.sqrt(d)),
  orthogonal: (gain: number) => orthogonal(gain),
  identity: (gain: number) => identity(gain),
  spectral: (gain: number) => spectralRadius(gain),
} satisfies Readonly<Record<string, (gain: number, d: number) => Initialiser>>

export type InitialName = keyof typeof initials
export const initialNames = Object.keys(initials) as readonly InitialName[]

/** Whether a cell has recurrent matrices; the recurrence of a linear recurrent unit is diagonal. */
export const hasMatrices = (cell: CellName): boolean => cell !== 'lru' && cell !== 'lru-orvieto'

const recurrent = /^W_(rec|h.)$/

/** One beginning for every recurrent matrix, however deep in layers it is. */
const everywhere = (θ: Branch, initialiser: Initialiser): Beginnings<Branch> =>
  Object.fromEntries(
    Object.entries(θ).flatMap(([name, leaf]): readonly (readonly [string, Initialiser | Beginnings<Branch>])[] => {
      if (!isValue(leaf)) return [[name, everywhere(leaf, initialiser)]]
      return recurrent.test(name) ? [[name, initialiser]] : []
    }),
  )

/** A cell whose recurrent matrices begin so, in every layer; the rest of it begins as it did. */
export const beginning = (
  cell: Cell<Branch, Branch>,
  sizes: Sizes,
  name: InitialName,
  gain = 1,
): Cell<Branch, Branch> => withInitialisers(cell, everywhere(cell.params(sizes, rng(0)), initials[name](gain, sizes.d)))
