/** Rules whose errors come through feedback weights, with one trace a synapse: RFLO, e-prop, D-RTRL, KeRNL. */

import { pull, toMatrix } from '../../ad/linear/apply.ts'
import { matrix, plus } from '../../ad/linear/linear.ts'
import { own } from '../../ad/linear/own.ts'
import { asCotangent, spaceOf } from '../../ad/linear/space.ts'
import { eye, full, ones, type Tensor, tensor } from '../../ad/tensor.ts'
import type { Value } from '../../ad/value.ts'
import { scan } from '../../nets/run/scan.ts'
import { error, type Timestep } from '../../nets/run/timestep.ts'
import { bptt } from '../../rules/bptt.ts'
import { drtrl } from '../../rules/drtrl.ts'
import { eprop } from '../../rules/eprop.ts'
import { esdrtrl } from '../../rules/esdrtrl.ts'
import { kernl } from '../../rules/kernl.ts'
import { randomFeedback } from '../../rules/random-feedback.ts'
import { rflo } from '../../rules/rflo.ts'
import { sliding } from '../../rules/tbptt.ts'
import {
  type Fed,
  fed,
  onFed,
  refuted,
  rewired,
  type Setting,
  type Sides,
  settingOf,
  square,
  sumOf,
} from '../arbitraries/feedback.ts'
import { describe, networks } from '../arbitraries/networks.ts'
import { list } from '../arbitraries/realise.ts'
import { entries, type Proposition } from '../proposition.ts'

const lonely = rewired(() => 0)

export const feedbacks: readonly Proposition[] = [
  onFed('RFLO whose feedback is the transposed readout is e-prop with the true readout, on rate units', s => [
    sumOf(rflo({ feedback: s.back }), s),
    sumOf(eprop({ feedback: 'readout' }), s),
  ]),
  onFed(
    'RFLO is e-prop with the true readout, whatever its feedback',
    s => [sumOf(rflo({ feedback: s.B }), s), sumOf(eprop({ feedback: 'readout' }), s)],
    refuted(['RFLO', 'e-prop']),
  ),
  onFed('RFLO is e-prop with the same feedback', s => [
    sumOf(rflo({ feedback: s.B }), s),
    sumOf(eprop({ feedback: s.B }), s),
  ]),
  onFed(
    'RFLO computes the gradient where W_rec = 0 and the feedback is the transposed readout',
    s => [sumOf(rflo({ feedback: s.back }), s), s.exact],
    { forAll: lonely },
  ),
  onFed(
    'where W_rec = 0 RFLO computes the gradient through any feedback',
    s => [sumOf(rflo({ feedback: s.B }), s), s.exact],
    refuted(['RFLO', 'gradient'], { forAll: lonely }),
  ),
  onFed('D-RTRL is RFLO with the transposed readout, on the leaky network', s => [
    sumOf(drtrl, s),
    sumOf(rflo({ feedback: s.back }), s),
  ]),
  onFed('ES-D-RTRL that remembers nothing is the one-step truncation', s => {
    const size = spaceOf(s.θ.cell).size
    return [sumOf(esdrtrl({ decay: 0 }), s).slice(0, size), sumOf(sliding({ k: 1 })(bptt), s).slice(0, size)]
  }),
  onFed(
    'the one outer product of ES-D-RTRL is the trace of D-RTRL',
    s => cellsOf(s, [sumOf(esdrtrl({ decay: 0.5 }), s), sumOf(drtrl, s)]),
    refuted(['ES-D-RTRL', 'D-RTRL']),
  ),
  onFed('KeRNL whose kernel is the identity and whose units forget as they leak, A = I and γ = α, is RFLO', s => {
    const { d } = s.net.sizes
    return [sumOf(kernl({ A: eye(d), gamma: full([d], alphaOf(s)) }), s), sumOf(rflo({ feedback: s.back }), s)]
  }),
  onFed(
    'KeRNL computes the gradient of linear units without cross-unit recurrence, with A = I and γ = α (1 - w)',
    s => {
      const W = s.θ.cell.W_rec as Tensor
      const { d } = s.net.sizes
      const γ = tensor(Array.from({ length: d }, (_, i) => alphaOf(s) * (1 - (W.data[i * (d + 1)] as number))))
      return [sumOf(kernl({ A: eye(d), gamma: γ }), s), s.exact]
    },
    { forAll: rewired((w, i, j) => (i === j ? w : 0), { activations: ['identity'] }) },
  ),
  onFed('KeRNL gets its error through the kernel: g = Σ (q A) E', s => {
    const { d } = s.net.sizes
    const A = square(d, d, (i, j) => s.mask.data[i * d + j] as number)
    return [sumOf(kernl({ A, gamma: full([d], alphaOf(s)) }), s), kernlByHand(s, A)]
  }),
  onFed(
    'ES-D-RTRL is Σ (q ⊙ ε_f) ε_xᵀ / (1 - λᵗ), and without the division if it is not corrected, in plain numbers for W_rec',
    s => [
      [true, false].flatMap(corrected => sumOf(esdrtrl({ decay: 0.75, corrected }), s).slice(0, s.net.sizes.d ** 2)),
      [...smoothed(s, 0.75, t => 1 - 0.75 ** t), ...smoothed(s, 0.75, () => 1)],
    ],
  ),
  onFed(
    'ES-D-RTRL is exact for one step, whatever its decay',
    s =>
      cellsOf(
        s,
        [0, 0.5, 0.9].flatMap(decay => [sumOf(esdrtrl({ decay }), s), s.exact]),
      ),
    { forAll: fed(networks({ T: 1 })) },
  ),
  onFed(
    'ES-D-RTRL without its correction is exact for one step',
    s => cellsOf(s, [sumOf(esdrtrl({ corrected: false }), s), s.exact]),
    refuted(['ES-D-RTRL', 'gradient'], { forAll: fed(networks({ T: 1 })) }),
  ),
  onFed('BPTT that gets its errors through the transposed readout is BPTT', s => [
    sumOf(randomFeedback({ feedback: s.back }), s),
    s.exact,
  ]),
  onFed(
    'BPTT computes the gradient through any feedback',
    s => [sumOf(randomFeedback({ feedback: s.B }), s), s.exact],
    refuted(['feedback', 'gradient']),
  ),
]

