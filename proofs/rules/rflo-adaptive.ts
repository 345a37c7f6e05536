/** Feedback that learns what the readout learns: when it is the readout, and how fast it comes to be. */

import { applyUpdate, asColumn, times } from '../../ad/linear/space.ts'
import { mul, sub } from '../../ad/primitives/elementwise.ts'
import { transpose } from '../../ad/primitives/layout.ts'
import { lift, type Value } from '../../ad/value.ts'
import type { Theta } from '../../nets/network.ts'
import { resolved } from '../../nets/run/rule.ts'
import { initialTimestep, noNoise, type Timestep, timestep, withReadout } from '../../nets/run/timestep.ts'
import { rflo } from '../../rules/rflo.ts'
import { type RfloAdaptiveMemory, rfloAdaptive } from '../../rules/rflo-adaptive.ts'
import { fed, onFed, refuted, type Setting, sumOf } from '../arbitraries/feedback.ts'
import { networks } from '../arbitraries/networks.ts'
import { entries, type Proposition } from '../proposition.ts'

/** How fast the readout and its feedback learn. */
interface Pace {
  readonly lr: number
  readonly decay: number
}

/** Online learning in plain steps, θ ← θ - lr (g + decay θ): W_outᵀ - B after each of them. */
const differences = ({ net, θ, sequence }: Setting, B: Value, { lr, decay }: Pace): readonly (readonly number[])[] => {
  const rule = resolved(rfloAdaptive({ feedback: B, lr, decay }), net)
  const first = initialTimestep(net)(θ)
  let [learned, before]: [Theta, Timestep['after']] = [θ, first.after]
  let [, memory]: readonly [unknown, RfloAdaptiveMemory] = rule.step(rule.init(first), first)
  const misfit = () => entries(sub(transpose(learned.readout.W_out), memory.feedback))
  return [
    misfit(),
    ...sequence.map(datum => {
      const now = timestep(net)(learned, before, { ...datum, noise: noNoise, isLast: lift(0) })
      const [gradient, next] = rule.step(memory, now)
      const kept = { ...learned, readout: { ...learned.readout, W_out: mul(1 - lr * decay, learned.readout.W_out) } }
      learned = applyUpdate(kept, times(-lr, asColumn(withReadout(gradient, now))))
      ;[before, memory] = [now.after, next]
      return misfit()
    }),
  ]
}

const steadily = fed(networks({ losses: ['half_mse', 'softmax_ce'], activations: ['tanh', 'sigmoid'], minT: 2 }))
const paces: readonly Pace[] = [
  { lr: 0.125, decay: 0 },
  { lr: 0.0625, decay: 2 },
]

export const adaptives: readonly Proposition[] = [
  onFed(
    'feedback that begins as the transposed readout and learns and decays as it does is the transposed readout at every step',
    s => {
      const found = paces.flatMap(pace => differences(s, s.back, pace)).flat()
      return [found, found.map(() => 0)]
    },
    { forAll: steadily },
  ),
  onFed(
    'feedback that learns and decays as the readout does comes nearer to it by 1 - lr decay a step, whatever it began as',
    s => {
      const [initial = [], ...after] = differences(s, s.B, { lr: 0.0625, decay: 2 })
      return [after.flat(), after.flatMap((_, t) => initial.map(x => x * 0.875 ** (t + 1)))]
    },
    { forAll: steadily },
  ),
  onFed(
    'feedback that learns as the readout does, without decay, becomes it',
    s => {
      const last = differences(s, s.B, { lr: 0.125, decay: 0 }).at(-1) as readonly number[]
      return [last, last.map(() => 0)]
    },
    refuted(['W_outᵀ - B', 'nothing'], { forAll: steadily }),
  ),
  onFed('RFLO whose feedback could learn but does not, lr = 0, is RFLO', s => [
    sumOf(rfloAdaptive({ feedback: s.B, lr: 0, decay: 2 }), s),
    sumOf(rflo({ feedback: s.B }), s),
  ]),
  onFed(
    'RFLO whose feedback learns is RFLO with what it began as',
    s => [sumOf(rfloAdaptive({ feedback: s.B, lr: 0.125 }), s), sumOf(rflo({ feedback: s.B }), s)],
    refuted(['adaptive', 'RFLO'], { forAll: steadily }),
  ),
]
