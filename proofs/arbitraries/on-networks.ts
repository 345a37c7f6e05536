/** Claims about random leaky networks, which the oracles know too. */

import type { PlainNetwork } from '../plain-network.ts'
import { type Equation, equation, type Proposition } from '../proposition.ts'
import { describe, networks } from './networks.ts'
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
