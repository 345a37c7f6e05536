import { type Random, rng, streams } from '../../../nets/random.ts'
import type { Pace } from './kind.ts'

/** 0 … count - 1 in any order, all orders alike (Fisher & Yates 1938). */
export const shuffled = (count: number, random: Random): readonly number[] => {
  const order = Array.from({ length: count }, (_, i) => i)
  for (let i = count - 1; i > 0; i--) {
    const j = Math.floor(random.uniform() * (i + 1))
    const [a, b] = [order[i] as number, order[j] as number]
    order[i] = b
    order[j] = a
  }
  return order
}

/**
 * Batches of one size without end: pass after pass over all, each in another order; a batch may reach into the next. `from`
 * leaves out so many: of them only the orders are drawn.
 */
export function* batches<A>(
  all: readonly A[],
  { batch, seed }: Pick<Pace, 'batch' | 'seed'>,
  from = 0,
): Generator<readonly A[]> {
  const random = rng(seed, streams.data)
  let order: readonly number[] = []
  for (let at = 0; ; at++) {
    if (order.length < batch) order = [...order, ...shuffled(all.length, random)]
    if (at >= from) yield order.slice(0, batch).map(i => all[i] as A)
    order = order.slice(batch)
  }
}
