import { dense, toMatrix } from '../../ad/linear/apply.ts'
import { compose, type Linear, masked, outer, plus, scale } from '../../ad/linear/linear.ts'
import { local, own } from '../../ad/linear/own.ts'
import { asCotangent, asTangent } from '../../ad/linear/space.ts'
import { maskOf, type Pattern } from '../../ad/linear/sparsity.ts'
import { ones, scalar, type Tensor } from '../../ad/tensor.ts'
import type { Value } from '../../ad/value.ts'
import { stacked } from '../../nets/cells/stacked.ts'
import { scan } from '../../nets/run/scan.ts'
import type { Timestep } from '../../nets/run/timestep.ts'
import type { Influence } from '../../rules/parts/influence.ts'
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

/** Maps made of a timestep's and of a kept influence M: sums, multiples, matrices, an outer product, M on another pattern. */
const madeOf = (now: Timestep, M: Influence, other: Influence): readonly Influence[] => {
  const [half, carried] = [scalar(0.5), compose(now.jacobian, M)]
  const [column, row] = [asTangent(M.to, ones([M.to.size])), asCotangent(M.from, ones([M.from.size]))]
  return [
    plus(scale(half, carried), now.immediate),
    compose(now.jacobian, scale(half, plus(M, M))),
    compose(scale(half, now.jacobian), M),
    compose(now.jacobian, dense(M)),
    plus(dense(carried), M),
    plus(other, compose(now.jacobian, other)),
    outer(M.from, M.to, column, row),
  ]
}

/** Not only of J M + B, which is all that RTRL makes: a rule of one's own may scale it, or add to it. */
export const keptEntries = onPools(
  'what is kept by a pattern are the entries there, whatever a linear map is made of',
  () => stacked([cellOf('gru'), cellOf('leaky')]),
  (run, wires) => {
    const [pattern, another] = [snapPattern(1, wires, 'unit'), snapPattern(2, wires, 'unit')]
    const [keep, keepMore] = [keepPattern(kept(wires, pattern)), keepPattern(kept(wires, another))]
    const [before, now] = [run[1] as Timestep, run.at(-1) as Timestep]
    const maps = madeOf(now, keep(before.immediate, before), keepMore(before.immediate, before))
    const mask = maskOf(pattern)
    return [maps.flatMap(f => entries(toMatrix(keep(f, now)))), maps.flatMap(f => entries(toMatrix(masked(mask, f))))]
  },
  { runs: 8 },
)
