/** Projections of LSTMs (proj_size), multiplied into the matrices that hear what they project. Sak, Senior & Beaufays 2014. */
import { bracket, ShapeError } from '../../ad/errors.ts'
import { matmul } from '../../ad/primitives/contraction.ts'
import { concat, slice } from '../../ad/primitives/layout.ts'
import type { Tensor } from '../../ad/tensor.ts'
import type { Arrays } from './dtype.ts'
import type { Who } from './gates.ts'

/** A projection [p, d] by its name, or null where there is none. Throws a ShapeError for one of another width. */
export const projectionOf = (who: Who, arrays: Arrays, name: string, d: number): Tensor | null => {
  const P = Object.hasOwn(arrays, name) ? arrays[name] : undefined
  if (P === undefined) return null
  if (P.shape.length === 2 && P.shape[1] === d) return P
  const given = `'${name}' is ${bracket(P.shape)}`
  throw new ShapeError({ who, given, wanted: `[p, ${d}], a projection of d units`, remedy: 'Give the d of the module' })
}

/** W [r, Σ p] of what is projected as [r, Σ d] of what it is projected from, block by block; a block without a projection is as it was. */
export const folded = (W: Tensor, projections: readonly (Tensor | null)[], d: number): Tensor => {
  if (projections.every(P => P === null)) return W
  let at = 0
  const blocks = projections.map(P => {
    const width = P?.shape[0] ?? d
    const block = slice(W, at, at + width, 1)
    at += width
    return P ? matmul(block, P) : block
  })
  return concat(blocks, 1) as Tensor
}
