/** SnAp-n on a ring of six units, where a weight reaches every state after six steps. Menick et al. 2021. */
import { tensor } from '../../ad/tensor.ts'
import type { Tree } from '../../ad/tree.ts'
import { leaky } from '../../nets/cells/leaky.ts'
import { withConnectivity } from '../../nets/cells/stacked.ts'
import { halfSquaredError } from '../../nets/loss.ts'
import { type Network, network } from '../../nets/network.ts'
import { rng } from '../../nets/random.ts'
import type { AnyRule } from '../../nets/run/rule.ts'
import { total } from '../../nets/run/scan.ts'
import { unroll } from '../../nets/run/unroll.ts'
import { sequence } from '../../nets/sequence.ts'
import { entries, gap } from '../../proofs/proposition.ts'
import { rtrl } from '../../rules/rtrl.ts'
import { snap } from '../../rules/snap.ts'
import { within } from './held.ts'
import type { Reproduction } from './reproduction.ts'

const [d, T] = [6, 8]
const ring = tensor(Array.from({ length: d }, (_, i) => Array.from({ length: d }, (_, j) => +((j + 1) % d === i))))

const net = network(withConnectivity(leaky(), { W_rec: ring }), { d, n: 1, m: 1 }, halfSquaredError())

/** T steps of numbers between -1 and 1. */
const data = () => {
  const random = rng(1)
  const numbers = (): number[] => Array.from({ length: T }, () => 2 * random.uniform() - 1)
  return sequence(numbers(), numbers())
}

/** How far the gradient by SnAp-n is from the exact one. */
const deviation = (n: number): number => {
  const run = unroll(net as unknown as Network)(net.init(1), data())
  const numbers = (rule: AnyRule): readonly number[] => entries(total(rule)(run) as unknown as Tree)
  return gap(numbers(snap({ n, mask: 'strict' })), numbers(rtrl))
}

/** The least n from which on the deviation is rounding. */
const exactFrom = (): number => Array.from({ length: T }, (_, i) => i + 1).find(n => deviation(n) < 1e-12) ?? Number.NaN

export const snapRing: Reproduction = {
  name: 'snap-ring',
  title: 'SnAp-n on a ring of 6 units over 8 steps',
  paper: snap.facts.papers[0],
  protocol: `A ring of ${d} tanh units, T = ${T}, the loss at every step; the gradient of all parameters beside that of RTRL.`,
  minutes: 0.1,
  figures: [
    within('the least n at which the deviation vanishes', '6', [6, 6], exactFrom),
    within('deviation at n = 1', 'not 0', [1e-6, 1], () => deviation(1)),
    within('deviation at n = 5', 'not 0', [1e-9, 1], () => deviation(5)),
    within('deviation at n = 6', '0', [0, 1e-12], () => deviation(6)),
  ],
}
