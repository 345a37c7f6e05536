/** What is kept sparsely is what matrices would keep, by compiled and by eager code. */

import { dense, pull, push } from '../../ad/linear/apply.ts'
import type { Sparse } from '../../ad/linear/linear.ts'
import { asCotangent, asTangent, type Cotangent, toValue } from '../../ad/linear/space.ts'
import { eye, full, ones, type Tensor } from '../../ad/tensor.ts'
import type { AnyRule } from '../../nets/run/rule.ts'
import { scan } from '../../nets/run/scan.ts'
import type { Param, State } from '../../nets/run/timestep.ts'
import { gradient } from '../../nets/train/gradient.ts'
import { drtrl } from '../../rules/drtrl.ts'
import { eprop } from '../../rules/eprop.ts'
import { esdrtrl } from '../../rules/esdrtrl.ts'
import { kernl } from '../../rules/kernl.ts'
import type { Influence } from '../../rules/parts/influence.ts'
import { rflo } from '../../rules/rflo.ts'

import { snap } from '../../rules/snap.ts'
import { fed, onFed, type Setting, square, sumOf } from '../arbitraries/feedback.ts'
import { networks } from '../arbitraries/networks.ts'
import { entries, type Proposition } from '../proposition.ts'
import { thinnedBy } from './sparsity.ts'

/** A mask of units as one of the influence: M[k, a, j] = mask[k, a], the parameters in the order of θ. */
const byUnits = (s: Setting): Tensor => {
  const { d, n } = s.net.sizes
  const units = [d, n, 1, 1].flatMap(width => Array.from({ length: d * width }, (_, i) => Math.floor(i / width)))
  return square(d, units.length, (k, i) => s.mask.data[k * d + (units[i] as number)] as number)
}

/** Rules by name, each at work on a network and its wiring. */
const working = ({ B, mask, back, net: { sizes } }: Setting): readonly AnyRule<never, 'past'>[] =>
  [
    rflo({ feedback: B }),
    rflo({ feedback: B }),
    eprop({ feedback: 'readout' }),
    drtrl,
    esdrtrl({ decay: 0.5 }),
    kernl({ A: square(sizes.d, sizes.d, (i, j) => 1 / (1 + i + j)), gamma: full([sizes.d], 0.25) }),
    snap({ n: 1, mask: 'strict' }),
    snap({ mask }),
    rflo({ feedback: back }),
  ] as unknown as readonly AnyRule<never, 'past'>[]

const perStep = networks({ losses: ['half_mse', 'softmax_ce'] })
export const sparse: readonly Proposition[] = [
  onFed('a trace by its pattern is the trace by matrices: RFLO, e-prop, D-RTRL', s => [
    [rflo({ feedback: s.B }), eprop({ feedback: s.B }), drtrl].flatMap(rule => sumOf(rule, s)),
    [rflo({ feedback: s.B }), eprop({ feedback: s.B }), drtrl].flatMap(rule => sumOf(rule, s)),
  ]),
  onFed('SnAp by a mask that is given keeps what the mask keeps, and the mask acts at every step', s => [
    sumOf(snap({ mask: s.mask }), s),
    sumOf(thinnedBy(byUnits(s)), s),
  ]),
  onFed('a linear map with few entries in a column is its matrix: pushed, pulled, one or a block', s => {
    const [, M] = [...scan(snap({ mask: s.mask }))(s.run)].at(-1) as readonly [
      unknown,
      Influence & Sparse<Param, State>,
    ]
    const whole = dense(M)
    const [t, c] = [asTangent(M.from, eye(M.from.size)), asCotangent(M.to, eye(M.to.size))]
    const [t1, c1] = [asTangent(M.from, ones([M.from.size])), asCotangent(M.to, ones([M.to.size]))]
    const of = (f: Influence): readonly number[] =>
      [push(f, t), pull(f, c), push(f, t1), pull(f, c1)].flatMap(x => entries(toValue(x as Cotangent<unknown>)))
    return [of(M), of(whole)]
  }),
  onFed(
    'rules that remember less compute compiled what they compute one operation at a time',
    s => {
      const all = working(s)
      const by = (engine: 'compiled' | 'eager') =>
        all.flatMap(rule => entries(gradient(rule, s.net, { engine })(s.θ, s.sequence)))
      return [by('compiled'), by('eager')]
    },
    { forAll: fed(perStep), runs: 4 },
  ),
]
