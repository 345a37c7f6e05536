/** The theorem: the two modes over the unrolled program are the two folds over its moments. */

import { integer, record } from 'fast-check'
import { pull, push, toMatrix } from '../../ad/linear/apply.ts'
import { plus } from '../../ad/linear/linear.ts'
import { asTangent, type Cotangent, spaceOf, type Tangent, toValue, unflatten } from '../../ad/linear/space.ts'
import { backward, record as tape } from '../../ad/modes/tape.ts'
import { grad, jvp, vmap } from '../../ad/modes/transforms.ts'
import { matvec } from '../../ad/primitives/contraction.ts'
import { mul } from '../../ad/primitives/elementwise.ts'
import { stack, sum } from '../../ad/primitives/layout.ts'
import { eye, ones, type Tensor, tensor, zeros } from '../../ad/tensor.ts'
import { leavesOf, rebuild } from '../../ad/tree.ts'
import type { Value } from '../../ad/value.ts'
import { example, type Theta, unrolled } from '../../nets/network.ts'
import { checkpointed } from '../../nets/run/checkpointing.ts'
import { outputs } from '../../nets/run/fold.ts'
import { runGradient, scan, total } from '../../nets/run/scan.ts'
import { error, type Param, type State, type Timestep } from '../../nets/run/timestep.ts'
import { lossOf } from '../../nets/run/unroll.ts'
import { bptt } from '../../rules/bptt.ts'
import { deltas } from '../../rules/readings/adjoints.ts'
import { doubleSum } from '../../rules/readings/double-sum.ts'
import { rtrl } from '../../rules/rtrl.ts'
import { bigNetwork, networks } from '../arbitraries/networks.ts'
import { type NetworkSides, onNetworks } from '../arbitraries/on-networks.ts'
import { list, type Realised, realise } from '../arbitraries/realise.ts'
import { directional, losses, gradient as oracle, states, triangle } from '../oracles/complex.ts'
import type { PlainNetwork } from '../plain-network.ts'
import { entries, equation, type Proposition } from '../proposition.ts'

/** P_t for t = 0 … T, as matrices [d, |θ|]. */
const influences = (run: Realised['run']): readonly Tensor[] =>
  [...scan(rtrl)(run)].map(([, memory]) => toMatrix(memory) as Tensor)

/** RTRL by pushes alone: |θ| tangents carried on; the loss itself is reached by a push through the readout. */
const byPushes = (run: Realised['run']): readonly number[] => {
  const [first] = run
  const basis = asTangent(first.immediate.from, eye(first.immediate.from.size)) as Tangent<Param>
  let tangents = push(first.immediate, basis)
  return run.slice(1).reduce((sum, now) => {
    tangents = plus(push(now.jacobian, tangents), push(now.immediate, basis))
    const costs = matvec(toValue(push(now.readout, tangents)), toValue(now.outputError))
    return sum.map((x, i) => x + (entries(costs)[i] as number))
  }, new Array<number>(first.immediate.from.size).fill(0))
}

/** Of the flat gradient: how many numbers belong to the cell. */
const cellSize = ({ θ }: Realised): number => spaceOf(θ.cell).size

/** The oracle's ∂L_t/∂θ_s beside ours, for the cell's parameters, upper triangle included. */
const trianglePairs: NetworkSides = (made, net) => {
  const size = cellSize(made)
  const ours = doubleSum(made.run)
  const rows = triangle(net)
  const pick = (t: number, s: number): readonly number[] => {
    const g = ours[t]?.[s]
    return g ? list(g).slice(0, size) : new Array<number>(size).fill(0)
  }
  return [rows.flatMap((row, t) => row.flatMap((_, s) => pick(t + 1, s + 1))), rows.flat(2)]
}

const perStep = { forAll: networks({ losses: ['half_mse', 'sse', 'softmax_ce'] }) }

const oracles: readonly Proposition[] = [
  onNetworks('the states and losses of a run are those of an independent program', (made, net) => [
    [...made.run.slice(1).flatMap(now => entries(now.after)), ...entries(lossOf(made.net, made.sequence, made.run))],
    [...states(net).flat(), losses(net).reduce((sum, x) => sum + x, 0)],
  ]),
  onNetworks('BPTT computes the gradient, by complex step through the whole run', (made, net) => [
    list(runGradient(bptt)(made.run)),
    oracle(net),
  ]),
  onNetworks('RTRL computes the gradient, by complex step through the whole run', (made, net) => [
    list(runGradient(rtrl)(made.run)),
    oracle(net),
  ]),
  onNetworks(
    'g_ts = q_t J_t … J_{s+1} B_s is the derivative of loss t in the parameters of step s alone, and 0 for s > t',
    trianglePairs,
    { ...perStep, runs: 15 },
  ),
]

