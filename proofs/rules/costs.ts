/** What the two folds cost, counted on their own programs: no clock, no formula. */

import { integer, record } from 'fast-check'
import { toMatrix } from '../../ad/linear/apply.ts'
import { matrix } from '../../ad/linear/linear.ts'
import { asCotangent, type Cotangent, spaceOf, toValue } from '../../ad/linear/space.ts'
import { type Cost, cost } from '../../ad/modes/cost.ts'
import { scalar, zeros } from '../../ad/tensor.ts'
import { leavesOf, rebuild, type Tree } from '../../ad/tree.ts'
import type { Value } from '../../ad/value.ts'
import { leaky } from '../../nets/cells/leaky.ts'
import { withConnectivity } from '../../nets/cells/stacked.ts'
import { halfSquaredError } from '../../nets/loss.ts'
import { network } from '../../nets/network.ts'
import { initialTimestep, noNoise, type Param, type State, type Timestep, timestep } from '../../nets/run/timestep.ts'
import { bptt } from '../../rules/bptt.ts'
import { fpbptt } from '../../rules/fpbptt.ts'
import { rtrl } from '../../rules/rtrl.ts'
import type { Proposition } from '../proposition.ts'

interface Size {
  readonly d: number
  readonly n: number
}

/** The leaky network, all of its wires there or those that a mask leaves. */
export const leakyOf = ({ d, n }: Size, mask?: Value) => {
  const cell = leaky({ alpha: 0.5 })
  return network(mask ? withConnectivity(cell, { W_rec: mask }) : cell, { d, n, m: 1 }, halfSquaredError())
}

/** A rule's step on one timestep as a program of θ, the state, the data and what the rule carries. */
export const counted = (
  { d, n }: Size,
  step: (now: Timestep, carried: Tree) => Tree,
  carried: readonly number[],
  made = leakyOf({ d, n }),
): Cost => {
  const state = made.cell.zeroState({ d, n, m: 1 })
  const inputs = [made.init(1), state, zeros([n]), zeros([1]), zeros(carried)] as const
  const leaves = leavesOf(inputs)
  return cost(
    values => {
      const [θ, state, x, target, memory] = rebuild(inputs, values)
      const now = timestep(made)(θ, state, { x, target, weight: scalar(1), noise: zeros([0]), isLast: scalar(0) })
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
      const [out, next] = rtrl.step(matrix(from, to, carried as Value), now)
      return [toValue(out), toMatrix(next)]
    },
    [size.d, parametersOf(size)],
  )

/** One step of BPTT, its credit [d] coming in and going out. */
export const bpttCost = (size: Size): Cost =>
  counted(
    size,
    (now, carried) => {
      const [out, next] = bptt.step(asCotangent(spaceOf(now.after), carried as Value), now)
      return [toValue(out), toValue(next)]
    },
    [size.d],
  )

/** A window of k steps of FP-BPTT, the influence on the state it begins with [d, |θ|] coming in, that of the next going out. */
export const fpbpttCost = ({ d, n }: Size, k: number): Cost => {
  const made = leakyOf({ d, n })
  const θ = made.init(1)
  const { immediate } = initialTimestep(made)(θ)
  const vectors = Array.from({ length: k }, () => [zeros([n]), zeros([1])] as const)
  const inputs = [θ, { h: zeros([d]) }, toMatrix(immediate), ...vectors.flat()] as const
  const rule = fpbptt({ k })
  return cost(
    values => {
      const [parameters, state, held, ...data] = rebuild(inputs, values)
      const first = { ...initialTimestep(made)(parameters), immediate: matrix(immediate.from, immediate.to, held) }
      const from = { out: null as Cotangent<Param> | null, state: state as State, window: rule.init(first) }
      const { out, window } = vectors.reduce(
        ({ state, window }, _, t) => {
          const [x, target] = data.slice(2 * t) as [Value, Value]
          const now = timestep(made)(parameters, state, {
            x,
            target,
            weight: scalar(1),
            noise: noNoise,
            isLast: scalar(0),
          })
          const [out, next] = rule.step(window, now)
          return { out, state: now.after, window: next }
        },
        { ...from, window: rule.step(from.window, first)[1] },
      )
      return [toValue(out as Cotangent<Param>), toMatrix((window.moments[0] as Timestep).immediate)]
    },
    leavesOf(inputs).map(leaf => leaf.shape),
  )
}

/** |θ| of the cell: d(d + n + 1). */
export const parametersOf = ({ d, n }: Size): number => d * (d + n + 1)

const sizes = (max: number) => record({ d: integer({ min: 2, max }), n: integer({ min: 1, max: 8 }) })
const about = (claim: string, residual: (size: Size) => number, within: number, { max = 24 } = {}): Proposition => ({
  claim,
  forAll: sizes(max),
  residual,
  within,
  verdict: 'holds',
  runs: 20,
})

export const costs: readonly Proposition[] = [
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
  about(
    'a step of FP-BPTT in windows of d takes 2 d³ operations to pull a block, 2 d·|θ| to carry the influence, 2 d·|θ| to add to it, and at most 24 |θ| + 40 (d + n + 1) besides: O(d³)',
    size => {
      const parameters = parametersOf(size)
      const main = 2 * size.d ** 3 + 4 * size.d * parameters
      const rest = fpbpttCost(size, size.d).operations / size.d - main
      return Math.max(0, -rest, rest - 24 * parameters - 40 * (size.d + size.n + 1))
    },
    0,
    { max: 12 },
  ),
  about(
    'no value in a window of FP-BPTT holds more than d·|θ| numbers',
    size => Math.max(0, fpbpttCost(size, 3).largest - size.d * parametersOf(size)),
    0,
  ),
]
