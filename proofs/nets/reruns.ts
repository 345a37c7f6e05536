/** Timesteps run again: as they were, and with noise, for every cell, by every engine. */

import { integer, record } from 'fast-check'
import type { EngineLike } from '../../ad/compiler/engine.ts'
import { pull } from '../../ad/linear/apply.ts'
import { applyUpdate, asCotangent, asTangent, spaceOf, toValue } from '../../ad/linear/space.ts'
import { full, type Tensor, tensor } from '../../ad/tensor.ts'
import { type CellName, cells } from '../../nets/cells/index.ts'
import { stacked } from '../../nets/cells/stacked.ts'
import type { Example, Network } from '../../nets/network.ts'
import { replayable } from '../../nets/run/rerun.ts'
import type { AnyRule } from '../../nets/run/rule.ts'
import { type Timestep, timestep } from '../../nets/run/timestep.ts'
import { gradient } from '../../nets/train/gradient.ts'
import { kernlLearned } from '../../rules/kernl-learned.ts'
import { nodePerturbation } from '../../rules/node-perturbation.ts'
import { threeFactor } from '../../rules/three-factor.ts'
import { weightPerturbation } from '../../rules/weight-perturbation.ts'
import { list } from '../arbitraries/realise.ts'
import { all, exact, few, mean, oneDraw, onFew, unrolled } from '../arbitraries/sign-draws.ts'
import { entries, equation, type Proposition } from '../proposition.ts'

const sized = record({ seed: integer({ min: 0, max: 99 }), d: integer({ min: 1, max: 3 }) })
const cellBy = (name: CellName) => cells[name]({ alpha: 0.25 })
const each = ['leaky', 'lstm', 'gru', 'lru'] as const
const everyCell = [...each.map(cellBy), stacked([cellBy('gru'), cellBy('leaky')])]

/** A timestep run again with nothing changed, and with noise of 0. */
const asItWas = (now: Timestep): readonly number[] => {
  const it = replayable('proof', now)
  const noise = full([it.nodes], 0)
  return [it.rerun({}), it.rerun({ noise })].flatMap(({ difference, loss }) => [
    ...entries(toValue(difference)),
    ...entries(loss),
  ])
}

const smooth = { losses: ['half_mse', 'sse'], activations: ['tanh', 'sigmoid'] } as const
const rules: readonly AnyRule[] = [
  weightPerturbation({ every: 2 }),
  nodePerturbation({ decay: 0.5 }),
  threeFactor({ sigma: 0.1, beta: 0.5, baseline: 0.25 }),
  kernlLearned({ lr: 0.01 }),
]

export const reruns: readonly Proposition[] = [
  equation<{ readonly seed: number; readonly d: number }>({
    claim:
      'a timestep run again as it was, timestep 0 too, gives the state and the loss that it gave, whatever the cell',
    forAll: sized,
    sides: ({ seed, d }) => {
      const runs = everyCell.flatMap(cell => unrolled(cell as Network['cell'], seed, d, 2).run)
      const wanted = (now: Timestep) => [...none(now), ...entries(now.loss)]
      return [runs.flatMap(asItWas), runs.flatMap(now => [...wanted(now), ...wanted(now)])]
    },
    within: 0,
    verdict: 'holds',
    runs: 10,
  }),
  onFew(
    'timestep 0 run again with noise is the start and the noise, and charges the start for it',
    ({ run: [first] }, { draw }) => {
      const it = replayable('proof', first)
      const noise = tensor(Array.from({ length: it.nodes }, (_, i) => (draw % 16) / 8 - i))
      const { difference, loss } = it.rerun({ noise })
      const expected = pull(first.immediate, asCotangent(first.immediate.to, noise))
      return [
        [...entries(toValue(difference)), ...entries(loss), ...list(it.eligibility(noise))],
        [...entries(noise), 0, ...list(expected)],
      ]
    },
    { forAll: few(smooth) },
  ),
  equation<{ readonly seed: number; readonly d: number }>({
    claim: 'noise in the state is pulled back by the immediate map of the timestep that starts where the other run is',
    forAll: sized,
    sides: ({ seed, d }) => {
      const results = everyCell.slice(1).map(cell => {
        const { run, net, θ, sequence } = unrolled(cell as Network['cell'], seed, d, 2)
        const now = run[2] as Timestep
        const { size } = now.jacobian.to
        const [noise, by] = [1, 2].map(k => tensor(Array.from({ length: size }, (_, i) => ((i + k) % 5) / 4))) as [
          Tensor,
          Tensor,
        ]
        const state = asTangent(now.jacobian.to, by)
        const there = timestep(net)(θ, applyUpdate(now.before, state), {
          ...(sequence[1] as Example),
          noise,
          isLast: now.isLast,
        })
        const expected = pull(there.immediate, asCotangent(there.immediate.to, noise))
        return [list(replayable('proof', now).eligibility(noise, state)), list(expected)] as const
      })
      return [results.flatMap(([left]) => left), results.flatMap(([, right]) => right)]
    },
    within: 1e-12,
    verdict: 'holds',
    runs: 10,
  }),
  equation<{ readonly seed: number }>({
    claim: 'the mean of node perturbation at the state is RTRL but for O(σ²), for an LSTM and a GRU',
    forAll: record({ seed: integer({ min: 0, max: 99 }) }),
    sides: ({ seed }) => {
      const made = (['lstm', 'gru'] as const).map(name => unrolled(cellBy(name) as Network['cell'], seed, 1, 3))
      const results = made.map(one => {
        const [far, near] = [2 ** -9, 2 ** -10].map(sigma => mean(all(nodePerturbation({ sigma, decay: 1 }), one)))
        return (near as readonly number[]).map((x, i) => (4 * x - (far?.[i] as number)) / 3)
      })
      return [results.flat(), made.flatMap(exact)]
    },
    // what is left is O(σ⁴)
    within: 1e-6,
    verdict: 'holds',
    runs: 5,
  }),
  onFew(
    'rules that run timesteps again give the same gradient by compiled and by eager code, from one stream, alone and in a batch',
    (made, { draw }) => {
      const { net, θ, sequence } = made
      const gradientsBy = (engine: EngineLike) =>
        rules.flatMap(rule => {
          const of = gradient(rule, net, { engine, seed: draw })
          return [sequence, [sequence, sequence.toReversed()]].flatMap(data => entries(of(θ, data)))
        })
      return [gradientsBy('compiled-js'), gradientsBy('eager')]
    },
    // rounding, divided by σ = 1e-3
    { runs: 6, forAll: few(smooth), within: 1e-9 },
  ),
  onFew(
    'weight perturbation, node perturbation and the three-factor rule charge a learned start nothing',
    (made, { draw }) => {
      const size = spaceOf(made.θ.cell).size
      const starts = rules.slice(0, 3).flatMap(rule => oneDraw(rule, made, draw).slice(size))
      return [starts, starts.map(() => 0)]
    },
    { forAll: few(smooth) },
  ),
]

const none = (now: Timestep): readonly number[] => new Array<number>(now.jacobian.to.size).fill(0)
