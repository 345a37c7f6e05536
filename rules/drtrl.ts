import { transformed } from '../nets/run/fold.ts'
import { ownUnitOnly } from '../nets/run/transforms.ts'
import { type RuleFacts, ruleFor } from './parts/facts.ts'
import { sparsity } from './parts/sparsity.ts'
import { ownUnitTrace } from './rflo.ts'
import { influenceRule } from './rtrl.ts'

const facts: RuleFacts<'past'> = {
  name: 'drtrl',
  title: 'Diagonal approximation of RTRL',
  faces: 'past',
  changes: 'replaces',
  crosses: 'pushes alone',
  keeps: 'a trace |θ|',
  structure: 'own units',
  exactness: 'biased',
  pairs: 'every pair',
  locality: 'weight transport',
  start: 'approximate',
  cost: { time: '|θ|', memory: '|θ|' },
  options: {},
  papers: [
    {
      authors: 'Wang et al.',
      year: 2024,
      title: 'Model-agnostic linear-memory online learning in spiking neural networks',
      id: 'doi:10.1101/2024.09.24.614728',
    },
  ],
}

/**
 * ε = own(J) ε₋ + B, g = q ε: RTRL whose J keeps only what passes through no weight matrix, so not W_ii either. Wang et al. 2024
 * (braintrace). One map is replaced; the readout is the true one.
 */
export const drtrl = ruleFor(facts, net => transformed(ownUnitOnly)(influenceRule(ownUnitTrace(sparsity(net)), facts)))
