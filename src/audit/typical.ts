/** Networks as they are begun, of the sizes asked for, on data N(0, 1): where a rule is measured rather than refuted. */
import { halfSquaredError } from '../../nets/loss.ts'
import { type Example, example, type Network, network, type Theta } from '../../nets/network.ts'
import { rng } from '../../nets/random.ts'
import type { Problem } from '../../proofs/arbitraries/problems.ts'
import { keptAs } from './kept.ts'
import type { Subject } from './subject.ts'

/** So many random examples. */
export const examples = (
  { n, m }: { readonly n: number; readonly m: number },
  T: number,
  seed: number,
): readonly Example[] => {
  const random = rng(seed, 9)
  const draw = (size: number) => random.draw({ law: 'normal', shape: [size] })
  return Array.from({ length: T }, () => example(draw(n), draw(m)))
}

/** The network of the subject's sizes, or of others, its parameters and data drawn from a seed. */
export const typical = (
  { cell, sizes, kept }: Pick<Subject, 'cell' | 'sizes' | 'kept'>,
  seed: number,
  others: Partial<Subject['sizes']> = {},
): Problem => {
  const { d, n, m, T } = { ...sizes, ...others }
  return keptAs(kept, `typical ${cell.name} ${[d, n, m, T]} ${seed}`, () => begun(cell, { d, n, m }, T, seed))
}

const begun = (cell: Subject['cell'], size: Omit<Subject['sizes'], 'T'>, T: number, seed: number): Problem => {
  const net: Network = network(cell.made, size, halfSquaredError())
  return { net, θ: net.init(seed) as Theta, sequence: examples(size, T, seed), words: `${cell.name}, seed ${seed}` }
}
