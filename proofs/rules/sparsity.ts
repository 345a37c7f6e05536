import { dense, toMatrix } from '../../ad/linear/apply.ts'
import { type Linear, masked } from '../../ad/linear/linear.ts'
import { local, own } from '../../ad/linear/own.ts'
import { maskOf, type Pattern } from '../../ad/linear/sparsity.ts'
import type { Tensor } from '../../ad/tensor.ts'
import type { Value } from '../../ad/value.ts'
import { stacked } from '../../nets/cells/stacked.ts'
import { scan } from '../../nets/run/scan.ts'
import { type Kept, keepPattern } from '../../rules/parts/sparse-influence.ts'
import type { Sparsity } from '../../rules/parts/sparsity.ts'
import { influenceRule } from '../../rules/rtrl.ts'
import { snapPattern } from '../../rules/snap.ts'
import { cellOf, each, onPools } from '../arbitraries/on-pools.ts'
import { entries } from '../proposition.ts'

/** The rule that carries the whole influence and then puts 0 where the mask is 0. */
export const thinnedBy = (mask: Value) =>
  influenceRule(total => dense(masked(mask, total)), { name: 'masked', faces: 'past' })

const thinned = (pattern: Pattern) => thinnedBy(maskOf(pattern))

const kept = (wires: Sparsity, pattern: Pattern): Kept => ({ ...wires, influence: pattern })

const strangers = <A, B>(f: Linear<A, B>, { columns }: Pattern): readonly number[] => {
  const matrix = toMatrix(f) as Tensor
  return [...matrix.data].filter((_, i) => {
    const width = columns.length
    return !columns[i % width]?.includes(Math.floor(i / width))
  })
}

/** Every cell below a leaky one, and alone. */
export const everyCell = each.flatMap(name => [
  onPools(
    `the sparsity of ${name} names every entry of J, own(J), B and local(B) that is not 0, alone and in a stack`,
    () => stacked([cellOf(name), cellOf('leaky')]),
    (run, wires) => {
      const found = run.flatMap(now => [
        ...strangers(now.jacobian, wires.recurrent),
        ...(now.jacobian.tag === 'Zero' ? [] : strangers(own(now.jacobian), wires.own)),
        ...strangers(now.immediate, wires.immediate),
        ...strangers(local(now.immediate), wires.local),
      ])
      return [found, found.map(() => 0)]
    },
    { within: 0, runs: 8 },
  ),
  onPools(
    `a weight of ${name} in a stack touches no unit but its own, once activity is cut`,
    () => stacked([cellOf(name), cellOf('leaky')]),
    (_, wires) => {
      const units = wires.local.columns.map(rows => new Set(rows.map(row => wires.unitOf[row])).size)
      return [[Math.max(...units)], [1]]
    },
    { within: 0, runs: 4 },
  ),
  onPools(
    `what is kept of ${name} by its pattern alone is what is kept of the whole influence by a mask`,
    () => cellOf(name),
    (run, wires) => {
      const patterns = [1, 2].flatMap(n => [snapPattern(n, wires, 'strict'), snapPattern(n, wires, 'unit')])
      const [few, many] = [
        patterns.map(pattern =>
          influenceRule(keepPattern(kept(wires, pattern)), { name: 'by pattern', faces: 'past' }),
        ),
        patterns.map(thinned),
      ].map(rules => rules.flatMap(rule => [...scan(rule)(run)].flatMap(([, M]) => entries(toMatrix(M)))))
      return [few as number[], many as number[]]
    },
    { runs: 8 },
  ),
])