/** Pairs of lists one after the other, of each what belongs to the cell. */
const cellsOf = (s: Setting, lists: readonly (readonly number[])[]): Sides => {
  const cells = lists.map(list => list.slice(0, spaceOf(s.θ.cell).size))
  return [cells.filter((_, i) => i % 2 === 0).flat(), cells.filter((_, i) => i % 2 === 1).flat()]
}

/** KeRNL by its formula: Σ_t (q_t A) E_t, E a trace that forgets as the units leak. */
const kernlByHand = (s: Setting, A: Value): readonly number[] => {
  const shares = [...scan(drtrl)(s.run)].map(([, E], t) => {
    const q = error(s.run[t] as Timestep)
    return pull(E, pull(matrix(E.to, E.to, A), q))
  })
  return list(shares.reduce((a, b) => plus(a, b)))
}

/** ES-D-RTRL of the leaky network in plain numbers, for W_rec: (q_a ε_f,a) ε_x,j, summed. */
const smoothed = (s: Setting, λ: number, weight: (t: number) => number): readonly number[] => {
  const { d, n } = s.net.sizes
  let [trace, done] = [new Array<number>(d).fill(0), new Array<number>(d).fill(0)]
  const sum = new Array<number>(d * d).fill(0)
  for (const [t, now] of s.run.slice(1).entries()) {
    const slopes = list(pull(now.immediate, asCotangent(now.immediate.to, ones([d])))).slice(d * d + d * n)
    const q = list(error(now))
    trace = entries(now.before).map((h, j) => λ * (trace[j] as number) + h)
    done = done.map((ε, a) => λ * (1 - alphaOf(s)) * ε + (1 - λ) * (slopes[a] as number))
    for (const i of sum.keys()) {
      const a = Math.floor(i / d)
      const product = (q[a] as number) * (done[a] as number) * (trace[i % d] as number)
      sum[i] = (sum[i] as number) + product / weight(t + 1)
    }
  }
  return sum
}

/** α as the network has it: the slope of its leak. */
const alphaOf = ({ run, net: { sizes } }: Setting): number =>
  1 - (entries(toMatrix(own((run[1] as Timestep).jacobian)))[sizes.d * sizes.d - 1] as number)

/** The cosine between RFLO with the transposed readout and the gradient. */
const alignment = (one: Fed): number => {
  const s = settingOf(one)
  const size = spaceOf(s.θ.cell).size
  const [a, b] = [sumOf(rflo({ feedback: s.back }), s).slice(0, size), s.exact.slice(0, size)]
  const inner = a.reduce((sum, x, i) => sum + x * (b[i] as number), 0)
  const lengths = Math.hypot(...a) * Math.hypot(...b)
  return lengths < 1e-6 ? 1 : inner / lengths
}

export const descent: readonly Proposition[] = [
  {
    claim: 'RFLO through the transposed readout is a descent direction',
    forAll: fed(networks({ losses: ['half_mse'], activations: ['tanh', 'identity'], d: 2, n: 1, m: 1, minT: 3 })),
    residual: (one: Fed) => Math.max(0, -alignment(one)),
    // far enough from 0 to be no rounding
    within: 0.05,
    verdict: 'refuted',
    runs: 1500,
    // one network in about five hundred
    known: [
      {
        net: {
          alpha: 1,
          activation: 'tanh',
          output: 'identity',
          loss: 'half_mse',
          weights: [1, 1, 1],
          params: { W_rec: [[-2]], W_in: [[-1.5]], b_rec: [-0.25], W_out: [[0.25]], b_out: [0], h0: [1.25] },
          inputs: [[-1], [1.5], [1]],
          targets: [[0], [0], [0.25]],
        },
        spare: [0, 0, 0, 0, 0, 0, 0, 0, 0],
        k: 1,
      },
    ],
    show: (one: Fed) => `${describe(one.net)}\ncosine ${alignment(one).toPrecision(4)}`,
  },
]
