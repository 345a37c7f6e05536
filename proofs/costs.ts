/** What the two folds cost, counted on their own programs: no clock, no formula. */
import { integer, record } from 'fast-check'
import { matrix } from '../ad/arrow.ts'
import { type Cost, cost } from '../ad/cost.ts'
import { dense, matrixOf } from '../ad/follow.ts'
import { asCotangent, numbers, spaceOf } from '../ad/space.ts'
import { scalar, zeros } from '../ad/tensor.ts'
import { leavesOf, rebuild, type Tree } from '../ad/tree.ts'
import { leaky } from '../nets/leaky.ts'
import { halfSquared } from '../nets/loss.ts'
import { type Moment, moment } from '../nets/moment.ts'
import { stream } from '../nets/random.ts'
import { params, task } from '../nets/task.ts'
import { credit } from '../rules/bptt.ts'
import { influence } from '../rules/rtrl.ts'
import type { Proposition } from './proposition.ts'

interface Size {
  readonly d: number
  readonly n: number
}

/** A rule's step on one moment as a program of θ, the state, the data and what the rule carries. */
export const counted = (
  { d, n }: Size,
  step: (now: Moment, carried: Tree) => Tree,
  carried: readonly number[],
): Cost => {
  const made = task(leaky({ alpha: 0.5 }), { d, n, m: 1 }, halfSquared())
  const inputs = [params(made, stream(1)), { h: zeros([d]) }, zeros([n]), zeros([1]), zeros(carried)] as const
  const leaves = leavesOf(inputs)
  return cost(
    values => {
      const [θ, state, x, target, memory] = rebuild(inputs, values)
      const now = moment(made)(θ, state, { x, target, weight: scalar(1), noise: zeros([0]), ends: scalar(0) })
      return leavesOf(step(now, memory))
    },
    leaves.map(leaf => leaf.shape),
  )
}

/** One step of RTRL, its influence [d, |θ|] coming in and going out. */
export const rtrlCost = (size: Size): Cost =>
  counted(
    size,
    (now, carried) => {
      const { from, to } = now.immediate
      const [out, next] = influence(dense).step(matrix(from, to, carried as never), now)
      return [numbers(out), matrixOf(next)]
    },
    [size.d, parametersOf(size)],
  )

/** One step of BPTT, its credit [d] coming in and going out. */
export const bpttCost = (size: Size): Cost =>
  counted(
    size,
    (now, carried) => {
      const [out, next] = credit.step(asCotangent(spaceOf(now.after), carried as never), now)
      return [numbers(out), numbers(next)]
    },
    [size.d],
  )

/** |θ| of the cell: d(d + n + 1). */
export const parametersOf = ({ d, n }: Size): number => d * (d + n + 1)

const sizes = record({ d: integer({ min: 2, max: 24 }), n: integer({ min: 1, max: 8 }) })
const about = (claim: string, residual: (size: Size) => number, within: number): Proposition<never> =>
  ({ claim, forAll: sizes, residual, within, verdict: 'holds', runs: 20 }) as Proposition<Size> as never

export const costs: readonly Proposition<never>[] = [
  about(
    'no value in a step of RTRL holds more than d·|θ| numbers',
    size => Math.max(0, rtrlCost(size).largest - size.d * parametersOf(size)),
    0,
  ),
  about(
    'a step of RTRL takes 2 d²·|θ| operations for J M, and at most 12 d·|θ| besides',
    size => {
      const main = 2 * size.d ** 2 * parametersOf(size)
      const rest = rtrlCost(size).operations - main
      return Math.max(0, -rest, rest - 12 * size.d * parametersOf(size))
    },
    0,
  ),
  about(
    'no value in a step of BPTT holds more than |θ| numbers, and the step takes at most 12 |θ| operations and 40 (d + n + 1)',
    size => {
      const { largest, operations } = bpttCost(size)
      const bound = 12 * parametersOf(size) + 40 * (size.d + size.n + 1)
      return Math.max(0, largest - parametersOf(size) - size.d - 1, operations - bound)
    },
    0,
  ),
]
