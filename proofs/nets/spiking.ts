/** Spiking units: their derivatives are those of a smooth network whose activations are moved, by constants, to the steps. */

import { abs, add, clip, div, mul, stopGradient, sub } from '../../ad/primitives/elementwise.ts'
import { arctanSpike, fastSigmoidSpike, triangularSpike } from '../../ad/primitives/spikes.ts'
import type { Value } from '../../ad/value.ts'
import { alif, type LifOptions, lif } from '../../nets/cells/lif.ts'
import { membrane } from '../../nets/cells/membrane.ts'
import type { AnyCell } from '../../nets/cells/stacked.ts'
import { type SurrogateName, surrogateNames } from '../../nets/cells/surrogates.ts'
import { runGradient } from '../../nets/run/scan.ts'
import { unroll } from '../../nets/run/unroll.ts'
import { bptt } from '../../rules/bptt.ts'
import { list } from '../arbitraries/realise.ts'
import type { Proposition } from '../proposition.ts'
import { drawn, made, onCells, type PlainCell, theorem } from './cells.ts'

/** Every option of a spiking unit, by the numbers of a pool; a threshold that quarter-integers often pass. */
const optionsOf = ({ pool }: PlainCell): LifOptions => {
  const is = (i: number): boolean => (pool[i] ?? 0) > 0
  return {
    ...{ threshold: 0.2, decay: 0.75, reset: is(0) ? 'zero' : 'subtract', detach: is(1), scaled: is(2), count: is(3) },
    ...{ refractory: is(4) ? 2 : 0, kappa: is(5) ? 0.5 : 0 },
  }
}

const spiking = (plain: PlainCell, surrogate: SurrogateName): AnyCell => {
  const options = { ...optionsOf(plain), surrogate }
  return (plain.pool[6] ?? 0) > 0 ? alif({ ...options, beta: 0.3 }) : lif(options)
}

const gradientOf = (plain: PlainCell, cell: AnyCell): readonly number[] => {
  const { net, θ, sequence } = made(() => cell, plain)
  return list(runGradient(bptt)(unroll(net)(θ, sequence)))
}

/** A spike and the ∫ψ that its slope is of. */
const smooth: readonly (readonly [(u: Value) => Value, (u: Value) => Value])[] = [
  [
    triangularSpike,
    u => {
      const inside = clip(u, -1, 1)
      return mul(inside, sub(1, mul(0.5, abs(inside))))
    },
  ],
  [fastSigmoidSpike, u => div(u, add(1, abs(u)))],
]

const activated = (f: (u: Value) => Value): AnyCell => membrane({ alpha: 0.5, f })

/** ∫ψ moved to the step, so that the run is that of spikes. */
const moved = (spike: (u: Value) => Value, F: (u: Value) => Value) => (u: Value) =>
  add(F(u), stopGradient(sub(spike(u), F(u))))

const long = { forAll: drawn().filter(({ T, loss }) => T === 4 && loss === 'half_mse') }

export const spikes: readonly Proposition[] = [
  ...surrogateNames.map(name =>
    onCells(
      `BPTT, RTRL and complex step through ∫ψ agree on spiking units whose surrogate is ${name}, whatever their reset, filter, refractory time and adaptation`,
      plain => theorem(made(() => spiking(plain, name), plain)),
      { runs: 60 },
    ),
  ),
  onCells(
    'the gradient of a surrogate is that of the smooth network of ∫ψ whose activations are moved by constants to the steps',
    plain => [
      smooth.flatMap(([spike]) => gradientOf(plain, activated(spike))),
      smooth.flatMap(([spike, F]) => gradientOf(plain, activated(moved(spike, F)))),
    ],
    { runs: 60 },
  ),
  onCells(
    'the gradient of a surrogate is that of the smooth network of ∫ψ itself',
    plain => [
      smooth.flatMap(([spike]) => gradientOf(plain, activated(spike))),
      smooth.flatMap(([, F]) => gradientOf(plain, activated(F))),
    ],
    { ...long, verdict: 'refuted', between: ['surrogate', 'smooth'] },
  ),
  onCells(
    'alif without adaptation, β = 0, has the gradient of lif',
    plain => [
      gradientOf(plain, alif({ ...optionsOf(plain), beta: 0 })),
      gradientOf({ ...plain, start: 'zero' }, lif(optionsOf(plain))),
    ],
    { forAll: drawn().map(plain => ({ ...plain, start: 'zero' as const })), runs: 30 },
  ),
  onCells(
    'a reset through which no derivative flows leaves the gradient of spiking units as it is',
    plain =>
      [true, false].map(detach => gradientOf(plain, lif({ ...optionsOf(plain), detach }))) as [
        readonly number[],
        readonly number[],
      ],
    { ...long, verdict: 'refuted', between: ['detached', 'whole'] },
  ),
  onCells(
    'membranes that spike by the arctan surrogate have a gradient by BPTT, RTRL and complex step through ∫ψ',
    plain => theorem(made(() => activated(arctanSpike), plain)),
  ),
]
