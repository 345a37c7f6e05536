import { matvec } from '../../ad/primitives/contraction.ts'
import { column } from '../../ad/primitives/indexing.ts'
import type { Branch } from '../../ad/tree.ts'
import type { Value } from '../../ad/value.ts'
import { type Cell, fanIn } from './cell.ts'

/**
 * A cell that reads its input through a learned table: E x, which for a one-hot x is a column of E [size, n]. An input may also be
 * the number [] of that column, from 0 to n - 1, which costs no product. The inner cell has `size` inputs. Throws what the inner
 * cell throws.
 */
export const embedded = <P extends Branch, S extends Branch>(
  inner: Cell<P, S>,
  size: number,
): Cell<{ readonly E: Value; readonly inner: P }, S> => ({
  ...inner,
  params: (sizes, random) => ({
    E: fanIn([size, sizes.n], random),
    inner: inner.params({ ...sizes, n: size }, random),
  }),
  step: (θ, s, x) => inner.step(θ.inner, s, x.shape.length === 0 ? column(θ.E, x) : matvec(θ.E, x)),
  numbered: true,
})
