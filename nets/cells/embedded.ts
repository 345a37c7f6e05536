import { describe } from '../../ad/describe.ts'
import { matvec } from '../../ad/primitives/contraction.ts'
import { column } from '../../ad/primitives/indexing.ts'
import { requireCount } from '../../ad/require.ts'
import type { Branch } from '../../ad/tree.ts'
import type { Value } from '../../ad/value.ts'
import { type Cell, fanIn, requireCell, widthOf } from './cell.ts'

/** The column of E that an input means. */
const read = (E: Value, x: Value): Value => (x.shape.length === 0 ? column(E, x) : matvec(E, x))

/**
 * A cell that reads its input through a learned table: E x, which for a one-hot x is a column of E [size, n]. An input may also be
 * the number [] of that column, from 0 to n - 1, which costs no product. The inner cell has `size` inputs. Throws what the inner
 * cell throws.
 */
export const embedded = <P extends Branch, S extends Branch>(
  inner: Cell<P, S>,
  size: number,
): Cell<{ readonly E: Value; readonly inner: P }, S> => {
  requireCell('embedded', inner)
  requireCount('embedded', `size ${describe(size)}`, size, 'The table is E [size, n]: embedded(gru(), 16)')
  const { broadcast, ...own } = inner
  return {
    ...own,
    params: (sizes, random) => ({
      E: fanIn([size, sizes.n], random),
      inner: inner.params({ ...sizes, n: size }, random),
    }),
    step: (θ, s, x) => inner.step(θ.inner, s, read(θ.E, x)),
    output: (θ, s, x) => inner.output(θ.inner, s, read(θ.E, x)),
    width: sizes => widthOf(inner, { ...sizes, n: size }),
    ...(broadcast && { broadcast: (θ, s, x) => broadcast(θ.inner, s, read(θ.E, x)) }),
    numbered: true,
  }
}
