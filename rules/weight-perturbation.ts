/** Weight perturbation: the directional derivative of the loss by a finite difference in all parameters at once. */

import { asRow, asTangent, type Tangent, times, toValue } from '../ad/linear/space.ts'
import { add, div, greater, less, mul, sub, where } from '../ad/primitives/elementwise.ts'
import { concat } from '../ad/primitives/layout.ts'
import { requireCount } from '../ad/require.ts'
import { sizeOf, zeros } from '../ad/tensor.ts'
import type { Value } from '../ad/value.ts'
import { replayable, requireSigma } from '../nets/run/rerun.ts'
import type { Param, State } from '../nets/run/timestep.ts'
import { maker, type RuleFacts } from './parts/facts.ts'
import { stochastic } from './parts/stochastic.ts'

/** The direction ν of a second run at θ + σν, the difference of its state to that of the first, and how many steps long it is. */
export interface SecondRun {
  readonly difference: Tangent<State>
  readonly direction: Tangent<Param>
  readonly age: Value
}

export interface WeightPerturbationOptions {
  /** How far θ is changed, above 0; 1e-3 by default. */
  readonly sigma?: number
  /** Every so many steps a new direction is drawn and the second run restarts from the state of the first; never by default. */
  readonly every?: number
}

const facts: RuleFacts<'past'> = {
  name: 'weight-perturbation',
  title: 'Weight perturbation',
  faces: 'past',
  changes: 'remembers less',
  crosses: 'neither pushes nor pulls',
  keeps: 'a second run, |θ|',
  structure: 'rank one',
  exactness: 'biased',
  pairs: 'no pairs',
  locality: 'three-factor',
  start: 'nothing',
  cost: { time: 'd²', memory: '|θ|' },
  options: {
    sigma: { range: '> 0', default: '0.001', means: 'how far the parameters are changed' },
    every: { range: 'whole number ≥ 1', default: 'never', means: 'steps between two directions' },
  },
  papers: [
    {
      authors: 'Cauwenberghs',
      year: 1993,
      title: 'A fast stochastic error-descent algorithm for supervised learning and optimization',
      id: 'NIPS 5',
    },
  ],
}

/**
 * g = ((ℓ̃ - ℓ)/σ) ν, ℓ̃ the loss of a second run at θ + σν; ν of random signs, drawn once and kept. For σ → 0 it is
 * forwardGradient, draw by draw. Of the cell's parameters, whatever the cell. Cauwenberghs 1993. Throws a DomainError
 * for σ not above 0, or `every` below 1.
 */
export const weightPerturbation = maker(facts, ({ sigma = 1e-3, every }: WeightPerturbationOptions = {}) => {
  const who = 'weightPerturbation'
  requireSigma(who, sigma)
  if (every !== undefined) requireCount(who, `every = ${every}`, every, 'Leave it out to keep one direction')
  return stochastic<SecondRun>(
    facts,
    { law: 'sign', shape: ['cell'] },
    {
      init: ({ immediate: { from, to } }) => ({
        difference: asTangent(to, zeros([to.size])),
        direction: asTangent(from, zeros([from.size])),
        age: zeros([]),
      }),
      step: ({ difference, direction, age }, moment) => {
        const now = replayable(who, moment)
        const { from, to } = now.immediate
        const kept = mul(greater(age, 0), every === undefined ? 1 : less(age, every))
        const drawn = concat([now.noise, zeros([from.size - sizeOf(now.noise.shape)])])
        const ν = asTangent(from, where(kept, toValue(direction), drawn))
        const state = asTangent(to, where(kept, toValue(difference), 0))
        const other = now.rerun({ state, θ: times(sigma, ν) })
        const slope = div(sub(other.loss, now.loss), sigma)
        return [times(slope, asRow(ν)), { difference: other.difference, direction: ν, age: add(mul(kept, age), 1) }]
      },
    },
  )
})
