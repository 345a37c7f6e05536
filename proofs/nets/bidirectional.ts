/** Both directions: each is a run of its own, so each rule that is exact on a run is exact on both together. */

import { constantFrom, integer, record } from 'fast-check'
import { matvec } from '../../ad/primitives/contraction.ts'
import { add, mul } from '../../ad/primitives/elementwise.ts'
import { concat } from '../../ad/primitives/layout.ts'
import { tensor, tensorOf } from '../../ad/tensor.ts'
import { leavesOf, rebuild } from '../../ad/tree.ts'
import type { Value } from '../../ad/value.ts'
import { type CellName, cells } from '../../nets/cells/index.ts'
import type { AnyCell } from '../../nets/cells/stacked.ts'
import { lossNamed } from '../../nets/named.ts'
import { type Example, example, whole } from '../../nets/network.ts'
import {
  type Bidirectional,
  type BothTheta,
  bidirectional,
  gradientBoth,
  unrollBoth,
} from '../../nets/run/bidirectional.ts'
import type { AnyRule } from '../../nets/run/rule.ts'
import { bptt } from '../../rules/bptt.ts'
import { rtrl } from '../../rules/rtrl.ts'
import { quarters } from '../arbitraries/networks.ts'
import { slopeOf } from '../oracles/imaginary.ts'
import { entries, equation, type Proposition } from '../proposition.ts'

interface PlainBoth {
  readonly d: number
  readonly m: number
  readonly T: number
  readonly loss: 'half_mse' | 'softmax_ce' | 'rmse_seq'
  readonly pair: 'leaky and leaky' | 'gru and lstm' | 'lstm and lru-orvieto'
  readonly pool: readonly number[]
}

const drawn = record<PlainBoth>({
  d: integer({ min: 1, max: 2 }),
  m: integer({ min: 1, max: 2 }),
  T: integer({ min: 1, max: 4 }),
  loss: constantFrom<PlainBoth['loss'][]>('half_mse', 'softmax_ce', 'rmse_seq'),
  pair: constantFrom<PlainBoth['pair'][]>('leaky and leaky', 'gru and lstm', 'lstm and lru-orvieto'),
  pool: quarters(53),
})

interface Made {
  readonly both: Bidirectional
  readonly θ: BothTheta
  readonly sequence: readonly Example[]
}

const made = ({ d, m, T, loss, pair, pool }: PlainBoth): Made => {
  let at = 0
  const take = (count: number, shift = 0): readonly number[] =>
    Array.from({ length: count }, () => (pool[at++ % pool.length] as number) / 2 + shift)
  const [left, right] = pair.split(' and ').map(name => cells[name as CellName]()) as [AnyCell, AnyCell]
  const both = bidirectional(left, right, { d, n: 1, m }, lossNamed(loss, 'identity'), { start: 'learned' })
  const like = both.init(1)
  const filled = leavesOf(like).map(({ shape }) =>
    tensorOf(shape, Float64Array.from(take(shape.reduce((a, b) => a * b, 1)))),
  )
  const aim = () => (loss === 'softmax_ce' ? [1, ...new Array(m - 1).fill(0)] : take(m, 0.11))
  const sequence = Array.from({ length: T }, (_, t) =>
    example(tensor([...take(1)]), tensor([...aim()]), t === 0 ? 0.5 : 1),
  )
  return { both, θ: rebuild(like, filled), sequence }
}

/** The whole loss as one program: two loops, one from each end. */
const lossOf =
  ({ both, sequence }: Made) =>
  (θ: BothTheta): Value => {
    const along = (which: 'forward' | 'backward', data: readonly Example[]): readonly Value[] => {
      let state = both[which].start(θ.start[which])
      return data.map(({ x }) => {
        state = both[which].step(θ[which], state, x)
        return both[which].output(θ[which], state, x)
      })
    }
    const [left, right] = [along('forward', sequence), along('backward', sequence.toReversed()).toReversed()]
    const losses = sequence.map(({ target, weight }, t) => {
      const v = add(matvec(θ.readout.W_out, concat([left[t] as Value, right[t] as Value])), θ.readout.b_out)
      return mul(weight, both.loss.each(v, target))
    })
    return whole(both, sequence, losses)
  }

export const bothWays: Proposition = equation<PlainBoth>({
  claim: 'on a bidirectional network BPTT, RTRL and complex step agree, each direction folded on its own',
  forAll: drawn,
  sides: plain => {
    const one = made(plain)
    const runs = unrollBoth(one.both)(one.θ, one.sequence)
    const [future, past] = [bptt as AnyRule, rtrl].map(rule => entries(gradientBoth(rule)(one.θ, runs))) as [
      number[],
      number[],
    ]
    const [direction, slope] = slopeOf(lossOf(one), one.θ)
    return [
      [...future, future.reduce((sum, g, i) => sum + g * (direction[i] as number), 0)],
      [...past, slope],
    ]
  },
  describe: ({ d, m, T, loss, pair, pool }) =>
    `${pair} d=${d} n=1 m=${m} T=${T} ${loss}; numbers ${pool.slice(0, 12)} …`,
  within: 1e-10,
  verdict: 'holds',
  runs: 24,
})
