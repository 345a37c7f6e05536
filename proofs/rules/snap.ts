/** SnAp keeps of the influence what few steps reach: when that is the gradient, and when RFLO. */
import { spaceOf } from '../../ad/linear/space.ts'
import type { Tensor } from '../../ad/tensor.ts'
import { leaky } from '../../nets/cells/leaky.ts'
import { withConnectivity } from '../../nets/cells/stacked.ts'
import { activations } from '../../nets/named.ts'
import { network } from '../../nets/network.ts'
import { total } from '../../nets/run/scan.ts'
import { unroll } from '../../nets/run/unroll.ts'
import { rflo } from '../../rules/rflo.ts'
import { rtrl } from '../../rules/rtrl.ts'
import { snap } from '../../rules/snap.ts'
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
import { networks } from '../arbitraries/networks.ts'
import { list, type Realised, realise } from '../arbitraries/realise.ts'
import type { Equation, Proposition } from '../proposition.ts'

const diagonals = rewired((w, i, j) => (i === j ? w : 0))
const hollow = rewired((w, i, j) => (i === j ? 0 : w))

/** A network with fewer wires, its mask known to the program. */
const sparsely = (one: Fed, mask?: Tensor): Setting => {
  const made = realise(one.net)
  const net = one.net
  const W_rec = mask ?? settingOf(one, made).mask
  const cell = withConnectivity(leaky({ alpha: net.alpha, f: activations[net.activation] }), { W_rec })
  const sparse = network(cell, made.net.sizes, made.net.loss, { start: 'learned' }) as unknown as Realised['net']
  return settingOf(one, { ...made, net: sparse, run: unroll(sparse)(made.θ, made.sequence) })
}

/** A ring: every unit depends on the one before it. */
const ringOf = (d: number): Tensor => square(d, d, (i, j) => +((j + 1) % d === i))
const rings = fed(networks({ losses: ['half_mse'], activations: ['tanh'], minT: 4 })).filter(
  ({ net }) => net.params.h0.length === 3 && net.output === 'identity',
)

/** The same of networks with fewer wires: those that the spare numbers leave, or a mask's. */
const onWired = (
  claim: string,
  sides: (setting: Setting) => Sides,
  options: Partial<Equation<Fed>> = {},
  mask?: Tensor,
): Proposition => onFed(claim, sides, { sides: one => sides(sparsely(one, mask)), ...options })

/** How far SnAp-n is from the gradient, parameter by parameter, n = 1, 2, 3. */
const misses = (s: Setting): readonly (readonly number[])[] =>
  [1, 2, 3].map(n => sumOf(snap({ n, mask: 'strict' }), s).map((g, i) => Math.abs(g - (s.exact[i] as number))))

export const masks: readonly Proposition[] = [
  onFed(
    'SnAp-1 computes the gradient where no unit depends on another',
    s => [sumOf(snap({ n: 1, mask: 'strict' }), s), s.exact],
    {
      forAll: diagonals,
    },
  ),
  onFed('where every unit may depend on every other, SnAp-2 is RTRL', s => [
    sumOf(snap({ n: 2, mask: 'strict' }), s),
    list(total(rtrl)(s.run)),
  ]),
  onWired('SnAp-d computes the gradient of any connectivity of d units', s => [
    sumOf(snap({ n: s.net.sizes.d, mask: 'strict' }), s),
    s.exact,
  ]),
  onWired(
    "SnAp-n computes the gradient of the cell's parameters over n steps, whatever the connectivity",
    s => {
      const size = spaceOf(s.θ.cell).size
      return [sumOf(snap({ n: s.sequence.length, mask: 'strict' }), s).slice(0, size), s.exact.slice(0, size)]
    },
    { forAll: fed(networks({ T: 3 })) },
  ),
  onFed(
    'SnAp-1 is RFLO with the transposed readout where no unit is connected to itself',
    s => [sumOf(snap({ n: 1, mask: 'strict' }), s), sumOf(rflo({ feedback: s.back }), s)],
    { forAll: hollow },
  ),
  onFed(
    'SnAp-1 is RFLO with the transposed readout',
    s => [sumOf(snap({ n: 1, mask: 'strict' }), s), sumOf(rflo({ feedback: s.back }), s)],
    refuted(['SnAp-1', 'RFLO']),
  ),
  onWired(
    'SnAp-2 computes the gradient of a ring of three units',
    s => [sumOf(snap({ n: 2, mask: 'strict' }), s), s.exact],
    refuted(['SnAp-2', 'gradient'], { forAll: rings }),
    ringOf(3),
  ),
  onWired(
    'the gradient of a parameter by SnAp-n is no further off for a larger n',
    s => {
      const [one, two, three] = misses(s) as [number[], number[], number[]]
      const larger = [...two, ...three].map((x, i) => Math.max(x, [...one, ...two][i] as number))
      return [larger, [...one, ...two]]
    },
    refuted(['error of n + 1', 'error of n'], { forAll: rings }),
    ringOf(3),
  ),
]
