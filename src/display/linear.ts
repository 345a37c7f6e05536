/** A linear map by its structure, with sizes: Sum(Compose(Taped 3→3, Zero 9→3), Taped 9→3). */

import { digits } from '../../ad/format.ts'
import type { Linear } from '../../ad/linear/linear.ts'
import { isTensor } from './guards.ts'

type AnyMap = Linear<unknown, unknown>

const partsOf = (f: AnyMap): readonly AnyMap[] => {
  if (f.tag === 'Compose') return [f.outer, f.inner as AnyMap]
  if (f.tag === 'Sum') return f.terms
  return f.tag === 'Masked' || f.tag === 'Scale' ? [f.arrow] : []
}

/** The structure of a linear map to some depth, deeper parts by their sizes alone. */
export const structure = <A, B>(f: Linear<A, B>, depth = 5): string => {
  const sizes = `${f.from.size}→${f.to.size}`
  const parts = partsOf(f as unknown as AnyMap)
  if (parts.length === 0) return `${f.tag} ${sizes}`
  if (depth === 0) return `… ${sizes}`
  const factor = f.tag === 'Scale' && isTensor(f.factor) ? [digits(f.factor.data[0] as number)] : []
  return `${f.tag}(${[...factor, ...parts.map(part => structure(part, depth - 1))].join(', ')})`
}
