import { pull } from '../ad/linear/apply.ts'
import { asCotangent, type Cotangent } from '../ad/linear/space.ts'
import { requireCount } from '../ad/require.ts'
import { eye } from '../ad/tensor.ts'
import type { Rule } from '../nets/run/scan.ts'
import type { State } from '../nets/run/timestep.ts'
import { windowed } from '../nets/run/windows.ts'
import { credit } from './bptt.ts'

/** w₋ = w J. What a state owes to the states before it: the identity [S, S], pulled back. Σ w B is its influence. */
export const backwardJacobian: Rule<Cotangent<State>, 'future'> = {
  facing: 'future',
  init: ({ immediate: { to } }) => asCotangent(to, eye(to.size)),
  step: (owed, now) => [pull(now.immediate, owed), pull(now.jacobian, owed)],
}

/**
 * BPTT in windows of k, joined: all before a window is one moment whose immediate arrow is M, the influence on the state it
 * begins with. So credit ends in c M, and the ancestry of a window's end in the next M = Σ_t w_t B_t + w M₋. A right fold
 * within windows, a left fold across them; exact for every k. k = 1 is RTRL; k = d costs O(d³) a step where RTRL costs O(d⁴).
 * Schmidhuber 1992. Emits at the end of a window, and remembers k moments. Throws a DomainError for k < 1.
 */
export const fpbptt = (k: number) => {
  requireCount('fpbptt', `k = ${k}`, k, 'k = 1 is RTRL; k = d costs least')
  return windowed({ every: k, reach: k, clipped: true, joint: backwardJacobian })(credit)
}
