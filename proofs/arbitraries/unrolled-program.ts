/** The whole unrolled program differentiated by either mode, and the same without rules: what the two folds are held to. */

import { pull, push, toMatrix } from '../../ad/linear/apply.ts'
import { plus } from '../../ad/linear/linear.ts'
import { asTangent, type Cotangent, spaceOf, toValue } from '../../ad/linear/space.ts'
import { backward, record as tape } from '../../ad/modes/tape.ts'
import { grad, jvp } from '../../ad/modes/transforms.ts'
import { matvec } from '../../ad/primitives/contraction.ts'
import { eye, ones, type Tensor, tensorOf, zeros } from '../../ad/tensor.ts'
import { leavesOf, rebuild } from '../../ad/tree.ts'
import { item, type Value } from '../../ad/value.ts'
import { type Theta, unrolled } from '../../nets/network.ts'
import { scan } from '../../nets/run/scan.ts'
import { error, type Run, type State, type Timestep } from '../../nets/run/timestep.ts'
import { doubleSum } from '../../rules/readings/double-sum.ts'
import { rtrl } from '../../rules/rtrl.ts'
import { triangle } from '../oracles/complex.ts'
import { entries } from '../proposition.ts'
import type { NetworkSides } from './on-networks.ts'
import { list, type Realised } from './realise.ts'

type Numbers = readonly number[]

/** ∂L/∂θ by reverse mode: the tape of the whole program, pulled once. */
export const byReverseMode = ({ net, θ, sequence }: Realised): Numbers =>
  entries(grad((p: Theta) => unrolled(net, sequence)(p).loss)(θ))

/** ∂L/∂θ by forward mode: the whole program on dual numbers, pushed once along each parameter. */
export const byForwardMode = ({ net, θ, sequence }: Realised): Numbers => {
  const loss = (p: Theta): Value => unrolled(net, sequence)(p).loss
  return unitsLike(θ).map(unit => item(jvp(loss, [θ], [unit])[1]))
}

/** The unit tangents of θ, one for each of its numbers. */
const unitsLike = (θ: Theta): readonly Theta[] => {
  const leaves = leavesOf(θ) as readonly Tensor[]
  return leaves.flatMap((leaf, i) =>
    Array.from(leaf.data, (_, k) =>
      rebuild(
        θ,
        leaves.map(({ shape, data }, j) =>
          tensorOf(
            shape,
            data.map((_, at) => +(i === j && k === at)),
          ),
        ),
      ),
    ),
  )
}

/** The tape's adjoints of the states h_1 … h_T, in one list. */
export const adjointsOfStates = ({ net, θ, sequence }: Realised): Numbers => {
  const whole = tape(inputs => {
    const { loss, states } = unrolled(net, sequence)(rebuild<Theta>(θ, inputs))
    return [loss, ...states.flatMap(leavesOf)]
  }, leavesOf(θ))
  const adjoints = backward(whole, [ones([]), ...whole.outputs.slice(1).map(h => zeros(h.shape))])
  return whole.ends.slice(1).flatMap(slot => entries(adjoints[slot] as Value))
}

/** How many numbers of θ the state depends on: its cell and its start, which come first. */
const stateful = ({ θ }: Realised): number => spaceOf({ cell: θ.cell, start: θ.start }).size

/** The dual numbers' tangents of h_1 … h_T, one parameter after the other. */
export const tangentsOfStates = (made: Realised): Numbers => {
  const { net, θ, sequence } = made
  const states = (p: Theta) => unrolled(net, sequence)(p).states
  return unitsLike(θ)
    .slice(0, stateful(made))
    .flatMap(unit => entries(jvp(states, [θ], [unit])[1]))
}

/** P_t e_i for t = 1 … T, one parameter i after the other: the columns of what RTRL remembers. */
export const columnsOfInfluence = ({ run }: Realised): Numbers => {
  const influences = [...scan(rtrl)(run)].slice(1).map(([, memory]) => toMatrix(memory) as Tensor)
  const { size } = run[0].immediate.from
  const column = ({ shape, data }: Tensor, i: number): Numbers =>
    Array.from({ length: shape[0] as number }, (_, k) => data[k * size + i] as number)
  return [...Array(size).keys()].flatMap(i => influences.flatMap(P => column(P, i)))
}

/** RTRL by pushes alone: |θ| tangents carried on; the loss itself is reached by a push through the readout. */
export const byPushes = (run: Run): Numbers => {
  const [first] = run
  const basis = asTangent(first.immediate.from, eye(first.immediate.from.size))
  let tangents = push(first.immediate, basis)
  return run.slice(1).reduce((sum, now) => {
    tangents = plus(push(now.jacobian, tangents), push(now.immediate, basis))
    const costs = entries(matvec(toValue(push(now.readoutMap, tangents)), toValue(now.logitError)))
    return sum.map((x, i) => x + (costs[i] as number))
  }, new Array<number>(first.immediate.from.size).fill(0))
}

/** A triangle of rows g[t][s] by its columns: column s holds every t ≥ s. */
export const columnsOf = <A>(rows: readonly (readonly A[])[]): readonly (readonly A[])[] =>
  rows.map((_, s) => rows.slice(s).map(row => row[s] as A))

/** q_t + δ_{t+1} J_{t+1} for t = 0 … T - 1, in one list. */
export const pulledBack = (run: Run, deltas: readonly Cotangent<State>[]): Numbers =>
  run.slice(0, -1).flatMap((now, t) => {
    const [next, δ] = [run[t + 1] as Timestep, deltas[t + 1] as Cotangent<State>]
    return list(plus(error(now), pull(next.jacobian, δ)))
  })

/** The oracle's ∂L_t/∂θ_s beside ours, for the cell's parameters, upper triangle included. */
export const trianglePairs: NetworkSides = ({ θ, run }, net) => {
  const { size } = spaceOf(θ.cell)
  const ours = doubleSum(run)
  const rows = triangle(net)
  const pick = (t: number, s: number): Numbers => {
    const g = ours[t]?.[s]
    return g ? list(g).slice(0, size) : new Array<number>(size).fill(0)
  }
  return [rows.flatMap((row, t) => row.flatMap((_, s) => pick(t + 1, s + 1))), rows.flat(2)]
}
