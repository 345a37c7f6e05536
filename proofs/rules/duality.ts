/**
 * The theorem. The gradient of a run is a triangle of terms g_ts = q_t J_t … J_{s+1} B_s, one for each pair of a loss time t and
 * a parameter time s ≤ t, and there are two ways to add it up:
 *
 *      s = 1  2  3
 *  t = 1 [ g11         ]     row t    = ∂L_t/∂θ, what RTRL emits at t: forward mode, a left fold of pushes
 *      2 [ g21 g22     ]     column s = ∂L/∂θ_s, what BPTT emits at s: reverse mode, a right fold of pulls
 *      3 [ g31 g32 g33 ]     the sum of all rows = the sum of all columns = ∂L/∂θ
 *
 * q_t = ∂ℓ_t/∂s_t, J_t = ∂s_t/∂s_{t-1}, B_s = ∂s_s/∂θ with s_{s-1} held; θ_s is the θ that step s uses. Here θ is what the
 * state depends on, cell and start; the readout's gradient is exact at each timestep, and no part of the triangle. A push applies a
 * linear map to a tangent (jvp), a pull its transpose to a cotangent (vjp). Time 0, not drawn here, is the initial state, which may be
 * a parameter.
 *
 * A claim is about random networks: it holds if its two lists of numbers agree to the tolerance `within`, 1e-10 unless said.
 * `made` is a network with its θ, data and run, `plain` the same in bare numbers, for programs that know nothing of ours.
 */

import { plus } from '../../ad/linear/linear.ts'
import { outputs } from '../../nets/run/fold.ts'
import { runGradient, scan, total } from '../../nets/run/scan.ts'
import { lossOf } from '../../nets/run/unroll.ts'
import { bptt } from '../../rules/bptt.ts'
import { deltas } from '../../rules/readings/adjoints.ts'
import { doubleSum } from '../../rules/readings/double-sum.ts'
import { rtrl } from '../../rules/rtrl.ts'
import { networks } from '../arbitraries/networks.ts'
import { onLargeNetworks, onNetworks } from '../arbitraries/on-networks.ts'
import { list } from '../arbitraries/realise.ts'
import {
  adjointsOfStates,
  byForwardMode,
  byPushes,
  byReverseMode,
  columnsOf,
  columnsOfInfluence,
  pulledBack,
  tangentsOfStates,
  trianglePairs,
} from '../arbitraries/unrolled-program.ts'
import { directional, losses, gradient as oracle, states } from '../oracles/complex.ts'
import { entries, type Proposition } from '../proposition.ts'

export const theorem: readonly Proposition[] = [
  onNetworks('BPTT and RTRL compute the same gradient', ({ run }) => [list(total(bptt)(run)), list(total(rtrl)(run))], {
    within: 1e-12,
    runs: 100,
  }),
  onNetworks("reverse mode over the whole unrolled program gives BPTT's gradient", made => [
    byReverseMode(made),
    list(runGradient(bptt)(made.run)),
  ]),
  onNetworks("forward mode over the whole unrolled program, one parameter at a time, gives RTRL's gradient", made => [
    byForwardMode(made),
    list(runGradient(rtrl)(made.run)),
  ]),
  onNetworks('row t of the triangle sums to what RTRL emits at t', ({ run }) => [
    doubleSum(run).flatMap(row => list(row.reduce(plus))),
    [...outputs(scan(rtrl)(run))].flatMap(list),
  ]),
  onNetworks('column s of the triangle sums to what BPTT emits at s', ({ run }) => [
    columnsOf(doubleSum(run)).flatMap(column => list(column.reduce(plus))),
    [...outputs(scan(bptt)(run))].toReversed().flatMap(list),
  ]),
  onNetworks('BPTT and RTRL are both the double sum over pairs (loss time, parameter time)', ({ run }) => {
    const sum = list(doubleSum(run).flat().reduce(plus))
    return [
      [...sum, ...sum],
      [...list(total(bptt)(run)), ...list(total(rtrl)(run))],
    ]
  }),
]

/** Losses that are sums over time, so that each L_t has a gradient of its own. */
const perStep = { forAll: networks({ losses: ['half_mse', 'sse', 'softmax_ce'] }) }

/** Two methods that agree may both be wrong: an independent program, by complex step, checks them. */
const oracles: readonly Proposition[] = [
  onNetworks('the states and losses of a run are those of an independent program', (made, plain) => [
    [...made.run.slice(1).flatMap(now => entries(now.after)), ...entries(lossOf(made.net, made.sequence, made.run))],
    [...states(plain).flat(), losses(plain).reduce((sum, x) => sum + x, 0)],
  ]),
  onNetworks('BPTT computes the gradient, by complex step through the whole run', ({ run }, plain) => [
    list(runGradient(bptt)(run)),
    oracle(plain),
  ]),
  onNetworks('RTRL computes the gradient, by complex step through the whole run', ({ run }, plain) => [
    list(runGradient(rtrl)(run)),
    oracle(plain),
  ]),
  onNetworks(
    'g_ts = q_t J_t … J_{s+1} B_s is the derivative of loss t in the parameters of step s alone, and 0 for s > t',
    trianglePairs,
    { ...perStep, runs: 15 },
  ),
]

/** The intermediate values of the two modes are the memories of the two rules. */
const memories: readonly Proposition[] = [
  onNetworks("the tape's adjoint of s_t is δ_t", made => [
    adjointsOfStates(made),
    deltas(made.run).slice(1).flatMap(list),
  ]),
  onNetworks('δ_t = q_t + δ_{t+1} J_{t+1}', ({ run }) => [
    deltas(run).slice(0, -1).flatMap(list),
    pulledBack(run, deltas(run)),
  ]),
  onNetworks(
    'the tangent that forward mode carries at s_t along parameter i is column i of the influence M_t',
    made => [tangentsOfStates(made), columnsOfInfluence(made)],
    { runs: 10 },
  ),
  onNetworks('RTRL crosses timesteps by pushes alone and equals the gradient', ({ run }) => [
    byPushes(run),
    list(total(rtrl)(run)),
  ]),
]

/** Larger random networks: 4 to 24 units, 5 to 40 steps. */
const large: readonly Proposition[] = [
  onLargeNetworks(
    'BPTT and RTRL agree to 1e-12 on networks of up to 24 units and 40 steps',
    ({ run }) => [list(total(bptt)(run)), list(total(rtrl)(run))],
    { within: 1e-12, runs: 6 },
  ),
  onLargeNetworks(
    'BPTT matches the oracle along random directions on networks of up to 24 units and 40 steps',
    ({ run }, plain, seed) => {
      const g = list(runGradient(bptt)(run))
      const direction = g.map((_, i) => Math.sin(seed + 7 * i))
      return [[g.reduce((sum, x, i) => sum + x * (direction[i] as number), 0)], [directional(plain, direction)]]
    },
    { runs: 12 },
  ),
]

export const duality: readonly Proposition[] = [...oracles, ...theorem, ...memories, ...large]
