/** A rule folded over a run: what it emits at each timestep, its memory, and the sum. */

import type { Cotangent } from '../../ad/linear/space.ts'
import { requireNames } from '../../ad/require.ts'
import type { Theta } from '../network.ts'
import { folded, outputs, sumOf } from './fold.ts'
import { drawnFor } from './noise.ts'
import { type AnyRule, type Facing, requireRule, resolved, stepped, wholeGradient } from './rule.ts'
import { directOf, type Param, type Run, requireRun, type Timestep } from './timestep.ts'

interface Seeded {
  /** What a rule's constants and its noise are drawn from, in [0, 2³²); 0 by default. */
  readonly seed?: number
}

/**
 * What a rule emits at each timestep of a run, with its memory after it: from the first timestep on for a rule that faces the
 * past, from the last back for one that faces the future. Lazy: a memory lives only if the reader keeps it. Throws a KindError
 * for what is no rule.
 */
export const scan = <M, F extends Facing>(rule: AnyRule<M, F>, seeded: Seeded = {}) => {
  requireRule('scan', rule)
  requireNames('scan', seeded, ['seed'])
  const { seed = 0 } = seeded
  return (run: Run): Iterable<readonly [Cotangent<Param>, M]> => {
    requireRun('scan', run, 'on' in rule || rule.draws !== undefined)
    const own = resolved(rule, run.net, seed)
    return folded({ ...own, step: (memory: M, now: Timestep) => stepped(own, memory, now) })(drawnFor(own, run, seed))
  }
}

/** The sum over a run of what a rule emits, for the parameters that the state depends on: [|cell| + |start|]. */
export const total = <M, F extends Facing>(rule: AnyRule<M, F>, seeded: Seeded = {}) => {
  const scanned = scan(rule, seeded)
  return (run: Run): Cotangent<Param> => sumOf(outputs(scanned(run)))
}

/** ∂L/∂θ of a run by a rule, flat: its sum, and the readout's own gradient, which is exact in every rule. */
export const runGradient = <M, F extends Facing>(rule: AnyRule<M, F>, seeded: Seeded = {}) => {
  const sum = total(rule, seeded)
  return (run: Run): Cotangent<Theta> => wholeGradient(resolved(rule, run.net, seeded.seed), sum(run), directOf(run))
}
