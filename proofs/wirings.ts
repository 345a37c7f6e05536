/** What is wired to what, read off the program of a cell: nothing is missing, and a pattern keeps what a mask would. */
import { map } from 'fp-ts/lib/ReadonlyNonEmptyArray.js'
import { masked } from '../ad/arrow.ts'
import { dense, matrixOf } from '../ad/follow.ts'
import { local, own } from '../ad/own.ts'
import { maskOf, type Pattern } from '../ad/pattern.ts'
import { asCotangent } from '../ad/space.ts'
import { full, type Tensor } from '../ad/tensor.ts'
import type { Branch } from '../ad/tree.ts'
import type { Value } from '../ad/value.ts'
import type { Cell } from '../nets/cell.ts'
import { type CellName, cells } from '../nets/cells.ts'
import { halfSquared } from '../nets/loss.ts'
import { walk } from '../nets/machine.ts'
import type { Moment, Run } from '../nets/moment.ts'
import { stacked } from '../nets/stacked.ts'
import { task } from '../nets/task.ts'
import { compressed, type Kept } from '../rules/compressed.ts'
import { influence } from '../rules/rtrl.ts'
import { snapPattern } from '../rules/snap.ts'
import { type Wiring, wiring } from '../rules/wiring.ts'
import type { Sides } from './fed.ts'
import { type Pool, pools, runOf, told } from './gated.ts'
import { type Equation, entries, equation, type Proposition } from './proposition.ts'

/** The rule that carries the whole influence and then puts 0 where the mask is 0. */
export const thinnedBy = (mask: Value) => influence(total => dense(masked(mask, total)))

const thinned = (pattern: Pattern) => thinnedBy(maskOf(pattern))

const kept = (wires: Wiring, pattern: Pattern): Kept => ({ ...wires, influence: pattern })

export const each = ['leaky', 'membrane', 'lstm', 'peephole', 'gru', 'gru-pytorch', 'minimal', 'lru'] as const
const netOf = (cell: Cell<Branch, Branch>, { d, n }: Pool) => task(cell, { d, n, m: 1 }, halfSquared(), 'learned')
export const cellOf = (name: CellName): Cell<Branch, Branch> => cells[name]({ alpha: 0.25 })

/** With a mistake at every step that is worth charging for. */
export const loudly = (now: Moment): Moment => ({
  ...now,
  mistake: asCotangent(now.readout.to, full([now.readout.to.size], 64)),
})

/** A claim about runs of a cell, and its wiring. */
export const onPools = (
  claim: string,
  cell: (pool: Pool) => Cell<Branch, Branch>,
  sides: (run: Run, wires: Wiring, pool: Pool) => Sides,
  options: Partial<Equation<Pool>> = {},
): Proposition<never> => {
  const made = (pool: Pool) => {
    const one = runOf(cell(pool), pool)
    return { ...one, run: map(loudly)(one.run) }
  }
  return equation<Pool>({
    claim,
    forAll: pools(),
    sides: pool => sides(made(pool).run, wiring(netOf(cell(pool), pool)), pool),
    describe: pool => told(pool, made(pool)),
    within: 1e-10,
    verdict: 'holds',
    runs: 15,
    ...options,
  }) as never
}

const strangers = (f: Parameters<typeof matrixOf>[0], { columns }: Pattern): readonly number[] => {
  const matrix = matrixOf(f) as Tensor
  return [...matrix.data].filter((_, i) => {
    const width = columns.length
    return !columns[i % width]?.includes(Math.floor(i / width))
  })
}

/** Every cell below a leaky one, and alone. */
export const everyCell = each.flatMap(name => [
  onPools(
    `the wiring of ${name} names every entry of J, own(J), B and local(B) that is not 0, alone and in a stack`,
    () => stacked([cellOf(name), cellOf('leaky')]),
    (run, wires) => {
      const found = run.flatMap(now => [
        ...strangers(now.recurrent as never, wires.recurrent),
        ...(now.recurrent.tag === 'Zero' ? [] : strangers(own(now.recurrent) as never, wires.own)),
        ...strangers(now.immediate as never, wires.immediate),
        ...strangers(local(now.immediate) as never, wires.local),
      ])
      return [found, found.map(() => 0)]
    },
    { within: 0, runs: 8 },
  ),
  onPools(
    `a weight of ${name} in a stack touches no unit but its own, once activity is cut`,
    () => stacked([cellOf(name), cellOf('leaky')]),
    (_, wires) => {
      const units = wires.local.columns.map(rows => new Set(rows.map(row => wires.units[row])).size)
      return [[Math.max(...units)], [1]]
    },
    { within: 0, runs: 4 },
  ),
  onPools(
    `what is kept of ${name} by its pattern alone is what is kept of the whole influence by a mask`,
    () => cellOf(name),
    (run, wires) => {
      const patterns = [1, 2].flatMap(n => [snapPattern(n, wires), snapPattern(n, wires, 'unit')])
      const [few, many] = [
        patterns.map(pattern => influence(compressed(kept(wires, pattern)))),
        patterns.map(thinned),
      ].map(rules => rules.flatMap(rule => [...walk(rule)(run)].flatMap(([, M]) => entries(matrixOf(M)))))
      return [few as number[], many as number[]]
    },
    { runs: 8 },
  ),
])