const programs: readonly Proposition[] = [
  onNetworks('reverse mode over the whole unrolled program is BPTT', ({ net, θ, sequence, run }) => [
    entries(grad((p: Theta) => unrolled(net, sequence)(p).loss)(θ)),
    list(runGradient(bptt)(run)),
  ]),
  onNetworks("the tape's adjoint of h_t is δ_t", ({ net, θ, sequence, run }) => {
    const whole = tape(inputs => {
      const { loss, states: hs } = unrolled(net, sequence)(rebuild<Theta>(θ, inputs))
      return [loss, ...hs.flatMap(leavesOf)]
    }, leavesOf(θ))
    const adjoints = backward(whole, [ones([]), ...whole.outputs.slice(1).map(h => zeros(h.shape))])
    const at = (slot: number): readonly number[] => entries(adjoints[slot] as Value)
    return [whole.ends.slice(1).flatMap(at), deltas(run).slice(1).flatMap(list)]
  }),
  onNetworks(
    "forward mode over the whole unrolled program is RTRL: the dual's tangent of h_t along parameter i is P_t e_i",
    made => {
      const { net, θ, sequence, run } = made
      const space = run[0].immediate.from
      const param = { cell: θ.cell, start: θ.start }
      const along = (i: number): readonly number[] => {
        const unit = rebuild(
          param,
          unflatten(space, tensor([...eye(space.size).data.subarray(i * space.size, (i + 1) * space.size)])),
        )
        const run = (p: typeof param) => unrolled(net, sequence)({ ...θ, ...p }).states
        return entries(jvp(run, [param], [unit])[1] as never)
      }
      const column = (i: number): readonly number[] =>
        influences(run)
          .slice(1)
          .flatMap(P => Array.from({ length: P.shape[0] as number }, (_, k) => P.data[k * space.size + i] as number))
      const all = [...Array(space.size).keys()]
      return [all.flatMap(along), all.flatMap(column)]
    },
    { runs: 10 },
  ),
  onNetworks('RTRL by pushes alone, with no pull before the readout, is RTRL', ({ run }) => [
    byPushes(run),
    list(total(rtrl)(run)),
  ]),
]

const folds: readonly Proposition[] = [
  onNetworks('BPTT and RTRL compute the same gradient', ({ run }) => [list(total(bptt)(run)), list(total(rtrl)(run))], {
    within: 1e-12,
    runs: 100,
  }),
  onNetworks('both are the double sum over pairs (loss time, parameter time)', ({ run }) => {
    const both = doubleSum(run).flat().reduce(plus)
    return [
      [...list(both), ...list(both)],
      [...list(total(bptt)(run)), ...list(total(rtrl)(run))],
    ]
  }),
  onNetworks('row t of the triangle sums to what RTRL emits at t', ({ run }) => [
    doubleSum(run).flatMap(row => list(row.reduce(plus))),
    [...outputs(scan(rtrl)(run))].flatMap(list),
  ]),
  onNetworks('column s of the triangle sums to what BPTT emits at s', ({ run }) => {
    const rows = doubleSum(run)
    const column = (s: number) => rows.flatMap(row => row[s] ?? []).reduce(plus)
    return [[...outputs(scan(bptt)(run))].toReversed().flatMap(list), run.flatMap((_, s) => list(column(s)))]
  }),
  onNetworks(
    'BPTT that keeps every k-th state and runs the segments again computes the same gradient, for every k',
    ({ net, θ, sequence, run }) => {
      const lengths = [undefined, 1, 2, 3, sequence.length]
      const again = lengths.map(k => checkpointed(bptt, k === undefined ? {} : { k })(net)(θ, sequence))
      return [again.flatMap(list), lengths.flatMap(() => list(runGradient(bptt)(run)))]
    },
    { ...perStep, within: 1e-14 },
  ),
  onNetworks(
    'the gradient of a minibatch, by vmap over its sequences, is the sum of the gradients one at a time',
    ({ net, θ, sequence }) => {
      const other = sequence.map(({ x, target, weight }) => example(mul(x, -0.5), target, weight))
      const slope = grad((p: Theta, xs: readonly Value[]) => {
        const data = sequence.map(({ target, weight }, t) => example(xs[t] as Value, target, weight))
        return unrolled(net, data)(p).loss
      })
      const blocks = sequence.map(({ x }, t) => stack([x, (other[t] as (typeof sequence)[number]).x]))
      const together = vmap(slope, [null, 0])(θ, blocks)
      const alone = [sequence, other].map(data =>
        slope(
          θ,
          data.map(({ x }) => x),
        ),
      )
      const sums = leavesOf(together).map(leaf => sum(leaf, 0))
      return [
        sums.flatMap(entries),
        entries(alone[0] as Theta).map((g, i) => g + (entries(alone[1] as Theta)[i] as number)),
      ]
    },
    perStep,
  ),
  onNetworks('δ_t is the error of the instant and the credit of the next, pulled back', ({ run }) => {
    const worth = deltas(run)
    const recursion = (i: number) =>
      plus(error(run[i] as Timestep), pull((run[i + 1] as Timestep).jacobian, worth[i + 1] as Cotangent<State>))
    return [worth.slice(0, -1).flatMap(list), worth.slice(0, -1).flatMap((_, i) => list(recursion(i)))]
  }),
]

interface Size {
  readonly seed: number
  readonly d: number
  readonly T: number
}
const sizes = record({
  seed: integer({ min: 1, max: 1000 }),
  d: integer({ min: 4, max: 24 }),
  T: integer({ min: 5, max: 40 }),
})
const grown = ({ seed, d, T }: Size): PlainNetwork => bigNetwork(seed, d, 3, 2, T)

const large: readonly Proposition[] = [
  equation<Size>({
    claim: 'BPTT and RTRL agree to 1e-12 on networks of up to 24 units and 40 steps',
    forAll: sizes,
    sides: size => {
      const { run } = realise(grown(size))
      return [list(total(bptt)(run)), list(total(rtrl)(run))]
    },
    within: 1e-12,
    verdict: 'holds',
    runs: 6,
  }),
  equation<Size>({
    claim: 'BPTT matches the oracle along random directions on networks of up to 24 units and 40 steps',
    forAll: sizes,
    sides: size => {
      const net = grown(size)
      const g = list(runGradient(bptt)(realise(net).run))
      const direction = g.map((_, i) => Math.sin(size.seed + 7 * i))
      return [[g.reduce((sum, x, i) => sum + x * (direction[i] as number), 0)], [directional(net, direction)]]
    },
    within: 1e-10,
    verdict: 'holds',
    runs: 12,
  }),
]

export const duality: readonly Proposition[] = [...oracles, ...programs, ...folds, ...large]
