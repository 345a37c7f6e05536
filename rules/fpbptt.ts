import { pull } from '../ad/linear/apply.ts'
import { asCotangent, type Cotangent } from '../ad/linear/space.ts'
import { requireCount } from '../ad/require.ts'
import { eye } from '../ad/tensor.ts'
import type { Fold } from '../nets/run/rule.ts'
import type { Param, State, Timestep } from '../nets/run/timestep.ts'
import { windowed } from '../nets/run/windows.ts'
import { bptt } from './bptt.ts'
import { maker, type RuleFacts } from './parts/facts.ts'

/** w = ∂s_T/∂s_t, w₋ = w J: the identity [S, S] at the end of a window, pulled back. Σ w B is the influence on s_T. */
export const backwardJacobian: Fold<Cotangent<State>, Timestep, Cotangent<Param>, 'future'> = {
  faces: 'future',
  init: ({ immediate: { to } }) => asCotangent(to, eye(to.size)),
  step: (w, now) => [pull(now.immediate, w), pull(now.jacobian, w)],
}

const facts: RuleFacts<'past'> = {
  name: 'fpbptt',
  title: 'Forward-propagating backpropagation through time',
  faces: 'past',
  both: true,
  changes: 'nothing',
  crosses: 'pulls alone',
  keeps: 'influence and window',
  structure: 'dense',
  exactness: 'exact',
  pairs: 'every pair',
  locality: 'non-local',
  start: 'exact',
  cost: { time: 'd³', memory: 'd·|θ|, k timesteps' },
  options: {
    k: { range: 'whole number ≥ 1', default: '10', means: 'steps of a window; d costs least' },
  },
  count: { option: 'k', begins: window => window },
  papers: [
    {
      authors: 'Schmidhuber',
      year: 1992,
      title:
        'A fixed size storage O(n³) time complexity learning algorithm for fully recurrent continually running networks',
      id: 'doi:10.1162/neco.1992.4.2.243',
    },
  ],
}

/**
 * BPTT in windows of k, joined: one timestep, whose immediate map is M, summarises all before a window; M is the influence on the
 * window's initial state. The credit c at a window's start contributes c M; the next M = Σ_t w_t B_t + w M₋, w_t = ∂s_end/∂s_t. A right fold
 * within windows, a left fold across them; exact for every k. k = 1 is RTRL; k = d costs O(d³) a step where RTRL costs O(d⁴).
 * Schmidhuber 1992. Emits at the end of a window, and remembers k timesteps. Throws a DomainError for k < 1.
 */
export const fpbptt = maker(facts, ({ k = 10 }: { readonly k?: number } = {}) => {
  requireCount('fpbptt', `k = ${k}`, k, 'k = 1 is RTRL; k = d costs least')
  return windowed({ every: k, reach: k, clipped: true, joint: backwardJacobian }, facts)(bptt)
})
