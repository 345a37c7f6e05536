/** Claims about random leaky networks, which the oracles know too. */

import { type Arbitrary, integer, record } from 'fast-check'
import type { PlainNetwork } from '../plain-network.ts'
import { type Equation, equation, type Proposition } from '../proposition.ts'
import { bigNetwork, describe, networks } from './networks.ts'
import { type Realised, realise } from './realise.ts'

/** Two sides of an equation, of a network and of its run. */
export type NetworkSides = (made: Realised, net: PlainNetwork) => readonly [readonly number[], readonly number[]]

/** A claim about random leaky networks. */
export const onNetworks = (
  claim: string,
  sides: NetworkSides,
  options: Partial<Equation<PlainNetwork>> = {},
): Proposition =>
  equation<PlainNetwork>({
    claim,
    forAll: networks(),
    sides: net => sides(realise(net), net),
    describe,
    within: 1e-10,
    verdict: 'holds',
    runs: 40,
    ...options,
  })

interface Large {
  readonly seed: number
  readonly d: number
  readonly T: number
}
const large: Arbitrary<Large> = record({
  seed: integer({ min: 1, max: 1000 }),
  d: integer({ min: 4, max: 24 }),
  T: integer({ min: 5, max: 40 }),
})

/** A claim about large leaky networks, 4 to 24 units over 5 to 40 steps, each by a seed. */
export const onLargeNetworks = (
  claim: string,
  sides: (made: Realised, net: PlainNetwork, seed: number) => ReturnType<NetworkSides>,
  options: Partial<Equation<Large>> = {},
): Proposition =>
  equation<Large>({
    claim,
    forAll: large,
    sides: ({ seed, d, T }) => {
      const net = bigNetwork(seed, d, 3, 2, T)
      return sides(realise(net), net, seed)
    },
    within: 1e-10,
    verdict: 'holds',
    ...options,
  })
